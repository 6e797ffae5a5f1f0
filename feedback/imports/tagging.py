"""Understanding of everything that waits, in this process and, if asked, in more beside it."""

from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from multiprocessing import get_context

from core import db
from feedback import queries, services

BATCH = 500
LOOK_EVERY_SECONDS = 0.5


def tag_all(report: Callable[[int], None], *, processes: int = 1) -> int:
    """Tag until nothing waits, calling ``report`` with the number of rows still waiting; return how many were.

    Workers that run meanwhile share the rows: what one holds the others skip. More than one process needs
    a database URL that other processes can open.
    """
    if processes == 1:
        return _until_done(report)
    url = db.engine().url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running: set[Future[int]] = {pool.submit(_in_child, url) for _ in range(processes)}
        done: set[Future[int]] = set()
        while running:
            finished, running = wait(running, timeout=LOOK_EVERY_SECONDS)
            done |= finished
            report(_waiting())
        return sum(future.result() for future in done)


def _until_done(report: Callable[[int], None] | None = None) -> int:
    total = 0
    while True:
        with db.transaction() as session:
            tagged = services.tag_batch(session, limit=BATCH)
        if not tagged:
            return total
        total += tagged
        if report is not None:
            report(_waiting())


def _in_child(url: str) -> int:
    engine = db.connect(url, pool_size=1, application="huisheng-import")
    try:
        return _until_done()
    finally:
        engine.dispose()


def _waiting() -> int:
    with db.reading() as session:
        return queries.waiting(session)
