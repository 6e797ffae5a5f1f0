"""A worker works or ends: its relay outlives broken connections, left jobs come back, a stuck process is ended."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event as Flag
from threading import Thread

import pytest
from procrastinate.jobs import Status
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import flow
from core import db, events
from core.jobs import engine, relay
from core.jobs.rescue import Rescue, Running
from core.jobs.watchdog import STUCK, Watchdog
from core.models import EventRow
from tests.chaos.house import ROOT


@dataclass(frozen=True, slots=True)
class Knocked(events.Event):
    """An event of these tests."""

    number: int


def hear(session: Session, happened: Sequence[Knocked]) -> None:
    """Do nothing with the events."""


def answer() -> None:
    """Do nothing as a job."""


@pytest.fixture
def wired() -> Iterator[None]:
    """Wire the test's own handler and job; put the product's back afterwards."""
    engine.wire({Knocked: [hear]}, [answer])
    yield
    engine.wire(flow.FLOW, flow.JOBS)


def hang_up(session: Session) -> None:
    """Break the connection of a session from the other side, as a database that crashes does."""
    pid = session.scalar(text("SELECT pg_backend_pid()"))
    with db.engine().connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})


def wait_for(said: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not said():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_relay_outlives_a_connection_that_breaks_between_claim_and_job(
    fresh_database: str, wired: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: list[int] = []
    real = engine.defer_handling

    def first_break(session: Session, handler: str, event_ids: Sequence[int], ids: Sequence[str]) -> None:
        if not broken:
            broken.extend(event_ids)
            hang_up(session)
        real(session, handler, event_ids, ids)

    monkeypatch.setattr(engine, "defer_handling", first_break)
    with db.transaction() as session:
        events.publish(session, Knocked(1), Knocked(2))
    stop = Flag()
    thread = Thread(target=relay.relay_until, args=(stop,))
    thread.start()

    def all_relayed() -> bool:
        with db.reading() as session:
            waiting = select(func.count()).select_from(EventRow).where(EventRow.relayed_at.is_(None))
            return session.scalar(waiting) == 0

    try:
        wait_for(all_relayed)
    finally:
        stop.set()
        thread.join(10)
    assert len(broken) == 2
    with db.reading() as session:
        assert session.scalars(text("SELECT args->'event_ids' FROM procrastinate_jobs")).all() == [broken]


def test_a_fault_of_the_relay_itself_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, tries = Flag(), []

    def fail(_session: Session) -> int:
        tries.append(1)
        if len(tries) == 2:
            stop.set()
        raise ValueError("a fault")

    monkeypatch.setattr(relay, "relay_once", fail)
    monkeypatch.setattr(stop, "wait", lambda _seconds: stop.is_set())
    relay.relay_until(stop)
    assert len(tries) == 2


def test_a_job_that_its_own_worker_has_left_is_put_back_and_a_running_one_is_not(
    fresh_database: str, wired: None
) -> None:
    with db.transaction() as session:
        engine.defer(session, answer)
        engine.defer(session, answer)

    async def work() -> tuple[list[str], list[str]]:
        app = engine.open_engine(fresh_database)
        async with app.open_async():
            running = Running()
            running.worker_id = await app.job_manager.register_worker()
            left = await app.job_manager.fetch_job(queues=None, worker_id=running.worker_id)
            held = await app.job_manager.fetch_job(queues=None, worker_id=running.worker_id)
            assert left is not None
            assert held is not None
            running._ids.add(held.id or 0)
            rescue = Rescue(app, running, seconds=0.2)

            async def states() -> list[str]:
                return [
                    (await app.job_manager.get_job_status_async(job.id or 0)).value for job in (left, held)
                ]

            await rescue.look()
            at_first = await states()
            await asyncio.sleep(0.3)
            await app.job_manager.update_heartbeat(running.worker_id)
            await rescue.look()
            return at_first, await states()

    at_first, later = asyncio.run(work())
    assert at_first == [Status.DOING.value, Status.DOING.value]
    assert later == [Status.TODO.value, Status.DOING.value]


def test_a_watchdog_ends_only_what_nobody_pats() -> None:
    ended: list[str] = []
    patted = Watchdog(0.3, end=lambda: ended.append("patted"))
    left = Watchdog(0.3, end=lambda: ended.append("left"))
    called_off = Watchdog(0.3, end=lambda: ended.append("called off"))
    for watchdog in (patted, left, called_off):
        watchdog.watch()
    called_off.call_off()
    for _ in range(12):
        patted.pat()
        time.sleep(0.05)
    patted.call_off()
    assert ended == ["left"]


def test_a_stuck_process_ends_and_says_which_thread_waited_for_what() -> None:
    code = """
import time
from core.jobs.watchdog import Watchdog

def wait_for_nobody():
    time.sleep(60)

Watchdog(0.2).watch()
wait_for_nobody()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == STUCK
    assert "wait_for_nobody" in done.stderr
