"""How likely chance alone would make such a difference: the few distributions that results need.

Published approximations instead of a library of 60 MB: three functions are all that is asked of it. Each
is tested against tabled values.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, lgamma, log, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SMALLEST_EXPECTED = 5.0
"""Below this expected count the chi-square distribution is no longer what the statistic follows (Cochran 1954)."""

MOST_SPARSE = 0.2
"""So large a share of cells may expect fewer than five (Cochran 1954); none may expect less than one."""


WEAKEST, MEDIUM, STRONG = 0.1, 0.3, 0.5
"""From which Cramér's V on a relation is called weak, medium and strong (Cohen 1988, for two groups)."""


def normal_p(z: float) -> float:
    """Return the two-sided chance of a standard normal value at least ``z`` from zero."""
    return erfc(abs(z) / sqrt(2))


def t95(freedom: float) -> float:
    """Return the two-sided 95 % quantile of Student's t (Abramowitz and Stegun 26.7.5); ``freedom`` >= 3."""
    z, v = 1.959964, freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * v**4)
    )


def t_p(t: float, freedom: float) -> float:
    """Return the two-sided chance of Student's t at least ``t`` from zero (Abramowitz and Stegun 26.7.8).

    Near 0.05 it is right to 0.003 from nine degrees of freedom on; smaller groups are never compared.
    """
    return normal_p(t * (1 - 1 / (4 * freedom)) / sqrt(1 + t * t / (2 * freedom)))


def chi_square_p(statistic: float, freedom: int) -> float:
    """Return the chance of a chi-square value at least as large: Q(freedom/2, statistic/2).

    The incomplete gamma function by its series below a + 1 and by its continued fraction above (Press et
    al., Numerical Recipes, 6.2); right to about ten digits.
    """
    if statistic <= 0 or freedom <= 0:
        return 1.0
    a, x = freedom / 2, statistic / 2
    front = exp(a * log(x) - x - lgamma(a)) if a * log(x) - x - lgamma(a) > -700 else 0.0
    if x < a + 1:
        term = total = 1 / a
        step = a
        while abs(term) > abs(total) * 1e-15:
            step += 1
            term *= x / step
            total += term
        return max(0.0, 1 - front * total)
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    h = d
    for i in range(1, 1000):
        an = -i * (i - a)
        b += 2
        d = 1 / (an * d + b or tiny)
        c = b + an / c or tiny
        h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return min(1.0, front * h)


@dataclass(frozen=True, slots=True)
class Independence:
    """Pearson's test whether the rows of a table of counts differ more than chance would make them.

    ``p`` is None where the table is too thin to say so; ``strength`` is Cramér's V, from 0 to 1: how strong
    a relation is, where p only says how sure.
    """

    statistic: float
    freedom: int
    p: float | None
    strength: float

    @property
    def significant(self) -> bool:
        """Whether chance alone would do this less than one time in twenty."""
        return self.p is not None and self.p < 0.05

    @property
    def relation(self) -> Literal["", "weak", "medium", "strong"]:
        """How strong a relation is, in words; none where chance may have made it or it is too weak to matter.

        With many answers the smallest difference is significant, so V decides what is worth a word (Cohen 1988).
        """
        if not self.significant or self.strength < WEAKEST:
            return ""
        return "strong" if self.strength >= STRONG else "medium" if self.strength >= MEDIUM else "weak"


def independence(counts: NDArray[np.int64] | Sequence[Sequence[int]]) -> Independence | None:
    """Return the test of a table, or None where fewer than two rows or two columns have counts."""
    table = np.asarray(counts, np.float64)
    if table.ndim != 2:
        return None
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape) < 2:
        return None
    total = float(table.sum())
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / total
    statistic = float(((table - expected) ** 2 / expected).sum())
    freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
    sparse = float((expected < SMALLEST_EXPECTED).mean())
    thin = sparse > MOST_SPARSE or float(expected.min()) < 1
    return Independence(
        statistic,
        freedom,
        None if thin else chi_square_p(statistic, freedom),
        sqrt(statistic / (total * (min(table.shape) - 1))),
    )


def mean_interval(mean: float, deviation: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a mean by Student's t; ``n`` of at least 4."""
    half = t95(n - 1) * deviation / sqrt(n)
    return mean - half, mean + half


def welch(
    one: tuple[float, float, int], other: tuple[float, float, int]
) -> tuple[float, float, float, float] | None:
    """Return difference, low, high and p of two means given as (mean, deviation, n); Welch's test.

    ``other`` minus ``one``. None where neither group varies at all.
    """
    (m1, s1, n1), (m2, s2, n2) = one, other
    v1, v2 = s1**2 / n1, s2**2 / n2
    error = sqrt(v1 + v2)
    if not error:
        return None
    freedom = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
    difference = m2 - m1
    wide = t95(max(freedom, 3.0))
    return difference, difference - wide * error, difference + wide * error, t_p(difference / error, freedom)


def still_significant(chances: Sequence[float], rate: float = 0.10) -> list[bool]:
    """Return which of many tests hold when at most ``rate`` of those told may be false (Benjamini-Hochberg 1995)."""
    ordered = sorted(range(len(chances)), key=lambda at: chances[at])
    last = max(
        (rank for rank, at in enumerate(ordered, 1) if chances[at] <= rate * rank / len(chances)), default=0
    )
    kept = set(ordered[:last])
    return [at in kept for at in range(len(chances))]
