"""Rows of the tables turned into columns; the same for what is sealed and for what is read live."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row
from sqlalchemy.orm import Session

from core import clock
from surveys.queries import columns as reads
from surveys.queries.columns import Kind
from surveys.rules.summaries import narrowing
from surveys.rules.summaries.values import Values, chosen, compact

OUTCOME = "@outcome"
"""Of an invitation: how far it went and why no further, as ``step:reason``."""

_NUMBERS = {
    narrowing.ID: "id",
    narrowing.AT: "at",
    narrowing.REGION: "region_id",
    narrowing.LINK: "link",
    narrowing.SECONDS: "seconds",
}
_TEXTS = {
    narrowing.TOUCHPOINT: "touchpoint",
    narrowing.CHANNEL: "channel",
    narrowing.LANGUAGE: "language",
    narrowing.ENDING: "ending",
    OUTCOME: "outcome",
}

LONGEST_SECONDS = 6 * 3600
"""Who leaves a page open over night did not read it that long."""

Built = dict[str, Values]


def build(session: Session, kind: Kind, version_id: int, first: int, last: int, most: int) -> Built:
    """Return the columns of up to ``most`` rows with ids from ``first`` to ``last``; empty if there are none."""
    if kind is Kind.ASKS:
        return _plain(reads.asks(session, version_id, first, last, most, clock.now()))
    glued = reads.responses(session, version_id, first, last, most)
    found = _plain(glued)
    if not found:
        return {}
    ids = np.array(glued.id.split(" "), np.int64)
    order = np.argsort(ids)
    for answers in reads.answers(session, version_id, int(ids[order[0]]), int(ids[order[-1]])):
        found[answers.question_id] = _answers(answers, ids[order])
    found |= _pages([glued.page_seconds[at] or {} for at in order])
    found |= _variables([glued.variables[at] or {} for at in order])
    return found


def _plain(glued: Row[Any]) -> Built:
    """Return the columns that every row has, in the order of the ids."""
    if not glued.n:
        return {}
    there = set(glued._fields)
    order = np.argsort(np.array(glued.id.split(" "), np.int64))
    found = {
        key: Values(glued.n, compact(np.array(getattr(glued, name).split(" "), np.float64)[order]))
        for key, name in _NUMBERS.items()
        if name in there
    }
    for key, name in _TEXTS.items():
        if name in there:
            texts = getattr(glued, name).split(" ")
            found[key] = Values(
                glued.n, choices=chosen([(texts[at],) if texts[at] else () for at in order.tolist()])
            )
    return found


def _answers(glued: Row[Any], ids: NDArray[np.int64]) -> Values:
    n = len(ids)
    at = np.searchsorted(ids, np.array(glued.rows.split(" "), np.int64))
    numbers = choices = None
    if glued.with_number:
        wide = np.full(n, np.nan)
        wide[at] = np.array(glued.numbers.split(" "), np.float64)
        numbers = compact(wide)
    if glued.with_options:
        many: list[Sequence[str]] = [()] * n
        for place, options in zip(at.tolist(), glued.options.split(","), strict=True):
            many[place] = options.split(" ") if options else ()
        choices = chosen(many)
    said = None
    if "1" in glued.said:
        said = np.zeros(n, bool)
        said[at] = np.frombuffer(glued.said.encode(), np.uint8) == ord("1")
    return Values(n, numbers, choices, said)


def _pages(many: Sequence[Mapping[str, Any]]) -> Built:
    """Return the seconds on each page; whoever did not see a page has none."""
    names = {name for seconds in many for name in seconds}
    return {
        f"{narrowing.PAGE}{name}": Values(
            len(many),
            compact([_seconds(seconds.get(name)) for seconds in many]),
        )
        for name in sorted(names)
    }


def _seconds(value: Any) -> float | None:  # noqa: ANN401 - whatever the JSON holds
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(min(round(value), LONGEST_SECONDS))
    return None


def _variables(many: Sequence[Mapping[str, Any]]) -> Built:
    """Return the variables that are numbers: points that the survey adds up."""
    names = {name for variables in many for name in variables}
    found = {}
    for name in sorted(names):
        values = [variables.get(name) for variables in many]
        numbers = [
            float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
            for value in values
        ]
        if any(number is not None for number in numbers):
            found[f"{narrowing.VARIABLE}{name}"] = Values(len(many), compact(numbers))
    return found
