"""The condition builder: one page for every condition of a survey, whatever it decides."""

from collections.abc import Sequence
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import db
from core.errors import NotFoundError
from core.telling import reading_language, told
from grid import access
from grid.rules import Permission
from surveys.forms.editor import conditions as builders
from surveys.forms.editor.conditions import Builder, Group, Target
from surveys.rules.checking import Names
from surveys.rules.definition import Definition
from surveys.rules.describe import in_words, short
from surveys.rules.editing.places import (
    Document,
    Place,
    copy_of,
    ending_of,
    line_of,
    page_of,
    question_of,
)
from surveys.rules.texts import say
from surveys.views.base import bp
from surveys.views.editor.desk import Desk, address, autosaved, fields, saved, show, take


@bp.route("/<int:survey_id>/edit/when/<where>", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def edit_condition(survey_id: int, where: str) -> ResponseReturnValue:
    """Edit the condition at ``where``: ``question.nps.show``, ``page.p1.jumps.0``, ``ending.end_1.when``."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        document = copy_of(desk.document)
        holder, key, place = _holder(document, where)
        known = builders.targets(desk.definition, desk.language)
        offered = builders.before(known, desk.definition, _looks_from(where, desk.definition))
        stored = builders.opened(holder.get(key))
        sent = builders.sent(fields())
        builder = stored if request.method == "GET" else builders.fitted(sent, known)

        def panel(
            status: int = 200, alert: str | None = None, *, unfinished: str = ""
        ) -> ResponseReturnValue:
            return show(
                desk, "condition", at=place.inside or place.id, status=status, alert=alert, builder=builder,
                known=known, by_ref={target.ref: target for target in known}, where=where, back=address(desk, place),
                wrong=builders.wrong_rows(builder, known) if builder else {}, tried=bool(alert),
                unfinished=unfinished, **_described(desk, where, holder, key, offered),
            )  # fmt: skip

        if request.method == "GET":
            return panel()
        action = request.form.get("do", "")
        if action == "always":
            holder.pop(key, None)
            builder = Builder(groups=(Group(),))
            return saved(desk, document, panel, there=request.path)
        builder = builders.changed(builder or Builder(), action.removeprefix("add-"))
        if not builder.complete or builders.wrong_rows(builder, known):
            # A row that is being written is no mistake before its author says that it is done.
            if action == "save":
                return panel(422, _("还有没写完的条件，请写完再保存。"))
            return panel(unfinished=_unfinished(builder, known))
        condition = builders.condition_of(builder, known)
        holder.pop(key, None)
        if condition is not None:
            holder[key] = condition
        if not builder.groups:
            builder = Builder(groups=(Group(),))
        return saved(desk, document, panel, there=None if autosaved() or action != "save" else request.path)


def _unfinished(builder: Builder, known: Sequence[Target]) -> str:
    """Return why a condition that is being written is not saved yet."""
    for mistake in builders.wrong_rows(builder, known).values():
        return str(_("%(mistake)s，改好会自动保存", mistake=mistake))
    return str(_("还没写完，写完会自动保存"))


def _holder(document: Document, where: str) -> tuple[Document, str, Place]:
    """Return the mapping that holds a condition, the key in it, and the element it belongs to; or raise."""
    kind, *rest = where.split(".")
    if kind == "question" and len(rest) == 2 and rest[1] in {"show", "require"}:
        return question_of(document, rest[0]), rest[1], Place("question", rest[0])
    if kind == "option" and len(rest) == 3 and rest[2] == "show":
        lines, here = line_of(document, rest[0], rest[1])
        return lines[here], "show", Place("question", rest[0])
    if kind == "page" and len(rest) == 2 and rest[1] == "show":
        return page_of(document, rest[0]), "show", Place("page", rest[0])
    if kind == "page" and len(rest) == 3 and rest[1] in {"jumps", "sets"} and rest[2].isdecimal():
        items: Sequence[Document] = page_of(document, rest[0]).get(rest[1]) or []
        if len(rest[2]) < 4 and int(rest[2]) < len(items):
            return items[int(rest[2])], "when", Place("page", rest[0])
    if kind == "ending" and len(rest) == 2 and rest[1] == "when":
        return ending_of(document, rest[0]), "when", Place("ending", rest[0])
    raise NotFoundError(_("没有这个条件"))


def _looks_from(where: str, definition: Definition) -> str:
    """Return the question or page before which a condition is decided; nothing for what is decided at the end.

    Jumps and calculations are decided when their page is left, so before the page that follows it.
    """
    kind, name, *rest = where.split(".")
    if kind == "page" and rest[0] != "show":
        pages = [page.id for page in definition.pages]
        return next(iter(pages[pages.index(name) + 1 :]), "")
    return name if kind in {"question", "option", "page"} else ""


def _described(
    desk: Desk, where: str, holder: Document, key: str, offered: Sequence[Target]
) -> dict[str, Any]:
    kind, name, *rest = where.split(".")
    definition, language = desk.definition, desk.language
    names = Names(definition)
    if kind == "question":
        about = told(names.question(name))
        asks = _("什么时候显示") if key == "show" else _("什么时候必答")
    elif kind == "option":
        about = _(
            "%(question)s 的选项“%(label)s”",
            question=told(names.question(name)),
            label=_label(holder, language),
        )
        asks = _("什么时候显示")
    elif kind == "ending":
        about = _("结束页“%(title)s”", title=short(say(holder["title"], language)))
        asks = _("什么时候出现")
    else:
        page = next(page for page in definition.pages if page.id == name)
        about = told(names.page(page))
        asks = {"show": _("什么时候显示"), "jumps": _("什么时候跳转"), "sets": _("什么时候计算")}[rest[0]]
    parsed = _stored(desk, where, key)
    return {
        "about": about,
        "asks": asks,
        "words": in_words(parsed, definition, language, reader=reading_language())
        if parsed is not None
        else None,
        "groups_of_targets": grouped(offered),
    }


def _label(line: Document, language: str) -> str:
    return short(say(line["label"], language))


def _stored(desk: Desk, where: str, key: str) -> Any:  # noqa: ANN401 - a parsed condition, whatever its shape
    kind, name, *rest = where.split(".")
    definition = desk.definition
    if kind == "question":
        return getattr(definition.by_id[name], key)
    if kind == "option":
        question = definition.by_id[name]
        lines = (*getattr(question, "options", ()), *getattr(question, "rows", ()))
        return next((line.show for line in lines if line.id == rest[0]), None)
    if kind == "ending":
        return next(ending.when for ending in definition.endings if ending.id == name)
    page = next(page for page in definition.pages if page.id == name)
    if rest[0] == "show":
        return page.show
    return (page.jumps if rest[0] == "jumps" else page.sets)[int(rest[1])].when


def grouped(known: Sequence[Target]) -> list[tuple[str, list[Target]]]:
    """Return what a condition can look at under the headings of the list to choose from."""
    titles = {
        "answers": _("题目的回答"),
        "points": _("题目的得分"),
        "variables": _("变量"),
        "event": _("业务属性"),
        "customer": _("客户属性"),
    }
    return [
        (title, [target for target in known if target.group == group])
        for group, title in titles.items()
        if any(target.group == group for target in known)
    ]
