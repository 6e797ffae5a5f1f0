"""When an answer to an open link looks machine-made: signs, what each weighs, and what follows.

No sign alone condemns, but the sum: whoever is asked it has shown another before. Below :data:`MEDIUM` an answer
is stored; from there a small sum is asked, and once it is solved the answer is stored; from :data:`HIGH` it is put
aside for a person to decide, and the customer sees the same thank-you. Nothing is thrown away. The weights are
judgement, not measurement: each says how often an honest customer would show the sign. A whole city may share one
mobile address, so a busy address weighs little; nobody fills in a field that is not on the page, except a browser
that fills in forms by itself, so that weighs much but not enough.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MEDIUM = 40
HIGH = 80

# The field that people do not see; named so that it attracts programs and no browser fills it in unasked.
TRAP = "_website"

# Reading the page takes two seconds and every answer one more; half of that is out of reach of a thumb.
READING_SECONDS = 2.0
SECONDS_PER_ANSWER = 1.0

# Answers of one address to one link within ten minutes.
BUSY_ADDRESS = 20
FLOODING_ADDRESS = 100

# The same answers to everything, words included, on one day.
REPEATED = 3
OFTEN_REPEATED = 10

# Less than this is the same by chance: half of all customers give top marks to everything and no words.
TELLING_ANSWERS = 10
TELLING_VALUES = 3
TELLING_WORDS = 12

# Rows of one matrix that all got the same answer.
STRAIGHT_ROWS = 5

MOST_TRIES = 3


class Sign(StrEnum):
    """One reason to doubt; stored with an answer that is put aside."""

    TRAP_FILLED = "trap_filled"
    TOO_FAST = "too_fast"
    MUCH_TOO_FAST = "much_too_fast"
    BUSY_ADDRESS = "busy_address"
    FLOODING_ADDRESS = "flooding_address"
    REPEATED = "repeated"
    OFTEN_REPEATED = "often_repeated"
    STRAIGHT_LINES = "straight_lines"
    SUM_FAILED = "sum_failed"


OVER_QUOTA = "over_quota"
"""Why an answer is put aside that nobody doubts: its place in the quota was gone when it came."""

AFTER_CLOSING = "after_closing"
"""Why an answer is put aside that was begun in time: the link was switched off or over when it came."""

ANSWERED_BEFORE = "answered_before"
"""Why an answer is put aside beside another one: by the same personal link somebody had answered otherwise before.

The first one counts; this one is there to be read, and is never counted.
"""

UNDOUBTED = frozenset({OVER_QUOTA, AFTER_CLOSING, ANSWERED_BEFORE})
"""The reasons that say nothing against an answer."""

WEIGHTS: dict[Sign, int] = {
    Sign.TRAP_FILLED: 60,
    Sign.TOO_FAST: 25,
    Sign.MUCH_TOO_FAST: 50,
    Sign.BUSY_ADDRESS: 20,
    Sign.FLOODING_ADDRESS: 50,
    Sign.REPEATED: 40,
    Sign.OFTEN_REPEATED: 60,
    Sign.STRAIGHT_LINES: 15,
    Sign.SUM_FAILED: 80,
}


class Suspicion(StrEnum):
    """What follows from the signs."""

    NONE = "none"
    ASK = "ask"
    PUT_ASIDE = "put_aside"


@dataclass(frozen=True, slots=True)
class Traces:
    """What one submission shows; what is not known is left at its harmless default.

    ``seconds`` from making the key to the last page, ``answers`` given, ``prefilled`` of them by the address;
    ``from_address`` and ``alike`` count this submission too; ``rows`` are the answers per matrix, row by row.
    """

    trap: str = ""
    seconds: float = 3600.0
    answers: int = 0
    prefilled: int = 0
    from_address: int = 1
    alike: int = 1
    rows: Sequence[Sequence[str]] = ()
    failed_sums: int = 0


def signs(traces: Traces) -> list[Sign]:
    """Return every sign that the traces show, each at most once and of two degrees the worse."""
    found: list[Sign] = []
    if traces.trap.strip():
        found.append(Sign.TRAP_FILLED)
    needed = least_seconds(traces.answers - traces.prefilled)
    if traces.seconds < needed / 2:
        found.append(Sign.MUCH_TOO_FAST)
    elif traces.seconds < needed:
        found.append(Sign.TOO_FAST)
    if traces.from_address > FLOODING_ADDRESS:
        found.append(Sign.FLOODING_ADDRESS)
    elif traces.from_address > BUSY_ADDRESS:
        found.append(Sign.BUSY_ADDRESS)
    if traces.alike > OFTEN_REPEATED:
        found.append(Sign.OFTEN_REPEATED)
    elif traces.alike > REPEATED:
        found.append(Sign.REPEATED)
    if any(len(rows) >= STRAIGHT_ROWS and len(set(rows)) == 1 for rows in traces.rows):
        found.append(Sign.STRAIGHT_LINES)
    if traces.failed_sums >= MOST_TRIES:
        found.append(Sign.SUM_FAILED)
    return found


def weigh(found: Iterable[Sign]) -> Suspicion:
    """Say what follows from the signs: their weights add up."""
    score = sum(WEIGHTS[sign] for sign in found)
    if score >= HIGH:
        return Suspicion.PUT_ASIDE
    return Suspicion.ASK if score >= MEDIUM else Suspicion.NONE


def least_seconds(answers: int) -> float:
    """Return how long a person needs at the least for a page that asks and ``answers`` taps."""
    return READING_SECONDS + SECONDS_PER_ANSWER * max(0, answers)


def likeness(said: Mapping[str, str]) -> bytes | None:
    """Return what two submissions have in common if they say the same to everything; None if that tells nothing.

    ``said`` are the answers as texts by their keys. A handful of taps is the same by chance, and so is a column
    of top marks; many different answers, or a few with words of the customer's own, are not.
    """
    longest = max((len(text) for text in said.values()), default=0)
    varied = len(said) >= TELLING_ANSWERS and len(set(said.values())) >= TELLING_VALUES
    if not varied and longest < TELLING_WORDS:
        return None
    return hashlib.sha256(json.dumps(sorted(said.items()), ensure_ascii=False).encode()).digest()


def slot(now: datetime) -> int:
    """Return the number of the ten minutes since the epoch in which an instant falls."""
    return int(now.timestamp() // timedelta(minutes=10).total_seconds())
