"""What a page of numbers asks about: Beijing days. The formulas of the scores stand in ``surveys.rules.scores``."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """Beijing days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.last - self.first).days + 1

    @property
    def previous(self) -> "Period":
        """The period of equal length just before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def mondays(self) -> list[date]:
        """Return the Mondays of all ISO weeks that the period touches."""
        monday = self.first - timedelta(days=self.first.weekday())
        return [monday + timedelta(weeks=step) for step in range((self.last - monday).days // 7 + 1)]

    def week(self, monday: date) -> "Period":
        """Return the part of the period that lies in the week of ``monday``."""
        sunday = monday + min(
            timedelta(days=6), date.max - monday
        )  # the calendar's last week is no whole one
        return Period(max(self.first, monday), min(self.last, sunday))
