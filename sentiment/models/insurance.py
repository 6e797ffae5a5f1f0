"""Feeling, topics and risks in the language of insurance customers: n-grams and what the rules know, weighed.

One linear model answers all questions: the n-gram half lies in a `Table`, the other half is a small
matrix over the facts of `rulefacts` and the scores of the general model. Decision values become
probabilities by regressions learnt on texts the columns had not seen (cross-fitting).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np

from sentiment.analysis import POLARITIES, RISKS, TOPICS
from sentiment.models.general import softmax
from sentiment.models.rulefacts import CONCEPT_WEIGHT, MOODS, FactSheet
from sentiment.models.store import Arrays
from sentiment.models.table import Floats, Grams, Table, product
from sentiment.models.units import Ruled
from sentiment.vocabulary import Vocabulary

FEELS = slice(0, 3)
CLAUSE_FEELS = slice(3, 6)
TOPIC = slice(6, 6 + len(TOPICS))
RISK = slice(6 + len(TOPICS), 6 + len(TOPICS) + len(RISKS))
COLUMNS = (
    *(f"text:{name}" for name in POLARITIES),
    *(f"clause:{name}" for name in POLARITIES),
    *(f"topic:{name}" for name in TOPICS),
    *(f"risk:{name}" for name in RISKS),
)
"""The questions, in the order of the columns."""

PLACES = {name.partition(":")[2]: at for at, name in enumerate(COLUMNS) if name[:4] in ("topi", "risk")}
"""The column of each topic and risk code."""


class InsuranceModel:
    """The insurance part of a model file."""

    def __init__(self, concepts: list[str], arrays: Arrays, words: Vocabulary) -> None:
        self.sheet = FactSheet(concepts, words)
        self._table = Table(*(arrays[f"insurance_{name}"] for name in ("kept", "weights", "scale", "bias")))
        self._facts = arrays["insurance_facts"]
        self._text = arrays["insurance_text"]
        self._clause = arrays["insurance_clause"]
        self._polarity = arrays["insurance_polarity"]
        self._share = arrays["insurance_share"]
        self.topic_line = arrays["insurance_topic_line"]
        self.risk_line = arrays["insurance_risk_line"]

    def decide(self, grams: Grams, facts: Floats, general: Floats | None) -> Floats:
        """Give the decision values of all `COLUMNS`; `general` are the general scores, None for clauses."""
        values = self._table.answer(grams)
        width = facts.shape[1]
        values += product(facts, self._facts[:width])
        if general is not None:
            values += product(general, self._facts[width:])
        return values

    def share_inputs(self, facts: Floats, sounds: Floats, lengths: Floats) -> Floats:
        """Give what decides whether a text is about insurance: how it sounds and which trade words it has.

        `sounds` is the share the gate of the general model gives to insurance.
        """
        words = facts[:, : self.sheet.concepts] / CONCEPT_WEIGHT
        rules = facts[:, self.sheet.concepts + len(MOODS) : self.sheet.concepts + len(MOODS) + len(TOPICS)]
        odds = np.log(sounds + 1e-6) - np.log(1 - sounds + 1e-6)
        size = np.log1p(lengths)
        many = words.sum(axis=1)
        rest = [many / np.sqrt(lengths + 1), rules.sum(axis=1), (rules > 0).sum(axis=1), size, words]
        return np.column_stack([odds, many, *rest, np.ones(len(facts))])

    def share(self, facts: Floats, sounds: Floats, lengths: Floats) -> Floats:
        """Tell how much each text is about insurance (texts, 1)."""
        odds = product(self.share_inputs(facts, sounds, lengths), self._share)
        answer: Floats = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
        return answer[:, None]

    def text_feeling(self, values: Floats) -> Floats:
        """Turn decision values of whole texts into probabilities of `POLARITIES`."""
        return softmax(values[:, FEELS] @ self._text[:3] + self._text[3])

    def clause_feeling(self, values: Floats) -> Floats:
        """Turn decision values of clauses into probabilities of `POLARITIES`."""
        return softmax(values[:, CLAUSE_FEELS] @ self._clause[:3] + self._clause[3])

    def topic_polarity(self, inputs: Floats) -> Floats:
        """Give probabilities of `POLARITIES` for topics described by `topic_inputs`."""
        return softmax(product(inputs, self._polarity))


def topic_inputs(clause: Sequence[float], text: Sequence[float], ruled: float) -> list[float]:
    """Describe a topic for `topic_polarity`: feeling of its clauses, of the text, and what its rule says.

    `clause` and `text` are probabilities of `POLARITIES`; `ruled` is −1…1 as the pattern rules judge, 0 if
    silent.
    """
    return [*_centred(clause), *_centred(text), ruled, float(ruled > 0.1), float(ruled < -0.1), 1.0]


def _centred(shares: Sequence[float]) -> tuple[float, float, float]:
    """Give the logarithms of three shares, softened, with a mean of zero."""
    first, second, third = (log(share + 0.02) for share in shares)
    mean = (first + second + third) / 3
    return first - mean, second - mean, third - mean


def near_topic(
    ruled: Ruled, code: str, values: Floats, feelings: Sequence[Sequence[float]]
) -> tuple[Sequence[float], float]:
    """Give the feeling of the clauses where a topic is spoken of, and what the pattern rules say (−1…1).

    `values` are the decision values, `feelings` the probabilities of the judged clauses. Where no pattern
    placed the topic, the clause that the learned column likes best is taken.
    """
    for hit in ruled.topics:
        if hit.code != code:
            continue
        rows = [feelings[ruled.judged.index(at)] for at in hit.clauses if at in ruled.judged]
        if rows:
            return [sum(row[i] for row in rows) / len(rows) for i in range(3)], hit.score
    return feelings[best_clause(code, values)], 0.0


def best_clause(code: str, values: Floats) -> int:
    """Give the number (among the judged clauses) of the clause that speaks most of a topic or risk."""
    return int(values[:, PLACES[code]].argmax())
