"""One command that runs it all: database, web, worker and clock under one supervisor.

A child that dies is started again, at growing distance when it keeps dying. Ctrl-C or SIGTERM stops the
children, then the database, and leaves no process behind. On several machines nobody needs this: run
``cx web``, ``cx worker`` and ``cx clock`` under whatever supervises processes there.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag
from types import FrameType
from typing import TextIO

from sqlalchemy.exc import OperationalError

from core import logs
from core.embedded import DatabaseStartError, EmbeddedPostgres
from core.settings import Settings

log = logs.get(__name__)

LOOK_SECONDS = 0.5
GRACE_SECONDS = 15.0
SLOWEST_RESTART_SECONDS = 30.0
CALM_SECONDS = 60.0
LARGEST_LOG = 20 * 1024 * 1024


@dataclass
class Child:
    """One supervised process and how often it died of late."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path | None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    not_before: float = 0.0

    def start(self) -> None:
        """Start the process in a session of its own: Ctrl-C is the supervisor's to hear."""
        output = self.log.open("ab") if self.log is not None else None
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command, env=self.environment, stdout=output, stderr=output, start_new_session=True
        )
        if output is not None:
            output.close()
        self.started = time.monotonic()

    def look(self) -> None:
        """Start the process again if it died, but not faster than it deserves."""
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return
            calm = time.monotonic() - self.started > CALM_SECONDS
            self.deaths = 1 if calm else self.deaths + 1
            pause = 0.0 if self.deaths == 1 else min(SLOWEST_RESTART_SECONDS, 2.0 ** (self.deaths - 2))
            self.not_before = time.monotonic() + pause
            self.process = None
            log.warning("child_died", child=self.name, code=code, restart_in=pause)
        if time.monotonic() >= self.not_before:
            self.start()

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def make_sure(self, deadline: float) -> None:
        """Wait until ``deadline``, then kill whatever is left of the process and its own children."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("child_killed", child=self.name)
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Supervisor:
    """The processes of one machine."""

    settings: Settings
    host: str
    port: int
    workers: int
    database: EmbeddedPostgres | None
    children: list[Child] = field(default_factory=list)
    stop: Flag = field(default_factory=Flag)

    def run(self) -> None:
        """Start everything and keep it running until a signal comes."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stopped)
        self.children = self._children()
        for child in self.children:
            child.start()
        while not self.stop.wait(LOOK_SECONDS):
            if self.database is not None and not self.database.is_running():
                self._raise_database(self.database)
            for child in self.children:
                child.look()
        self._shut_down()

    def _raise_database(self, database: EmbeddedPostgres) -> None:
        """Start the database again; if it does not come up, the next look tries once more.

        The house does not fall with it: the web says meanwhile that it cannot serve, and questions wait in the pages.
        """
        log.warning("database_died")
        try:
            database.start()
        except (DatabaseStartError, OperationalError, subprocess.SubprocessError, OSError):
            log.exception("database_not_started")

    def _stopped(self, _number: int, _frame: FrameType | None) -> None:
        self.stop.set()

    def _shut_down(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        deadline = time.monotonic() + GRACE_SECONDS
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.make_sure(deadline)
        if self.database is not None:
            self.database.stop()

    def _children(self) -> list[Child]:
        folder = metrics_folder(self.settings)
        environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
        commands = {"web": ["web", "--host", self.host, "--port", str(self.port)]}
        commands |= {f"worker-{number}": ["worker"] for number in range(1, self.workers + 1)}
        commands |= {"clock": ["clock"]}
        return [
            Child(name, [sys.executable, "-m", "app.cli", *command], environment, self._log_of(name))
            for name, command in commands.items()
        ]

    def _log_of(self, name: str) -> Path | None:
        """Return where a child's log goes: beside the data when a person watches, else where ours goes.

        A terminal full of JSON helps nobody; under systemd or in a container the stream is what is collected.
        """
        if not sys.stderr.isatty():
            return None
        folder = log_folder(self.settings)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{name}.log"
        if file.exists() and file.stat().st_size > LARGEST_LOG:
            file.replace(file.with_suffix(".old.log"))
        return file


class AlreadyRunningError(Exception):
    """Another supervisor runs on this home; the message is its process id."""


def hold(home: Path) -> TextIO:
    """Take the home for this supervisor; the lock ends with the file or the process, however it dies.

    Two supervisors on one home would stop each other's database. Raises AlreadyRunningError.
    """
    home.mkdir(parents=True, exist_ok=True)
    file = (home / "up.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise AlreadyRunningError(holder) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()  # whoever is refused reads here who holds the home
    return file


def log_folder(settings: Settings) -> Path:
    """Return the folder of the logs that a terminal is spared."""
    return settings.huisheng_home / "log"


def metrics_folder(settings: Settings) -> Path:
    """Return the emptied folder in which the processes of this start share their counters."""
    folder = settings.huisheng_home / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
