"""What happens to whole elements: move, duplicate, remove; undo and redo; whose turn it is to write."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import audit, db
from core.errors import DomainError, NotFoundError
from core.telling import refusal
from grid import access
from grid.rules import Permission
from surveys.rules.editing import structure
from surveys.rules.editing.places import Edit
from surveys.services import authoring
from surveys.views.base import bp
from surveys.views.editor.desk import Desk, address, saved, sent_revision, show, take


@bp.post("/<int:survey_id>/edit/arrange")
@access.needs(Permission.SURVEY_EDIT)
def arrange(survey_id: int) -> ResponseReturnValue:
    """Move, duplicate, add or remove a page, question or ending: ``do`` says what, ``what`` names it."""
    with db.transaction() as session:
        desk = take(session, survey_id)

        def panel(status: int = 303, alert: str | None = None) -> ResponseReturnValue:
            del status
            if alert:
                flash(alert, "error")
            return redirect(_here(survey_id), 303)

        try:
            edit = _arranged(desk, request.form.get("do", ""))
        except DomainError as error:
            return panel(alert=refusal(error))
        answer = saved(desk, edit, panel, there=address(desk, edit.focus))
        if request.form.get("do") == "remove" and not edit.losses:
            flash(_("已删除，可点“撤销”恢复。"), "info")
        return answer


def _arranged(desk: Desk, action: str) -> Edit:
    kind, _colon, name = request.form.get("what", "").partition(":")
    name = name[:64]
    if kind == "question":
        return _arranged_question(desk, action, name)
    if kind == "page":
        return _arranged_page(desk, action, name)
    if kind == "ending":
        return _arranged_ending(desk, action, name)
    raise NotFoundError(_("没有这一项"))


def _arranged_question(desk: Desk, action: str, name: str) -> Edit:
    document = desk.document
    if action in {"up", "down"}:
        return structure.shift_question(document, question_id=name, up=action == "up")
    if action == "move":
        page_id, index = request.form.get("page", ""), _number("index")
        return structure.move_question(document, question_id=name, page_id=page_id, index=index)
    if action == "duplicate":
        return structure.duplicate_question(document, question_id=name, taken=desk.taken)
    if action == "remove":
        return structure.remove_question(document, question_id=name)
    raise NotFoundError(_("没有这个操作"))


def _arranged_page(desk: Desk, action: str, name: str) -> Edit:
    document = desk.document
    if action in {"up", "down"}:
        return structure.shift_page(document, page_id=name, up=action == "up")
    if action == "move":
        return structure.move_page(document, page_id=name, index=_number("index"))
    if action == "add":
        return structure.add_page(document, taken=desk.taken, after=name or None)
    if action == "duplicate":
        return structure.duplicate_page(document, page_id=name, taken=desk.taken)
    if action == "remove":
        return structure.remove_page(document, page_id=name)
    raise NotFoundError(_("没有这个操作"))


def _arranged_ending(desk: Desk, action: str, name: str) -> Edit:
    document = desk.document
    if action == "add":
        return structure.add_ending(document, taken=desk.taken)
    if action in {"up", "down"}:
        return structure.shift_ending(document, ending_id=name, up=action == "up")
    if action == "remove":
        return structure.remove_ending(document, ending_id=name)
    raise NotFoundError(_("没有这个操作"))


def _number(name: str) -> int:
    words = request.form.get(name, "")
    return int(words) if words.isdecimal() and len(words) < 6 else 0


def _here(survey_id: int) -> str:
    """Return the page of the editor that the request came from; nothing but a page of this editor is believed."""
    home = url_for("surveys.edit", survey_id=survey_id)
    wanted = request.form.get("here", "")
    inside = wanted == home or (wanted.startswith(f"{home}/") and ".." not in wanted and "\\" not in wanted)
    return wanted if inside and wanted.isprintable() else home


@bp.post("/<int:survey_id>/edit/undo")
@access.needs(Permission.SURVEY_EDIT)
def undo(survey_id: int) -> ResponseReturnValue:
    """Go back to the draft before the last save."""
    return _step(survey_id, back=True)


@bp.post("/<int:survey_id>/edit/redo")
@access.needs(Permission.SURVEY_EDIT)
def redo(survey_id: int) -> ResponseReturnValue:
    """Take the last undo back."""
    return _step(survey_id, back=False)


def _step(survey_id: int, *, back: bool) -> ResponseReturnValue:
    walk = authoring.undo if back else authoring.redo
    with db.transaction() as session:
        desk = take(session, survey_id)
        try:
            walk(session, version_id=desk.version.id, revision=sent_revision(), staff_id=desk.staff_id)
        except DomainError as error:
            flash(refusal(error), "warning")
        else:
            flash(_("已撤销。") if back else _("已重做。"), "info")
    return redirect(_here(survey_id), 303)


@bp.post("/<int:survey_id>/edit/lock")
@access.needs(Permission.SURVEY_EDIT)
def keep_lock(survey_id: int) -> ResponseReturnValue:
    """Note that somebody is still writing; tell them if somebody else took over."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        try:
            authoring.keep_lock(session, survey_id=survey_id, staff_id=desk.staff_id)
        except DomainError as error:
            return render_template(
                "surveys/editor/locked.html", desk=desk, sentence=refusal(error), survey_id=survey_id
            )
    return "", 204


@bp.post("/<int:survey_id>/edit/take-over")
@access.needs(Permission.SURVEY_EDIT)
def take_over(survey_id: int) -> ResponseReturnValue:
    """Take the right to write from whoever has it; they are told with their next save."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        former = authoring.take_over(session, survey_id=survey_id, staff_id=desk.staff_id)
        if former is not None:
            audit.record(
                session,
                actor=access.actor(),
                action="survey.take_over",
                object_type="survey",
                object_id=survey_id,
                detail={"from": f"staff:{former}"},
            )
    flash(_("现在由您编辑。对方之后的改动不会保存，并会看到提示。"), "info")
    return redirect(_here(survey_id), 303)


@bp.get("/<int:survey_id>/edit/check")
@access.needs(Permission.SURVEY_EDIT)
def check(survey_id: int) -> ResponseReturnValue:
    """Show everything that stands against publishing the draft, and what is worth a look."""
    with db.transaction() as session:
        return show(take(session, survey_id), "check", at="check")
