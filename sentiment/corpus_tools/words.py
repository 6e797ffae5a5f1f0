"""Counting words and short word pairs of many texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import rjieba

from sentiment.lexicon import word_file, words_of
from sentiment.segments import whole_characters

_STOP = frozenset(words_of(word_file("phrases")["stop"]))
_TELLING = re.compile(r"[\u3400-\u9fffA-Za-z][\u3400-\u9fffA-Za-z0-9]*")
_SEPARATOR = "\n"


def document_counts(texts: Iterable[str]) -> tuple[Counter[str], int]:
    """Count in how many texts each word (two signs and more) or pair of neighbours stands; and the texts."""
    counts: Counter[str] = Counter()
    size = 0
    for words in telling_words(texts):
        counts.update(set(words))
        size += 1
    return counts, size


def telling_words(texts: Iterable[str]) -> Iterable[list[str]]:
    """Give the telling words and pairs of each text, in order: no stop words, single signs or numbers."""
    for text in texts:
        found = []
        before = ""
        for word in rjieba.cut(whole_characters(text).lower()):
            if not _TELLING.fullmatch(word) or word in _STOP:
                before = ""
                continue
            if len(word) > 1:
                found.append(word)
            if before and len(before) + len(word) <= 8:
                found.append(before + word)
            before = word
        yield found
