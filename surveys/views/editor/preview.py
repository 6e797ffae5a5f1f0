"""What customers will see: the page being written, live beside the editor, and a walk through the whole survey.

Both show the customers' own templates with the draft in them. Nothing that is answered here is stored.
"""

import json
from typing import Any

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from core import db
from core.errors import NotFoundError
from core.sentences import N_
from grid import access
from grid.rules import Permission
from surveys.public import pages
from surveys.public.addresses import image_url
from surveys.queries.answering import Kept
from surveys.rules.definition import Definition
from surveys.rules.editing.places import LISTS, Document, copy_of, home_of
from surveys.rules.judging import judge
from surveys.rules.texts import say
from surveys.views.base import bp
from surveys.views.editor.desk import Desk, fields, take

_SEED = b"preview"
_LONGEST_EARLIER = 200_000


@bp.get("/<int:survey_id>/edit/preview")
@access.needs(Permission.SURVEY_EDIT)
def preview(survey_id: int) -> ResponseReturnValue:
    """Show one page of the draft with everything on it, whatever the logic says, or one ending."""
    _may_stand_in_the_editor()
    with db.transaction() as session:
        desk = take(session, survey_id)
        language = _language(desk)
        ending = request.args.get("ending")
        if ending:
            return _ending(desk, ending, language)
        question = request.args.get("question") or None
        page_id = request.args.get("page") or _page_of(desk, question)
        alone = _alone(desk.document, page_id)
        if not alone["pages"][0]["questions"]:
            return render_template("surveys/editor/empty_page.html", **pages.frame(language), **_theme(desk))
        definition = Definition.model_validate(alone)
        return _page(desk, definition, language, question if definition.layout == "single" else page_id)


@bp.route("/<int:survey_id>/edit/try", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def try_out(survey_id: int) -> ResponseReturnValue:
    """Walk through the draft as a customer does, with its logic; what is answered is kept in the page only."""
    _may_stand_in_the_editor()
    with db.transaction() as session:
        desk = take(session, survey_id)
        language = _language(desk)
        definition = desk.definition
        sent = _earlier() | {
            name: list(values) for name, values in fields().items() if not name.startswith("_")
        }
        sent.pop("csrf_token", None)
        step_id, go = request.form.get("_page", ""), request.form.get("_go", "")
        if request.method == "GET":
            return _page(desk, definition, language, None, sent={})
        if go == "back":
            before = judge(definition, sent).walk.before(step_id)
            return _page(desk, definition, language, before.id if before else None, sent=sent)
        verdict = judge(definition, sent)
        wrong = verdict.mistakes_on(step_id) if go in {"next", "send"} else {}
        if go not in {"next", "send"} or wrong:
            return _page(desk, definition, language, step_id, sent=sent, mistakes=wrong)
        following = verdict.walk.after(step_id)
        if following is not None:
            return _page(desk, definition, language, following.id, sent=sent)
        return _ending(desk, verdict.walk.ending.id if verdict.walk.ending else None, language)


def _may_stand_in_the_editor() -> None:
    g.frame_ancestors = "'self'"


def _language(desk: Desk) -> str:
    wanted = request.args.get("lang") or request.form.get("_language") or ""
    return wanted if wanted in desk.definition.title else desk.language


def _page_of(desk: Desk, question_id: str | None) -> str:
    if question_id:
        return str(home_of(desk.document, question_id)[0]["id"])
    return str(desk.document["pages"][0]["id"])


def _alone(document: Document, page_id: str) -> Document:
    """Return the draft with one page only, from which nothing is hidden and which leads nowhere."""
    alone = copy_of(document)
    first = alone["pages"][0]["id"]
    alone["pages"] = [page for page in alone["pages"] if page["id"] == page_id]
    if not alone["pages"]:
        raise NotFoundError(N_("没有这一页"))
    if page_id != first:
        alone.pop("intro", None)
    alone["endings"] = []
    page = alone["pages"][0]
    page.update(jumps=[], sets=[])
    page.pop("show", None)
    for question in page["questions"]:
        question.pop("show", None)
        question.pop("require", None)
        for name in (*LISTS, "tree"):
            for line in question.get(name) or []:
                line.pop("show", None)
    return alone


def _page(
    desk: Desk,
    definition: Definition,
    language: str,
    step_id: str | None,
    *,
    sent: dict[str, list[str]] | None = None,
    mistakes: Any = None,  # noqa: ANN401 - mistakes by question, as the judge found them
) -> ResponseReturnValue:
    walk = judge(definition, sent or {}).walk
    view = (walk.step(step_id) if step_id else None) or (walk.steps[0] if walk.steps else None)
    if view is None:
        return _ending(desk, walk.ending.id if walk.ending else None, language)
    url = url_for("surveys.try_out", survey_id=desk.survey_id)
    shown = {name for question in view.questions for name in (question.id, *question.keys())}
    earlier = {name: values for name, values in (sent or {}).items() if name.partition(".")[0] not in shown}
    around = pages.Around(
        key_hash=_SEED,
        url=lambda _page: url,
        carried={
            "csrf_token": generate_csrf(),
            "_earlier": json.dumps(earlier, ensure_ascii=False),
        },
    )
    return pages.render_page(
        Kept(desk.version.id, desk.survey_id, definition),
        walk,
        view,
        language=language,
        sent=sent or {},
        mistakes=mistakes,
        around=around,
    )


def _earlier() -> dict[str, list[str]]:
    """Return the answers of earlier pages, which the walk carries along in the page itself."""
    words = request.form.get("_earlier", "")[:_LONGEST_EARLIER]
    try:
        found = json.loads(words) if words else {}
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        str(name): [str(value) for value in values]
        for name, values in found.items()
        if isinstance(values, list)
    }


def _ending(desk: Desk, ending_id: str | None, language: str) -> ResponseReturnValue:
    definition = desk.definition
    ending = next((one for one in definition.endings if one.id == ending_id), None)
    thanks = say(definition.thanks, language) if definition.thanks else None
    paragraph = say(ending.text, language) if ending and ending.text else thanks
    return pages.message(
        "thanks",
        language=language,
        heading=say(ending.title, language) if ending else None,
        paragraph=paragraph,
        continue_url=ending.redirect if ending else None,
        **_theme(desk),
    )


def _theme(desk: Desk) -> dict[str, Any]:
    theme = desk.definition.theme
    return {
        "theme_url": url_for("public.theme", version_id=desk.version.id),
        "logo_url": image_url(theme.logo) if theme.logo else None,
    }
