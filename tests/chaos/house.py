"""The product's own processes on a database of the test's, started and killed at will."""

import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

from core import db

ROOT = Path(__file__).resolve().parents[2]


class House:
    """Web, workers and clocks as a production machine runs them."""

    def __init__(self, url: str, home: Path, *, smtp_url: str = "") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._log = (home / "log.txt").open("ab")
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": db.plain_url(url),
            "HUISHENG_HOME": str(home),
            "HUISHENG_SECRET": os.environ["HUISHENG_SECRET"],
            "HUISHENG_KEYS": os.environ["HUISHENG_KEYS"],
            "LOG_LEVEL": "WARNING",
            "SMTP_URL": smtp_url,
            "SMTP_TIMEOUT_SECONDS": "1",
            "LEASE_SECONDS": "2",
        }

    def start(self, name: str, **extra: str) -> None:
        """Start ``web``, ``worker`` or ``clock``; a number behind the name tells several apart."""
        command = name.rstrip("0123456789")
        options = ["--port", str(self.port)] if command == "web" else []
        self._running[name] = subprocess.Popen(
            [sys.executable, "-m", "app.cli", command, *options],
            env=self.environment | extra,
            cwd=ROOT,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def kill(self, name: str) -> None:
        """SIGKILL a process with all its children, as a machine that loses its power would."""
        process = self._running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def died(self, name: str, seconds: float) -> bool:
        """Wait for a process to die by itself; return whether it did."""
        try:
            self._running[name].wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        del self._running[name]
        return True

    def start_again(self, *names: str) -> None:
        """Start those of the processes that died by themselves, as a supervisor would."""
        for name in names:
            if self._running[name].poll() is not None:
                self.start(name)

    def wait_for_web(self, seconds: float = 30) -> None:
        """Wait until the web answers."""
        deadline = time.monotonic() + seconds
        while self.get("/healthz") != 200:
            assert time.monotonic() < deadline, "the web does not come up"
            time.sleep(0.1)

    def get(self, path: str) -> int | None:
        """Return the status of a GET, None if nobody answers."""
        return self._ask("GET", path, "", {})

    def get_text(self, path: str) -> str:
        """Return what a GET says, for messages of failures."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        except (OSError, HTTPException) as error:
            return repr(error)
        finally:
            connection.close()

    def post_form(self, path: str, fields: dict[str, str]) -> int | None:
        """Return the status of a form submission, None if no answer came."""
        return self._ask(
            "POST", path, urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"}
        )

    def post_json(self, path: str, body: str, key: str) -> int | None:
        """Return the status of an API call, None if no answer came."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        return self._ask("POST", path, body, headers)

    def _ask(self, method: str, path: str, body: str, headers: dict[str, str]) -> int | None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body.encode(), headers)
            return connection.getresponse().status
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()

    def stop(self) -> None:
        """Kill whatever still runs."""
        for name in list(self._running):
            self.kill(name)
        self._log.close()
