"""Two questions against each other: counts, shares of rows and columns, and whether they hang together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveys.rules.scores import Metric
from surveys.rules.summaries.chances import Independence, independence
from surveys.rules.summaries.single import BAD_TO, GOOD_FROM
from surveys.rules.summaries.values import Values, known

MOST_LINES = 40
"""More rows or columns than this no screen shows and no test stands on."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Responses put into groups: response ``rows[i]`` is in group ``codes[i]``.

    ``single`` says that nobody is in two groups; a question with several answers puts people into many.
    """

    keys: tuple[str, ...]
    rows: NDArray[np.integer[Any]]
    codes: NDArray[np.int64]
    single: bool


@dataclass(frozen=True, slots=True)
class Crossed:
    """A table of counts over those who answered both.

    ``across`` are the people in each row, ``down`` those in each column, ``n`` all of them; with questions of
    several answers these are smaller than the sums of the cells. ``test`` is None where it would not apply.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: NDArray[np.int64]
    across: NDArray[np.int64]
    down: NDArray[np.int64]
    n: int
    test: Independence | None
    single: bool


def by_score(metric: Metric, values: Values) -> Axis:
    """Return the three groups of a score: ``bad``, ``middle``, ``good``."""
    if values.numbers is None:
        return _empty(("bad", "middle", "good"))
    there = np.flatnonzero(known(values.numbers))
    given = values.numbers[there]
    codes = np.where(given <= BAD_TO[metric], 0, np.where(given >= GOOD_FROM[metric], 2, 1))
    return Axis(("bad", "middle", "good"), there, codes.astype(np.int64), single=True)


def by_ranges(values: Values, ranges: Sequence[tuple[float, float]]) -> Axis:
    """Return groups by ranges of numbers (both ends included) that do not overlap."""
    keys = tuple(f"{low:g}..{high:g}" for low, high in ranges)
    if values.numbers is None:
        return _empty(keys)
    codes = np.full(values.n, -1, np.int64)
    there = known(values.numbers)
    for at, (low, high) in enumerate(ranges):
        codes[there & (values.numbers >= low) & (values.numbers <= high)] = at
    rows = np.flatnonzero(codes >= 0)
    return Axis(keys, rows, codes[rows], single=True)


def by_options(values: Values, ids: Sequence[str], *, first_only: bool = False) -> Axis:
    """Return groups by chosen option; ``first_only`` takes the first of a ranking or of a cascade."""
    keys = tuple(ids)
    if values.choices is None:
        return _empty(keys)
    at = {option: place for place, option in enumerate(keys)}
    ours = np.array([at.get(option, -1) for option in values.choices.options] or [-1], np.int64)
    rows, codes = values.choices.rows, values.choices.codes
    if first_only:
        first = values.choices.places == 0
        rows, codes = rows[first], codes[first]
    placed = ours[codes] if len(codes) else np.zeros(0, np.int64)
    kept = placed >= 0
    rows = rows[kept]
    # Rows stand in order, so whoever is in two groups stands twice in a row.
    return Axis(keys, rows, placed[kept], single=not bool(np.any(rows[1:] == rows[:-1])))


def by_numbers(values: Values, ids: Sequence[int]) -> Axis:
    """Return groups by exact number, for ids of regions, links and versions."""
    keys = tuple(str(one) for one in ids)
    if values.numbers is None or not ids:
        return _empty(keys)
    order = np.argsort(np.array(ids, np.int64))
    ordered = np.array(ids, np.int64)[order]
    place = np.clip(np.searchsorted(ordered, values.numbers), 0, len(ids) - 1)
    found = known(values.numbers) & (ordered[place] == values.numbers)
    rows = np.flatnonzero(found)
    return Axis(keys, rows, order[place[rows]].astype(np.int64), single=True)


def cross(one: Axis, other: Axis, n: int) -> Crossed:
    """Return the table of two groupings of the same ``n`` responses, over those who are in both."""
    here, there = _flags(one, n), _flags(other, n)
    both = here & there
    counts = np.zeros((len(one.keys), len(other.keys)), np.int64)
    if one.single:
        # One group each: all cells at once.
        group = np.full(n, -1, np.int64)
        group[one.rows] = one.codes
        mine = group[other.rows]
        kept = mine >= 0
        flat = np.bincount(mine[kept] * len(other.keys) + other.codes[kept], minlength=counts.size)
        counts = flat.reshape(counts.shape).astype(np.int64)
    else:
        for at in range(len(one.keys)):
            inside = np.zeros(n, bool)
            inside[one.rows[one.codes == at]] = True
            counts[at] = np.bincount(other.codes[inside[other.rows]], minlength=len(other.keys))
    single = one.single and other.single
    return Crossed(
        one.keys,
        other.keys,
        counts,
        np.bincount(one.codes[both[one.rows]], minlength=len(one.keys)),
        np.bincount(other.codes[both[other.rows]], minlength=len(other.keys)),
        int(both.sum()),
        independence(counts) if single and counts.size else None,
        single,
    )


def _flags(axis: Axis, n: int) -> NDArray[np.bool_]:
    found = np.zeros(n, bool)
    found[axis.rows] = True
    return found


def _empty(keys: tuple[str, ...]) -> Axis:
    nobody = np.zeros(0, np.int64)
    return Axis(keys, nobody, nobody, single=True)
