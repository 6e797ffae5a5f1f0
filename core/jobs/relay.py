"""The relay: turns waiting events into jobs, many at a time.

Writing one job row per event inside the customer's request would double the work of the request and
serialise all commits on PostgreSQL's notification lock; one relayed batch costs one notification.
"""

from collections import defaultdict
from threading import Event as Flag

from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core import clock, db, logs
from core.jobs import engine
from core.models import EventRow

log = logs.get(__name__)

CLAIM = 500
BATCH = 100
PAUSE_SECONDS = 0.2


def relay_once(session: Session) -> int:
    """Claim waiting events, ask for their handlers, mark them relayed; return how many there were.

    Other relays skip the rows claimed here. The jobs and the mark commit together, so an event is
    relayed exactly once; its handlers run at least once.
    """
    rows = session.execute(
        select(EventRow.id, EventRow.kind, EventRow.request_id)
        .where(EventRow.relayed_at.is_(None))
        .order_by(EventRow.id)
        .limit(CLAIM)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return 0
    by_kind: dict[str, list[tuple[int, str | None]]] = defaultdict(list)
    for event_id, kind, request_id in rows:
        by_kind[kind].append((event_id, request_id))
    for kind, waiting in by_kind.items():
        for start in range(0, len(waiting), BATCH):
            part = waiting[start : start + BATCH]
            request_ids = sorted({request_id for _, request_id in part if request_id})
            for handler in engine.handlers_of(kind):
                engine.defer_handling(session, handler, [event_id for event_id, _ in part], request_ids)
    ids = [row.id for row in rows]
    # Once relayed nobody asks for more than the hour, and the minute would tell when an anonymous answer came.
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    session.execute(
        update(EventRow)
        .where(EventRow.id.in_(ids))
        .values(relayed_at=hour, occurred_at=func.date_trunc("hour", EventRow.occurred_at))
    )
    return len(rows)


def relay_until(stop: Flag) -> None:
    """Relay until ``stop`` is set; a database that is away is waited for.

    Nothing ends it early: a worker whose relay had died would look alive and let every event lie.
    """
    while not stop.is_set():
        try:
            with db.transaction() as session:
                relayed = relay_once(session)
        except OperationalError:
            log.warning("relay_waits_for_database")
            stop.wait(1)
            continue
        except Exception:
            log.exception("relay_failed")
            stop.wait(1)
            continue
        if relayed < CLAIM:
            stop.wait(PAUSE_SECONDS)
