"""What may be asked of the results of a survey: filters, a second group, two questions to be crossed.

Everything stands in the address, so a result can be sent to a colleague. What cannot be read falls back to
"everything" and says so; codes that do not exist, or that the reader may not see, do not (404).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Literal

from flask_babel import gettext as _

from core import clock
from core.errors import NotFoundError
from core.sentences import N_
from surveys.rules.readings import Column
from surveys.rules.summaries import narrowing
from surveys.rules.summaries.asked import Asked, Version
from surveys.rules.summaries.narrowing import AnswerIs, Wanted

MOST_ANSWERS = 8
"""So many conditions on answers nobody reads at once."""

LONGEST_VALUE = 400

PLAIN = ("region", "touchpoint", "channel", "language", "link", "version")
"""Filters of one value each, by their name in the address."""

DIMENSIONS = (
    narrowing.CHANNEL,
    narrowing.TOUCHPOINT,
    narrowing.REGION,
    narrowing.LANGUAGE,
    narrowing.LINK,
    "@version",
)
"""What questions can be crossed with besides questions."""


class Span(StrEnum):
    """The periods that the page offers."""

    ALL = "all"
    DAYS_30 = "30d"
    DAYS_90 = "90d"
    MONTHS_12 = "12m"
    CUSTOM = "custom"


class Compare(StrEnum):
    """What the chosen answers are held against."""

    NOTHING = ""
    PREVIOUS = "previous"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Filters:
    """One group of responses as the address names it; an empty text leaves a side open.

    ``typed`` are the first and the last day as they were typed, for the fields to show again; they narrow nothing.
    ``unread`` says that days were given which mean nothing: a page shows all of time and says so, a file must not.
    """

    span: Span = Span.ALL
    first: date | None = None
    last: date | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    typed: tuple[str, str] = field(default=("", ""), compare=False)
    unread: bool = field(default=False, compare=False)

    @property
    def fields(self) -> tuple[str, str]:
        """What the fields of the days show: the days asked for, or those typed that cannot be shown together."""
        if self.span is Span.CUSTOM:
            return (self.first.isoformat() if self.first else "", self.last.isoformat() if self.last else "")
        return self.typed

    def get(self, name: str) -> str:
        """Return the value of a plain filter."""
        return self.values.get(name, "")

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.first or self.last or self.answers or any(self.values.values()))

    def arguments(self, prefix: str = "") -> list[tuple[str, str]]:
        """Return the filters as they stand in an address."""
        found: list[tuple[str, str]] = []
        if self.span is Span.CUSTOM:
            found += [
                (f"{prefix}{name}", day.isoformat())
                for name, day in (("from", self.first), ("to", self.last))
                if day is not None
            ]
        elif self.span is not Span.ALL:
            found.append((f"{prefix}period", self.span.value))
        found += [(f"{prefix}{name}", value) for name, value in self.values.items() if value]
        return found + [(f"{prefix}answer", answer) for answer in self.answers]


@dataclass(frozen=True, slots=True)
class Asking:
    """All that the address asks for; ``mistakes`` are sentences about what could not be read.

    ``shares`` says of which sums the crossing's percentages are.
    """

    filters: Filters
    compare: Compare
    other: Filters | None
    rows: str
    columns: str
    mistakes: tuple[str, ...]
    shares: Literal["row", "column"] = "row"

    def arguments(self, **changes: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - the fields of this class
        """Return the address's arguments with some fields changed."""
        asking = replace(self, **changes)
        found = asking.filters.arguments()
        if asking.compare is not Compare.NOTHING:
            found.append(("compare", asking.compare.value))
        if asking.compare is Compare.GROUP and asking.other is not None:
            found += asking.other.arguments("b_")
        crossed = asking.rows and asking.columns and asking.shares != "row"
        return found + [
            (name, value)
            for name, value in (
                ("rows", asking.rows),
                ("columns", asking.columns),
                ("shares", asking.shares if crossed else ""),
            )
            if value
        ]


def read(sent: Mapping[str, Sequence[str]], today: date) -> Asking:
    """Read the address of the page; ``today`` is the Beijing day on which offered periods end."""
    mistakes: list[str] = []
    filters = _filters(sent, "", today, mistakes)
    compare = _one(sent, "compare")
    kind = Compare(compare) if compare in set(Compare) else Compare.NOTHING
    other = None
    if kind is Compare.PREVIOUS:
        if filters.first is None or filters.last is None:
            mistakes.append(_("要和上一期对比，请先选择一段时间。"))
            kind = Compare.NOTHING
        else:
            length = (filters.last - filters.first).days + 1
            other = replace(
                filters,
                span=Span.CUSTOM,
                first=filters.first - timedelta(days=length),
                last=filters.first - timedelta(days=1),
            )
    elif kind is Compare.GROUP:
        other = _second(filters, _filters(sent, "b_", today, mistakes))
        if other == filters:
            mistakes.append(_("对比组和当前筛选完全相同，请至少改变一个对比条件。"))
            kind, other = Compare.NOTHING, None
    return Asking(
        filters,
        kind,
        other,
        _one(sent, "rows"),
        _one(sent, "columns"),
        tuple(mistakes),
        "column" if _one(sent, "shares") == "column" else "row",
    )


def _second(filters: Filters, given: Filters) -> Filters:
    """Return the second group: the first with whatever was said of the second in its place."""
    timed = given.first is not None or given.last is not None
    return Filters(
        given.span if timed else filters.span,
        given.first if timed else filters.first,
        given.last if timed else filters.last,
        {**filters.values, **{name: value for name, value in given.values.items() if value}},
        given.answers or filters.answers,
    )


def _filters(sent: Mapping[str, Sequence[str]], prefix: str, today: date, mistakes: list[str]) -> Filters:
    span = _one(sent, f"{prefix}period")
    given = (_one(sent, f"{prefix}from"), _one(sent, f"{prefix}to"))
    first = last = None
    kind = Span(span) if span in set(Span) else Span.ALL
    if any(given):
        # Days that were filled in are meant, whatever period is still selected: without script nothing selects another.
        kind = Span.CUSTOM
        try:
            first, last = (clock.read_day(day) if day else None for day in given)
        except ValueError:
            mistakes.append(_("日期无法识别，已改为显示全部时间。"))
            kind = Span.ALL
        if first and last and first > last:
            mistakes.append(_("开始日期晚于结束日期，已改为显示全部时间。"))
            kind, first, last = Span.ALL, None, None
        if kind is Span.CUSTOM and first is not None and last is None:
            last = max(today, first)
    elif kind in _DAYS:
        first, last = today - timedelta(days=_DAYS[kind] - 1), today
    elif kind is Span.CUSTOM:
        kind = Span.ALL
    answers = [value.strip() for value in sent.get(f"{prefix}answer", ()) if value.strip()]
    return Filters(
        kind,
        first,
        last,
        {name: _one(sent, f"{prefix}{name}") for name in PLAIN},
        tuple(dict.fromkeys(value for value in answers if len(value) <= LONGEST_VALUE))[:MOST_ANSWERS],
        (clock.day_as_field(given[0]), clock.day_as_field(given[1])),
        unread=any(given) and kind is Span.ALL,
    )


_DAYS = {Span.DAYS_30: 30, Span.DAYS_90: 90, Span.MONTHS_12: 365}


def _one(sent: Mapping[str, Sequence[str]], name: str) -> str:
    values = sent.get(name) or ("",)
    return values[-1].strip()[:LONGEST_VALUE]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the reader may name: versions, questions, regions by code with all below each, links in sight.

    ``sight`` are the ids of all regions that the reader sees, None for all there are.
    """

    versions: Mapping[int, Version]
    asked: Sequence[Asked]
    sight: frozenset[int] | None
    below: Mapping[str, frozenset[int]]
    touchpoints: frozenset[str]
    links: frozenset[int]

    def wanted(self, filters: Filters) -> Wanted:
        """Return which responses the filters mean; raise NotFoundError for what is unknown or out of sight."""
        regions = self.sight
        if filters.get("region"):
            regions = self.below.get(filters.get("region"))
            if regions is None:
                raise NotFoundError(N_("没有找到这个机构"))
        if filters.get("touchpoint") and filters.get("touchpoint") not in self.touchpoints:
            raise NotFoundError(N_("没有这个触点"))
        link = None
        if filters.get("link"):
            link = int(filters.get("link")) if filters.get("link").isdecimal() else 0
            if link not in self.links:
                raise NotFoundError(N_("没有找到这个链接"))
        for name in ("channel", "language"):
            # Any word may name one that nobody has used yet; a character that no database stores is not a word.
            if not filters.get(name).isprintable():
                raise NotFoundError(N_("没有这个渠道或语言"))
        versions = None
        if filters.get("version"):
            versions = frozenset(
                version.id
                for version in self.versions.values()
                if str(version.number) == filters.get("version")
            )
            if not versions:
                raise NotFoundError(N_("没有这个问卷版本"))
        return Wanted(
            regions=regions,
            first=filters.first,
            last=filters.last,
            touchpoint=filters.get("touchpoint") or None,
            channel=filters.get("channel") or None,
            language=filters.get("language") or None,
            link=link,
            versions=versions,
            answers=tuple(self.answer(token) for token in filters.answers),
        )

    def answer(self, token: str) -> AnswerIs:
        """Read a condition on an answer: ``question:low..high``, ``question/row:option,option``, ``question:*``."""
        name, _colon, value = token.partition(":")
        asked, column = self.column(name)
        key = asked.stored(column)
        if value == "*":
            return AnswerIs(key, asked.versions)
        low, dots, high = value.partition("..")
        if column.kind in {"number", "consent"}:
            try:
                return AnswerIs(key, asked.versions, between=(float(low), float(high if dots else low)))
            except ValueError:
                raise NotFoundError(N_("没有这个回答条件")) from None
        return AnswerIs(key, asked.versions, options=frozenset(value.split(",")))

    def column(self, name: str) -> tuple[Asked, Column]:
        """Return the question and column that an address calls ``question`` or ``question/row``."""
        question, _slash, row = name.partition("/")
        asked = next((one for one in self.asked if one.name == question), None)
        if asked is not None:
            wanted = f"{asked.question.id}.{row}" if row else asked.main[0].key
            for column in asked.main:
                if column.key == wanted:
                    return asked, column
        raise NotFoundError(N_("没有这个问题"))


def named(asked: Asked, column: Column) -> str:
    """Return how addresses call a column of a question."""
    row = column.key.removeprefix(asked.question.id).removeprefix(".")
    return f"{asked.name}/{row}" if row else asked.name
