"""Questions whose form says things in another way than the draft: trees, days, sizes of files."""

import re
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from surveys.forms.editor.fields import Element, ElementForm, Said, SaidAtLength, Whole, choices
from surveys.rules.editing.trees import as_text, from_text

MEGABYTE = 1024 * 1024


class QuestionForm(ElementForm):
    """What every question has."""

    title = SaidAtLength(_l("题目"), needed=True)
    hint = Said(_l("补充说明"))


class AskingForm(QuestionForm):
    """What every question that asks for an answer has."""

    required = BooleanField(_l("必答"))
    comparable = BooleanField(_l("与以往版本的同一题放在一起比较结果"))


class CascaderForm(AskingForm):
    """A choice level by level."""

    source = RadioField(
        _l("内容"),
        choices=choices(("places", _l("省 / 市 / 区（系统自带）")), ("own", _l("自己的层级"))),
        default="places",
    )
    levels = SelectField(
        _l("选到哪一级"),
        choices=choices((1, _l("省")), (2, _l("市")), (3, _l("区县"))),
        coerce=int,
        default=3,
    )
    tree = SaidAtLength(_l("层级内容"), most=50_000)

    @classmethod
    def of(cls, element: Element, language: str) -> "CascaderForm":
        """Return the form; a tree is shown as lines that are indented level by level."""
        tree = element.get("tree") or []
        known = super().of({key: value for key, value in element.items() if key != "tree"}, language)
        known.source.data = known.source.data or ("own" if tree else "places")
        if not known.is_submitted():
            known.source.data = "own" if tree else "places"
            known.tree.data = as_text(tree, language)
        return known

    def validate_tree(self, field: SaidAtLength) -> None:
        """Refuse a tree of one's own without anything in it."""
        if self.source.data == "own" and not field.data:
            raise ValidationError(_l("请写下各级内容，一行一项"))

    def carried(self, element: Element, language: str) -> Element:
        """Return the question with the country's places, or with a tree whose known lines keep their ids."""
        rest = {key: value for key, value in element.items() if key not in {"tree", "source", "levels"}}
        changed = super().carried(rest, language)
        for name in ("tree", "source", "levels"):
            changed.pop(name, None)
        if self.source.data == "places":
            return changed | {"source": "places", "levels": self.levels.data or 3}
        return changed | {"tree": from_text(self.tree.data or "", element.get("tree") or [], language)}


BOUNDS = choices(
    ("", _l("不限")),
    ("today", _l("今天")),
    ("before", _l("今天之前若干天")),
    ("after", _l("今天之后若干天")),
    ("day", _l("某一天")),
)
_RELATIVE = re.compile(r"today([+-])(\d{1,5})")


class DateForm(AskingForm):
    """A day; a bound is none, today, so many days from today, or one day of the calendar."""

    earliest_kind = SelectField(_l("最早"), choices=BOUNDS)
    earliest_days = Whole(_l("最早：相差几天"), 1, 36_500)
    earliest_day = DateField(_l("最早：哪一天"), [Optional()])
    latest_kind = SelectField(_l("最晚"), choices=BOUNDS)
    latest_days = Whole(_l("最晚：相差几天"), 1, 36_500)
    latest_day = DateField(_l("最晚：哪一天"), [Optional()])

    @classmethod
    def of(cls, element: Element, language: str) -> "DateForm":
        """Return the form; a bound such as ``today-30`` is shown as its kind and its number of days."""
        return super().of(element | _bound("earliest", element) | _bound("latest", element), language)

    def validate_earliest_day(self, field: DateField) -> None:
        """Refuse a calendar day that is not named."""
        self._named("earliest", field)

    def validate_latest_day(self, field: DateField) -> None:
        """Refuse a calendar day that is not named, or one before the earliest."""
        self._named("latest", field)
        both = self.earliest_kind.data == self.latest_kind.data == "day"
        if both and field.data and self.earliest_day.data and field.data < self.earliest_day.data:
            raise ValidationError(_l("最晚不能早于最早"))

    def _named(self, which: str, field: DateField) -> None:
        if self[f"{which}_kind"].data == "day" and field.data is None:
            raise ValidationError(_l("请选择日期"))

    def carried(self, element: Element, language: str) -> Element:
        """Return the question with its bounds as they are stored."""
        changed = super().carried(element, language)
        for which in ("earliest", "latest"):
            kind = changed.pop(f"{which}_kind", None)
            days, day = changed.pop(f"{which}_days", None) or 1, changed.pop(f"{which}_day", None)
            changed.pop(which, None)
            bound = {"today": "today", "before": f"today-{days}", "after": f"today+{days}", "day": str(day)}
            if kind in bound:
                changed[which] = bound[kind]
        return changed


def _bound(which: str, element: Element) -> Element:
    words = element.get(which)
    if not words:
        return {}
    if words == "today":
        return {f"{which}_kind": "today"}
    relative = _RELATIVE.fullmatch(words)
    if relative:
        kind = "before" if relative[1] == "-" else "after"
        return {f"{which}_kind": kind, f"{which}_days": int(relative[2])}
    return {f"{which}_kind": "day", f"{which}_day": date.fromisoformat(words)}


class FileForm(AskingForm):
    """Files."""

    kinds = SelectMultipleField(
        _l("可以上传"),
        [InputRequired(_l("至少选一种"))],
        choices=choices(("images", _l("照片和图片")), ("pdf", "PDF"), ("office", _l("Word 和 Excel"))),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    most_files = Whole(_l("最多几个文件"), 1, 5)
    megabytes = Whole(_l("每个文件最大（MB）"), 1, 10)

    @classmethod
    def of(cls, element: Element, language: str) -> "FileForm":
        """Return the form; sizes are shown in megabytes."""
        size = element.get("most_bytes")
        return super().of(element | ({"megabytes": size // MEGABYTE} if size else {}), language)

    def carried(self, element: Element, language: str) -> Element:
        """Return the question with its size in bytes."""
        changed = super().carried(element, language)
        size = changed.pop("megabytes", None)
        return changed | ({"most_bytes": size * MEGABYTE} if size else {})
