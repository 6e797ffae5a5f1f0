"""Instants are UTC, days are Beijing days."""

from datetime import UTC, date, datetime

import pytest

from core import clock


def test_an_evening_in_utc_is_already_the_next_day_in_beijing() -> None:
    assert clock.beijing_day(datetime(2026, 3, 31, 16, 0, tzinfo=UTC)) == date(2026, 4, 1)


def test_a_beijing_day_lasts_from_16_o_clock_utc_for_24_hours() -> None:
    assert clock.day_start(date(2026, 4, 1)) == datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert clock.day_end(date(2026, 4, 1)) == datetime(2026, 4, 1, 16, tzinfo=UTC)


def test_a_fixed_clock_tells_the_time_only_inside_its_block() -> None:
    instant = datetime(2020, 1, 1, tzinfo=UTC)
    with clock.use(clock.FixedClock(instant)) as fixed:
        assert clock.now() == instant
        assert isinstance(fixed, clock.FixedClock)
        fixed.advance(hours=2)
        assert clock.now().hour == 2
    assert clock.now() > instant


@pytest.mark.parametrize(
    ("written", "shown"),
    [("2026-01-31", "2026-01-31"), ("20260131", "2026-01-31"), ("2026-02-30", ""), ("昨天", ""), ("", "")],
)
def test_a_field_shows_a_day_or_nothing(written: str, shown: str) -> None:
    assert clock.day_as_field(written) == shown


@pytest.mark.parametrize("written", ["1990-01-01", "2026-11-23", "2100-12-31"])
def test_a_day_is_read_as_it_is_written(written: str) -> None:
    assert clock.read_day(written).isoformat() == written


@pytest.mark.parametrize(
    "written", ["0001-01-01", "1989-12-31", "2101-01-01", "9999-12-31", "2026-02-30", "昨天", ""]
)
def test_a_day_too_far_off_to_reckon_with_is_none(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        clock.read_day(written)


def test_the_calendar_s_first_and_last_day_begin_and_end_somewhere() -> None:
    assert clock.day_start(date.min) < clock.day_end(date.min)
    assert clock.day_start(date.max) < clock.day_end(date.max)
