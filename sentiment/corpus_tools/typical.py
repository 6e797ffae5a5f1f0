"""A few sentences that stand for many texts."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from sentiment.corpus_tools.words import telling_words
from sentiment.models.table import Floats

WORDS = 1500
SHORTEST, LONGEST = 8, 60
MOST_SENTENCES = 10_000
ALIKE = 0.5

_SENTENCE = re.compile(r"[^。！？!?\n；;]+")


def representative_sentences(texts: Sequence[str], *, limit: int = 5) -> list[str]:
    """Give up to `limit` sentences that say what many of the texts say, each about something else.

    Sentences are bags of the most frequent telling words, weighed by rarity. The one nearest to the
    middle of all is taken, then the next that is not like one already taken (a cosine above 0.5), so the
    list covers the set (maximal marginal relevance, Carbonell and Goldstein 1998).
    """
    sentences = _sentences(texts)
    if not sentences:
        return []
    bags = _bags(sentences)
    middle = bags.mean(axis=0)
    likeness = bags @ middle
    chosen: list[int] = []
    for number in np.argsort(-likeness, kind="stable").tolist():
        if likeness[number] <= 0 or len(chosen) == limit:
            break
        if not chosen or float((bags[chosen] @ bags[number]).max()) < ALIKE:
            chosen.append(number)
    return [sentences[number] for number in chosen]


def _sentences(texts: Sequence[str]) -> list[str]:
    """Cut texts into sentences of a readable length; of very many, an even sample; each once."""
    step = max(1, len(texts) // MOST_SENTENCES)
    found: dict[str, None] = {}
    for text in texts[::step]:
        for match in _SENTENCE.finditer(text):
            sentence = match.group().strip()
            if SHORTEST <= len(sentence) <= LONGEST:
                found[sentence] = None
    return list(found)[: 2 * MOST_SENTENCES]


def _bags(sentences: list[str]) -> Floats:
    """Weigh the words of each sentence by rarity, length one: (sentences, words)."""
    words = [list(dict.fromkeys(some)) for some in telling_words(sentences)]
    counts: dict[str, int] = {}
    for some in words:
        for word in some:
            counts[word] = counts.get(word, 0) + 1
    known = sorted(counts, key=lambda word: (-counts[word], word))[:WORDS]
    place = {word: at for at, word in enumerate(known)}
    rows = [row for row, some in enumerate(words) for word in some if word in place]
    columns = [place[word] for some in words for word in some if word in place]
    bags = np.zeros((len(sentences), max(len(known), 1)), dtype=np.float32)
    rarity = np.log(len(sentences) / np.array([counts[word] for word in known] or [1]) + 1)
    bags[rows, columns] = rarity[columns]
    lengths = np.linalg.norm(bags, axis=1, keepdims=True)
    bags /= np.maximum(lengths, 1e-6)
    return bags
