"""Working time in mainland China: working days with 调休, office hours with a lunch break.

Which days are worked is published each November for the next year (国务院办公厅 notice). Order of trust:
the days an administrator entered, then ``chinesecalendar``, then weekends and the statutory days of
《全国年节及纪念日放假办法》 on fixed dates. A result that leans on the last is not ``exact``: it is shown as
暂定 and computed again when the notice is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import chinese_calendar

from core import clock

# New Year, Labour Day and National Day fall on fixed dates; the lunar festivals cannot be guessed.
_FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}


@dataclass(frozen=True, slots=True)
class Due:
    """An instant (UTC), and whether every day on the way to it is certain."""

    at: datetime
    exact: bool


@dataclass(frozen=True)
class WorkCalendar:
    """Office hours in Beijing wall time and the days an administrator knows better (True = worked)."""

    hours: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13, 30), time(18)))
    known_days: Mapping[date, bool] = field(default_factory=dict)

    def workday(self, day: date) -> tuple[bool, bool]:
        """Return whether ``day`` is worked, and whether that is certain."""
        if day in self.known_days:
            return self.known_days[day], True
        try:
            return bool(chinese_calendar.is_workday(day)), True
        except NotImplementedError:
            return day.weekday() < 5 and (day.month, day.day) not in _FIXED_HOLIDAYS, False

    def add(self, start: datetime, working: timedelta) -> Due:
        """Return the instant after ``working`` time has passed in office hours since ``start``.

        Time that starts outside office hours begins to count when the next office hours begin. The end
        of a stretch counts as inside it: one hour from 11:00 is due at 12:00, not at 13:30.
        """
        left, day, exact = working, clock.beijing_day(start), True
        while True:
            worked, certain = self.workday(day)
            exact = exact and certain
            if worked:
                for opening, closing in self._stretches(day):
                    begin = max(opening, start)
                    if begin < closing:
                        if left <= closing - begin:
                            return Due((begin + left).astimezone(UTC), exact)
                        left -= closing - begin
            day += timedelta(days=1)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much office time lies between two instants; zero if ``end`` is not after ``start``."""
        total, day = timedelta(), clock.beijing_day(start)
        while day <= clock.beijing_day(end):
            if self.workday(day)[0]:
                for opening, closing in self._stretches(day):
                    total += max(min(closing, end) - max(opening, start), timedelta())
            day += timedelta(days=1)
        return total

    def add_workdays(self, day: date, count: int) -> tuple[date, bool]:
        """Return the day ``count`` working days after ``day``, and whether it is certain."""
        exact = True
        while count > 0:
            day += timedelta(days=1)
            worked, certain = self.workday(day)
            exact = exact and certain
            count -= worked
        return day, exact

    def _stretches(self, day: date) -> list[tuple[datetime, datetime]]:
        return [
            (datetime.combine(day, begin, clock.BEIJING), datetime.combine(day, end, clock.BEIJING))
            for begin, end in self.hours
        ]
