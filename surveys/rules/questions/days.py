"""Questions answered by a day of the calendar."""

import re
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from core import clock
from surveys.rules.formats import narrow
from surveys.rules.questions.base import QuestionBase, one_sent
from surveys.rules.readings import Column, Reading, Sent, UnreadableAnswerError
from surveys.rules.texts import Language, say

Bound = Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2}|today([+-]\d{1,5})?)$")]
"""An ISO day, or a number of days before or after the Beijing day of the answer: ``today-30``."""

FIRST_YEAR, LAST_YEAR = 1900, 2100

# As browsers send it, and as people type it where there is no calendar to choose from.
_TYPED = re.compile(r"(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?日?|(\d{4})(\d{2})(\d{2})", re.ASCII)


class DateQuestion(QuestionBase):
    """A day, perhaps between two bounds."""

    type: Literal["date"] = "date"
    earliest: Bound | None = None
    latest: Bound | None = None

    @model_validator(mode="after")
    def _bounds_leave_a_day(self) -> Self:
        for bound in (self.earliest, self.latest):
            if bound is not None and _resolved(bound) is None:
                raise ValueError(f"{bound} is no day between {FIRST_YEAR} and {LAST_YEAR}")
        same_kind = self.earliest and self.latest and self.earliest[0] == self.latest[0] == "t"
        earliest, latest = self.first(), self.last()
        fixed = self.earliest and self.latest and "today" not in self.earliest + self.latest
        if (same_kind or fixed) and earliest and latest and earliest > latest:
            raise ValueError("the earliest day is after the latest")
        return self

    def first(self) -> date | None:
        """Return the earliest day that can be answered today."""
        return _resolved(self.earliest) if self.earliest else None

    def last(self) -> date | None:
        """Return the latest day that can be answered today."""
        return _resolved(self.latest) if self.latest else None

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read the day; mistakes: "date" for what is none, "date_early" and "date_late" for one out of bounds."""
        value = one_sent(sent, self.id)
        if value is None:
            return {}
        day = _typed(narrow(value))
        if day is None:
            raise UnreadableAnswerError("date")
        first, last = self.first(), self.last()
        if first is not None and day < first:
            raise UnreadableAnswerError("date_early", earliest=first.isoformat())
        if last is not None and day > last:
            raise UnreadableAnswerError("date_late", latest=last.isoformat())
        return {self.id: Reading(words=day.isoformat())}

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return one column of days."""
        return (Column(self.id, say(self.title, language), "day"),)


def _typed(text: str) -> date | None:
    match = _TYPED.fullmatch(text)
    return _sane(*(int(part) for part in match.groups() if part is not None)) if match else None


def _resolved(bound: str) -> date | None:
    if not bound.startswith("today"):
        return _sane(*(int(part) for part in bound.split("-")))
    day = clock.beijing_day(clock.now()) + timedelta(days=int(bound.removeprefix("today") or 0))
    return _sane(day.year, day.month, day.day)


def _sane(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None
