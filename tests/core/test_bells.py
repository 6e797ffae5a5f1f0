"""Bells ring at planned times, each once, and make up what was missed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import flow
from core import clock, db
from core.clock import FixedClock
from core.jobs.bells import Bell, latest_slot, ring
from core.models import BellSlot

START = datetime(2026, 6, 10, 4, 0, tzinfo=UTC)  # noon in Beijing


def bell(cron: str) -> Bell:
    """Return a bell that asks for the first job of the house."""
    return Bell("test", cron, flow.JOBS[0])


@pytest.mark.parametrize(
    ("cron", "now", "slot"),
    [
        ("*/10 * * * * *", START + timedelta(seconds=14), START + timedelta(seconds=10)),
        ("0 30 9 * * mon", datetime(2026, 6, 10, 4, tzinfo=UTC), datetime(2026, 6, 8, 1, 30, tzinfo=UTC)),
        ("0 0 8 1 * *", datetime(2026, 6, 10, 4, tzinfo=UTC), datetime(2026, 6, 1, 0, 0, tzinfo=UTC)),
        ("0 0 0 1 1 *", datetime(2026, 6, 10, 4, tzinfo=UTC), datetime(2025, 12, 31, 16, 0, tzinfo=UTC)),
    ],
)
def test_the_latest_planned_time_is_found_in_beijing_time(cron: str, now: datetime, slot: datetime) -> None:
    assert latest_slot(bell(cron).trigger(), now, now - timedelta(days=400)) == slot


def test_nothing_is_planned_between_two_slots() -> None:
    trigger = bell("0 0 9 * * *").trigger()
    assert latest_slot(trigger, START, START - timedelta(hours=1)) is None


@given(st.integers(min_value=0, max_value=10**6), st.integers(min_value=1, max_value=10**6))
def test_the_slot_lies_between_the_last_ring_and_now(offset: int, length: int) -> None:
    since = START + timedelta(seconds=offset)
    now = since + timedelta(seconds=length)
    slot = latest_slot(bell("15 */5 * * * *").trigger(), now, since)
    if slot is None:
        assert length < 300
    else:
        assert since < slot <= now
        assert (now - slot) < timedelta(minutes=5)


def test_a_slot_rings_once(session: Session, clock_at: FixedClock) -> None:
    once = bell("*/10 * * * * *")
    ring(session, once)
    clock_at.advance(seconds=12)
    assert ring(session, once) is not None
    assert ring(session, once) is None
    clock_at.advance(seconds=10)
    assert ring(session, once) is not None


def test_however_many_slots_were_missed_one_is_made_up(session: Session, clock_at: FixedClock) -> None:
    hourly = bell("0 0 * * * *")
    session.add(BellSlot(bell="test", planned_at=clock.now() - timedelta(days=3), rung_at=clock.now()))
    assert ring(session, hourly) == clock.now()
    assert ring(session, hourly) is None


def test_a_bell_never_heard_before_does_not_make_up_the_past(session: Session, clock_at: FixedClock) -> None:
    clock_at.advance(seconds=5)
    assert ring(session, bell("0 0 9 * * *")) is None


def test_of_eight_clocks_at_once_one_rings(fresh_database: str) -> None:
    fixed = FixedClock(START)
    with clock.use(fixed), db.transaction() as session:
        ring(session, bell("*/10 * * * * *"))
    later = FixedClock(START + timedelta(seconds=10))

    def try_to_ring(_number: int) -> datetime | None:
        with clock.use(later), db.transaction() as session:
            return ring(session, bell("*/10 * * * * *"))

    with ThreadPoolExecutor(8) as pool:
        rung = [slot for slot in pool.map(try_to_ring, range(8)) if slot is not None]
    assert rung == [later.instant]
    with db.reading() as session:
        jobs = session.scalar(text("SELECT count(*) FROM procrastinate_jobs"))
        slots = session.scalar(select(func.count(BellSlot.id)))
    assert jobs == 1  # the first job still waits under the same key
    assert slots == 2


def test_every_bell_of_the_house_has_a_readable_crontab() -> None:
    for one in flow.BELLS:
        assert one.trigger().get_next_fire_time(None, START) is not None
    assert len({one.name for one in flow.BELLS}) == len(flow.BELLS)
