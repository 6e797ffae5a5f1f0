"""Which ratings of a survey go along with its score: where a manager would see better service felt the most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveys.rules.readings import Column
from surveys.rules.scores import Metric
from surveys.rules.summaries import drivers
from surveys.rules.summaries.asked import Asked
from surveys.rules.summaries.drivers import Weight
from surveys.rules.summaries.narrowing import Source
from surveys.rules.summaries.values import Flags, Numbers, narrowed
from surveys.sheet.lines import row_label
from surveys.sheet.questions import is_scale

MOST = 15
"""So many ratings are weighed at most: the first ones of the survey."""

USUAL = 0.5
"""A rating that fewer than half of those with a score gave is left out: it would throw away everybody else."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One rating: its share of what is explained, its mean on its own scale, and whether to begin there.

    To begin there pays where the share is clearly above the even one while the marks are below those of the others.
    """

    label: str
    weight: Weight
    mean: float
    highest: int
    first: bool


@dataclass(frozen=True, slots=True)
class Drivers:
    """The ratings, the weightiest first. ``explained`` is how much of the differences in the score they explain."""

    metric: Metric
    title: str
    n: int
    explained: float
    lines: tuple[Driver, ...]


def found(asked: Sequence[Asked], source: Source, mask: Flags) -> Drivers | None:
    """Return what goes along with the first score of the survey; None where that cannot be told from these answers."""
    current = [one for one in asked if one.current]
    outcome = next((one for one in current if one.metric is not None), None)
    if outcome is None or outcome.metric is None:
        return None
    score = _numbers(outcome, outcome.main[0], source, mask)
    scored = ~np.isnan(score)
    ratings = [
        (one, column, numbers)
        for one in current
        if one is not outcome
        for column in one.main
        if column.kind == "number" and is_scale(column)
        for numbers in [_numbers(one, column, source, mask)]
        if (scored & ~np.isnan(numbers)).sum() >= USUAL * scored.sum()
    ][:MOST]
    if not ratings:
        return None
    table = np.column_stack([numbers for _one, _column, numbers in ratings])
    whole = scored & ~np.isnan(table).any(axis=1)
    weights = drivers.weigh(score[whole], table[whole])
    if weights is None:
        return None
    means = table[whole].mean(axis=0)
    reached = [
        (mean - (column.lowest or 0)) / ((column.highest or 0) - (column.lowest or 0))
        for mean, (_one, column, _numbers_) in zip(means, ratings, strict=True)
    ]
    lines = [
        Driver(
            row_label(one, column) or one.title,
            weight,
            float(mean),
            int(column.highest or 0),
            first=weight.low > 1 / len(ratings) and far < np.mean(reached),
        )
        for weight, mean, far, (one, column, _numbers_) in zip(
            weights.each, means, reached, ratings, strict=True
        )
    ]
    return Drivers(
        outcome.metric,
        outcome.title,
        weights.n,
        weights.explained,
        tuple(sorted(lines, key=lambda line: -line.weight.share)),
    )


def _numbers(asked: Asked, column: Column, source: Source, mask: Flags) -> Numbers:
    """Return the numbers of those who are meant as floats, with NaN where there is none."""
    values = narrowed(source.values(asked.stored(column), asked.versions), mask)
    result = np.full(values.n, np.nan)
    if values.numbers is not None:
        known = values.known
        result[known] = values.numbers[known].astype(np.float64)
    return result
