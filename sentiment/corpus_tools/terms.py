"""Words that became more frequent, and words that tell two sets of texts apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log, sqrt

from sentiment.corpus_tools.words import document_counts

FEWEST = 5
"""A word must stand in so many texts before anything is said about it."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word with the number of texts that hold it in the set and in the other set, and its z-score.

    `z` is the log odds ratio with an informative Dirichlet prior, divided by its standard deviation
    (Monroe, Colaresi and Quinn 2008, "Fightin' Words"); above 3 it is hardly chance.
    """

    word: str
    here: int
    there: int
    z: float


def emerging_terms(now: Iterable[str], baseline: Iterable[str], *, limit: int = 30) -> list[Term]:
    """Give the words that stand in more texts now than the baseline lets expect, most striking first.

    Words that lie wholly within a longer one of the list with nearly as many texts are left out.
    """
    terms = [term for term in _compare(now, baseline) if term.z > 0]
    return _without_parts(terms, limit)


def contrast_words(
    first: Iterable[str], second: Iterable[str], *, limit: int = 30
) -> tuple[list[Term], list[Term]]:
    """Give the words that mark the first set, and those that mark the second, most telling first."""
    terms = _compare(first, second)
    marking = [Term(one.word, one.there, one.here, -one.z) for one in reversed(terms) if one.z < 0]
    return _without_parts([one for one in terms if one.z > 0], limit), _without_parts(marking, limit)


def _compare(first: Iterable[str], second: Iterable[str]) -> list[Term]:
    """Score every word frequent enough in either set, from marking the first to marking the second."""
    here, many_here = document_counts(first)
    there, many_there = document_counts(second)
    if not many_here or not many_there:
        return []
    together: Counter[str] = here + there
    size = many_here + many_there
    weight = min(many_here, many_there, 500)
    terms = []
    for word, count in together.items():
        if max(here[word], there[word]) < FEWEST:
            continue
        prior = weight * count / size
        rest = weight - prior + 1
        ones, others = here[word] + prior, there[word] + prior
        odds = log(ones / (many_here - here[word] + rest)) - log(others / (many_there - there[word] + rest))
        terms.append(Term(word, here[word], there[word], odds / sqrt(1 / ones + 1 / others)))
    terms.sort(key=lambda one: (-one.z, one.word))
    return terms


def _without_parts(terms: list[Term], limit: int) -> list[Term]:
    """Keep the longest of words that lie within each other and are about as frequent."""
    pool = terms[: limit * 4]
    kept = [
        one
        for one in pool
        if not any(
            one.word != other.word and one.word in other.word and other.here >= 0.7 * one.here
            for other in pool
        )
    ]
    return kept[:limit]
