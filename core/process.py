"""Processes that do not outlive the one that started them."""

import os
import signal
import threading
import time

LOOK_SECONDS = 1.0
GRACE_SECONDS = 15.0


def die_with_parent() -> None:
    """Let this process end when its parent is gone, however the parent died.

    A supervisor that is killed cannot stop its children, so each child looks for its parent every second:
    first it asks itself to stop, after a grace it goes without asking.
    """
    parent = os.getppid()
    threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
