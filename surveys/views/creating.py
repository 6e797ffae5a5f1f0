"""The staff's page of new surveys: from a template, from nothing, from a file."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from core import db
from core.errors import InvalidInputError, NotFoundError
from core.sentences import N_
from grid import access
from grid.rules import Permission
from surveys.forms.versions import NewSurveyForm
from surveys.rules.definition import Definition
from surveys.rules.editing import blanks
from surveys.rules.templates import Template, template, templates
from surveys.rules.texts import DEFAULT_LANGUAGE, say
from surveys.services import authoring
from surveys.views.base import bp
from surveys.views.review import note
from surveys.views.versions import reading


@bp.route("/new", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def new_survey() -> ResponseReturnValue:
    """Offer the templates and an empty survey; make the empty one."""
    form = NewSurveyForm(request.form)
    if request.method == "POST":
        answer = _made(form, _empty(str(form.name.data or "")), None)
        if answer is not None:
            return answer
    page = render_template(
        "surveys/versions/new.html", form=form, templates=templates(), language=_language(), say=say
    )
    return page, 422 if request.method == "POST" else 200


@bp.route("/new/<code>", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def new_from_template(code: str) -> ResponseReturnValue:
    """Show what a template asks, and make a survey from it."""
    chosen = _template(code)
    form = NewSurveyForm(request.form)
    if request.method == "POST":
        answer = _made(form, chosen.definition(), code)
        if answer is not None:
            return answer
    elif not form.name.data:
        form.name.data = say(chosen.name, DEFAULT_LANGUAGE)
    page = render_template(
        "surveys/versions/template.html",
        form=form,
        template=chosen,
        reader=_language(),
        **reading(chosen.definition(), request.args.get("language", "")),
    )
    return page, 422 if request.method == "POST" else 200


def _made(form: NewSurveyForm, definition: Definition, code: str | None) -> ResponseReturnValue | None:
    """Make the survey and lead to the editor; None if the form must be shown again."""
    if not form.validate():
        return None
    try:
        with db.transaction() as session:
            made = authoring.create_survey(
                session,
                name=str(form.name.data),
                code=form.code.data or None,
                definition=definition,
                staff_id=access.viewer().staff_id,
            )
            note(session, made, "survey.create", {"template": code} if code else {})
    except InvalidInputError as error:
        form.take(error)
        return None
    return redirect(url_for("surveys.edit", survey_id=made.survey_id))


def _empty(name: str) -> Definition:
    """Return a survey with nothing but a score and its reason: the shortest that is worth asking."""
    page: dict[str, Any] = blanks.page("p1")
    page["questions"] = [
        blanks.question("csat", "csat", DEFAULT_LANGUAGE),
        blanks.question("words", "why", DEFAULT_LANGUAGE),
    ]
    return Definition.model_validate({"title": {DEFAULT_LANGUAGE: name or "问卷"}, "pages": [page]})


def _template(code: str) -> Template:
    try:
        return template(code)
    except LookupError as error:
        raise NotFoundError(N_("没有这个模板")) from error


def _language() -> str:
    return "en" if str(get_locale()).startswith("en") else DEFAULT_LANGUAGE
