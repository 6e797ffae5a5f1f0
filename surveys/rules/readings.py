"""What is read of an answer, what can be wrong with it, and how its column looks in results and exports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Sent = Mapping[str, Sequence[str]]
"""The fields of a form as they came, each with all its values."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one answer: a number, ids of options, words, or nothing at all.

    Options stand in the order of the question, those of a ranking in the customer's order, those of a
    cascade from the widest to the narrowest. Words beside options are the text of "other".
    """

    number: float | None = None
    options: tuple[str, ...] | None = None
    words: str | None = None

    @property
    def empty(self) -> bool:
        """Whether the customer left the question out."""
        return self.number is None and not self.options and self.words is None


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why an answer cannot be accepted: a code that each language says in its own words, and the values in it."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


class UnreadableAnswerError(ValueError):
    """The answer cannot be one to this question; ``mistake`` says why in a form that can be translated."""

    def __init__(self, code: str, **values: Any) -> None:  # noqa: ANN401 - whatever the sentence names
        super().__init__(code)
        self.mistake = Mistake(code, values)


ColumnKind = Literal[
    "number", "option", "options", "rank", "place", "words", "secret", "day", "file", "consent"
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of results and exports: the answers under one key of the answers table.

    ``options`` pairs ids with labels in the order of the question; ``lowest`` and ``highest`` bound a scale.
    """

    key: str
    title: str
    kind: ColumnKind
    options: tuple[tuple[str, str], ...] = ()
    lowest: float | None = None
    highest: float | None = None
