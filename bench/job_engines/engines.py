"""The job engines under test, each behind the same few calls: install, enqueue in a session, serve."""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

try:
    import procrastinate
except ImportError:
    procrastinate = None  # type: ignore[assignment]
try:
    import asyncpg  # type: ignore[import-not-found]
except ImportError:
    asyncpg = None
try:
    import pgqueuer  # type: ignore[import-not-found]
    from pgqueuer.queries import Queries, SyncQueries  # type: ignore[import-not-found]
except ImportError:
    pgqueuer = None

Knobs = dict[str, Any]


def work(sessions: sessionmaker[Session], work_id: int, seconds: float) -> None:
    """Do the job under test: note when it began in one UPDATE and commit, then sleep if told to."""
    begun = time.time()
    with sessions.begin() as session:
        session.execute(
            text(
                "UPDATE work SET runs = runs + 1, pid = :pid, begun = :begun,"
                " done = extract(epoch FROM clock_timestamp()) WHERE id = :id"
            ),
            {"pid": os.getpid(), "begun": begun, "id": work_id},
        )
    time.sleep(seconds)


class Procrastinate:
    """The engine procrastinate: published through a synchronous app, worked by an asynchronous one.

    Two apps, because once a worker has opened its asynchronous pool that app cannot defer on a synchronous
    connection any more; a handler publishing inside its own transaction needs the synchronous one.
    """

    name = "procrastinate"
    queue = "procrastinate_jobs"
    notify = "procrastinate_jobs_notify_queue_job_inserted_v1"
    drains: tuple[Knobs, ...] = ({"concurrency": 1}, {"concurrency": 4})
    polls: tuple[Knobs, ...] = ({}, {"fetch_job_polling_interval": 0.2, "listen_notify": False})
    kills: tuple[Knobs, ...] = ({}, {"rescue": [30, 5]}, {"rescue": [8, 2], "update_heartbeat_interval": 2})

    def __init__(self) -> None:
        self.outlet = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())

    def install(self, url: str) -> None:
        """Create the engine's tables in the database at ``url``."""
        with procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=url)).open() as app:
            app.schema_manager.apply_schema()

    def enqueue(
        self, session: Session, ids: Sequence[int], seconds: float = 0, key: str | None = None
    ) -> None:
        """Enqueue one job for each id in the session's own transaction; a taken ``key`` enqueues nothing."""
        jobs: list[dict[str, Any]] = [{"work_id": i, "seconds": seconds} for i in ids]
        with session.begin_nested() if key else contextlib.nullcontext():
            # Asked for inside the block: SQLAlchemy sends the SAVEPOINT only then, and without it a taken key
            # would abort the caller's transaction, whose COMMIT then silently rolls back.
            connection = session.connection().connection.driver_connection
            self.outlet.configure_task("work", queueing_lock=key, connection=connection).batch_defer(*jobs)

    def enqueue_once(self, session: Session, key: str) -> None:
        """Enqueue one job under a unique key."""
        with contextlib.suppress(procrastinate.exceptions.AlreadyEnqueued):
            self.enqueue(session, [0], key=key)

    def serve(self, url: str, sessions: sessionmaker[Session], knobs: Knobs) -> None:
        """Work until killed; ``rescue`` is (seconds of silence, seconds between two looks)."""
        app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))

        @app.task(name="work")
        def handle(work_id: int, seconds: float) -> None:
            work(sessions, work_id, seconds)

        async def rescue(silence: float, pause: float) -> None:
            while True:
                await asyncio.sleep(pause)
                for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silence):
                    await app.job_manager.retry_job(job)

        async def main() -> None:
            rescuing = knobs.pop("rescue", None)
            async with app.open_async():
                side = asyncio.create_task(rescue(*rescuing)) if rescuing else None
                await app.run_worker_async(**knobs)
                if side:
                    side.cancel()

        asyncio.run(main())

    begin = "UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'"
    finish = "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE status = 'doing'"
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"


class SessionDriver:
    """pgqueuer's driver protocol over an open session: its own accepts autocommit connections only."""

    def __init__(self, session: Session) -> None:
        self.connection = session.connection().connection.driver_connection

    def fetch(self, query: str, *args: object) -> list[dict[str, Any]]:
        """Run pgqueuer's SQL (numbered placeholders) inside the session's transaction."""
        assert isinstance(self.connection, psycopg.Connection)
        cursor = psycopg.RawCursor(self.connection, row_factory=dict_row)
        return cursor.execute(query, args or None).fetchall()


class Pgqueuer:
    """The engine pgqueuer: handlers must be coroutines, so a synchronous one goes through a thread."""

    name = "pgqueuer"
    queue = "pgqueuer"
    notify = "tg_pgqueuer_changed"
    drains: tuple[Knobs, ...] = ({"driver": "psycopg"}, *([{"driver": "asyncpg"}] if asyncpg else []))
    polls: tuple[Knobs, ...] = drains
    kills: tuple[Knobs, ...] = ({}, {"heartbeat_timeout": 8, "dequeue_timeout": 2})

    def install(self, url: str) -> None:
        """Create the engine's tables in the database at ``url``."""

        async def main() -> None:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await Queries.from_psycopg_connection(connection).install()

        asyncio.run(main())

    def enqueue(
        self, session: Session, ids: Sequence[int], seconds: float = 0, key: str | None = None
    ) -> None:
        """Enqueue one job for each id in the session's own transaction; a taken ``key`` enqueues nothing."""
        payloads = [json.dumps({"work_id": i, "seconds": seconds}).encode() for i in ids]
        SyncQueries(SessionDriver(session)).enqueue(
            ["work"] * len(ids), payloads, [0] * len(ids), dedupe_key=[key] * len(ids), on_conflict="skip"
        )

    def enqueue_once(self, session: Session, key: str) -> None:
        """Enqueue one job under a unique key."""
        self.enqueue(session, [0], key=key)

    def serve(self, url: str, sessions: sessionmaker[Session], knobs: Knobs) -> None:
        """Work until killed; the ``knobs`` are intervals of ``PgQueuer.run`` in seconds, and the driver."""

        async def main() -> None:
            if knobs.pop("driver", "psycopg") == "asyncpg":
                runner = pgqueuer.PgQueuer.from_asyncpg_connection(await asyncpg.connect(url))
            else:
                connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
                runner = pgqueuer.PgQueuer.from_psycopg_connection(connection)

            @runner.entrypoint("work")  # type: ignore[untyped-decorator]
            async def handle(job: pgqueuer.Job) -> None:
                await asyncio.to_thread(work, sessions, **json.loads(job.payload))

            await runner.run(**{name: timedelta(seconds=value) for name, value in knobs.items()})

        asyncio.run(main())

    begin = "UPDATE pgqueuer SET status = 'picked' WHERE status = 'queued'"
    finish = "DELETE FROM pgqueuer WHERE status = 'picked'"
    waiting = "SELECT count(*) FROM pgqueuer WHERE status = 'queued'"


JobEngine = Procrastinate | Pgqueuer


def installed() -> list[JobEngine]:
    """Return the engines that can be imported, and name the others."""
    found: list[JobEngine] = []
    for module, engine in ((procrastinate, Procrastinate), (pgqueuer, Pgqueuer)):
        if module:
            found.append(engine())
        else:
            print(f"{engine.name} is not installed: skipped")
    return found
