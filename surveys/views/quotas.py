"""The staff's pages of quotas: how many responses are wanted of whom, and how many have come."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, db
from core.errors import InvalidInputError, NotFoundError
from core.sentences import N_
from core.telling import complaints
from grid import access
from grid.rules import Permission
from surveys.forms.editor import conditions as builders
from surveys.forms.editor.conditions import Builder, Group
from surveys.forms.quotas import QuotaForm
from surveys.models import Survey, SurveyQuota
from surveys.queries import asking as queries
from surveys.rules.definition import Definition
from surveys.rules.describe import in_words
from surveys.rules.texts import DEFAULT_LANGUAGE
from surveys.services import quotas as services
from surveys.views.base import bp
from surveys.views.editor.conditions import grouped
from surveys.views.editor.desk import fields


@bp.get("/<int:survey_id>/quotas")
@access.needs(Permission.SURVEY_VIEW)
def quotas(survey_id: int) -> str:
    """List the quotas of a survey with the places taken and who was turned away."""
    with db.reading() as session:
        survey, definition = _survey(session, survey_id)
        rows = [(quota, _words(quota, definition)) for quota in queries.quotas_of(session, survey_id)]
        return render_template(
            "surveys/quotas/list.html", survey=survey, rows=rows, may_edit=access.may(Permission.SURVEY_EDIT)
        )


@bp.route("/<int:survey_id>/quotas/new", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def new_quota(survey_id: int) -> ResponseReturnValue:
    """Make a quota."""
    with db.transaction() as session:
        return _edit(session, survey_id, None)


@bp.route("/<int:survey_id>/quotas/<int:quota_id>", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def quota(survey_id: int, quota_id: int) -> ResponseReturnValue:
    """Change a quota."""
    with db.transaction() as session:
        found = session.get(SurveyQuota, quota_id)
        if found is None or found.survey_id != survey_id:
            raise NotFoundError(N_("没有这个配额"))
        return _edit(session, survey_id, found)


@bp.post("/<int:survey_id>/quotas/<int:quota_id>/remove")
@access.needs(Permission.SURVEY_EDIT)
def remove_quota(survey_id: int, quota_id: int) -> ResponseReturnValue:
    """Remove a quota."""
    with db.transaction() as session:
        removed = services.remove_quota(session, survey_id=survey_id, quota_id=quota_id)
        _note(session, "quota.remove", removed)
    flash(_("配额已删除。"), "success")
    return redirect(url_for("surveys.quotas", survey_id=survey_id))


def _edit(session: Session, survey_id: int, found: SurveyQuota | None) -> ResponseReturnValue:
    survey, definition = _survey(session, survey_id)
    known = builders.targets(definition, _language())
    form = QuotaForm(obj=found)
    stored = builders.opened(found.condition if found else None)
    builder = stored or Builder(groups=(Group(),))
    if request.method == "POST":
        builder = builders.fitted(builders.sent(fields()), known)
    action = request.form.get("do", "")
    wrong = builders.wrong_rows(builder, known)
    begun = [row for group in builder.groups for row in group.rows if row.of]
    tried = action == "save" and bool(begun) and (not builder.complete or bool(wrong))
    if action == "save" and form.validate_on_submit() and not tried:
        try:
            condition = builders.condition_of(builder, known) if begun else None
            put = services.put_quota(
                session, survey_id=survey_id, quota_id=found.id if found else None,
                name=form.name.data or "", most=form.most.data or 0, condition=condition,
            )  # fmt: skip
        except InvalidInputError as error:
            for name, sentences in complaints(error).items():
                form[name].errors = [*form[name].errors, *sentences]
        else:
            _note(session, "quota.put", put)
            flash(_("配额已保存。"), "success")
            return redirect(url_for("surveys.quotas", survey_id=survey_id))
    elif action not in {"", "save"}:
        builder = builders.changed(builder, action.removeprefix("add-"))
        if not builder.groups:
            builder = Builder(groups=(Group(),))
    page = render_template(
        "surveys/quotas/edit.html", survey=survey, quota=found, form=form, builder=builder, wrong=wrong,
        by_ref={target.ref: target for target in known}, groups_of_targets=grouped(known), tried=tried,
    )  # fmt: skip
    return page, 422 if action == "save" else 200


def _survey(session: Session, survey_id: int) -> tuple[Survey, Definition]:
    """Return a survey and what it asks: the published version, or the last there is."""
    survey = session.get(Survey, survey_id)
    version = queries.version_to_show(session, survey_id)
    if survey is None or version is None:
        raise NotFoundError(N_("没有这份问卷"))
    return survey, Definition.model_validate(version.definition)


def _words(found: SurveyQuota, definition: Definition) -> str | None:
    condition = services.condition_of(found)
    return in_words(condition, definition, _language()) if condition is not None else None


def _language() -> str:
    return "en" if str(get_locale()).startswith("en") else DEFAULT_LANGUAGE


def _note(session: Session, action: str, changed: SurveyQuota) -> None:
    detail: dict[str, Any] = {"name": changed.name, "most": changed.most, "condition": changed.condition}
    audit.record(
        session,
        actor=access.actor(),
        action=action,
        object_type="survey",
        object_id=changed.survey_id,
        detail=detail,
    )
