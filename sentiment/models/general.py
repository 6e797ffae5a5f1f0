"""Feeling in reviews, posts and talk of all kinds: a gate of domains, "feels at all?", "which way?".

People rate a hotel in other words than they post on a stock forum, so besides one polarity column for all
there is one for each domain, and a gate that tells how much a text sounds like each. The polarity is the
mixture, joined with what the polarity lexicon says. A second stage decides whether the text is neutral at
all: it is learnt from sets that have neutral texts, while sets of stars (which have none) teach it where
neutral is not expected. Both are also learnt from texts whose own domain is hidden from the gate, so that a
kind of text nobody trained on falls back on the common column and the lexicon.

`moods` are the numbers of `rulefacts.mood` for each text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentiment.models.store import Arrays
from sentiment.models.table import Floats, Grams, Table, product

LEAST_SHARE = 1e-4

REVIEWS = "reviews"
"""The name by which a caller says: these texts are reviews that somebody rated, of whatever trade."""

NEVER = -12.0
"""Log odds of neutral where nothing is."""

STAGED, RATED, HEADED = 0, 1, 2
"""How a domain answers in the mixture: by the two stages, by polarity alone (nothing there is neutral), by its
own three-class head."""


@dataclass(frozen=True, slots=True)
class General:
    """What the general model says of a batch: all column scores, shares of the domains, probabilities."""

    scores: Floats
    shares: Floats
    probabilities: Floats


class GeneralModel:
    """The general part of a model file; `domains` names the domains in the order of their shares."""

    def __init__(self, columns: list[str], domains: list[str], arrays: Arrays) -> None:
        self.columns = columns
        self.domains = domains
        self._arrays = arrays
        self._table = Table(*(arrays[f"general_{name}"] for name in ("kept", "weights", "scale", "bias")))
        self._gate = np.array([columns.index(f"gate:{name}") for name in domains])
        self._polar = columns.index("polar")
        self._polars = np.array([_find(columns, f"polar:{name}", self._polar) for name in domains])
        self._neutrals = np.array([_find(columns, f"neutral:{name}", -1) for name in domains])
        self._lent = [at for at, name in enumerate(columns) if name.startswith("lent:")][:1]

    def answer(self, grams: Grams) -> Floats:
        """Give the scores of all columns (texts, columns)."""
        return self._table.answer(grams)

    def judge(self, scores: Floats, lengths: Floats, moods: Floats, domain: str | None = None) -> General:
        """Give shares and probabilities for column scores, text lengths in characters and moods.

        `domain` names the domain where the caller knows it; else the gate tells. `REVIEWS` asks the common
        column alone: it reads trades that nobody trained on better than a mixture of those that were
        (docs/text-engine.md), and as whoever rates something feels something, nothing is neutral. Raises
        `ValueError` for an unknown name.
        """
        if domain is None:
            shares = self.shares(scores, lengths)
            return General(scores, shares, self._mixed(scores, shares, moods))
        if domain == REVIEWS:
            shares = np.zeros((len(scores), len(self.domains)), dtype=np.float32)
            odds = scores[:, self._polar] * self._arrays["general_common"][0]
            return General(scores, shares, join(odds, np.full(len(scores), NEVER)))
        if domain not in self.domains:
            msg = f"there is no domain {domain!r}; there are {', '.join([*self.domains, REVIEWS])}"
            raise ValueError(msg)
        at = self.domains.index(domain)
        shares = np.zeros((len(scores), len(self.domains)), dtype=np.float32)
        shares[:, at] = 1.0
        if self._neutrals[at] < 0:
            return General(scores, shares, join(self.mixture(scores, shares), np.full(len(scores), NEVER)))
        inputs = self.own_inputs(scores, at)
        logits = inputs @ self._arrays["general_own"][at].T
        return General(scores, shares, softmax(logits))

    def gate_inputs(self, scores: Floats, lengths: Floats) -> Floats:
        """Give what the gate looks at: its columns and the length."""
        size = np.log(np.maximum(lengths, 1.0))
        ones = np.ones(len(scores))
        return np.column_stack([scores[:, self._gate], size, size * size / 4, ones]).astype(np.float32)

    def shares(self, scores: Floats, lengths: Floats) -> Floats:
        """Tell how much each text sounds like each domain."""
        return softmax(product(self.gate_inputs(scores, lengths), self._arrays["general_gate"].T))

    def mixture(self, scores: Floats, shares: Floats) -> Floats:
        """Give the log odds of positive against negative: the mixture of the domains' own."""
        common, own, lent, bias = self._arrays["general_polar"].T
        each = scores[:, [self._polar]] * common + scores[:, self._polars] * own + bias
        if self._lent:
            each += scores[:, self._lent] * lent
        mixed: Floats = (each * shares).sum(axis=1)
        return mixed

    def polarity_inputs(self, scores: Floats, shares: Floats, moods: Floats) -> Floats:
        """Give what the polarity is joined from: the mixture, the common column, the lexicon."""
        ones = np.ones(len(scores))
        return np.column_stack([self.mixture(scores, shares), scores[:, self._polar], moods, ones])

    def polarity(self, scores: Floats, shares: Floats, moods: Floats) -> Floats:
        """Give the joined log odds of positive against negative."""
        odds: Floats = product(self.polarity_inputs(scores, shares, moods), self._arrays["general_mood"])
        return odds

    def own_inputs(self, scores: Floats, at: int) -> Floats:
        """Give what the three-class head of one domain looks at."""
        everyone, own = scores[:, self._polar], scores[:, self._polars[at]]
        neutral = scores[:, self._neutrals[at]]
        ones = np.ones(len(scores))
        inputs = [everyone, own, neutral, np.abs(everyone + own), np.minimum(neutral, 0), ones]
        return np.column_stack(inputs).astype(np.float32)

    def heads(self, scores: Floats) -> dict[int, Floats]:
        """Give what the three-class head of each domain with neutral texts says, by number of the domain."""
        own = self._arrays["general_own"]
        numbers = np.flatnonzero(self._neutrals >= 0).tolist()
        return {at: softmax(self.own_inputs(scores, at) @ own[at].T) for at in numbers}

    def neutral_inputs(
        self, scores: Floats, shares: Floats, polarity: Floats, moods: Floats, heads: dict[int, Floats]
    ) -> Floats:
        """Give what the "feels at all?" stage looks at."""
        have = self._neutrals >= 0
        spoken = scores[:, self._neutrals[have]] * shares[:, have]
        everyone = scores[:, [self.columns.index("neutral")]]
        calm = np.full(len(scores), LEAST_SHARE)
        for at, head in heads.items():
            calm += shares[:, at] * head[:, 1]
        odds = np.log(calm / (1 + 2 * LEAST_SHARE - calm))[:, None]
        rest = [odds, np.abs(polarity)[:, None], spoken, np.log(shares + LEAST_SHARE), everyone, moods]
        return np.column_stack([*rest, np.ones(len(scores))]).astype(np.float32)

    def _mixed(self, scores: Floats, shares: Floats, moods: Floats) -> Floats:
        """Join the two stages with the heads of the domains.

        The stages say how all kinds of text read, a head knows its own kind best: the domains are mixed by
        their shares, each answering as its kind does, and the geometric mean of both is taken.
        """
        polarity = self.polarity(scores, shares, moods)
        heads = self.heads(scores)
        inputs = self.neutral_inputs(scores, shares, polarity, moods, heads)
        staged = join(polarity, product(inputs, self._arrays["general_neutral"]))
        kinds = self._arrays["general_kind"]
        plain = join(polarity, np.full(len(scores), NEVER))
        told = staged * shares[:, kinds == STAGED].sum(axis=1, keepdims=True)
        told += plain * shares[:, kinds == RATED].sum(axis=1, keepdims=True)
        for at in np.flatnonzero(kinds == HEADED).tolist():
            told += heads[at] * shares[:, [at]]
        both = np.sqrt((told + LEAST_SHARE) * (staged + LEAST_SHARE))
        joined: Floats = both / both.sum(axis=1, keepdims=True)
        return joined


def _find(columns: list[str], name: str, otherwise: int) -> int:
    return columns.index(name) if name in columns else otherwise


def softmax(logits: Floats) -> Floats:
    """Turn rows of logits into probabilities."""
    spread = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = (spread / spread.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def join(polarity: Floats, neutral: Floats) -> Floats:
    """Join log odds of positive and log odds of neutral into probabilities in the order of `POLARITIES`."""
    calm = 1 / (1 + np.exp(-np.clip(neutral, -30, 30)))
    good = 1 / (1 + np.exp(-np.clip(polarity, -30, 30)))
    return np.column_stack([(1 - calm) * (1 - good), calm, (1 - calm) * good]).astype(np.float32)
