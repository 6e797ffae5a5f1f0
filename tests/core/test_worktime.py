"""Promises are made in office hours: lunch breaks, weekends, holidays and 调休 count."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import BEIJING
from core.worktime import WorkCalendar

CALENDAR = WorkCalendar()


def at(text: str) -> datetime:
    """Return a Beijing wall-clock instant."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-06-10 09:00", 60, "2026-06-10 10:00"),
        ("2026-06-10 11:30", 60, "2026-06-10 14:00"),  # lunch break
        ("2026-06-10 11:00", 60, "2026-06-10 12:00"),  # exactly until lunch
        ("2026-06-10 12:30", 30, "2026-06-10 14:00"),  # asked during lunch
        ("2026-06-10 17:30", 60, "2026-06-11 09:30"),  # over night
        ("2026-06-10 23:00", 10, "2026-06-11 09:10"),
        ("2026-06-12 17:00", 120, "2026-06-15 10:00"),  # over a weekend
        ("2026-02-13 17:00", 120, "2026-02-14 10:00"),  # a Saturday worked for Spring Festival
        ("2026-09-30 17:00", 120, "2026-10-08 10:00"),  # National Day
    ],
)
def test_working_time_passes_only_in_office_hours(start: str, minutes: int, due: str) -> None:
    result = CALENDAR.add(at(start), timedelta(minutes=minutes))
    assert (result.at, result.exact) == (at(due), True)


@pytest.mark.parametrize(
    ("day", "count", "then"),
    [
        (date(2026, 9, 24), 3, date(2026, 9, 30)),
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
    ],
)
def test_working_days_follow_the_published_calendar(day: date, count: int, then: date) -> None:
    assert CALENDAR.add_workdays(day, count) == (then, True)


def test_a_year_without_a_published_calendar_gives_a_provisional_due_time() -> None:
    due = CALENDAR.add(at("2030-12-31 17:30"), timedelta(minutes=60))
    assert not due.exact
    assert due.at == at("2031-01-02 09:30")  # New Year's Day is a fixed holiday even then


def test_a_day_the_administrator_entered_beats_the_published_calendar() -> None:
    calendar = WorkCalendar(known_days={date(2026, 6, 11): False})
    assert calendar.add(at("2026-06-10 17:30"), timedelta(minutes=60)).at == at("2026-06-12 09:30")


@given(
    st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2026, 11, 30)),  # noqa: DTZ001 - made aware below
    st.integers(min_value=1, max_value=5000),
)
def test_between_measures_what_add_added(start: datetime, minutes: int) -> None:
    begin = start.replace(tzinfo=BEIJING)
    due = CALENDAR.add(begin, timedelta(minutes=minutes))
    assert CALENDAR.between(begin, due.at) == timedelta(minutes=minutes)
    assert due.at > begin
