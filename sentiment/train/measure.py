"""Measuring an engine on labelled texts, whole and by slice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sentiment.analysis import POLARITIES, Analysis
from sentiment.train.material import Labelled, Utterance


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of a slice: texts, those with a topic, those with a risk, then what was right (0…1)."""

    texts: int
    topical: int
    risky: int
    sentiment: float
    sentiment_f1: float
    topics: float
    topics_with_polarity: float
    risks: float


SLICES: dict[str, Callable[[Utterance], bool]] = {
    "all": lambda _one: True,
    "negative": lambda one: one.sentiment == "negative",
    "neutral": lambda one: one.sentiment == "neutral",
    "positive": lambda one: one.sentiment == "positive",
    "short (up to 10 characters)": lambda one: len(one.text) <= 10,
    "long (100 and more)": lambda one: len(one.text) >= 100,
    "mixed": lambda one: {"positive", "negative"} <= set(one.topics.values()),
    "with a risk": lambda one: bool(one.risks),
}
"""Kinds of utterances that are looked at on their own."""


def macro_f1(wanted: Sequence[str], found: Sequence[str]) -> float:
    """Give the mean F1 of the labels that occur in `wanted`."""
    scores = []
    for label in POLARITIES:
        if label not in wanted:
            continue
        both = sum(a == b == label for a, b in zip(wanted, found, strict=True))
        scores.append(2 * both / (sum(a == label for a in wanted) + sum(b == label for b in found)))
    return sum(scores) / max(len(scores), 1)


def micro_f1(wanted: Sequence[set[object]], found: Sequence[set[object]]) -> float:
    """Give the F1 over all members of all sets; 1 where there is nothing to find and nothing found."""
    both = sum(len(a & b) for a, b in zip(wanted, found, strict=True))
    size = sum(len(a) + len(b) for a, b in zip(wanted, found, strict=True))
    return 2 * both / size if size else 1.0


def measure(utterances: Sequence[Utterance], found: Sequence[Analysis]) -> Scores:
    """Compare answers with labels."""
    wanted = [one.sentiment for one in utterances]
    given = [one.sentiment for one in found]
    right = sum(a == b for a, b in zip(wanted, given, strict=True))
    return Scores(
        len(utterances),
        sum(bool(one.topics) for one in utterances),
        sum(bool(one.risks) for one in utterances),
        right / max(len(utterances), 1),
        macro_f1(wanted, given),
        micro_f1(
            [set(one.topics) for one in utterances], [{tag.code for tag in one.topics} for one in found]
        ),
        micro_f1(
            [set(one.topics.items()) for one in utterances],
            [{(tag.code, tag.polarity) for tag in one.topics} for one in found],
        ),
        micro_f1([set(one.risks) for one in utterances], [{tag.kind for tag in one.risks} for one in found]),
    )


def by_slice(utterances: Sequence[Utterance], found: Sequence[Analysis]) -> dict[str, Scores]:
    """Measure every slice of `SLICES` that has texts."""
    scores = {}
    for name, belongs in SLICES.items():
        chosen = [at for at, one in enumerate(utterances) if belongs(one)]
        if chosen:
            scores[name] = measure([utterances[at] for at in chosen], [found[at] for at in chosen])
    return scores


def accuracy(wanted: Labelled, found: Sequence[Analysis]) -> tuple[float, float]:
    """Give accuracy and macro-F1 on a set that has feelings only."""
    labels = [POLARITIES[label] for label in wanted.labels]
    given = [one.sentiment for one in found]
    return float(np.mean([a == b for a, b in zip(labels, given, strict=True)])), macro_f1(labels, given)
