"""Named points at which a test may kill this process, to prove that nobody is written to twice.

A test aid: ``HUISHENG_CRASH_AT=after_data`` kills at the first pass, ``after_data:0.3`` at three passes in
ten, ``after_data@5`` at the fifth. The kill is SIGKILL, so nothing is tidied up. Without the variable a
point costs one comparison.

Points, in the order in which a message passes them: ``claimed`` (the claim is committed), ``before_connect``
(no connection to the mail server yet), ``sending`` (that state is committed, nothing was said to the server),
``after_data`` (the whole letter left, the answer has not been read), ``before_commit`` (the answer is known
and written, not yet committed).
"""

import os
import random
import signal
from dataclasses import dataclass

POINTS = frozenset({"claimed", "before_connect", "sending", "after_data", "before_commit"})


@dataclass(slots=True)
class _Trap:
    point: str
    chance: float
    passes_left: int


def _read(wish: str) -> _Trap | None:
    if not wish:
        return None
    rest, _, nth = wish.partition("@")
    point, _, chance = rest.partition(":")
    if point not in POINTS:
        raise ValueError(f"HUISHENG_CRASH_AT names {point!r}; known points: {', '.join(sorted(POINTS))}")
    return _Trap(point, float(chance or 1), int(nth or 1))


_trap = _read(os.environ.get("HUISHENG_CRASH_AT", ""))


def crash_point(name: str) -> None:
    """Kill the own process if the environment asked for it at ``name``."""
    if _trap is None or _trap.point != name:
        return
    _trap.passes_left -= 1
    if _trap.passes_left <= 0 and random.random() < _trap.chance:
        os.kill(os.getpid(), signal.SIGKILL)
