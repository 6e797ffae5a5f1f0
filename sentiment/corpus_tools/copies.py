"""Texts that repeat each other with small changes: campaigns, copied complaints, double imports."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from datasketch import MinHash

from sentiment.models.features import Ints, hash_order, lay_out
from sentiment.normalise import normalise

SHINGLE = 3
BANDS = 16
ROWS = 4
SIGNATURE = BANDS * ROWS
TEXTS_AT_ONCE = 2000
SEED = 20261122

Signatures = npt.NDArray[np.uint64]


def near_duplicates(texts: Sequence[str], *, alike: float = 0.7) -> list[list[int]]:
    """Give clusters of near copies: lists of text numbers, the largest first, each with two members at least.

    Two texts are near copies if their sets of 3-grams agree (Jaccard) by `alike` or more, as 64 minhashes
    estimate it (Broder 1997); candidates are found by 16 bands of 4, so pairs above 0.7 are missed once in
    a hundred times. Texts of fewer than three characters are compared as they are.
    """
    signatures = _signatures(texts)
    parent = list(range(len(texts)))
    for band in range(BANDS):
        keys = np.ascontiguousarray(signatures[:, band * ROWS : (band + 1) * ROWS])
        whole = keys.view([("", np.uint64)] * ROWS).ravel()
        order = np.argsort(whole, kind="stable")
        same = np.flatnonzero(whole[order][1:] == whole[order][:-1])
        pairs = np.column_stack([order[same], order[same + 1]])
        agree = (signatures[pairs[:, 0]] == signatures[pairs[:, 1]]).mean(axis=1)
        for left, right in pairs[agree >= alike].tolist():
            _join(parent, left, right)
    clusters: dict[int, list[int]] = {}
    for number in range(len(texts)):
        clusters.setdefault(_root(parent, number), []).append(number)
    found = [members for members in clusters.values() if len(members) > 1]
    found.sort(key=lambda members: (-len(members), members[0]))
    return found


def _signatures(texts: Sequence[str]) -> Signatures:
    """Give the minhashes of each text, made by datasketch from its hashed 3-grams: (texts, SIGNATURE)."""
    pattern = MinHash(num_perm=SIGNATURE, seed=SEED, hashfunc=int)
    signatures = np.zeros((len(texts), SIGNATURE), dtype=np.uint64)
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        block = [normalise(text).text for text in texts[start : start + TEXTS_AT_ONCE]]
        owners, grams = _shingles(block)
        edges = np.append(np.flatnonzero(np.diff(owners, prepend=-1)), owners.size)
        hashes = grams.tolist()
        for begin, end in pairwise(edges.tolist()):
            sketch = MinHash(
                num_perm=SIGNATURE,
                seed=SEED,
                hashfunc=int,
                permutations=pattern.permutations,
                scheme=pattern.scheme,
            )
            sketch.update_batch(hashes[begin:end])
            signatures[start + owners[begin]] = sketch.hashvalues
    return signatures


def _shingles(texts: list[str]) -> tuple[Ints, Ints]:
    """Hash the shingles of each text; a text too short for one counts as one shingle."""
    batch = lay_out([text if len(text) >= SHINGLE else text.ljust(SHINGLE, "\0") + " " for text in texts])
    owner = np.repeat(np.arange(batch.size), batch.lengths + 1)
    positions, buckets = hash_order(batch.codes, SHINGLE)
    inside = np.searchsorted(positions, owner.size)
    return owner[positions[:inside]], buckets[:inside]


def _root(parent: list[int], number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


def _join(parent: list[int], left: int, right: int) -> None:
    left, right = _root(parent, left), _root(parent, right)
    if left != right:
        parent[max(left, right)] = min(left, right)
