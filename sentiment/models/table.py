"""Linear columns over hashed n-grams: one table of small integers, several questions answered in one look-up.

Every kept n-gram has one row; every column is one question (how negative, how neutral, …). The answer for a
text is the sum of its rows, each n-gram counted once, divided by the square root of their number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sentiment.models.features import BUCKET_BITS, ORDERS, Batch, Ints, hash_order

Floats = npt.NDArray[np.floating[Any]]
"""Real numbers; single precision at run time, double where scikit-learn gives it."""

_BUCKETS = (1 << BUCKET_BITS) - 1


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of a batch, each once for a text, ordered by text: owner, bucket, and all totals."""

    owners: Ints
    buckets: Ints
    totals: Ints

    @property
    def size(self) -> int:
        """Number of texts."""
        return int(self.totals.size)


def grams_of(batch: Batch, orders: tuple[int, ...] = ORDERS) -> Grams:
    """Hash all n-grams of a batch."""
    owners = np.repeat(np.arange(batch.size), batch.lengths + 1)
    keys = []
    for order in orders:
        positions, buckets = hash_order(batch.codes, order)
        inside = np.searchsorted(positions, owners.size)
        keys.append((owners[positions[:inside]] << BUCKET_BITS) | buckets[:inside])
    key = np.sort(np.concatenate(keys))
    if key.size:
        key = key[np.flatnonzero(np.diff(key, prepend=-1))]
    owner = key >> BUCKET_BITS
    return Grams(owner, key & _BUCKETS, np.bincount(owner, minlength=batch.size))


class Table:
    """Weights of n-grams, `scale` and `bias` one for each column.

    A weight is kept as a signed byte b and stands for b·|b|·scale: fine steps near zero, where most weights
    are, and room for the few that are a hundred times larger.
    """

    def __init__(
        self, kept: npt.NDArray[np.uint32], weights: npt.NDArray[np.int8], scale: Floats, bias: Floats
    ) -> None:
        self._rows = np.zeros(1 << BUCKET_BITS, dtype=np.int32)
        self._rows[kept] = np.arange(1, kept.size + 1, dtype=np.int32)
        steps = weights.astype(np.int16)
        self._weights = steps * np.abs(steps)
        self._scale = scale
        self._bias = bias

    def answer(self, grams: Grams) -> Floats:
        """Answer all columns for all texts of a batch: (texts, columns)."""
        row = self._rows.take(grams.buckets)
        known = np.flatnonzero(row)
        weights = self._weights.take(row.take(known) - 1, axis=0)
        sums = sum_by_owner(weights, grams.owners.take(known), grams.size)
        length = np.sqrt(np.maximum(grams.totals, 1)).astype(np.float32)
        answer: Floats = sums / length[:, None] * self._scale + self._bias
        return answer


STRIP = 200_000
"""A matrix product of fewer multiplications is done by BLAS libraries on the calling thread alone."""


def product(left: Floats, right: Floats) -> Floats:
    """Multiply two matrices in strips that no BLAS library hands to a team of threads.

    The matrices of the engine are so small that a team costs more than it saves, on every core of the
    machine (measured: two fifths of all time went into waiting threads).
    """
    if right.ndim == 1:
        single: Floats = np.einsum("ij,j->i", left, right)
        return single
    rows = max(1, STRIP // max(right.size, 1))
    if len(left) <= rows:
        whole: Floats = left @ right
        return whole
    return np.concatenate([left[at : at + rows] @ right for at in range(0, len(left), rows)])


def sum_by_owner(values: npt.NDArray[np.int16], owners: Ints, count: int) -> Floats:
    """Sum the rows of `values` (n, k) for each owner (sorted): (count, k), zeros where there is nothing."""
    sums = np.zeros((count, values.shape[1]), dtype=np.float32)
    if owners.size:
        edges = np.flatnonzero(np.diff(owners, prepend=-1))
        sums[owners[edges]] = np.add.reduceat(values, edges, axis=0, dtype=np.float32)
    return sums
