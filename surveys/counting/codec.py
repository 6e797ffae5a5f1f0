"""A column as bytes and back: a head in JSON, the arrays behind it, compressed together."""

import json
import struct
import zlib
from typing import Any

import numpy as np

from surveys.rules.summaries.values import Choices, Values

_HEAD = struct.Struct("<I")
LEVEL = 6
"""zlib's middle: level 9 saves two more percent and takes four times as long."""


class BrokenColumnError(ValueError):
    """The bytes are no column of ours; the block they belong to must be built again."""


def pack(values: Values) -> bytes:
    """Return a column as compressed bytes."""
    arrays: list[np.ndarray[Any, Any]] = []
    head: dict[str, Any] = {"n": values.n}
    if values.numbers is not None:
        head["numbers"] = values.numbers.dtype.str
        arrays.append(values.numbers)
    if values.choices is not None:
        head["options"] = values.choices.options
        head["codes"] = len(values.choices.codes)
        lengths = np.diff(values.choices.starts).astype(np.uint16)
        arrays += [lengths, values.choices.codes]
    if values.said is not None:
        head["said"] = True
        arrays.append(np.packbits(values.said))
    written = json.dumps(head, separators=(",", ":")).encode()
    body = b"".join(array.tobytes() for array in arrays)
    return zlib.compress(_HEAD.pack(len(written)) + written + body, LEVEL)


def unpack(data: bytes) -> Values:
    """Return the column that ``data`` holds; raise BrokenColumnError if it holds none."""
    try:
        return _unpack(zlib.decompress(data))
    except (zlib.error, struct.error, ValueError, KeyError, TypeError) as error:
        raise BrokenColumnError("not a column of ours") from error


def _unpack(plain: bytes) -> Values:
    (length,) = _HEAD.unpack_from(plain)
    at = _HEAD.size + length
    head = json.loads(plain[_HEAD.size : at])
    n = int(head["n"])

    def take(kind: str, count: int) -> np.ndarray[Any, Any]:
        nonlocal at
        found = np.frombuffer(plain, kind, count, at).copy()
        at += found.nbytes
        return found

    numbers = take(head["numbers"], n) if "numbers" in head else None
    choices = None
    if "options" in head:
        starts = np.zeros(n + 1, np.int32)
        np.cumsum(take("<u2", n), out=starts[1:])
        choices = Choices(starts, take("<i2", int(head["codes"])), tuple(head["options"]))
    said = np.unpackbits(take("|u1", (n + 7) // 8), count=n).astype(bool) if "said" in head else None
    return Values(n, numbers, choices, said)
