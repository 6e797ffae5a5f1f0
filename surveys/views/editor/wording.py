"""Sentences of the editor: what an edit cost, what stands against a draft."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from pydantic import ValidationError

from core.telling import told
from surveys.rules.checking import Names
from surveys.rules.definition import Definition, Page
from surveys.rules.describe import short
from surveys.rules.editing.places import Loss
from surveys.rules.texts import say


def unsaved() -> str:
    """Say that something in the form must be mended before it is saved."""
    return str(_("有内容不合要求，请看标出的地方；这次改动还没有保存。"))


def losses_in_words(losses: Sequence[Loss], definition: Definition) -> str:
    """Say where references ended because what they pointed at was removed."""
    names = Names(definition)
    pages = {page.id: page for page in definition.pages}
    endings = {ending.id: ending for ending in definition.endings}
    said = []
    for loss in losses:
        at = loss.at
        if at.kind == "question" and at.id in definition.by_id:
            place = told(names.question(at.id))
        elif at.kind == "option" and at.inside in definition.by_id:
            place = told(names.question(at.inside))
        elif at.kind == "page" and at.id in pages:
            place = told(names.page(pages[at.id]))
        elif at.kind == "ending" and at.id in endings:
            place = told(names.ending(endings[at.id]))
        else:
            place = _("问卷")
        said.append(
            {
                "condition": _("%(place)s的条件", place=place),
                "jump": _("%(place)s的跳转", place=place),
                "set": _("%(place)s的变量计算", place=place),
                "pipe": _("%(place)s文字里的引用", place=place),
                "ending": _("%(place)s跳转的结束页", place=place),
            }[loss.what]
        )
    places = _("、").join(dict.fromkeys(said))
    return str(_("已删除。用到它的地方也一并去掉：%(places)s。可点“撤销”恢复。", places=places))


def complaints(error: ValidationError, form: Any = None) -> str:  # noqa: ANN401 - any form
    """Put what the definition refuses beside the fields of the form; return the sentence for the rest."""
    beside = 0
    for found in error.errors():
        words = _complaint(found)
        names = [str(part) for part in found["loc"]]
        field = next((form[name] for name in reversed(names) if form is not None and name in form), None)
        if field is not None and hasattr(field, "errors") and not hasattr(field, "entries"):
            field.errors = [*field.errors, words]
            beside += 1
    if beside:
        return unsaved()
    return str(_("这样改不行：%(why)s。这次改动没有保存。", why=_complaint(error.errors()[0])))


def _complaint(found: Any) -> str:  # noqa: ANN401 - pydantic's own mapping
    bound = next(iter((found.get("ctx") or {}).values()), "")
    said = {
        "string_too_long": _("最多 %(n)s 个字", n=bound),
        "string_too_short": _("请填写这一项"),
        "missing": _("请填写这一项"),
        "greater_than_equal": _("不能小于 %(n)s", n=bound),
        "less_than_equal": _("不能大于 %(n)s", n=bound),
        "too_short": _("内容太少"),
        "too_long": _("内容太多"),
    }
    return str(said.get(found["type"], found["msg"])).removeprefix("Value error, ")


def page_name(number: int, page: Page, language: str) -> str:
    """Return what a page is called in lists: its number and its heading."""
    title = f" {short(say(page.title, language))}" if page.title else ""
    return str(_("第 %(n)s 页", n=number) + title)
