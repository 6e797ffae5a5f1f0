"""How a clause feels by its words alone: the polarity lexicon with negation, strength and mockery.

The statistical model has the last word on feeling; these two numbers per clause are among what it weighs,
and they are the reason a person can read.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import Final

from sentiment.lexicon import word_file, words_of
from sentiment.reading import Hit, Reading
from sentiment.vocabulary import INTENSIFIER, NEGATOR, POLAR

REACH: Final = 5
"""How many characters may stand between a negator or an intensifier and the word it bears on."""

_LUKEWARM: Final = frozenset(word.replace(" ", "") for word in words_of(word_file("lukewarm")["answers"]))
_LONGEST_LUKEWARM: Final = 12
_NO_LETTERS = re.compile(r"\W+")
_PARTICLES: Final = "吧啊呀哦嘛呢啦咯的了"

Feeling = tuple[float, float]
"""Positive and negative weight of a clause, both 0 or more."""


def is_lukewarm(reading: Reading) -> bool:
    """Say whether a text is nothing but a word for neither good nor bad: 还行, 一般吧, 就那样了."""
    if len(reading.normal.text) > _LONGEST_LUKEWARM:
        return False
    letters = _NO_LETTERS.sub("", reading.judged)
    return letters in _LUKEWARM or letters.rstrip(_PARTICLES) in _LUKEWARM


def lexicon_score(reading: Reading, index: int) -> Feeling:
    """Weigh the words of clause number `index`: (positive, negative), both 0 or more."""
    return _weigh(reading.hits[index])


def lexicon_scores(reading: Reading) -> tuple[Feeling, ...]:
    """Weigh every clause; the agent's turns of a transcript weigh nothing.

    Praise beside a grievance, without a contrast word between them and with a mocking opening, is taken
    as mockery and counted as blame.
    """
    felt = reading.words.bits["felt_good"] | reading.words.bits["felt_bad"]
    raw = [
        _weigh(hits) if mask & felt and clause.judged else (0.0, 0.0)
        for clause, mask, hits in zip(reading.clauses, reading.masks, reading.hits, strict=True)
    ]
    if len(raw) < 2 or not reading.whole & reading.words.bits["sarcasm"]:
        return tuple(raw)
    sarcasm, contrast = reading.words.bits["sarcasm"], reading.words.bits["contrast"]
    for at, (positive, negative) in enumerate(raw):
        if not positive or negative or not reading.masks[at] & sarcasm:
            continue
        after = at + 1 if at + 1 < len(raw) else at - 1
        beside = raw[after]
        if beside[1] > 0.9 and not beside[0] and not (reading.masks[max(after, at)] & contrast):
            raw[at] = (0.0, positive * 0.7)
    return tuple(raw)


def lexicon_total(reading: Reading) -> Feeling:
    """Weigh the whole text: what follows a contrast word and what closes the text counts more."""
    positive = negative = 0.0
    contrast = reading.words.bits["contrast"]
    last = len(reading.clauses) - 1
    for at, (good, bad) in enumerate(lexicon_scores(reading)):
        weight = 1.0 + 0.4 * bool(reading.masks[at] & contrast) + 0.2 * (at == last)
        positive += weight * good
        negative += weight * bad
    return positive, negative


def _weigh(hits: tuple[Hit, ...]) -> Feeling:
    """Add up the longest polar words of a clause, turned and strengthened by what stands before them."""
    polar = _longest(hits)
    positive = negative = 0.0
    modifiers: list[tuple[int, int]] | None = None
    for start, _end, weight in polar:
        if not weight:
            continue
        if modifiers is None:
            modifiers = _modifiers(hits, polar)
        value = weight
        at = bisect_left(modifiers, (start - REACH, 0))
        while at < len(modifiers) and modifiers[at][0] <= start:
            right, role = modifiers[at]
            at += 1
            if role == NEGATOR:
                value = -0.8 * value if start - right <= 3 or value > 0 else value
            else:
                value *= 1.3 if role == INTENSIFIER else 0.7
        if value > 0:
            positive += value
        else:
            negative -= value
    return positive, negative


def _modifiers(hits: tuple[Hit, ...], polar: list[tuple[int, int, float]]) -> list[tuple[int, int]]:
    """Give where negators, intensifiers and diminishers end, with their role, in order of place.

    Small words that are a part of a polar one ("不" of "不满意") are left out.
    """
    starts = [word[0] for word in polar]
    found: list[tuple[int, int]] = []
    for start, end, _mask, role, _weight in hits:
        if role >= NEGATOR:
            holder = bisect_right(starts, start) - 1
            if holder < 0 or polar[holder][1] < end:
                found.append((end, role))
    return found


def _longest(hits: tuple[Hit, ...]) -> list[tuple[int, int, float]]:
    """Keep the polar words that no longer polar word contains or overlaps from the left."""
    polar = [(start, -end, weight) for start, end, _mask, role, weight in hits if role == POLAR]
    if len(polar) < 2:
        return [(start, -end, weight) for start, end, weight in polar]
    polar.sort()
    kept: list[tuple[int, int, float]] = []
    reached = -1
    for start, minus_end, weight in polar:
        if start >= reached:
            kept.append((start, -minus_end, weight))
            reached = -minus_end
        elif -minus_end > reached and -minus_end - start > kept[-1][1] - kept[-1][0]:
            kept[-1] = (start, -minus_end, weight)
            reached = -minus_end
    return kept
