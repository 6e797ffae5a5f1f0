"""What changed against the period before, and what is not to be taken for a change.

A page compares dozens of numbers with their past, so some will differ by chance alone. All of them are tested together:
a change is told only if it survives Benjamini and Hochberg at 10 % (practice: metrics C.3).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboards.doors import Doors
from dashboards.queries import Feelings, Voices
from dashboards.sheet import Line
from surveys.rules.scores import HIDDEN_BELOW, Change, Counts, Metric, Score, share, share_change
from surveys.rules.summaries.chances import still_significant


@dataclass(frozen=True, slots=True)
class Theme:
    """How much of what customers said speaks badly of a topic, in both periods; ``door`` opens those words."""

    label: str
    before: Score
    now: Score
    change: Change
    door: str | None


Lines = Mapping[Metric, Sequence[Line]]


def tested(*groups: Lines) -> tuple[list[Lines], int]:
    """Return the groups of lines with whether each change holds among all, and how many changes were tested."""
    chances = [
        line.change.p
        for group in groups
        for lines in group.values()
        for line in lines
        if line.change is not None
    ]
    held = iter(still_significant(chances))
    # The lines are gone through in the same order again, so each takes the verdict of its own test.
    return [
        {
            metric: [line if line.change is None else replace(line, holds=next(held)) for line in lines]
            for metric, lines in group.items()
        }
        for group in groups
    ], len(chances)


def moved(group: Lines) -> list[tuple[Metric, Line]]:
    """Return the lines whose change holds, the least likely to be chance first."""
    found = [(metric, line) for metric, lines in group.items() for line in lines if line.holds]
    return sorted(found, key=lambda one: one[1].change.p if one[1].change else 1.0)


def themes(now: Voices, before: Voices, names: Mapping[str, str], doors: Doors) -> tuple[list[Theme], int]:
    """Return the topics spoken badly of clearly more or less often than before, and how many were tested.

    The share is that of all utterances, so that a period in which more was said is not taken for a worse one.
    """
    said, said_before = _said(now.by_week.values()), _said(before.by_week.values())
    if min(said, said_before) < HIDDEN_BELOW:
        return [], 0
    codes = sorted(now.topics.keys() | before.topics.keys())
    pairs = [(_bad(before, code, said_before), _bad(now, code, said)) for code in codes]
    changes = [share_change(*pair) for pair in pairs]
    held = still_significant([change.p for change in changes])
    found = [
        Theme(
            names.get(code, code),
            share(earlier.good, earlier.n),
            share(later.good, later.n),
            change,
            doors.voices(topic=code, polarity="negative") if later.good else None,
        )
        for code, (earlier, later), change, holds in zip(codes, pairs, changes, held, strict=True)
        if holds
    ]
    return sorted(found, key=lambda theme: theme.change.p), len(codes)


def _said(weeks: Iterable[Feelings]) -> int:
    return sum(feelings.all for feelings in weeks)


def _bad(voices: Voices, code: str, said: int) -> Counts:
    return Counts(said, min(said, voices.topics.get(code, Feelings()).negative))
