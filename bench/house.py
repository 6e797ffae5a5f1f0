"""A throw-away installation to measure: its own home, its own PostgreSQL, its own processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from app import first_start, start
from core import settings
from core.embedded import EmbeddedPostgres


@dataclass
class House:
    """One installation; ``environment`` makes child processes part of it."""

    home: Path
    postgres: EmbeddedPostgres
    url: str
    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def spawn(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a Python process of this house; it is stopped when the house is left."""
        with (self.home / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                env=self.environment,
                stderr=log,
                stdout=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def web(self, port: int) -> subprocess.Popen[bytes]:
        """Start ``cx web`` and wait until it answers."""
        process = self.spawn("-m", "app.cli", "web", "--port", str(port))
        wait_for(port, "/healthz")
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Stop one process."""
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def database_cpu(self) -> float:
        """Return the CPU seconds that PostgreSQL has used so far, sessions that ended included."""
        info = self.postgres.folder / "postmaster.pid"
        return tree_cpu(int(info.read_text().splitlines()[0]))


@contextmanager
def throw_away() -> Iterator[House]:
    """Build an installation in a temporary folder, make this process part of it, and remove it after."""
    folder = Path(tempfile.mkdtemp(prefix="huisheng-bench-"))
    folder.chmod(0o755)
    os.environ.update(HUISHENG_HOME=str(folder / "var"), LOG_LEVEL="WARNING", LOG_FORMAT="json")
    for name in ("DATABASE_URL", "SMTP_URL"):
        os.environ.pop(name, None)
    settings.current.cache_clear()
    config = start.prepare("bench", pool_size=8, founding=True)
    first_start.bring_up(config)
    postgres = start.embedded(config)
    house = House(folder, postgres, start.database_url(config), dict(os.environ))
    try:
        yield house
    finally:
        for process in house.processes:
            if process.poll() is None:
                house.stop(process)
        postgres.stop(mode="immediate")
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, path: str, seconds: float = 30) -> None:
    """Wait until the server answers at all."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            urlopen(f"http://127.0.0.1:{port}{path}", timeout=2).close()
        except URLError as error:
            if hasattr(error, "code"):
                return
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def tree_cpu(pid: int) -> float:
    """Return the CPU seconds of a process and its children, those that ended included."""
    total = 0.0
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total
