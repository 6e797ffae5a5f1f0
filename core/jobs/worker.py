"""The worker process: relays events, runs jobs, rescues those that nobody does any more.

It works or it ends; what it must never do is live and not work, for whoever supervises it sees only that it lives.
"""

import asyncio
from threading import Event as Flag
from threading import Thread

from procrastinate import App

from core import db
from core.jobs import engine, relay
from core.jobs.rescue import DEAD_AFTER_SECONDS, Rescue, Running
from core.jobs.watchdog import Watchdog

HEARTBEAT_SECONDS = 2.0
GRACE_SECONDS = 10.0

# Longer than everything a healthy worker does between two pats: a look of the rescue takes a moment, the grace at the
# end ten seconds.
PATIENCE_SECONDS = 30.0


def work(url: str, *, concurrency: int = 4, until_empty: bool = False) -> None:
    """Relay events and run jobs until SIGTERM or SIGINT; with ``until_empty``, until nothing is due.

    Raises whatever the database raised when it went away: the supervisor starts a fresh worker. One that is stuck ends
    the whole process.
    """
    if until_empty:
        while _something_is_due():
            asyncio.run(_run(engine.open_engine(url), concurrency=concurrency, watchdog=None))
        return
    stop = Flag()
    relaying = Thread(target=relay.relay_until, args=(stop,), name="relay", daemon=True)
    relaying.start()
    watchdog = Watchdog(PATIENCE_SECONDS)
    watchdog.watch()
    try:
        asyncio.run(_run(engine.open_engine(url), concurrency=concurrency, watchdog=watchdog))
    finally:
        stop.set()
        relaying.join(timeout=5)


def _something_is_due() -> bool:
    """Relay what waits and say whether there is a job to run now."""
    with db.transaction() as session:
        while relay.relay_once(session):
            pass
        return engine.waiting(session)[0] > 0


async def _run(app: App, *, concurrency: int, watchdog: Watchdog | None) -> None:
    """Run jobs; without a watchdog only until none is left."""
    running = Running()
    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                concurrency=concurrency,
                wait=watchdog is not None,
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=DEAD_AFTER_SECONDS,
                shutdown_graceful_timeout=GRACE_SECONDS,
                delete_jobs="successful",
                worker_middleware=[running.note],
            )
        )
        pat = watchdog.pat if watchdog is not None else _nothing
        rescue = asyncio.create_task(Rescue(app, running).keep_looking(pat))
        # Whichever ends first decides: the worker by signal, the rescue by a database that is gone.
        done, pending = await asyncio.wait({worker, rescue}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for task in done:
            task.result()


def _nothing() -> None:
    pass
