"""The formulas of NPS, CSAT and CES with their uncertainty, and when a number may be shown.

All values are shares between -1 and 1 (NPS) or 0 and 1 (CSAT, CES); pages show them times 100.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, erfc, sqrt
from typing import Self

Z95 = 1.96
"""The standard normal quantile of two-sided 95 % as the published formulas and their examples round it."""

HIDDEN_BELOW = 10
"""Fewer answers than this are not shown: they tell about single persons, not about the service."""

SMALL_BELOW = 30
"""Fewer answers than this are shown in grey: their interval is wider than any change worth seeing."""

WANTED_ERROR = 0.05
"""Half the width of an interval that a decision can stand on; what the page asks more answers for."""


def response_rate(completed: int, delivered: int) -> float | None:
    """Return the share of delivered invitations that were answered to the end; None under ten (metrics C.8)."""
    return completed / delivered if delivered >= HIDDEN_BELOW else None


class Metric(StrEnum):
    """A score that is counted by days."""

    NPS = "nps"
    CSAT = "csat"
    CES = "ces"


@dataclass(frozen=True, slots=True)
class Counts:
    """Answers to one score question: all, the good end, the bad end, and the sum of the raw scores."""

    n: int = 0
    good: int = 0
    bad: int = 0
    total: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Return both counted together."""
        return Counts(
            self.n + other.n, self.good + other.good, self.bad + other.bad, self.total + other.total
        )

    @property
    def middle(self) -> int:
        """Answers at neither end; passives for NPS."""
        return self.n - self.good - self.bad

    @property
    def mean(self) -> float | None:
        """The mean of the raw scores; it is not CSAT, and is kept beside it (practice: metrics C.6)."""
        return self.total / self.n if self.n else None

    @classmethod
    def sum(cls, many: Iterable[Self]) -> "Counts":
        """Return all counted together."""
        result = Counts()
        for one in many:
            result += one
        return result


@dataclass(frozen=True, slots=True)
class Score:
    """A value with its 95 % interval and the number of answers it stands on; None where there are none."""

    n: int
    value: float | None
    low: float | None
    high: float | None

    @property
    def hidden(self) -> bool:
        """Whether there are too few answers to show a value."""
        return self.n < HIDDEN_BELOW

    @property
    def small(self) -> bool:
        """Whether the value rests on so few answers that it is shown in grey."""
        return self.n < SMALL_BELOW


@dataclass(frozen=True, slots=True)
class Change:
    """The difference of two independent groups of respondents: later minus earlier.

    ``value`` is the difference of the raw scores; the test works on the adjusted ones, as published.
    """

    value: float
    adjusted: float
    error: float
    low: float
    high: float
    p: float

    @property
    def significant(self) -> bool:
        """Whether chance alone would show such a difference less than one time in twenty."""
        return self.p < 0.05


def score(metric: Metric, counts: Counts) -> Score:
    """Return the headline value of a metric: net promoters, satisfied share, low-effort share."""
    return nps(counts) if metric is Metric.NPS else share(counts.good, counts.n)


def nps(counts: Counts) -> Score:
    """Return the net promoter score, promoters minus detractors over all, with its adjusted Wald interval.

    The value is the raw score (Reichheld 2003); only the interval is adjusted.
    """
    if not counts.n:
        return Score(0, None, None, None)
    low, high = nps_interval(counts)
    return Score(counts.n, (counts.good - counts.bad) / counts.n, low, high)


def nps_interval(counts: Counts, *, adjusted: bool = True) -> tuple[float, float]:
    """Return the 95 % interval of NPS, clipped to what a score can be; ``counts`` must not be empty.

    With p promoters and d detractors the variance of one answer is p + d - (p - d)²: that of a difference
    of two shares of the same people, not of independent ones. The adjusted interval adds ¾ promoter,
    1½ passives and ¾ detractor, then z·√(Var/(n+3)) around the shrunken centre; it holds its 95 % from
    n = 5 on, where plain Wald falls to 40 % (Rocks 2016, arXiv:1601.07235; Sauro and Lewis).
    """
    centre, error = _nps_moments(counts, adjusted=adjusted)
    return max(-1.0, centre - Z95 * error), min(1.0, centre + Z95 * error)


def nps_change(earlier: Counts, later: Counts) -> Change:
    """Return the change of NPS between two groups of different people; neither may be empty.

    Adjusted Wald on both, standard errors added in squares, z-test with two-sided p = 2(1 - Φ|z|)
    (Rocks 2016; Sauro, "NPS significance test").
    """
    return _change(
        (later.good - later.bad) / later.n - (earlier.good - earlier.bad) / earlier.n,
        _nps_moments(earlier),
        _nps_moments(later),
        widest=2.0,
    )


def share(good: int, n: int) -> Score:
    """Return a share (CSAT: 4-5 of 5; CES: 5-7 of 7) with its Wilson interval (Wilson 1927)."""
    if not n:
        return Score(0, None, None, None)
    p = good / n
    scale = 1 + Z95**2 / n
    centre = (p + Z95**2 / (2 * n)) / scale
    half = Z95 * sqrt(p * (1 - p) / n + Z95**2 / (4 * n**2)) / scale
    # Rounding may leave the limit a hair inside the value where nobody or everybody is satisfied.
    return Score(n, p, min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half)))


def share_change(earlier: Counts, later: Counts) -> Change:
    """Return the change of a share between two groups of different people; neither may be empty.

    One success and one failure are added to each group (Agresti and Caffo 2000).
    """
    return _change(
        later.good / later.n - earlier.good / earlier.n,
        _share_moments(earlier),
        _share_moments(later),
        widest=1.0,
    )


def change(metric: Metric, earlier: Counts, later: Counts) -> Change | None:
    """Return the change of a metric, or None where either side is too small to be shown."""
    if min(earlier.n, later.n) < HIDDEN_BELOW:
        return None
    return nps_change(earlier, later) if metric is Metric.NPS else share_change(earlier, later)


def answers_needed(variance: float, error: float = WANTED_ERROR) -> int:
    """Return how many answers make the 95 % interval ±``error`` wide: n = z²·Var/E², rounded up."""
    return ceil(Z95**2 * variance / error**2)


def variance(metric: Metric, counts: Counts) -> float:
    """Return the variance of one answer, estimated with the same added answers as the tests."""
    if metric is Metric.NPS:
        return _nps_moments(counts)[1] ** 2 * (counts.n + 3)
    return _share_moments(counts)[1] ** 2 * (counts.n + 2)


def _nps_moments(counts: Counts, *, adjusted: bool = True) -> tuple[float, float]:
    end, middle = (0.75, 1.5) if adjusted else (0.0, 0.0)
    n = counts.n + 2 * end + middle
    promoters, detractors = (counts.good + end) / n, (counts.bad + end) / n
    centre = promoters - detractors
    return centre, sqrt((promoters + detractors - centre**2) / n)


def _share_moments(counts: Counts) -> tuple[float, float]:
    n = counts.n + 2
    p = (counts.good + 1) / n
    return p, sqrt(p * (1 - p) / n)


def _change(raw: float, earlier: tuple[float, float], later: tuple[float, float], *, widest: float) -> Change:
    adjusted = later[0] - earlier[0]
    error = sqrt(earlier[1] ** 2 + later[1] ** 2)
    return Change(
        value=raw,
        adjusted=adjusted,
        error=error,
        low=max(-widest, adjusted - Z95 * error),
        high=min(widest, adjusted + Z95 * error),
        p=erfc(abs(adjusted) / error / sqrt(2)),
    )
