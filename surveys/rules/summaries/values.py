"""The answers to one question as arrays: one place per response, whether it answered or not.

Everything that results are made of has this shape: a score, the chosen options, that words were said, and
also the region, the channel or the seconds of a response. So any of them can be counted, filtered or crossed
with any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
Flags = NDArray[np.bool_]

_INTEGERS = (np.int8, np.int16, np.int32, np.int64)


@dataclass(frozen=True, slots=True)
class Choices:
    """Chosen options: those of response ``i`` are ``codes[starts[i]:starts[i + 1]]``, in the order given.

    A code is a place in ``options``, the stable ids of the options.
    """

    starts: NDArray[np.int32]
    codes: NDArray[np.int16]
    options: tuple[str, ...]

    @property
    def rows(self) -> NDArray[np.int32]:
        """For each code the response that chose it."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))

    @property
    def places(self) -> NDArray[np.int32]:
        """For each code its place among the codes of its response, from 0: the rank less one."""
        return np.arange(len(self.codes), dtype=np.int32) - np.repeat(self.starts[:-1], np.diff(self.starts))


@dataclass(frozen=True, slots=True)
class Values:
    """One column over ``n`` responses; what an answer has not is None.

    ``numbers`` are integers of any width, with the lowest of that width for "no answer", or floats with NaN
    for it. ``said`` tells where words (or personal data, which are never counted) were given.
    """

    n: int
    numbers: Numbers | None = None
    choices: Choices | None = None
    said: Flags | None = None

    @property
    def known(self) -> Flags:
        """Where there is a number; nowhere if there are none."""
        return np.zeros(self.n, bool) if self.numbers is None else known(self.numbers)

    @property
    def answered(self) -> Flags:
        """Where there is an answer of any shape."""
        result = self.known
        if self.choices is not None:
            result = result | (np.diff(self.choices.starts) > 0)
        if self.said is not None:
            result = result | self.said
        return result

    @property
    def size(self) -> int:
        """Bytes that the arrays take."""
        found = sum(part.nbytes for part in (self.numbers, self.said) if part is not None)
        if self.choices is not None:
            found += self.choices.starts.nbytes + self.choices.codes.nbytes
        return int(found)


def known(numbers: Numbers) -> Flags:
    """Return where ``numbers`` holds a number and not the mark of none."""
    if numbers.dtype.kind == "f":
        return ~np.isnan(numbers)
    return np.asarray(numbers != np.iinfo(numbers.dtype).min)


def compact(numbers: Sequence[float | None] | Numbers) -> Numbers:
    """Return numbers in the narrowest width that holds them; floats only where there are fractions.

    None and NaN are no answer.
    """
    wide = np.array(numbers, np.float64)
    there = ~np.isnan(wide)
    some = wide[there]
    if some.size and (np.any(some != np.rint(some)) or np.max(np.abs(some)) >= 2**53):
        return wide
    low, high = (float(some.min()), float(some.max())) if some.size else (0.0, 0.0)
    kind = next(kind for kind in _INTEGERS if np.iinfo(kind).min < low and high <= np.iinfo(kind).max)
    result = np.full(len(wide), np.iinfo(kind).min, kind)
    result[there] = some.astype(kind)
    return result


def chosen(many: Sequence[Sequence[str]]) -> Choices:
    """Return the options that each response chose; an empty sequence is no answer."""
    codes: dict[str, int] = {}
    flat = [codes.setdefault(option, len(codes)) for options in many for option in options]
    starts = np.zeros(len(many) + 1, np.int32)
    np.cumsum([len(options) for options in many], out=starts[1:])
    return Choices(starts, np.array(flat, np.int16), tuple(codes))


def joined(parts: Sequence[Values]) -> Values:
    """Return the parts one after another as one column."""
    if len(parts) == 1:
        return parts[0]
    return Values(sum(part.n for part in parts), _numbers(parts), _choices(parts), _said(parts))


def _numbers(parts: Sequence[Values]) -> Numbers | None:
    kinds = {part.numbers.dtype for part in parts if part.numbers is not None}
    if not kinds:
        return None
    kind = np.result_type(*kinds)
    none = np.nan if kind.kind == "f" else np.iinfo(kind).min
    found = []
    for part in parts:
        if part.numbers is None:
            found.append(np.full(part.n, none, kind))
        elif part.numbers.dtype == kind:
            found.append(part.numbers)
        else:
            wide = part.numbers.astype(kind)
            wide[~known(part.numbers)] = none
            found.append(wide)
    return np.concatenate(found)


def _choices(parts: Sequence[Values]) -> Choices | None:
    if all(part.choices is None for part in parts):
        return None
    codes: dict[str, int] = {}
    flat, starts, so_far = [], [np.zeros(1, np.int32)], 0
    for part in parts:
        if part.choices is None:
            starts.append(np.full(part.n, so_far, np.int32))
            continue
        ours = np.array([codes.setdefault(option, len(codes)) for option in part.choices.options], np.int16)
        flat.append(ours[part.choices.codes] if len(ours) else part.choices.codes)
        starts.append(part.choices.starts[1:] + np.int32(so_far))
        so_far += len(part.choices.codes)
    return Choices(np.concatenate(starts), np.concatenate(flat), tuple(codes))


def _said(parts: Sequence[Values]) -> Flags | None:
    if all(part.said is None for part in parts):
        return None
    return np.concatenate([np.zeros(part.n, bool) if part.said is None else part.said for part in parts])


def narrowed(values: Values, mask: Flags) -> Values:
    """Return the column of the responses that ``mask`` keeps."""
    if mask.all():
        return values
    choices = values.choices
    if choices is not None:
        lengths = np.diff(choices.starts)
        starts = np.zeros(int(mask.sum()) + 1, np.int32)
        np.cumsum(lengths[mask], out=starts[1:])
        choices = Choices(starts, choices.codes[np.repeat(mask, lengths)], choices.options)
    return Values(
        int(mask.sum()),
        None if values.numbers is None else values.numbers[mask],
        choices,
        None if values.said is None else values.said[mask],
    )


def missing(n: int) -> Values:
    """Return a column in which nobody answered."""
    return Values(n)
