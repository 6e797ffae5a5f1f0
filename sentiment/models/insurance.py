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
from sentiment.models.features import Ints
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

SHARPNESS = 3.0
"""How much a clause that speaks more of a topic outweighs one that speaks less of it (see `spoken`)."""

FLOOR = 0.02
"""Added to a share before its logarithm is taken."""

SILENCE = -2.0
"""The decision value of a clause that is not there."""


class InsuranceModel:
    """The insurance part of a model file."""

    def __init__(self, concepts: list[str], arrays: Arrays, words: Vocabulary) -> None:
        self.sheet = FactSheet(concepts, words)
        self._table = Table(*(arrays[f"insurance_{name}"] for name in ("kept", "weights", "scale", "bias")))
        self._facts = arrays["insurance_facts"]
        self._text = arrays["insurance_text"]
        self._clause = arrays["insurance_clause"]
        self._polarity = arrays["insurance_polarity"]
        self._topic = arrays["insurance_topic"]
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

    def text_feeling(self, values: Floats, parts: Floats, many: Ints) -> Floats:
        """Turn decision values of whole texts into probabilities of `POLARITIES`.

        `parts` are the feelings of the clauses of all texts (see `clause_feeling`), `many` counts them.
        """
        inputs = feeling_inputs(values[:, FEELS], parts, many)
        return softmax(product(inputs, self._text[:-1]) + self._text[-1])

    def clause_feeling(self, values: Floats) -> Floats:
        """Turn decision values of clauses into probabilities of `POLARITIES`."""
        return softmax(values[:, CLAUSE_FEELS] @ self._clause[:3] + self._clause[3])

    def topic_odds(self, values: Floats, clause_values: Floats, many: Ints) -> Floats:
        """Give the log odds (texts, topics) that a text speaks of a topic; `many` counts its clauses."""
        inputs = choice_inputs(values[:, TOPIC], clause_values[:, TOPIC], many)
        odds = product(inputs.reshape(-1, inputs.shape[2]), self._topic)
        return odds.reshape(len(values), -1)

    def topic_polarity(self, inputs: Floats) -> Floats:
        """Give probabilities of `POLARITIES` for topics described by `topic_inputs`."""
        return softmax(product(inputs, self._polarity))


def feeling_inputs(values: Floats, parts: Floats, many: Ints) -> Floats:
    """Describe whole texts for `text_feeling`: decision values, and how their clauses feel.

    That is the mean of the clauses, the first, the last, the strongest of each feeling, whether there are
    several, and whether a clear praise and a clear blame stand side by side.
    """
    size = len(POLARITIES)
    inputs = np.empty((len(values), 5 * size + 2), dtype=np.float32)
    felt = np.full((len(values), 4, size), 1 / size, dtype=np.float32)
    rows = many.nonzero()[0]
    if rows.size:
        starts = (many.cumsum() - many)[rows]
        felt[rows, 0] = np.add.reduceat(parts, starts, axis=0) / many[rows, None]
        felt[rows, 1] = parts[starts]
        felt[rows, 2] = parts[starts + many[rows] - 1]
        felt[rows, 3] = np.maximum.reduceat(parts, starts, axis=0)
    logs = np.log(felt + np.float32(FLOOR))
    logs[:, :3] -= logs[:, :3].sum(axis=2, keepdims=True) / np.float32(size)
    inputs[:, :size] = values
    inputs[:, size : 5 * size] = logs.reshape(-1, 4 * size)
    inputs[:, -2] = felt[:, 3, 0] * felt[:, 3, 2]
    inputs[:, -1] = many > 1
    return inputs


def choice_inputs(values: Floats, clause_values: Floats, many: Ints) -> Floats:
    """Describe every topic of every text for the choice of topics: (texts, topics, inputs).

    Beside the text's own decision value stand those of its best clause and of all its clauses, and how the
    topic does among its rivals: customers speak of one or two things, seldom of four. `clause_values` are
    the clauses of all texts in their order, `many` tells how many each text has.
    """
    inputs = np.full((*values.shape, 10), SILENCE, dtype=np.float32)
    best, mean = inputs[:, :, 1], inputs[:, :, 2]
    rows = many.nonzero()[0]
    if rows.size:
        starts = (many.cumsum() - many)[rows]
        best[rows] = np.maximum.reduceat(clause_values, starts, axis=0)
        mean[rows] = np.add.reduceat(clause_values, starts, axis=0) / many[rows, None]
    several = (many > 1)[:, None]
    mean *= several
    inputs[:, :, 0] = values
    inputs[:, :, 3] = best * several
    order = np.sort(values, axis=1)
    first, second, third = order[:, -1:], order[:, -2:-1], order[:, -3:-2]
    leads = values == first
    inputs[:, :, 4] = leads
    inputs[:, :, 5] = values == second
    inputs[:, :, 6] = values == third
    inputs[:, :, 7] = values < third
    inputs[:, :, 8] = values - first
    inputs[:, :, 9] = leads * (first - second)
    return inputs


def topic_inputs(
    clause: Sequence[float], around: Sequence[float], text: Sequence[float], ruled: float
) -> list[float]:
    """Describe a topic for `topic_polarity`: feeling of its clauses, of the text, and what its rule says.

    `clause`, `around` (see `spoken`) and `text` are probabilities of `POLARITIES`; `ruled` is −1…1 as the
    pattern rules judge, 0 if silent.
    """
    felt = (*_centred(clause), *_centred(text), *_centred(around))
    return [*felt, ruled, float(ruled > 0.1), float(ruled < -0.1), 1.0]


def _centred(shares: Sequence[float]) -> tuple[float, float, float]:
    """Give the logarithms of three shares, softened, with a mean of zero."""
    first, second, third = (log(share + FLOOR) for share in shares)
    mean = (first + second + third) / 3
    return first - mean, second - mean, third - mean


def near_topic(
    ruled: Ruled, code: str, values: Floats, feelings: Sequence[Sequence[float]]
) -> tuple[Sequence[float], float]:
    """Give the feeling of the clauses where a topic is spoken of, and what the pattern rules say (−1…1).

    `values` are the decision values, `feelings` the probabilities of the judged clauses. Where no pattern
    placed the topic, the clause that the learned column likes best is taken.
    """
    rows, score = _placed(ruled, code)
    if not rows:
        return feelings[best_clause(code, values)], 0.0
    if len(rows) == 1:
        return feelings[rows[0]], score
    return [sum(feelings[at][i] for at in rows) / len(rows) for i in range(3)], score


def topic_clauses(ruled: Ruled, code: str, values: Floats) -> list[int]:
    """Give the numbers (among the judged clauses) of the clauses where a topic is spoken of."""
    return _placed(ruled, code)[0] or [best_clause(code, values)]


def _placed(ruled: Ruled, code: str) -> tuple[list[int], float]:
    """Give the judged clauses where a pattern placed a topic, and how that pattern judges (−1…1)."""
    for hit in ruled.topics:
        if hit.code == code:
            return [ruled.judged.index(at) for at in hit.clauses if at in ruled.judged], hit.score
    return [], 0.0


def spoken(values: Floats, parts: Floats, many: Ints) -> Floats:
    """Give the feeling of every text towards every topic: (texts, topics, `POLARITIES`).

    It is the mean of the text's clauses (their feelings are `parts`, `many` counts them), each weighed by how
    much it speaks of the topic; `values` are the decision values of all clauses for the topics.
    """
    found = np.full((len(many), values.shape[1], len(POLARITIES)), 1 / len(POLARITIES), dtype=np.float32)
    rows = many.nonzero()[0]
    if rows.size:
        starts = (many.cumsum() - many)[rows]
        loudest = np.maximum.reduceat(values, starts, axis=0).repeat(many[rows], axis=0)
        weights = np.exp(SHARPNESS * (values - loudest)).astype(np.float32)
        sums = np.add.reduceat(weights[:, :, None] * parts[:, None, :], starts, axis=0)
        found[rows] = sums / sums.sum(axis=2, keepdims=True)
    return found


def best_clause(code: str, values: Floats) -> int:
    """Give the number (among the judged clauses) of the clause that speaks most of a topic or risk."""
    return int(values[:, PLACES[code]].argmax())
