"""Events become jobs once; handlers run in batches, and one bad event does not hold up the others."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app import flow
from core import clock, db, events, logs
from core.jobs import engine, housekeeping, relay, worker
from core.models import BellSlot, EventRow


@dataclass(frozen=True, slots=True)
class Rang(events.Event):
    """An event of these tests."""

    number: int


seen: list[list[int]] = []


def note(session: Session, happened: Sequence[Rang]) -> None:
    seen.append([event.number for event in happened])


def stumble_over_three(session: Session, happened: Sequence[Rang]) -> None:
    seen.append([event.number for event in happened])
    if any(event.number == 3 for event in happened):
        raise ValueError("three")


def say_id() -> None:
    seen.append([len(logs.request_id() or "")])


@pytest.fixture
def wired() -> Iterator[Callable[..., None]]:
    """Wire the test's own handlers; put the product's back afterwards."""
    seen.clear()
    yield lambda *handlers: engine.wire({Rang: handlers}, [say_id])
    engine.wire(flow.FLOW, flow.JOBS)


def waiting_jobs() -> list[dict[str, Any]]:
    """Return the arguments of the jobs in the queue."""
    with db.reading() as session:
        return list(
            session.scalars(text("SELECT args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"))
        )


def relayed() -> int:
    """Relay once; return how many events there were."""
    with db.transaction() as session:
        return relay.relay_once(session)


def test_a_rolled_back_transaction_publishes_nothing(fresh_database: str, wired: Callable[..., None]) -> None:
    wired(note)
    with suppress(RuntimeError), db.transaction() as session:
        events.publish(session, Rang(1))
        raise RuntimeError
    with db.transaction() as session:
        events.publish(session, Rang(2))
    with db.reading() as session:
        assert [row.payload for row in session.scalars(select(EventRow))] == [{"number": 2}]


def test_waiting_events_are_relayed_once_in_batches(fresh_database: str, wired: Callable[..., None]) -> None:
    wired(note)
    with db.transaction() as session:
        events.publish(session, *(Rang(number) for number in range(250)))
    assert relayed() == 250
    assert relayed() == 0
    assert [len(job["event_ids"]) for job in waiting_jobs()] == [100, 100, 50]


def test_the_worker_runs_handlers_and_forgets_what_succeeded(
    fresh_database: str, wired: Callable[..., None]
) -> None:
    wired(note)
    with db.transaction() as session:
        events.publish(session, Rang(1), Rang(2))
    relayed()
    worker.work(fresh_database, until_empty=True)
    assert seen == [[1, 2]]
    with db.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0


def test_one_bad_event_is_tried_alone_and_gives_up_visibly(
    fresh_database: str, wired: Callable[..., None]
) -> None:
    wired(stumble_over_three)
    with db.transaction() as session:
        events.publish(session, *(Rang(number) for number in range(1, 5)))
    relayed()
    worker.work(fresh_database, until_empty=True)
    assert sorted(seen) == [[1], [1, 2, 3, 4], [2], [3], [4]]
    with db.transaction() as session:
        later = session.execute(
            text("SELECT attempts, scheduled_at > now() AS later FROM procrastinate_jobs")
        ).one()
        assert (later.attempts, later.later) == (1, True)
        session.execute(text("UPDATE procrastinate_jobs SET attempts = 8, scheduled_at = now()"))
    worker.work(fresh_database, until_empty=True)
    with db.transaction() as session:
        gave_up = engine.failed(session)
        assert [job["name"] for job in gave_up] == ["tests.stumble_over_three"]
        assert engine.retry(session, [gave_up[0]["id"]]) == 1
        assert engine.failed(session) == []
    assert len(waiting_jobs()) == 1


def test_a_key_lets_one_job_wait_and_spares_the_callers_transaction(
    fresh_database: str, wired: Callable[..., None]
) -> None:
    wired()
    with db.transaction() as session:
        assert engine.defer(session, say_id, key="k")
        assert not engine.defer(session, say_id, key="k")
        events.publish(session, Rang(9))
    with db.reading() as session:
        assert session.scalar(select(func.count(EventRow.id))) == 1
    assert len(waiting_jobs()) == 1


def test_the_request_id_travels_with_event_and_job(fresh_database: str, wired: Callable[..., None]) -> None:
    wired(note)
    with logs.context(request_id="gateway-4711"), db.transaction() as session:
        events.publish(session, Rang(1))
        engine.defer(session, say_id)
    relayed()
    by_handler = {job.get("handler", job.get("job")): job for job in waiting_jobs()}
    assert by_handler["tests.note"]["request_ids"] == ["gateway-4711"]
    assert by_handler["tests.say_id"]["request_id"] == "gateway-4711"
    worker.work(fresh_database, until_empty=True)
    assert [len("gateway-4711")] in seen


def test_the_length_of_the_queue_counts_events_and_due_jobs(
    fresh_database: str, wired: Callable[..., None]
) -> None:
    wired(note)
    with db.transaction() as session:
        assert engine.waiting(session) == (0, 0.0)
        events.publish(session, Rang(1))
        engine.defer(session, say_id)
    with db.reading() as session:
        assert engine.waiting(session)[0] == 2


def test_old_events_and_slots_are_thrown_away_but_what_is_still_needed(
    fresh_database: str, wired: Callable[..., None]
) -> None:
    wired(stumble_over_three)
    long_ago = clock.now() - timedelta(days=40)
    with db.transaction() as session:
        events.publish(session, Rang(1), Rang(2), Rang(3))
        for name in ("daily", "monthly"):
            session.add_all(BellSlot(bell=name, planned_at=long_ago + timedelta(days=n)) for n in range(3))
    relayed()
    with db.transaction() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
        session.execute(update(EventRow).values(relayed_at=long_ago))
        engine.defer_handling(session, "tests.stumble_over_three", [3], [])
        events.publish(session, Rang(4))
    housekeeping.tidy()
    with db.reading() as session:
        assert [row.payload["number"] for row in session.scalars(select(EventRow).order_by(EventRow.id))] == [
            3,
            4,
        ]
        left = session.execute(select(BellSlot.bell, BellSlot.planned_at).order_by(BellSlot.bell)).all()
        assert [tuple(row) for row in left] == [
            ("daily", long_ago + timedelta(days=2)),
            ("monthly", long_ago + timedelta(days=2)),
        ]
