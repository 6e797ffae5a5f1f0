"""The job library (procrastinate) and the two tasks it knows: handle events, run a named job.

A job is one row in the same PostgreSQL, deferred inside the caller's transaction. Every handler is
idempotent, for a worker that dies in mid-job has its job run again. A job that fails is tried eight
times over about ten minutes, then stays visible as failed with its reason until a person retries it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from procrastinate import App, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from core import db, events, logs, metrics
from core.events import Event

log = logs.get(__name__)

Handler = Callable[[Session, Sequence[Any]], None]
"""Takes the open transaction and one or more events of the kind it is wired to."""

Job = Callable[..., None]
"""Opens its own transactions; takes only JSON-able keyword arguments."""

RETRY = RetryStrategy(max_attempts=8, exponential_wait=2)

# How long the worker's own words with the database may wait for a connection. Its pool would wait for half a
# minute and hide an outage for as long; a fresh worker after an honest death is working again sooner.
CONNECTION_SECONDS = 5.0


class _Wiring:
    handlers: Mapping[str, tuple[Handler, ...]] = {}
    by_name: Mapping[str, Handler] = {}
    jobs: Mapping[str, Job] = {}


def name_of(function: Callable[..., Any]) -> str:
    """Return the name under which a handler or job stands in the queue: ``package.function``."""
    return f"{function.__module__.split('.')[0]}.{function.__name__}"


def wire(flow: Mapping[type[Event], Sequence[Handler]], jobs: Sequence[Job]) -> None:
    """Take ``app/flow.py``'s word for which event wakes which handler and which jobs exist."""
    _Wiring.handlers = {kind.__name__: tuple(handlers) for kind, handlers in flow.items()}
    _Wiring.by_name = {name_of(handler): handler for handlers in flow.values() for handler in handlers}
    _Wiring.jobs = {name_of(job): job for job in jobs}


def handlers_of(kind: str) -> list[str]:
    """Return the names of the handlers that an event of ``kind`` wakes."""
    return [name_of(handler) for handler in _Wiring.handlers.get(kind, ())]


def open_engine(url: str) -> App:
    """Return the job library's application on ``url``; opened by the worker that runs it."""
    connector = PsycopgConnector(
        conninfo=db.plain_url(url), min_size=1, max_size=4, timeout=CONNECTION_SECONDS
    )
    app = App(connector=connector)
    _register(app)
    return app


def _register(app: App) -> None:
    app.task(name="handle", retry=RETRY, queue="events")(handle)
    app.task(name="run", retry=RETRY, queue="jobs")(run)


def defer(session: Session, job: Job | str, *, key: str | None = None, **arguments: Any) -> bool:  # noqa: ANN401
    """Ask for a named job in this transaction; with ``key``, only if none with that key waits already.

    Returns whether the job was put in the queue.
    """
    name = job if isinstance(job, str) else name_of(job)
    task = _deferring.tasks["run"]
    payload = {"job": name, "arguments": arguments, "request_id": logs.request_id()}
    try:
        # The savepoint keeps the caller's transaction alive when the key is taken. It is sent only when the
        # connection is asked for inside the block; without it COMMIT would silently roll everything back.
        with session.begin_nested():
            connection = session.connection().connection.driver_connection
            task.configure(connection=connection, queueing_lock=key).defer(**payload)
    except AlreadyEnqueued:
        return False
    return True


def defer_handling(
    session: Session, handler: str, event_ids: Sequence[int], request_ids: Sequence[str]
) -> None:
    """Ask for one run of ``handler`` over these events."""
    connection = session.connection().connection.driver_connection
    task = _deferring.tasks["handle"]
    task.configure(connection=connection).defer(
        handler=handler, event_ids=list(event_ids), request_ids=list(request_ids)
    )


def handle(handler: str, event_ids: list[int], request_ids: list[str]) -> None:
    """Run one handler over a batch of events in one transaction.

    One bad event must not hold up the others: a batch that fails is asked for again event by event.
    """
    with logs.context(handler=handler, request_id=request_ids[0] if len(request_ids) == 1 else None):
        try:
            with metrics.job_seconds.labels(handler).time(), db.transaction() as session:
                _Wiring.by_name[handler](session, events.load(session, event_ids))
        except Exception:
            if len(event_ids) == 1:
                raise
            log.warning("batch_split", events=len(event_ids), exc_info=True)
            with db.transaction() as session:
                for event_id in event_ids:
                    defer_handling(session, handler, [event_id], request_ids)
            return
        log.info("handled", events=len(event_ids), request_ids=request_ids[:20])


def run(job: str, arguments: dict[str, Any], request_id: str | None = None) -> None:
    """Run one named job."""
    with logs.context(job=job, request_id=request_id), metrics.job_seconds.labels(job).time():
        _Wiring.jobs[job](**arguments)
        # Bells ring every few seconds: whoever watches the log wants to see what happened, the metrics count the rest.
        log.debug("job_done")


def waiting(session: Session) -> tuple[int, float]:
    """Return how many jobs and events wait to be worked, and for how many seconds the oldest is overdue."""
    row = session.execute(
        text("""
            SELECT count(*), COALESCE(EXTRACT(EPOCH FROM now() - min(since)), 0)
            FROM (
                SELECT occurred_at AS since FROM events WHERE relayed_at IS NULL
                UNION ALL
                SELECT COALESCE(j.scheduled_at, deferred.at)
                FROM procrastinate_jobs j
                LEFT JOIN LATERAL (
                    SELECT e.at FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'deferred' LIMIT 1
                ) deferred ON true
                WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())
            ) AS due
        """)
    ).one()
    return int(row[0]), float(row[1])


def failed(session: Session, limit: int = 100) -> list[dict[str, Any]]:
    """Return the jobs that gave up, newest first: id, name, arguments, attempts, time."""
    rows = session.execute(
        text("""
            SELECT j.id, j.task_name, j.args, j.attempts,
                   (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id) AS at
            FROM procrastinate_jobs j WHERE j.status = 'failed' ORDER BY j.id DESC LIMIT :limit
        """),
        {"limit": limit},
    )
    return [
        {
            "id": row.id,
            "name": row.args.get("handler") or row.args.get("job"),
            "arguments": row.args.get("arguments") or {"event_ids": row.args.get("event_ids")},
            "attempts": row.attempts,
            "at": row.at,
        }
        for row in rows
    ]


def retry(session: Session, job_ids: Sequence[int]) -> int:
    """Put failed jobs back into the queue with their attempts forgotten; return how many."""
    statement = text("""
        UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = NULL, worker_id = NULL
        WHERE status = 'failed' AND id IN :ids
    """).bindparams(bindparam("ids", expanding=True))
    return int(session.execute(statement, {"ids": list(job_ids)}).rowcount)  # type: ignore[attr-defined]


# Deferring needs no pool: it writes through the connection of the caller's own transaction.
_deferring = App(connector=SyncPsycopgConnector())
_register(_deferring)
