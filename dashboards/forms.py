"""What may be asked of the numbers: the filters of the page and the parameters of the API, shape only."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from flask_babel import gettext as _
from pydantic import BeforeValidator, Field, model_validator

from core import clock
from core.errors import NotFoundError
from core.sentences import N_
from core.shapes import StrictShape
from dashboards.queries import Place, Point, Slice
from dashboards.rules import Period

LONGEST_DAYS = 3 * 366
"""The longest period that may be asked for; rollups of three years are read in a moment."""


class Span(StrEnum):
    """The periods that the page offers."""

    DAYS_30 = "30d"
    DAYS_90 = "90d"
    MONTHS_12 = "12m"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the page says, read; ``mistakes`` are sentences about what could not be read.

    ``first_typed`` and ``last_typed`` are what the fields of the days show: the days that were typed, even if they
    cannot be shown together.
    """

    span: Span
    period: Period
    touchpoint: str
    stage: str
    region: str
    first_typed: str = ""
    last_typed: str = ""
    mistakes: tuple[str, ...] = ()

    def slice(self, points: Sequence[Point], places: Sequence[Place]) -> Slice:
        """Return what is asked for; raise NotFoundError for codes unknown or out of sight."""
        return narrow(
            self.period,
            points,
            places,
            touchpoint=self.touchpoint or None,
            stage=self.stage or None,
            region=self.region or None,
        )


def read_filters(sent: Mapping[str, str], today: date) -> Filters:
    """Read the filters of the page; what cannot be read falls back to the last 90 days, and says so.

    ``today`` is the Beijing day on which all offered periods end. Days that were filled in are meant, whatever
    period is still selected: a page without script cannot select another one for whoever types them.
    """
    given = {name: sent.get(name, "").strip() for name in ("period", "from", "to")}
    custom = given["period"] == Span.CUSTOM or given["from"] or given["to"]
    mistakes: list[str] = []
    if custom:
        span = Span.CUSTOM
        period = _custom(given["from"], given["to"], today, mistakes)
    else:
        span = Span(given["period"]) if given["period"] in set(Span) else Span.DAYS_90
        period = offered(span, today)
    return Filters(
        span,
        period,
        sent.get("touchpoint", ""),
        sent.get("stage", ""),
        sent.get("region", ""),
        clock.day_as_field(given["from"]) or (period.first.isoformat() if custom and not mistakes else ""),
        clock.day_as_field(given["to"]) or (period.last.isoformat() if custom and not mistakes else ""),
        tuple(mistakes),
    )


def offered(span: Span, today: date) -> Period:
    """Return an offered period that ends today."""
    if span is Span.MONTHS_12:
        # The 29th of February has no birthday in most years; the year then begins on the first of March.
        leap = (today.month, today.day) == (2, 29)
        first = date(today.year - 1, 3, 1) if leap else today.replace(year=today.year - 1) + timedelta(days=1)
        return Period(first, today)
    return Period(today - timedelta(days=29 if span is Span.DAYS_30 else 89), today)


def _custom(first: str, last: str, today: date, mistakes: list[str]) -> Period:
    fallback = offered(Span.DAYS_90, today)
    try:
        end = clock.read_day(last) if last else None
        # Whoever names only a day to come as the first means it: nothing was answered then, and the page says so.
        start = clock.read_day(first) if first else max(clock.FIRST_DAY, (end or today) - timedelta(days=89))
        end = end or max(today, start)
    except ValueError:
        mistakes.append(_("日期无法识别，已改为显示近 90 天。"))
        return fallback
    if start > end:
        mistakes.append(_("开始日期晚于结束日期，已改为显示近 90 天。"))
        return fallback
    if (end - start).days >= LONGEST_DAYS:
        mistakes.append(_("一次最多查看三年的数据，已改为显示近 90 天。"))
        return fallback
    return Period(start, end)


def narrow(
    period: Period,
    points: Sequence[Point],
    places: Sequence[Place],
    *,
    touchpoint: str | None,
    stage: str | None = None,
    region: str | None = None,
) -> Slice:
    """Return a slice from codes; raise NotFoundError for codes unknown or, of regions, out of sight."""
    wanted: tuple[str, ...] | None = None
    if stage is not None:
        wanted = tuple(point.code for point in points if point.stage_code == stage)
        if not wanted:
            raise NotFoundError(N_("没有这个旅程阶段"))
    if touchpoint is not None:
        if touchpoint not in {point.code for point in points}:
            raise NotFoundError(N_("没有这个触点"))
        wanted = tuple(code for code in (touchpoint,) if wanted is None or code in wanted)
    place = None
    if region is not None:
        place = next((place for place in places if region == place.code), None)
        if place is None:
            raise NotFoundError(N_("没有找到这个机构"))
    return Slice(period, wanted, place)


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _plain_date(value: object) -> object:
    # Pydantic also takes numbers and instants for dates; an address should say 2026-06-01 and nothing else.
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return clock.read_day(value)
        except ValueError:
            pass
    raise ValueError("write dates as 2026-06-01")


Day = Annotated[date, BeforeValidator(_plain_date)]


class MetricsQuery(StrictShape):
    """The parameters of ``/metrics/…``: Beijing days, both included, and codes."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    group_by: Literal["touchpoint", "region", "week", "stage"] | None = None
    touchpoint: str | None = None
    stage: str | None = None
    region: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "MetricsQuery":
        if self.first > self.last:
            raise ValueError("from must not be after to")
        if (self.last - self.first).days >= LONGEST_DAYS:
            raise ValueError("ask for three years at the most")
        return self

    @property
    def period(self) -> Period:
        """The days asked for."""
        return Period(self.first, self.last)
