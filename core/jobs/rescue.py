"""The rescue of jobs that stand as being done and that nobody does.

The job library marks a job ``doing`` and beats a heart while it runs. Two kinds of jobs stay so for ever: those of a
worker that was killed (its own issue #1518), and those of a worker that lives but could not write down how the job
ended, because just then the database was away. Both are put back; handlers can bear to run twice.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from procrastinate import App, JobContext
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker

from core import logs

log = logs.get(__name__)

DEAD_AFTER_SECONDS = 8.0
LOOK_EVERY_SECONDS = 2.0


class Running:
    """The jobs that this worker is running now; the worker tells it of every one."""

    def __init__(self) -> None:
        self.worker_id: int | None = None
        self._ids: set[int] = set()

    async def note(self, call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:  # noqa: ANN401 - the job's own result
        """Run a job and know about it meanwhile; a middleware of the job library."""
        self.worker_id = worker.worker_id
        job_id = context.job.id
        if job_id is None:
            return await call_next()
        self._ids.add(job_id)
        try:
            return await call_next()
        finally:
            self._ids.discard(job_id)

    def __contains__(self, job_id: int | None) -> bool:
        """Say whether a job is running now."""
        return job_id in self._ids


class Rescue:
    """Looks again and again for jobs that nobody does, and puts them back into the queue."""

    def __init__(self, app: App, running: Running, *, seconds: float = DEAD_AFTER_SECONDS) -> None:
        self._jobs, self._running, self._seconds = app.job_manager, running, seconds
        self._left_since: dict[int, float] = {}

    async def keep_looking(self, after_each_look: Callable[[], None]) -> None:
        """Look every two seconds; raises what the database raises when it is away."""
        while True:
            await self.look()
            after_each_look()
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def look(self) -> None:
        """Put back the jobs of workers whose heart stopped, and those that this worker has left."""
        for job in await self._jobs.get_stalled_jobs(seconds_since_heartbeat=self._seconds):
            await self._put_back(job)
        if self._running.worker_id is not None:
            doing = await self._jobs.list_jobs_async(
                status=Status.DOING.value, worker_id=self._running.worker_id
            )
            for job in self._left(doing):
                await self._put_back(job)

    def _left(self, doing: Iterable[Job]) -> list[Job]:
        """Return those of our jobs that have not been running for a while.

        The end of a job is written down after it ran, so a job found so once may only be about to be finished.
        """
        now = time.monotonic()
        idle = {job.id: job for job in doing if job.id is not None and job.id not in self._running}
        self._left_since = {job_id: self._left_since.get(job_id, now) for job_id in idle}
        return [job for job_id, job in idle.items() if now - self._left_since[job_id] >= self._seconds]

    async def _put_back(self, job: Job) -> None:
        try:
            await self._jobs.retry_job(job)
        except UniqueViolation:
            # Its key waits in the queue again: the new job does the work, the dead one is over.
            await self._jobs.finish_job(job, Status.FAILED, delete_job=True)
        except ConnectorException:
            log.info("job_rescued_by_another", job_id=job.id)
        else:
            log.warning("job_rescued", job_id=job.id, task=job.task_name)
