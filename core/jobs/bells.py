"""The clock process: bells that ring at planned times, each planned time exactly once.

APScheduler wakes us; the unique pair (bell, planned time) in ``bell_slots`` decides which of N clocks
rings. Ringing is nothing but asking for a job in the same transaction. A slot missed while no clock ran
is made up once at start, however many were missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from signal import SIGINT, SIGTERM, signal
from threading import Event as Flag
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core import clock, db, logs
from core.jobs import engine
from core.models import BellSlot

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Bell:
    """A name, a crontab of six fields (second first, Beijing time) and the job to ask for."""

    name: str
    cron: str
    job: engine.Job

    def trigger(self) -> CronTrigger:
        """Return APScheduler's trigger for the crontab."""
        second, minute, hour, day, month, weekday = self.cron.split()
        return CronTrigger(
            second=second,
            minute=minute,
            hour=hour,
            day=day,
            month=month,
            day_of_week=weekday,
            timezone=clock.BEIJING,
        )


def latest_slot(trigger: CronTrigger, now: datetime, since: datetime) -> datetime | None:
    """Return the last planned time after ``since`` and not after ``now``, or None.

    Looks back from ``now`` at growing distance, a year at the most, so a bell of every second costs as
    little as one of every month.
    """
    for back in (
        timedelta(seconds=5),
        timedelta(minutes=5),
        timedelta(hours=5),
        timedelta(days=32),
        timedelta(days=367),
    ):
        start = max(since, now - back)
        slot, following = None, trigger.get_next_fire_time(None, start + timedelta(microseconds=1))
        while following is not None and following <= now:
            slot, following = (
                following,
                trigger.get_next_fire_time(following, following + timedelta(microseconds=1)),
            )
        if slot is not None or start == since:
            return slot
    return None


def ring(session: Session, bell: Bell) -> datetime | None:
    """Ring ``bell`` for its latest planned time unless somebody has; return the slot that was rung.

    A bell never heard before takes its first slot after now instead of making up the past.
    """
    now = clock.now()
    last = session.scalar(select(func.max(BellSlot.planned_at)).where(BellSlot.bell == bell.name))
    slot = latest_slot(bell.trigger(), now, last or now - timedelta(seconds=1))
    if slot is None:
        return None
    won = session.execute(
        insert(BellSlot)
        .values(bell=bell.name, planned_at=slot, rung_at=now)
        .on_conflict_do_nothing()
        .returning(BellSlot.id)
    ).scalar()
    if won is None:
        return None
    engine.defer(session, bell.job, key=f"bell:{bell.name}")
    return slot


def run_clock(bells: Sequence[Bell]) -> None:
    """Ring the bells until SIGTERM or SIGINT."""
    scheduler = BackgroundScheduler(timezone=clock.BEIJING)
    for bell in bells:
        _ring_safely(bell)
        scheduler.add_job(
            _ring_safely, bell.trigger(), args=[bell], id=bell.name, coalesce=True, max_instances=1,
            misfire_grace_time=None,
        )  # fmt: skip
    scheduler.start()
    _wait_for_signal()
    scheduler.shutdown(wait=True)


def _ring_safely(bell: Bell) -> None:
    try:
        with db.transaction() as session:
            slot = ring(session, bell)
    except OperationalError:
        # The slot stays free; the next wake-up makes it up.
        log.warning("bell_waits_for_database", bell=bell.name)
        return
    if slot is not None:
        log.debug("bell_rung", bell=bell.name, slot=slot.isoformat())


def _wait_for_signal() -> None:
    stop = Flag()

    def stopped(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal(SIGTERM, stopped)
    signal(SIGINT, stopped)
    stop.wait()
