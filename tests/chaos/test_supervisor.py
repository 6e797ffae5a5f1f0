"""``cx up``: comes up on a bare home, survives the death of a child, keeps the data, leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest

from core.embedded import EmbeddedPostgres
from tests.chaos.house import ROOT

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that no other run of pytest touches; PostgreSQL runs as a user of its own when we are root."""
    with TemporaryDirectory(prefix="huisheng-up-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "var"


Up = Callable[[Path, int], subprocess.Popen[str]]


@pytest.fixture
def up(home: Path) -> Iterator[Up]:
    """Give what starts everything; what a test that failed left running is stopped."""
    started: list[subprocess.Popen[str]] = []

    def start(home: Path, port: int) -> subprocess.Popen[str]:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HUISHENG_HOME": str(home)}
        command = [sys.executable, "-m", "app.cli", "up", "--port", str(port)]
        started.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=60)
    EmbeddedPostgres(home / "postgres").stop(mode="immediate")


def family(process: subprocess.Popen[str], home: Path) -> list[psutil.Process]:
    """Return all descendants, and the database server of this home."""
    database = database_of(home)
    assert database is not None
    return [*psutil.Process(process.pid).children(recursive=True), database]


def database_of(home: Path) -> psutil.Process | None:
    """Return the database server of a home; None while there is none that lives."""
    try:
        return psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0]))
    except (OSError, IndexError, ValueError, psutil.NoSuchProcess):
        return None


def serves(home: Path, *, but: psutil.Process) -> bool:
    """Say whether a database server other than ``but`` takes connections: its own file says so once it does.

    One that finds the shared memory of the killed server still in use gives up, and another is started after it.
    """
    if database_of(home) in {None, but}:
        return False
    with suppress(OSError):
        return (home / "postgres" / "postmaster.pid").read_text().split()[-1:] == ["ready"]
    return False


def wait_until(true: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait until something is true, or fail saying what did not happen."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the workers that live."""
    return [one for one in psutil.Process(process.pid).children() if "worker" in words_of(one)]


def words_of(process: psutil.Process) -> list[str]:
    """Return the command line of a process; none of one that has just ended."""
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(port: int, seconds: float = 120) -> None:
    """Wait for /readyz."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
        except (URLError, OSError):
            assert time.monotonic() < deadline, "it does not come up"
            time.sleep(0.2)
        else:
            return


def test_everything_comes_up_recovers_keeps_data_and_goes_down(home: Path, up: Up) -> None:
    port = free_port()
    first = up(home, port)
    wait_until_ready(port)
    members = family(first, home)
    assert len(members) >= 6  # web with two processes, worker, clock, database
    note = (home / "first-login.txt").read_text(encoding="utf-8")
    refused = up(home, free_port())
    refused.communicate(timeout=60)
    assert refused.returncode == 1  # two on one home would stop each other's database
    (victim,) = workers_of(first)
    victim.kill()
    psutil.wait_procs([victim], timeout=10)
    wait_until(lambda: bool(workers_of(first)), "the worker was not started again")
    *_, killed = family(first, home)
    killed.kill()
    # Sessions that were open may answer a moment longer than their server lives, so "ready" alone proves nothing.
    wait_until(lambda: serves(home, but=killed), "the database was not started again")
    wait_until_ready(port)
    members = family(first, home)
    first.send_signal(signal.SIGINT)
    said, _ = first.communicate(timeout=60)
    assert first.returncode == 0
    assert note.split()[1] in said
    assert "已停止" in said
    gone, alive = psutil.wait_procs(members, timeout=5)
    assert alive == []
    assert len(gone) == len(members)

    began = time.monotonic()
    second = up(home, port)
    wait_until_ready(port)
    assert time.monotonic() - began < 60
    members = family(second, home)
    second.terminate()
    said, _ = second.communicate(timeout=60)
    assert note.split()[1] not in said
    assert str(home / "first-login.txt") in said
    assert psutil.wait_procs(members, timeout=5)[1] == []


def test_children_do_not_outlive_a_supervisor_that_is_killed(home: Path, up: Up) -> None:
    port = free_port()
    started = up(home, port)
    wait_until_ready(port)
    members = [p for p in family(started, home) if "postgres" not in p.name()]
    started.kill()
    assert psutil.wait_procs(members, timeout=30)[1] == []
    started.communicate(timeout=60)
    # The database stays, as it would after a crash; the next start takes it over and the next stop ends it.
    again = up(home, port)
    wait_until_ready(port)
    members = family(again, home)
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=60)
    assert psutil.wait_procs(members, timeout=5)[1] == []
