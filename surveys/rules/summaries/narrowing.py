"""Filters: which responses are meant. The same mask narrows every number of the page, the words and exports."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np

from surveys.rules.summaries.values import Flags, Values, known

DAY_SECONDS = 86_400
BEIJING_SECONDS = 8 * 3600
"""Beijing is eight hours ahead of UTC all year (no summer time since 1991)."""

_EPOCH = date(1970, 1, 1)


class Source(Protocol):
    """Columns of the responses of some versions, each as long as there are responses."""

    @property
    def n(self) -> int:
        """How many responses there are."""
        ...

    def values(self, key: str, versions: frozenset[int] | None = None) -> Values:
        """Return a column; outside ``versions`` nobody has an answer in it."""
        ...

    def within(self, versions: frozenset[int]) -> Flags:
        """Return which responses belong to these versions."""
        ...


ID = "@id"
AT = "@at"
REGION = "@region"
TOUCHPOINT = "@touchpoint"
CHANNEL = "@channel"
LANGUAGE = "@language"
LINK = "@link"
SECONDS = "@seconds"
ENDING = "@ending"
PAGE = "@page."
VARIABLE = "@var."
"""Names of the columns that are no answers; no question's id begins so."""


@dataclass(frozen=True, slots=True)
class AnswerIs:
    """What an answer must be: a number between two, one of some options, or just anything.

    ``versions`` are those that asked the question alike.
    """

    key: str
    versions: frozenset[int] | None = None
    between: tuple[float, float] | None = None
    options: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which responses are meant; None leaves a side open. Days are Beijing days, both included.

    ``regions`` are the ids of all regions wanted: what the viewer may see, narrowed by what they asked for.
    """

    regions: frozenset[int] | None
    first: date | None = None
    last: date | None = None
    touchpoint: str | None = None
    channel: str | None = None
    language: str | None = None
    link: int | None = None
    versions: frozenset[int] | None = None
    answers: tuple[AnswerIs, ...] = ()


def mask(source: Source, wanted: Wanted) -> Flags:
    """Return for each response whether it is meant."""
    found = np.ones(source.n, bool)
    if wanted.versions is not None:
        found &= source.within(wanted.versions)
    if wanted.regions is not None:
        found &= _among(source.values(REGION), wanted.regions)
    if wanted.first is not None or wanted.last is not None:
        found &= _days(source.values(AT), wanted.first, wanted.last)
    for key, option in (
        (TOUCHPOINT, wanted.touchpoint),
        (CHANNEL, wanted.channel),
        (LANGUAGE, wanted.language),
    ):
        if option is not None:
            found &= _chose(source.values(key), frozenset({option}))
    if wanted.link is not None:
        found &= _among(source.values(LINK), frozenset({wanted.link}))
    for answer in wanted.answers:
        found &= answers(source.values(answer.key, answer.versions), answer)
    return found


def answers(values: Values, answer: AnswerIs) -> Flags:
    """Return which responses gave such an answer."""
    if answer.between is not None:
        if values.numbers is None:
            return np.zeros(values.n, bool)
        low, high = answer.between
        return known(values.numbers) & (values.numbers >= low) & (values.numbers <= high)
    if answer.options is not None:
        return _chose(values, answer.options)
    return values.answered


def days_of(at: Values) -> Values:
    """Return the Beijing days of instants, counted from 1970-01-01."""
    if at.numbers is None:
        return at
    return Values(at.n, (at.numbers.astype(np.int64) + BEIJING_SECONDS) // DAY_SECONDS)


def _days(at: Values, first: date | None, last: date | None) -> Flags:
    numbers = at.numbers
    if numbers is None:
        return np.zeros(at.n, bool)
    found = known(numbers)
    if first is not None:
        found &= numbers >= (first - _EPOCH).days * DAY_SECONDS - BEIJING_SECONDS
    if last is not None:
        found &= numbers < ((last - _EPOCH).days + 1) * DAY_SECONDS - BEIJING_SECONDS
    return found


def _among(values: Values, ids: frozenset[int]) -> Flags:
    if values.numbers is None:
        return np.zeros(values.n, bool)
    return known(values.numbers) & np.isin(values.numbers, np.fromiter(ids, np.int64, len(ids)))


def _chose(values: Values, options: frozenset[str]) -> Flags:
    found = np.zeros(values.n, bool)
    if values.choices is not None:
        wanted = np.array([option in options for option in values.choices.options], bool)
        if wanted.any():
            found[values.choices.rows[wanted[values.choices.codes]]] = True
    return found
