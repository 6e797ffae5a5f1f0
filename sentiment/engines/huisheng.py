"""The default engine: rules for what rules can say, statistics for the rest, joined by learnt weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sentiment.analysis import (
    POLARITIES,
    RISKS,
    TOPICS,
    Analysis,
    Clause,
    PersonalSpan,
    RiskTag,
    Span,
    TopicTag,
)
from sentiment.intent import effort_of, intent_of
from sentiment.keyphrases import key_phrases, language_of
from sentiment.models.general import GeneralModel
from sentiment.models.insurance import RISK, TOPIC, InsuranceModel, best_clause, near_topic, topic_inputs
from sentiment.models.store import ModelFile
from sentiment.models.table import Floats
from sentiment.models.units import Ruled, apply_rules, clause_grams, text_grams
from sentiment.personal import find_personal
from sentiment.reading import read
from sentiment.vocabulary import vocabulary

CHUNK = 256
"""Texts worked on at once: large enough for numpy, small enough for the cache."""

MOST_TOPICS = 4
MOST_EFFORT = 2

INSURANCE = "insurance"
Probabilities = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What the statistics say of a chunk: probabilities of texts and clauses, decision values of both."""

    feelings: Floats
    values: Floats
    clause_feelings: Floats
    clause_values: Floats


class Huisheng:
    """Understands texts in chunks, so that the statistics run over many texts in one array operation."""

    def __init__(self, model: ModelFile, rules_version: str = "1") -> None:
        card, arrays = model.card, model.arrays
        self.version = f"huisheng-{rules_version}+{card['version']}"
        self.general = GeneralModel(card["columns"], card["domains"], arrays)
        self.insurance = InsuranceModel(card["concepts"], arrays, vocabulary())
        self._borrowed = np.array(card["borrowed"], dtype=np.int64)
        self._share = card["domains"].index(INSURANCE) if INSURANCE in card["domains"] else -1
        self._topic_line = float(self.insurance.topic_line[0])
        self._risk_line = float(self.insurance.risk_line[0])

    def analyse_many(self, texts: Sequence[str], *, domain: str | None = None) -> list[Analysis]:
        """Understand the texts, one answer each, in their order; `domain` if it is known (see the card)."""
        found: list[Analysis] = []
        for start in range(0, len(texts), CHUNK):
            found.extend(self._chunk(texts[start : start + CHUNK], domain))
        return found

    def _chunk(self, texts: Sequence[str], domain: str | None) -> list[Analysis]:
        ruled = [apply_rules(read(text)) for text in texts]
        weighed = self._weigh(ruled, domain)
        found = []
        at = 0
        for row, (text, one) in enumerate(zip(texts, ruled, strict=True)):
            rows = slice(at, at + len(one.judged))
            at = rows.stop
            found.append(self._answer(text, one, weighed, row, rows))
        return found

    def _weigh(self, ruled: list[Ruled], domain: str | None) -> _Weighed:
        texts, grams = text_grams(ruled)
        scores = self.general.answer(grams)
        lengths = np.array([len(text) for text in texts], dtype=np.float32)
        facts = self.insurance.sheet.lay_out([one.unit for one in ruled])
        values = self.insurance.decide(grams, facts, scores[:, self._borrowed])
        feelings = self._feelings(scores, lengths, values, domain)
        units = [unit for one in ruled for unit in one.clause_units]
        if units:
            clause_facts = self.insurance.sheet.lay_out(units)
            clause_values = self.insurance.decide(clause_grams(ruled), clause_facts, None)
        else:
            clause_values = np.zeros((0, values.shape[1]), dtype=np.float32)
        return _Weighed(feelings, values, self.insurance.clause_feeling(clause_values), clause_values)

    def _feelings(self, scores: Floats, lengths: Floats, values: Floats, domain: str | None) -> Floats:
        """Mix what the insurance part and the general part say by how much a text sounds like insurance."""
        own = self.insurance.text_feeling(values)
        if domain == INSURANCE or (domain is None and self._share < 0):
            return own
        general = self.general.judge(scores, lengths, domain)
        if domain is not None:
            return general.probabilities
        share = general.shares[:, [self._share]]
        mixed: Floats = share * own + (1 - share) * general.probabilities
        return mixed

    def _answer(self, text: str, one: Ruled, weighed: _Weighed, row: int, rows: slice) -> Analysis:
        feeling = weighed.feelings[row].tolist() if one.judged else [0.0, 1.0, 0.0]
        best = feeling.index(max(feeling))
        parts = weighed.clause_feelings[rows]
        reading = one.reading
        personal = tuple(PersonalSpan(span.start, span.end, span.kind) for span in find_personal(text))
        clauses = []
        for at, part in zip(one.judged, parts.tolist(), strict=True):
            start, end = reading.original_span(reading.clauses[at])
            clauses.append(Clause(start, end, POLARITIES[part.index(max(part))], part[2] - part[0]))
        sentiment = POLARITIES[best]
        return Analysis(
            sentiment=sentiment,
            probability=feeling[best],
            probabilities=(feeling[0], feeling[1], feeling[2]),
            score=feeling[2] - feeling[0],
            clauses=tuple(clauses),
            topics=self._topics(one, weighed, row, rows) if one.judged else (),
            risks=self._risks(one, weighed, row, rows) if one.judged else (),
            personal=personal,
            key_phrases=tuple(
                phrase.text
                for phrase in key_phrases(reading)
                if not any(phrase.start < span.end and span.start < phrase.end for span in personal)
            ),
            language=language_of(text),
            intent=intent_of(reading, sentiment),
            effort=min(effort_of(reading).level, MOST_EFFORT) / MOST_EFFORT,
            engine=self.version,
        )

    def _topics(self, one: Ruled, weighed: _Weighed, row: int, rows: slice) -> tuple[TopicTag, ...]:
        values = weighed.values[row, TOPIC]
        chosen = np.flatnonzero(values > self._topic_line)
        if not chosen.size:
            return ()
        chosen = chosen[np.argsort(-values[chosen], kind="stable")][:MOST_TOPICS]
        parts, decisions = weighed.clause_feelings[rows], weighed.clause_values[rows]
        codes = [TOPICS[number] for number in chosen]
        inputs = []
        for code in codes:
            near, ruled = near_topic(one, code, decisions, parts)
            inputs.append(topic_inputs(near, weighed.feelings[row], ruled))
        polarities = self.insurance.topic_polarity(np.array(inputs, dtype=np.float32)).argmax(axis=1)
        tags = []
        for code, number, polarity in zip(codes, chosen, polarities, strict=True):
            confidence = 1 / (1 + math.exp(-3 * (float(values[number]) - self._topic_line)))
            causes = self._causes(one, code, decisions)
            tags.append(TopicTag(code, POLARITIES[int(polarity)], round(confidence, 4), causes))
        return tuple(tags)

    def _causes(self, one: Ruled, code: str, decisions: Floats) -> tuple[Span, ...]:
        """Give the words by which patterns saw a topic, else the clause that speaks most of it."""
        for hit in one.topics:
            if hit.code == code and hit.causes:
                return tuple(Span(start, end) for start, end in hit.causes)
        return (self._clause_span(one, best_clause(code, decisions)),)

    def _clause_span(self, one: Ruled, number: int) -> Span:
        return Span(*one.reading.original_span(one.reading.clauses[one.judged[number]]))

    def _risks(self, one: Ruled, weighed: _Weighed, row: int, rows: slice) -> tuple[RiskTag, ...]:
        values = weighed.values[row, RISK]
        tags: list[RiskTag] = []
        for number in np.flatnonzero(values > self._risk_line):
            kind = RISKS[number]
            spans = [Span(hit.start, hit.end) for hit in one.risks if hit.code == kind]
            if not spans:
                spans = [self._clause_span(one, best_clause(kind, weighed.clause_values[rows]))]
            tags.extend(RiskTag(kind, span.start, span.end) for span in spans)
        return tuple(tags)
