"""What goes along with a score: how the explained differences are shared among ratings that go along with each other.

Ratings of one service resemble each other, so plain regression gives the credit to one and takes it from the next.
Johnson's relative weights (2000; practice: metrics C.9) share it out: the ratings are replaced by their closest
uncorrelated likenesses, the score is explained by those, and each likeness gives back to the ratings it is made of.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from surveys.rules.summaries.chances import chi_square_p

Floats = NDArray[np.float64]

FEWEST = 30
PER_DRIVER = 10
"""So many answers are needed in all, and for each rating: fewer make shares of noise."""

GROUPS = 20
"""The delete-a-group jackknife leaves out one twentieth at a time: its cost does not grow with the answers."""

T95 = 2.093
"""The quantile of Student's t with 19 degrees of freedom for two-sided 95 %."""

LEAST_EXPLAINED = 0.05
"""Shares of less than a twentieth of the differences would be advice made of next to nothing."""

_ALIKE = 1e-6
"""Ratings that are sums of each other leave an eigenvalue of nothing: no share is theirs alone."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One rating's share of what all explain together, with its interval; all between 0 and 1."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Weights:
    """The shares in the order of the ratings; ``explained`` is R², of the differences in the score."""

    n: int
    explained: float
    each: tuple[Weight, ...]


def weigh(score: Floats, ratings: Floats) -> Weights | None:
    """Return how much of ``score`` each column of ``ratings`` explains; a row is a person, nothing is missing.

    None where there are too few answers, fewer than two ratings, one that does not vary or repeats others, or where
    the ratings explain too little, or no more than chance would let them.
    """
    n, k = ratings.shape
    if k < 2 or n < max(FEWEST, PER_DRIVER * k):
        return None
    table = np.column_stack([ratings, score])
    whole = _shares(_correlations(*_moments(table)))
    if whole is None:
        return None
    explained, shares = whole
    if explained < LEAST_EXPLAINED or _chance(explained, n, k) >= 0.05:
        return None
    left = [_shares(one) for one in _without_each_group(table)]
    every = np.array([one[1] for one in left if one is not None])
    if len(every) < GROUPS:
        return None
    errors = np.sqrt((GROUPS - 1) / GROUPS * ((every - every.mean(axis=0)) ** 2).sum(axis=0))
    return Weights(
        n,
        explained,
        tuple(
            Weight(float(share), max(0.0, float(share - T95 * error)), min(1.0, float(share + T95 * error)))
            for share, error in zip(shares, errors, strict=True)
        ),
    )


def _chance(explained: float, n: int, k: int) -> float:
    """Return the chance that ratings without any relation explain so much: Bartlett's test of independence."""
    rest = max(1 - explained, 1e-12)
    return chi_square_p(-(n - 1 - (k + 2) / 2) * log(rest), k)


def _moments(table: Floats) -> tuple[int, Floats, Floats]:
    return len(table), table.sum(axis=0), table.T @ table


def _without_each_group(table: Floats) -> Iterator[Floats | None]:
    n, sums, products = _moments(table)
    for group in range(GROUPS):
        part_n, part_sums, part_products = _moments(table[group::GROUPS])
        yield _correlations(n - part_n, sums - part_sums, products - part_products)


def _correlations(n: int, sums: Floats, products: Floats) -> Floats | None:
    covariance = products / n - np.outer(sums, sums) / n**2
    spread = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    if spread.min() < sqrt(_ALIKE):
        return None
    result: Floats = covariance / np.outer(spread, spread)
    return result


def _shares(correlations: Floats | None) -> tuple[float, Floats] | None:
    """Return R² and each rating's part of it as a share; the last column of ``correlations`` is the score."""
    if correlations is None:
        return None
    among, with_score = correlations[:-1, :-1], correlations[:-1, -1]
    values, vectors = np.linalg.eigh(among)
    if values.min() < _ALIKE:
        return None
    likeness = vectors @ np.diag(np.sqrt(values)) @ vectors.T
    slopes = np.linalg.solve(likeness, with_score)
    parts = (likeness**2) @ (slopes**2)
    explained = float(parts.sum())
    return (explained, parts / explained) if explained > _ALIKE else None
