"""The watchdog: ends a worker that is alive and does nothing.

A worker may be stuck where no exception comes out: a thread that never returns, a shutdown that waits for it. Its
supervisor starts again only who died, so it must die. Nothing is lost by that: what it held is put back into the
queue like the work of any worker that was killed.
"""

import faulthandler
import os
import sys
import time
from collections.abc import Callable
from threading import Thread

from core import logs

log = logs.get(__name__)

STUCK = 75
"""The exit code of a worker that was ended so; EX_TEMPFAIL of sysexits.h."""


def _end() -> None:
    os._exit(STUCK)


class Watchdog:
    """Wants to be patted; ends the process when nobody did for ``patience`` seconds."""

    def __init__(self, patience: float, *, end: Callable[[], None] = _end) -> None:
        self._patience, self._end = patience, end
        self._patted = time.monotonic()
        self._called_off = False

    def watch(self) -> None:
        """Begin to watch, in a thread that keeps no process alive."""
        self.pat()
        Thread(target=self._watch, name="watchdog", daemon=True).start()

    def pat(self) -> None:
        """Say that all is well."""
        self._patted = time.monotonic()

    def call_off(self) -> None:
        """Watch no longer."""
        self._called_off = True

    def _watch(self) -> None:
        while not self._called_off:
            left = self._patted + self._patience - time.monotonic()
            if left <= 0:
                log.critical("worker_stuck", seconds=self._patience)
                faulthandler.dump_traceback(file=sys.stderr)  # says which thread waits for what
                self._end()
                return
            time.sleep(min(left, 1.0))
