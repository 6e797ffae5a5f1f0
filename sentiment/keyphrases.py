"""Key phrases of one text, and the language it is written in.

Phrases are runs of up to three words as the segmenter cuts them, without empty words at their edges, weighed
by the words the rules know (causes of topics, words of feeling) and by length. No counting over other texts
is needed, so one text costs a few microseconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

import rjieba

from sentiment.lexicon import word_file, words_of
from sentiment.reading import Reading
from sentiment.vocabulary import POLAR

Language = Literal["zh-Hans", "zh-Hant", "en", "other"]

_STOP: Final = frozenset(words_of(word_file("phrases")["stop"]))
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_LATIN: Final = re.compile(r"[A-Za-z]")
_NOUNS: Final = ("n", "v", "a", "i", "l", "j", "b", "eng")
_TRADITIONAL: Final = frozenset("".join(word_file("traditional")["traditional"]))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A key phrase as it stands in the original text; `end` is exclusive."""

    text: str
    start: int
    end: int


def language_of(text: str) -> Language:
    """Tell the language: simplified or traditional Chinese, English, or something else."""
    han = len(_HAN.findall(text))
    latin = len(_LATIN.findall(text))
    if not han:
        letters = len(_LETTER.findall(text))
        return "en" if latin and latin * 2 > letters else "other"
    if latin > 6 * han:
        return "en"
    changed = sum(letter in _TRADITIONAL for letter in text)
    return "zh-Hant" if changed and changed * 8 >= han else "zh-Hans"


def key_phrases(reading: Reading, limit: int = 5) -> tuple[Phrase, ...]:
    """Give up to `limit` telling phrases of the customer's words, in the order of the text."""
    scored: list[tuple[float, int, int]] = []
    for at, clause in enumerate(reading.clauses):
        if clause.judged and len(clause.text) > 1:
            _phrases_of(reading, at, scored)
    scored.sort(key=lambda found: (-found[0], found[1]))
    chosen: list[tuple[int, int]] = []
    seen: set[str] = set()
    for _score, start, end in scored:
        word = reading.normal.text[start:end]
        if word in seen or any(start < right and end > left for left, right in chosen):
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


def _phrases_of(reading: Reading, index: int, scored: list[tuple[float, int, int]]) -> None:
    """Weigh the runs of words of one clause."""
    clause = reading.clauses[index]
    weights = [0.0] * (len(clause.text) + 1)
    for start, end, mask, role, weight in reading.hits[index]:
        value = 0.5 * bool(mask & reading.words.triggers) + (0.8 * abs(weight) if role == POLAR else 0.0)
        if value and end - start > 1:
            left = start - clause.start
            if 0 <= left < len(weights):
                weights[left] = max(weights[left], value)
    words: list[tuple[int, int, float]] = []
    at = 0
    for word, tag in rjieba.tag(clause.text):
        end = at + len(word)
        useful = len(word) > 1 and word not in _STOP and tag.startswith(_NOUNS) and not word.isdigit()
        small = not useful and (word in _STOP or tag[0] in "xmuyerdpcq" or len(word) == 1)
        words.append(
            (at, end, 0.0 if small else 1.0 + 0.2 * min(len(word), 4) + max(weights[at:end], default=0.0))
        )
        at = end
    for first, (start, _end, value) in enumerate(words):
        if not value:
            continue
        total = 0.0
        for last in range(first, min(first + 3, len(words))):
            total += words[last][2]
            if words[last][2] and words[last][1] - start <= 10:
                scored.append(
                    (total / (last - first + 1) ** 0.45, clause.start + start, clause.start + words[last][1])
                )
