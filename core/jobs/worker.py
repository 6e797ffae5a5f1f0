"""The worker process: relays events, runs jobs, and rescues the jobs of workers that died.

The job library marks a job ``doing`` and beats a heart while it runs. A worker killed in mid-job leaves
the job in ``doing`` for ever (its own issue #1518), so each worker looks for jobs whose worker's heart
stopped and puts them back.
"""

import asyncio
from threading import Event as Flag
from threading import Thread

from procrastinate import App
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status

from core import db, logs
from core.jobs import engine, relay

log = logs.get(__name__)

HEARTBEAT_SECONDS = 2.0
DEAD_AFTER_SECONDS = 8.0
LOOK_EVERY_SECONDS = 2.0
GRACE_SECONDS = 10.0


def work(url: str, *, concurrency: int = 4, until_empty: bool = False) -> None:
    """Relay events and run jobs until SIGTERM or SIGINT; with ``until_empty``, until nothing is due.

    Raises whatever the database raised when it went away: the supervisor starts a fresh worker.
    """
    if until_empty:
        while _something_is_due():
            asyncio.run(_run(engine.open_engine(url), concurrency=concurrency, wait=False))
        return
    stop = Flag()
    relaying = Thread(target=relay.relay_until, args=(stop,), name="relay", daemon=True)
    relaying.start()
    try:
        asyncio.run(_run(engine.open_engine(url), concurrency=concurrency, wait=True))
    finally:
        stop.set()
        relaying.join(timeout=5)


def _something_is_due() -> bool:
    """Relay what waits and say whether there is a job to run now."""
    with db.transaction() as session:
        while relay.relay_once(session):
            pass
        return engine.waiting(session)[0] > 0


async def _run(app: App, *, concurrency: int, wait: bool) -> None:
    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                concurrency=concurrency,
                wait=wait,
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=DEAD_AFTER_SECONDS,
                shutdown_graceful_timeout=GRACE_SECONDS,
                delete_jobs="successful",
            )
        )
        rescue = asyncio.create_task(_rescue(app))
        # Whichever ends first decides: the worker by signal, the rescue by a database that is gone.
        done, pending = await asyncio.wait({worker, rescue}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for task in done:
            task.result()


async def _rescue(app: App) -> None:
    while True:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
            try:
                await app.job_manager.retry_job(job)
            except UniqueViolation:
                # Its key waits in the queue again: the new job does the work, the dead one is over.
                await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
            except ConnectorException:
                log.info("job_rescued_by_another", job_id=job.id)
            else:
                log.warning("job_rescued", job_id=job.id, task=job.task_name)
        await asyncio.sleep(LOOK_EVERY_SECONDS)
