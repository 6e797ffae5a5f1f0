"""The editor's panels for questions: the form of one, the picker of kinds, pictures of options."""

from contextlib import closing
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import db
from core.errors import DomainError, NotFoundError
from core.telling import reading_language
from grid import access
from grid.rules import Permission
from surveys.forms.editor.questions import FORMS, parts_of
from surveys.rules.definition import Definition
from surveys.rules.describe import in_words
from surveys.rules.editing import structure
from surveys.rules.editing.places import (
    Document,
    Edit,
    Place,
    copy_of,
    home_of,
    line_of,
    page_of,
    question_of,
)
from surveys.services import images
from surveys.views.base import bp
from surveys.views.editor.desk import Desk, address, autosaved, refused, saved, show, take
from surveys.views.editor.kinds import GROUPS, KINDS
from surveys.views.editor.wording import unsaved

_NOT_QUOTED = frozenset({"consent", "file", "section"})
"""Kinds whose answers make no words in a sentence."""


@bp.route("/<int:survey_id>/edit/questions/<question_id>", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def edit_question(survey_id: int, question_id: str) -> ResponseReturnValue:
    """Edit one question: its words, its options, its limits."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        try:
            question = question_of(desk.document, question_id)
        except NotFoundError:
            # Undone, or removed in another window: the survey is still there to be written.
            return redirect(address(desk, Place("survey")))
        form = FORMS[question["type"]].of(question, desk.language)

        def panel(status: int = 200, alert: str | None = None) -> ResponseReturnValue:
            return show(
                desk, "question", at=question_id, status=status, alert=alert, form=form, **_context(desk, question_id)
            )  # fmt: skip

        if request.method == "GET":
            return panel()
        if not form.validate():
            return panel(422, unsaved())
        document = copy_of(desk.document)
        page, here = home_of(document, question_id)
        page["questions"][here] = form.carried(page["questions"][here], desk.language)
        try:
            edit = _after(request.form.get("do", ""), document, question_id, desk)
        except DomainError as error:
            return refused(desk, panel, error)
        there = None if autosaved() else address(desk, Place("question", question_id))
        return saved(desk, edit, panel, there=there, form=form)


def _context(desk: Desk, question_id: str) -> dict[str, Any]:
    question = question_of(desk.document, question_id)
    page, here = home_of(desk.document, question_id)
    pages = desk.document["pages"]
    return {
        "question": question,
        "kind": KINDS[question["type"]],
        "parts": parts_of(question["type"]),
        "page_id": page["id"],
        "is_first": here == 0 and pages[0] is page,
        "is_last": here == len(page["questions"]) - 1 and pages[-1] is page,
        "show_words": _condition(desk.definition, question_id, "show", desk.language),
        "require_words": _condition(desk.definition, question_id, "require", desk.language),
        "preview_page": page["id"],
        "quotable": _quotable(desk.definition, question_id),
    }


def _quotable(definition: Definition, question_id: str) -> str | None:
    """Return the nearest question before this one whose answer its words can quote, None if there is none."""
    asked = [question.id for question in definition.questions]
    before = definition.questions[: asked.index(question_id)]
    return next(
        (
            question.id
            for question in reversed(before)
            if question.shown and question.id in question.keys() and question.type not in _NOT_QUOTED
        ),
        None,
    )


def _condition(definition: Definition, question_id: str, which: str, language: str) -> str | None:
    found = definition.by_id.get(question_id)
    condition = getattr(found, which, None)
    if condition is None:
        return None
    return in_words(condition, definition, language, reader=reading_language())


def _after(action: str, document: Document, question_id: str, desk: Desk) -> Edit:
    """Do what the pressed button of the form says to the question's lists."""
    name, _colon, rest = action.partition(":")
    if name == "add" and rest in parts_of(question_of(document, question_id)["type"]):
        return structure.add_line(document, question_id=question_id, part=rest, taken=desk.taken)
    if name == "remove":
        return structure.remove_line(document, question_id=question_id, line_id=rest)
    if name in {"up", "down"}:
        return structure.shift_line(document, question_id=question_id, line_id=rest, up=name == "up")
    if name == "move":
        line_id, _colon, index = rest.partition(":")
        return structure.move_line(
            document, question_id=question_id, line_id=line_id, index=int(index) if index.isdecimal() else 0
        )
    if name == "paste":
        words = request.form.get(f"paste-{rest}", "").splitlines()
        return structure.add_lines(
            document, question_id=question_id, part=rest, words=words, taken=desk.taken
        )
    return Edit(document, Place("question", question_id))


@bp.get("/<int:survey_id>/edit/pages/<page_id>/new")
@access.needs(Permission.SURVEY_EDIT)
def pick_question(survey_id: int, page_id: str) -> ResponseReturnValue:
    """Offer every kind of question with a sentence when to take it."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        page_of(desk.document, page_id)
        return show(
            desk,
            "picker",
            at=page_id,
            page_id=page_id,
            after=request.args.get("after", ""),
            groups=GROUPS,
            kinds=KINDS.values(),
            preview_page=page_id,
        )


@bp.post("/<int:survey_id>/edit/pages/<page_id>/new")
@access.needs(Permission.SURVEY_EDIT)
def add_question(survey_id: int, page_id: str) -> ResponseReturnValue:
    """Add a question of the chosen kind; one of pictures comes with the pictures that were sent along."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        page_of(desk.document, page_id)

        def panel(status: int = 200, alert: str | None = None) -> ResponseReturnValue:
            return show(
                desk, "picker", at=page_id, status=status, alert=alert, page_id=page_id, groups=GROUPS,
                kinds=KINDS.values(), after=request.form.get("after", ""), preview_page=page_id,
            )  # fmt: skip

        kind = request.form.get("kind", "")
        if kind not in KINDS:
            return panel(422, _("请选择题型"))
        try:
            pictures = _pictures(desk) if kind == "image_choice" else None
            edit = structure.add_question(
                desk.document,
                kind=kind,
                page_id=page_id,
                taken=desk.taken,
                after=request.form.get("after") or None,
                pictures=pictures,
            )
        except DomainError as error:
            return refused(desk, panel, error)
        return saved(desk, edit, panel, there=address(desk, edit.focus))


@bp.post("/<int:survey_id>/edit/questions/<question_id>/pictures")
@access.needs(Permission.SURVEY_EDIT)
def add_pictures(survey_id: int, question_id: str) -> ResponseReturnValue:
    """Add pictures as options, or put a new one in the place of an old one."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        question = question_of(desk.document, question_id)
        form = FORMS[question["type"]].of(question, desk.language)

        def panel(status: int = 200, alert: str | None = None) -> ResponseReturnValue:
            return show(
                desk, "question", at=question_id, status=status, alert=alert, form=form, **_context(desk, question_id)
            )  # fmt: skip

        try:
            pictures = _pictures(desk)
            edit = structure.add_pictures(
                desk.document, question_id=question_id, pictures=pictures, taken=desk.taken
            )
        except DomainError as error:
            return refused(desk, panel, error)
        return saved(desk, edit, panel, there=address(desk, edit.focus))


def _pictures(desk: Desk) -> list[tuple[str, str]]:
    """Keep the pictures that were sent and return each one's token with the name it can be called by."""
    found = []
    for file in request.files.getlist("pictures"):
        with closing(file):
            data = file.stream.read()
        if file.filename:
            image = images.keep(desk.session, survey_id=desk.survey_id, data=data)
            found.append((image.token, images.called(file.filename)))
    if not found:
        raise images.UnfitImageError(_("请选择图片"))
    return found


@bp.get("/<int:survey_id>/edit/questions/<question_id>/options/<line_id>")
@access.needs(Permission.SURVEY_EDIT)
def edit_option(survey_id: int, question_id: str, line_id: str) -> ResponseReturnValue:
    """Go to the condition on which an option is offered."""
    with db.transaction() as session:
        line_of(take(session, survey_id).document, question_id, line_id)
    return redirect(
        url_for("surveys.edit_condition", survey_id=survey_id, where=f"option.{question_id}.{line_id}.show")
    )
