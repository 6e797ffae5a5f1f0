"""Two groups of respondents side by side: what differs by more than chance."""

from dataclasses import dataclass

from surveys.rules.scores import HIDDEN_BELOW, Change, Counts, Metric, Score, share, share_change
from surveys.rules.scores import change as score_change
from surveys.rules.scores import score as score_of
from surveys.rules.summaries.chances import still_significant, welch
from surveys.rules.summaries.single import Bar, Spread, Tally


@dataclass(frozen=True, slots=True)
class ScorePair:
    """A score of both groups and its change; ``change`` is None where either group is too small."""

    one: Score
    other: Score
    change: Change | None


@dataclass(frozen=True, slots=True)
class Shift:
    """The share of one answer in both groups; ``holds`` says that the difference survives the many tests."""

    key: str
    one: Score
    other: Score
    change: Change | None
    holds: bool


@dataclass(frozen=True, slots=True)
class MeanPair:
    """The mean of both groups, their difference with its interval, and Welch's p."""

    one: Spread
    other: Spread
    difference: float
    low: float
    high: float
    p: float

    @property
    def significant(self) -> bool:
        """Whether chance alone would make such a difference less than one time in twenty."""
        return self.p < 0.05


def scores(metric: Metric, one: Counts, other: Counts) -> ScorePair:
    """Return a score of both groups, and its change from ``one`` to ``other`` with the test of metrics C.3."""
    return ScorePair(score_of(metric, one), score_of(metric, other), score_change(metric, one, other))


def shares(one: Tally, other: Tally) -> tuple[Shift, ...]:
    """Return every answer's share in both groups; changes go from ``one`` to ``other``.

    Many answers are tested at once, so a difference holds only if it does after Benjamini and Hochberg at
    10 % (metrics C.3). Answers are matched by key; both tallies must count the same ones.
    """
    theirs = {bar.key: bar for bar in other.bars}
    ours = {bar.key: bar for bar in one.bars}
    keys = [*ours, *(key for key in theirs if key not in ours)]
    if min(one.base, other.base) < HIDDEN_BELOW:
        return tuple(
            Shift(key, _share(ours, key, one.base), _share(theirs, key, other.base), None, holds=False)
            for key in keys
        )
    changes = [
        share_change(
            Counts(one.base, ours[key].n if key in ours else 0),
            Counts(other.base, theirs[key].n if key in theirs else 0),
        )
        for key in keys
    ]
    held = still_significant([change.p for change in changes])
    return tuple(
        Shift(key, _share(ours, key, one.base), _share(theirs, key, other.base), change, holds=holds)
        for key, change, holds in zip(keys, changes, held, strict=True)
    )


def means(one: Spread | None, other: Spread | None) -> MeanPair | None:
    """Return the means of both groups; None where either is too small to be shown or nothing varies."""
    if one is None or other is None or min(one.n, other.n) < HIDDEN_BELOW:
        return None
    found = welch((one.mean, one.deviation, one.n), (other.mean, other.deviation, other.n))
    return MeanPair(one, other, *found) if found else None


def _share(bars: dict[str, Bar], key: str, base: int) -> Score:
    return bars[key].share if key in bars else share(0, base)
