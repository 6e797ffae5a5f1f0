"""The only place that knows what time it is.

Instants are aware UTC datetimes; people's days are Beijing days (UTC+8, no daylight saving since 1991).
Tests and the demo put a clock of their own in with :func:`use`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
"""Nothing here is older or later: days outside are slips of the pen, and a calendar ends where weeks are reckoned."""


class Clock(Protocol):
    """Whatever can say what time it is."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that may ask


class FixedClock:
    """A clock that stands still until it is moved; for tests and for writing a past year."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """Return the instant the clock was set to."""
        return self.instant

    def advance(self, **parts: float) -> None:
        """Move on by ``timedelta(**parts)``."""
        self.instant += timedelta(**parts)


_clock: ContextVar[Clock] = ContextVar("clock", default=SystemClock())  # noqa: B039 - it holds no state


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return _clock.get().now()


@contextmanager
def use(clock: Clock) -> Iterator[Clock]:
    """Let ``clock`` tell the time inside the ``with`` block."""
    token = _clock.set(clock)
    try:
        yield clock
    finally:
        _clock.reset(token)


def beijing(instant: datetime) -> datetime:
    """Return the same instant on a Beijing wall clock."""
    return instant.astimezone(BEIJING)


def beijing_day(instant: datetime) -> date:
    """Return the calendar day in Beijing on which ``instant`` falls."""
    return beijing(instant).date()


def short(instant: datetime) -> str:
    """Return an instant as lists show it: month, day and Beijing time, with the year unless it is the present one."""
    here = beijing(instant)
    return here.strftime("%m-%d %H:%M" if here.year == beijing(now()).year else "%Y-%m-%d %H:%M")


def read_day(written: str) -> date:
    """Read a day of an address or a form; raise ValueError for what is none, or is too far off to reckon with."""
    day = date.fromisoformat(written)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(written)
    return day


def day_as_field(written: str) -> str:
    """Return a day as the field of a form takes it (2026-01-31), nothing if what was written is no day."""
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        return ""


def day_start(day: date) -> datetime:
    """Return the instant (UTC) at which the Beijing day begins."""
    # The calendar's first day began in Beijing before there was a calendar.
    if day == date.min:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.combine(day, time.min, BEIJING).astimezone(UTC)


def day_end(day: date) -> datetime:
    """Return the instant (UTC) at which the Beijing day is over, exclusive."""
    # After the last day that a calendar knows comes none: whatever there is lies before the end of time.
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return day_start(day + timedelta(days=1))
