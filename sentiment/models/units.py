"""From readings to matrices: what both the engine and the training do before anything is weighed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sentiment.feeling import lexicon_scores
from sentiment.intent import is_question
from sentiment.models.features import lay_out
from sentiment.models.rulefacts import Unit, clause_unit, text_unit
from sentiment.models.table import Grams, grams_of
from sentiment.reading import Reading
from sentiment.risks import RiskHit, find_risks
from sentiment.topics import TopicHit, topics_and_scores


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the rules alone say of a text."""

    reading: Reading
    risks: tuple[RiskHit, ...]
    topics: tuple[TopicHit, ...]
    unit: Unit
    judged: tuple[int, ...]
    clause_units: tuple[Unit, ...]


def apply_rules(reading: Reading) -> Ruled:
    """Apply all rules whose findings the model weighs."""
    feelings = lexicon_scores(reading)
    risks = find_risks(reading)
    topics, scores = topics_and_scores(reading, feelings)
    codes = {str(hit.code) for hit in risks}
    unit = text_unit(reading, feelings, scores, codes, question=is_question(reading))
    judged = tuple(at for at, clause in enumerate(reading.clauses) if clause.judged)
    units = tuple(clause_unit(reading, at, feelings[at]) for at in judged)
    return Ruled(reading, risks, topics, unit, judged, units)


def text_grams(ruled: Sequence[Ruled]) -> tuple[list[str], Grams]:
    """Hash the customer's words of each text; gives those words too."""
    texts = [one.reading.judged for one in ruled]
    return texts, grams_of(lay_out(texts))


def clause_grams(ruled: Sequence[Ruled]) -> Grams:
    """Hash every judged clause, in order."""
    return grams_of(lay_out([one.reading.clauses[at].text for one in ruled for at in one.judged]))
