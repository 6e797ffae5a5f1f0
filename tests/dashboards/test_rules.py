"""What a page of numbers asks about: periods of Beijing days."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from dashboards.rules import Period


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 800))
def test_the_weeks_of_a_period_cover_each_of_its_days_once(last: date, days: int) -> None:
    period = Period(last.fromordinal(last.toordinal() - days + 1), last)
    weeks = [period.week(monday) for monday in period.mondays()]
    assert sum(week.days for week in weeks) == period.days == days
    assert weeks[0].first == period.first
    assert weeks[-1].last == period.last
    assert all(week.first.weekday() == 0 for week in weeks[1:])
    assert all(week.last.weekday() == 6 for week in weeks[:-1])


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    before = Period(date(2026, 3, 1), date(2026, 3, 31)).previous
    assert before == Period(date(2026, 1, 29), date(2026, 2, 28))
    assert before.days == 31


def test_the_calendar_s_last_week_ends_with_the_calendar() -> None:
    period = Period(date(9999, 12, 30), date.max)
    assert [period.week(monday) for monday in period.mondays()] == [period]
