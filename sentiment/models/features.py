"""Hashed character n-grams of a whole batch of texts, in numpy alone.

Counting n-grams text by text in Python costs more than everything else the engine does, so a batch is
laid out as one array of code points (texts separated by a zero) and all n-grams of one order are hashed
in a few array operations. An n-gram never crosses a separator; it may begin or end on one, which tells
"first" and "last".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BUCKET_BITS = 22
"""N-grams are hashed into 2**BUCKET_BITS buckets; a model keeps rows for those it learnt something of."""

ORDERS = (1, 2, 3, 4)
"""Lengths of the character n-grams."""

_MIXERS = np.array([0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F], dtype=np.uint32)
_BMP = 0x10000
_SPACE = 32

Codes = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]


def _sign_table() -> Codes:
    """Make the table code point → sign of the basic plane: all digits are one sign, all blanks another."""
    table = np.arange(_BMP, dtype=np.uint32)
    table[ord("A") : ord("Z") + 1] += 32
    table[ord("0") : ord("9") + 1] = ord("0")
    table[:_SPACE] = _SPACE
    table[[0x7F, 0xA0, 0x2028, 0x2029, 0x3000]] = _SPACE
    table[0xD800:0xE000] = 0xFFFD
    return table


_TABLE = _sign_table()


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts laid end to end: `codes` holds a zero, text 0, a zero, text 1, …, a last zero.

    `starts[i]` is the position of the first character of text i; its separator stands right before it.
    """

    codes: Codes
    starts: Ints
    lengths: Ints

    @property
    def size(self) -> int:
        """Number of texts."""
        return int(self.starts.size)


def lay_out(texts: Sequence[str]) -> Batch:
    """Lay normalised `texts` end to end as code points; any `str` is accepted, lone surrogates too."""
    joined = "\0" + "\0".join(texts) + "\0"
    raw = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = np.where(raw < _BMP, _TABLE[np.minimum(raw, _BMP - 1)], raw)
    lengths = np.fromiter((len(text) for text in texts), dtype=np.int64, count=len(texts))
    starts = 1 + np.cumsum(lengths + 1) - (lengths + 1)
    codes[starts - 1] = 0
    codes[-1] = 0
    return Batch(codes, starts, lengths)


def hash_order(codes: Codes, order: int) -> tuple[Ints, Ints]:
    """Hash all n-grams of length `order`: (positions of their first sign, buckets).

    The hash is a sum of multiplied code points, one odd factor per place, finished by a multiply-shift
    (Dietzfelbinger et al. 1997), all in wrapping 32-bit arithmetic.
    """
    count = codes.size - order + 1
    if count <= 0:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty
    value = codes[:count] * _MIXERS[0] + np.uint32(order * 0x51ED27)
    for place in range(1, order):
        value ^= value >> np.uint32(15)
        value = value * _MIXERS[place] + codes[place : place + count]
    value ^= value >> np.uint32(13)
    value *= _MIXERS[1]
    value ^= value >> np.uint32(16)
    zero = codes == 0
    keep = np.ones(count, dtype=bool)
    if order == 1:
        keep = ~zero
    else:
        for place in range(1, order - 1):
            keep &= ~zero[place : place + count]
        keep &= ~(zero[:count] & zero[order - 1 : order - 1 + count])
    positions = np.flatnonzero(keep)
    return positions, (value[positions] >> np.uint32(32 - BUCKET_BITS)).astype(np.int64)
