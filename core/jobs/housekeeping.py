"""What the ground floor throws away: events long since handled, and slots long since rung.

A bell of every five seconds writes six million slots a year; nobody asks for them after a week, and the
last one of each bell is all that ringing needs.
"""

from datetime import timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from core import clock, db, logs
from core.models import BellSlot

log = logs.get(__name__)

EVENTS_KEPT = timedelta(days=30)
SLOTS_KEPT = timedelta(days=7)
BATCH = 10_000


def tidy() -> None:
    """Remove what is old, in batches that hold no lock for long; for a bell at night."""
    removed = 0
    while True:
        with db.transaction() as session:
            gone = _forget_events(session) + _forget_slots(session)
        removed += gone
        if gone < BATCH:
            break
    log.info("tidied", rows=removed)


def _forget_events(session: Session) -> int:
    # An event that some failed job still names is kept: its retry has to find it.
    statement = text("""
        DELETE FROM events WHERE id IN (
            SELECT e.id FROM events e
            WHERE e.relayed_at < :before
              AND e.id NOT IN (
                SELECT CAST(named AS bigint) FROM procrastinate_jobs j,
                       jsonb_array_elements_text(j.args -> 'event_ids') AS named
                WHERE j.task_name = 'handle')
            ORDER BY e.id LIMIT :batch)
        RETURNING id
    """)
    before = clock.now() - EVENTS_KEPT
    return len(session.execute(statement, {"before": before, "batch": BATCH}).all())


def _forget_slots(session: Session) -> int:
    last = select(func.max(BellSlot.id)).group_by(BellSlot.bell)
    old = (
        select(BellSlot.id)
        .where(BellSlot.planned_at < clock.now() - SLOTS_KEPT, BellSlot.id.not_in(last))
        .limit(BATCH)
    )
    return len(session.execute(delete(BellSlot).where(BellSlot.id.in_(old)).returning(BellSlot.id)).all())
