"""What the rules know of a text or a clause, as numbers the insurance model weighs beside its n-grams."""

from __future__ import annotations

from dataclasses import dataclass
from math import log1p

import numpy as np

from sentiment.analysis import RISKS, TOPICS
from sentiment.feeling import Feeling
from sentiment.models.table import Floats
from sentiment.reading import Reading
from sentiment.vocabulary import Vocabulary

MOODS = (
    "good",
    "bad",
    "balance",
    "side",
    "has_good",
    "has_bad",
    "ratio",
    "mean_good",
    "mean_bad",
    "last",
    "asks",
    "question",
    "length",
    "clauses",
)
"""Names of the numbers of `mood`."""


CONCEPT_WEIGHT = 0.35
"""What a concept that stands in a text weighs beside numbers of size 1."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A text or a clause as the insurance model sees it beside its n-grams: concepts as bits and numbers."""

    concepts: int
    numbers: tuple[float, ...]


def mood(feelings: tuple[Feeling, ...], *, asks: bool, question: bool, length: int) -> tuple[float, ...]:
    """Sum up the lexicon's feelings of clauses with what the punctuation asks; in the order of `MOODS`."""
    good = bad = 0.0
    last = (0.0, 0.0)
    for one in feelings:
        if one[0] or one[1]:
            good += one[0]
            bad += one[1]
            last = one
    many = max(len(feelings), 1)
    return (
        good / 2,
        bad / 2,
        (good - bad) / 2,
        float((good > bad) - (good < bad)),
        float(good > 0),
        float(bad > 0),
        (good - bad) / (good + bad + 1),
        good / many,
        bad / many,
        last[0] - last[1],
        float(asks),
        float(question),
        log1p(length) / 2,
        len(feelings) / 10,
    )


def text_unit(
    reading: Reading,
    feelings: tuple[Feeling, ...],
    topics: dict[str, float],
    risks: set[str],
    *,
    question: bool,
) -> Unit:
    """Describe a whole text: mood, pattern weights of the topics, risks found by rules."""
    judged = [at for at, clause in enumerate(reading.clauses) if clause.judged]
    asks = any(reading.clauses[at].asks for at in judged)
    length = sum(len(reading.clauses[at].text) for at in judged)
    own = tuple(feelings[at] for at in judged)
    seen = list(_NOTHING)
    for code, score in topics.items():
        if code in _PLACES:
            seen[_PLACES[code]] = min(score, 1.5)
    for code in risks:
        seen[_PLACES[code]] = 1.0
    return Unit(reading.whole, (*mood(own, asks=asks, question=question, length=length), *seen))


def clause_unit(reading: Reading, at: int, feeling: Feeling) -> Unit:
    """Describe one clause: what `mood` says of it alone; patterns and risks are told of whole texts only.

    So it has the numbers of `MOODS` and no others.
    """
    clause = reading.clauses[at]
    good, bad = feeling
    asks = 1.0 if clause.asks else 0.0
    size = log1p(len(clause.text)) / 2
    if not good and not bad:
        return Unit(reading.masks[at], (*_SILENT, asks, asks, size, 0.1))
    side = 1.0 if good > bad else -1.0 if good < bad else 0.0
    felt = (good / 2, bad / 2, (good - bad) / 2, side, float(good > 0), float(bad > 0))
    ratio = (good - bad) / (good + bad + 1)
    numbers = (*felt, ratio, good, bad, good - bad, asks, asks, size, 0.1)
    return Unit(reading.masks[at], numbers)


_SILENT = (0.0,) * 10
_NOTHING = (0.0,) * (len(TOPICS) + len(RISKS))
_PLACES = {code: at for at, code in enumerate((*TOPICS, *RISKS))}


class FactSheet:
    """Lays units out as a matrix: one column for each concept the model knows by name, then the numbers."""

    def __init__(self, concepts: list[str], words: Vocabulary) -> None:
        self._width = max(words.bits.values()).bit_length() // 8 + 1
        places = [words.bits[name].bit_length() - 1 if name in words.bits else -1 for name in concepts]
        self._places = np.array(places, dtype=np.int64)
        self._known = self._places >= 0
        self.concepts = len(concepts)

    def moods(self, sheet: Floats) -> Floats:
        """Give the columns of `MOODS` of a matrix that `lay_out` made."""
        return sheet[:, self.concepts : self.concepts + len(MOODS)]

    def lay_out(self, units: list[Unit]) -> Floats:
        """Give the matrix (units, concepts + numbers)."""
        packed = b"".join(unit.concepts.to_bytes(self._width, "little") for unit in units)
        rows = np.frombuffer(packed, dtype=np.uint8).reshape(len(units), self._width)
        bits = np.unpackbits(rows, axis=1, bitorder="little")
        concepts = bits[:, np.maximum(self._places, 0)] * (CONCEPT_WEIGHT * self._known).astype(np.float32)
        numbers = np.array([unit.numbers for unit in units], dtype=np.float32)
        sheet: Floats = np.hstack([concepts, numbers.reshape(len(units), -1)])
        return sheet
