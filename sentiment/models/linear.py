"""Linear columns over hashed n-grams: one table of small integers, several questions answered in one look-up.

Every kept n-gram has one row; every column is one question (how negative, how neutral, …). The answer for a text is
the sum of its rows, each n-gram counted once, divided by the square root of their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sentiment.models.features import BUCKET_BITS, ORDERS, Batch, Ints, hash_order

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hits:
    """Known n-grams of a batch: where each begins in the laid-out batch, whose text it is in, and its row."""

    positions: Ints
    owners: Ints
    rows: Ints
    totals: Ints


class RowIndex:
    """Finds the row of a bucket: a table of 2**BUCKET_BITS small integers, 0 for buckets nothing is known of."""

    def __init__(self, kept: npt.NDArray[np.uint32]) -> None:
        self.kept = kept
        self._rows = np.zeros(1 << BUCKET_BITS, dtype=np.int32)
        self._rows[kept] = np.arange(1, kept.size + 1, dtype=np.int32)

    def find(self, batch: Batch, orders: tuple[int, ...] = ORDERS) -> Hits:
        """Find the known n-grams of a batch, each at most once for a text."""
        owners = np.repeat(np.arange(batch.size), batch.lengths + 1)
        keys, places = [], []
        for order in orders:
            positions, buckets = hash_order(batch.codes, order)
            inside = positions < owners.size
            positions = positions[inside]
            keys.append((owners[positions] << BUCKET_BITS) | buckets[inside])
            places.append(positions)
        key = np.concatenate(keys)
        place = np.concatenate(places)
        key, first = np.unique(key, return_index=True)
        owner = key >> BUCKET_BITS
        totals = np.bincount(owner, minlength=batch.size)
        row = self._rows[key & ((1 << BUCKET_BITS) - 1)]
        known = row > 0
        return Hits(place[first[known]], owner[known], (row[known] - 1).astype(np.int64), totals)


def sum_by_owner(values: Floats, owners: Ints, count: int) -> Floats:
    """Sum the rows of `values` (n, k) for each owner (sorted): (count, k); zero rows for owners with nothing."""
    sums = np.zeros((count, values.shape[1]), dtype=np.float32)
    if owners.size:
        edges = np.flatnonzero(np.diff(owners, prepend=-1))
        sums[owners[edges]] = np.add.reduceat(values, edges, axis=0)
    return sums
