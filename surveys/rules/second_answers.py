"""What a page says that comes after the answer that counts: the same once more, or something else.

Whoever leaves something out takes nothing back: only what is said, and is stored nowhere yet, is something else.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from surveys.rules.questions import Question
from surveys.rules.readings import Reading, Sent, UnreadableAnswerError

# The link fixes hidden questions, and a file has no words that could be compared.
_NOT_COMPARED = {"hidden", "file"}


class Second(StrEnum):
    """How a page stands to the answer that counts; ``UNREADABLE`` says something else that nobody can read."""

    SAME = "same"
    OTHER = "other"
    UNREADABLE = "unreadable"


def readable(questions: Iterable[Question], sent: Sent) -> dict[str, Reading]:
    """Return what can be read of a page by itself, wherever the way may lead; the rest is left out."""
    found: dict[str, Reading] = {}
    for question in questions:
        try:
            found |= question.read(sent)
        except UnreadableAnswerError:
            continue
    return found


def compare(questions: Sequence[Question], sent: Sent, stored: Mapping[str, Reading]) -> Second:
    """Say whether a page with these questions says anything that is not among the ``stored`` answers."""
    compared = _compared(questions)
    if otherwise(compared, sent, stored):
        return Second.OTHER
    for question in compared:
        try:
            question.read(sent)
        except UnreadableAnswerError:
            return Second.UNREADABLE
    return Second.SAME


def otherwise(questions: Iterable[Question], sent: Sent, stored: Mapping[str, Reading]) -> frozenset[str]:
    """Return the ids of the questions to which a page says anything that is not among the ``stored`` answers."""
    return frozenset(
        question.id
        for question in _compared(questions)
        if any(
            not one.empty and _text(one) != _text(stored.get(key, Reading()))
            for key, one in readable([question], sent).items()
        )
    )


def _compared(questions: Iterable[Question]) -> list[Question]:
    return [question for question in questions if question.type not in _NOT_COMPARED]


def _text(reading: Reading) -> tuple[str, tuple[str, ...], str]:
    number = "" if reading.number is None else f"{reading.number:.4f}"  # as many digits as are stored
    return number, tuple(reading.options or ()), reading.words or ""
