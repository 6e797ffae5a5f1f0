"""Use case of doubt: look at one accepted answer to an open link and say what is to follow."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from core import clock
from surveys.rules import suspicion
from surveys.rules.definition import Definition
from surveys.rules.readings import Reading
from surveys.rules.seats import Attempt
from surveys.rules.suspicion import Sign, Suspicion, Traces
from surveys.services import sightings


@dataclass(frozen=True, slots=True)
class Visit:
    """How an answer came: with which key and how long after it was made, from where, with what in the trap.

    ``address`` tells visitors apart, None where it cannot. ``sum_sent`` says that the small sum was asked before
    and answered now.
    """

    link_id: int
    key_hash: bytes
    seconds: float
    trap: str = ""
    prefilled: int = 0
    address: str | None = None
    sum_sent: bool = False
    sum_right: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is to follow, and why."""

    suspicion: Suspicion
    reasons: list[Sign] = field(default_factory=list)


def weigh(connection: Connection, visit: Visit, definition: Definition, attempt: Attempt) -> Doubt:
    """Return how far an answer is to be doubted; counts what is counted, each key once.

    Whoever was asked the sum must solve it, whatever the signs say by then; whoever fails it three times on one
    day is put aside.
    """
    count = _Counter(connection, visit, written=not definition.anonymous)
    said = _said(definition, attempt)
    alike = suspicion.likeness(said)
    from_address = (
        count.of("address", f"{suspicion.slot(clock.now())}:{visit.address}".encode()) if visit.address else 1
    )
    traces = Traces(
        trap=visit.trap,
        seconds=visit.seconds,
        answers=len({key.partition(".")[0] for key in said}),
        prefilled=visit.prefilled,
        from_address=from_address,
        alike=count.of("answers", alike) if alike else 1,
        rows=_rows(definition, attempt),
        failed_sums=count.failed() if visit.sum_sent and not visit.sum_right else 0,
    )
    reasons = suspicion.signs(traces)
    found = suspicion.weigh(reasons)
    if found is Suspicion.NONE and visit.sum_sent and not visit.sum_right:
        found = Suspicion.ASK
    if found is Suspicion.ASK and visit.sum_right:
        found = Suspicion.NONE
    return Doubt(found, reasons)


class _Counter:
    """The counts of one visit: a key that comes again, with its sum or after a lost answer, counts once."""

    def __init__(self, connection: Connection, visit: Visit, *, written: bool) -> None:
        self._connection, self._visit, self._written = connection, visit, written
        self._first = self._see("key", visit.key_hash) == 1

    def of(self, kind: str, thing: bytes) -> int:
        if self._first:
            return self._see(kind, thing)
        return sightings.look(
            self._connection, kind=kind, link_id=self._visit.link_id, thing=thing, written=self._written
        )

    def failed(self) -> int:
        return self._see("sum", self._visit.key_hash)

    def _see(self, kind: str, thing: bytes) -> int:
        return sightings.see(
            self._connection, kind=kind, link_id=self._visit.link_id, thing=thing, written=self._written
        )


def _said(definition: Definition, attempt: Attempt) -> dict[str, str]:
    """Return the answers that the customer gave, as texts by their keys; what the link brought along is not theirs."""
    hidden = {question.id for question in definition.questions if question.type == "hidden"}
    return {
        key: _text(reading)
        for key, reading in attempt.verdict.readings.items()
        if key.partition(".")[0] not in hidden
    }


def _rows(definition: Definition, attempt: Attempt) -> list[list[str]]:
    """Return the answers of every matrix, row by row."""
    matrices = {question.id: list[str]() for question in definition.questions if question.type == "matrix"}
    for key, reading in attempt.verdict.readings.items():
        owner, dot, _row = key.partition(".")
        if dot and owner in matrices:
            matrices[owner].append(_text(reading))
    return list(matrices.values())


def _text(reading: Reading) -> str:
    number = "" if reading.number is None else f"{reading.number:g}"
    return " ".join(part for part in (number, *(reading.options or ()), reading.words or "") if part)
