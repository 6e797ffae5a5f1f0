"""Key phrases of one text, and the language it is written in.

Phrases are one or two words as the segmenter cuts them, without empty words at their edges, weighed
by the words the rules know (causes of topics, words of feeling) and by length. No counting over other texts
is needed, so one text costs a few microseconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from sentiment.lexicon import word_file, words_of
from sentiment.reading import Reading
from sentiment.segments import segments
from sentiment.vocabulary import POLAR

Language = Literal["zh-Hans", "zh-Hant", "en", "other"]

_STOP: Final = frozenset(words_of(word_file("phrases")["stop"]))
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_LATIN: Final = re.compile(r"[A-Za-z]")
_TELLING: Final = frozenset("nvailjbe")
"""First letters of jieba's tags for nouns, verbs, adjectives, idioms, abbreviations and foreign words."""
_DAMPING: Final = 2**0.45
"""Two words together count for more than one, but not for twice as much."""
_TRADITIONAL: Final = re.compile(f"[{''.join(word_file('traditional')['traditional'])}]")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A key phrase as it stands in the original text; `end` is exclusive."""

    text: str
    start: int
    end: int


def language_of(text: str) -> Language:
    """Tell the language: simplified or traditional Chinese, English, or something else."""
    if text.isascii():
        return "en" if _LATIN.search(text) else "other"
    if not _LATIN.search(text) and not _TRADITIONAL.search(text):
        return "zh-Hans" if _HAN.search(text) else "other"
    han = len(_HAN.findall(text))
    latin = len(_LATIN.findall(text))
    if not han:
        return "en" if latin * 2 > len(_LETTER.findall(text)) else "other"
    if latin > 6 * han:
        return "en"
    changed = len(_TRADITIONAL.findall(text))
    return "zh-Hant" if changed * 8 >= han else "zh-Hans"


def key_phrases(reading: Reading, limit: int = 5) -> tuple[Phrase, ...]:
    """Give up to `limit` telling phrases of the customer's words, in the order of the text."""
    scored = _runs(reading)
    scored.sort()
    plain = reading.normal.text
    chosen: list[tuple[int, int]] = []
    seen: set[str] = set()
    for _score, start, end in scored:
        word = plain[start:end]
        if word in seen or _overlaps(start, end, chosen):
            continue
        seen.add(word)
        chosen.append((start, end))
        if len(chosen) == limit:
            break
    found: list[Phrase] = []
    for start, end in sorted(chosen):
        first, last = reading.normal.span(start, end)
        found.append(Phrase(reading.original[first:last], first, last))
    return tuple(found)


def _overlaps(start: int, end: int, chosen: list[tuple[int, int]]) -> bool:
    for left, right in chosen:  # noqa: SIM110 a generator would cost more than the comparisons
        if start < right and end > left:
            return True
    return False


def _runs(reading: Reading) -> list[tuple[float, int, int]]:
    """Weigh every telling word and every two beside each other in a clause: (-weight, start, end)."""
    bonus = _bonus(reading)
    scored: list[tuple[float, int, int]] = []
    clauses = reading.clauses
    at = 0
    before, worth = -1, 0.0
    for begin, end, word, tag in segments(reading.normal.text):
        if end - begin < 2 or tag[0] not in _TELLING or word in _STOP or word.isdigit():
            before = -1
            continue
        while at < len(clauses) and begin >= clauses[at].end:
            at += 1
            before = -1
        if at == len(clauses):
            break
        if begin < clauses[at].start or not clauses[at].judged:
            continue
        value = 1.0 + 0.2 * min(end - begin, 4) + bonus.get(begin, 0.0)
        scored.append((-value, begin, end))
        if before >= 0 and end - before <= 8:
            scored.append((-(value + worth) / _DAMPING, before, end))
        before, worth = begin, value
    return scored


def _bonus(reading: Reading) -> dict[int, float]:
    """Give the words the rules know a weight, by where they begin."""
    triggers = reading.words.triggers
    found: dict[int, float] = {}
    for hits in reading.hits:
        for start, end, mask, role, weight in hits:
            if end - start > 1 and (role == POLAR or mask & triggers):
                value = 0.8 * abs(weight)
                if mask & triggers:
                    value = 0.5 + value
                if value > found.get(start, 0.0):
                    found[start] = value
    return found
