"""One question by itself: how often each answer was given, means with their interval, ranks, seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from surveys.rules.scores import Counts, Metric, Score, share
from surveys.rules.summaries.chances import mean_interval
from surveys.rules.summaries.values import Numbers, Values, known

GOOD_FROM = {Metric.NPS: 9, Metric.CSAT: 4, Metric.CES: 5}
"""The lowest number at the good end: promoters, the satisfied, those for whom it was easy (metrics C.1, C.6, C.7)."""

BAD_TO = {Metric.NPS: 6, Metric.CSAT: 2, Metric.CES: 3}
"""The highest number at the bad end."""


@dataclass(frozen=True, slots=True)
class Bar:
    """How many gave one answer, and their share of those who answered, with its interval."""

    key: str
    n: int
    share: Score


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers counted by what was chosen; ``base`` are those who answered, of ``shown`` who could have."""

    base: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """Numbers summed up: mean with its 95 % interval, deviation, median and quartiles; None without answers."""

    n: int
    mean: float
    low: float | None
    high: float | None
    deviation: float
    median: float
    quarter: float
    three_quarters: float


@dataclass(frozen=True, slots=True)
class Rank:
    """How one option was ranked: by how many, on which place on average, and by how many on the first."""

    key: str
    n: int
    mean: float | None
    first: int


def numbers_of(values: Values) -> Numbers:
    """Return the numbers that were given, without the marks of none."""
    if values.numbers is None:
        return np.zeros(0)
    return values.numbers[known(values.numbers)]


def scored(metric: Metric, values: Values) -> Counts:
    """Return the answers to a score question counted by its ends."""
    given = numbers_of(values)
    return Counts(
        n=len(given),
        good=int((given >= GOOD_FROM[metric]).sum()),
        bad=int((given <= BAD_TO[metric]).sum()),
        total=int(given.sum(dtype=np.int64)),
    )


def steps(values: Values, lowest: int, highest: int) -> Tally:
    """Return the answers of a scale counted by step."""
    given = numbers_of(values).astype(np.int64)
    counts = np.bincount(
        given[(given >= lowest) & (given <= highest)] - lowest, minlength=highest - lowest + 1
    )
    base = int(counts.sum())
    return Tally(base, tuple(_bar(str(lowest + at), int(n), base) for at, n in enumerate(counts)))


def bands(values: Values, most: int = 8) -> tuple[tuple[float, float], ...]:
    """Return ranges (from, to, both included) in which numbers without a scale are counted.

    Each value by itself where there are few of them, otherwise ranges of equal width.
    """
    given = numbers_of(values)
    if not len(given):
        return ()
    distinct, _counts = _counted(given)
    if len(distinct) <= most:
        return tuple((float(value), float(value)) for value in distinct)
    edges = np.linspace(float(distinct[0]), float(distinct[-1]), most + 1)
    inside = [distinct[(distinct >= edges[at]) & (distinct < edges[at + 1])] for at in range(most - 1)]
    inside.append(distinct[distinct >= edges[most - 1]])
    return tuple((float(part[0]), float(part[-1])) for part in inside if len(part))


def banded(values: Values, ranges: Sequence[tuple[float, float]]) -> Tally:
    """Return the numbers counted by range; the key of a range is ``from..to``, to every digit that counts."""
    given = numbers_of(values)
    base = len(given)
    return Tally(
        base,
        tuple(
            _bar(f"{low:.15g}..{high:.15g}", int(((given >= low) & (given <= high)).sum()), base)
            for low, high in ranges
        ),
    )


def options(values: Values, ids: Sequence[str]) -> Tally:
    """Return how many chose each option; whoever chose several counts once for each.

    Options that are no longer in ``ids`` but were answered come last, for an answer is never left out.
    """
    if values.choices is None:
        return Tally(0, tuple(_bar(option, 0, 0) for option in ids))
    base = int((np.diff(values.choices.starts) > 0).sum())
    counts = np.bincount(values.choices.codes, minlength=len(values.choices.options))
    found = {option: int(n) for option, n in zip(values.choices.options, counts, strict=True)}
    others = sorted(option for option, n in found.items() if n and option not in ids)
    return Tally(base, tuple(_bar(option, found.get(option, 0), base) for option in (*ids, *others)))


def firsts(values: Values, most: int = 12) -> Tally:
    """Return the most frequent first steps of a cascade (provinces of places), the most frequent first."""
    if values.choices is None:
        return Tally(0, ())
    there = np.diff(values.choices.starts) > 0
    first = values.choices.codes[values.choices.starts[:-1][there]]
    counts = np.bincount(first, minlength=len(values.choices.options))
    order = [int(at) for at in np.argsort(-counts, kind="stable") if counts[at]][:most]
    base = len(first)
    return Tally(base, tuple(_bar(values.choices.options[at], int(counts[at]), base) for at in order))


def ranks(values: Values, ids: Sequence[str]) -> tuple[int, tuple[Rank, ...]]:
    """Return how many ranked, and how each option was ranked, the best mean place first."""
    if values.choices is None:
        return 0, tuple(Rank(option, 0, None, 0) for option in ids)
    places = values.choices.places
    size = len(values.choices.options)
    n = np.bincount(values.choices.codes, minlength=size)
    total = np.bincount(values.choices.codes, weights=places + 1, minlength=size)
    first = np.bincount(values.choices.codes[places == 0], minlength=size)
    at = {option: place for place, option in enumerate(values.choices.options)}
    found = [
        Rank(option, int(n[at[option]]), float(total[at[option]] / n[at[option]]), int(first[at[option]]))
        if option in at and n[at[option]]
        else Rank(option, 0, None, 0)
        for option in ids
    ]
    base = int((np.diff(values.choices.starts) > 0).sum())
    return base, tuple(sorted(found, key=lambda rank: (rank.mean is None, rank.mean or 0.0)))


def spread(values: Values) -> Spread | None:
    """Return mean, deviation and quartiles of the numbers given; None without answers."""
    given = numbers_of(values)
    n = len(given)
    if not n:
        return None
    # Answers repeat: a hundred distinct numbers stand for a hundred thousand.
    distinct, counts = _counted(given)
    mean = float((distinct * counts).sum() / n)
    deviation = sqrt(float((counts * (distinct - mean) ** 2).sum()) / (n - 1)) if n > 1 else 0.0
    low, high = mean_interval(mean, deviation, n) if n >= 4 else (None, None)
    upto = np.cumsum(counts)
    quarter, median, three_quarters = (_quantile(distinct, upto, part) for part in (0.25, 0.5, 0.75))
    return Spread(n, mean, low, high, deviation, median, quarter, three_quarters)


def _counted(given: Numbers) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the distinct numbers in order and how often each was given."""
    if given.dtype.kind != "f" and int(given.max()) - int(given.min()) < 65_536:
        lowest = int(given.min())
        counts = np.bincount(given.astype(np.int64) - lowest)
        there = np.flatnonzero(counts)
        return (there + lowest).astype(np.float64), counts[there]
    distinct, counts = np.unique(given.astype(np.float64), return_counts=True)
    return distinct, counts


def _quantile(distinct: NDArray[np.float64], upto: NDArray[np.int64], part: float) -> float:
    """Return a quantile with linear interpolation between neighbours, as spreadsheets do."""
    at = part * (int(upto[-1]) - 1)
    below = distinct[np.searchsorted(upto, int(at), side="right")]
    above = distinct[np.searchsorted(upto, min(int(at) + 1, int(upto[-1]) - 1), side="right")]
    return float(below + (above - below) * (at - int(at)))


def _bar(key: str, n: int, base: int) -> Bar:
    return Bar(key, n, share(n, base))
