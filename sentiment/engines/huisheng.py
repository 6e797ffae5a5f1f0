"""The default engine: rules for what rules can say, statistics for the rest, joined by learnt weights."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator, Sequence
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
from sentiment.feeling import is_lukewarm
from sentiment.intent import effort_of, intent_of
from sentiment.keyphrases import key_phrases, language_of
from sentiment.models.general import GeneralModel
from sentiment.models.insurance import (
    RISK,
    TOPIC,
    InsuranceModel,
    best_clause,
    near_topic,
    spoken,
    topic_inputs,
)
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

LUKEWARM = 0.75
"""How much of the verdict on an answer like 还行 is the rule's, which calls it neutral."""
Probabilities = tuple[float, float, float]


Rows = list[list[float]]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What the statistics say of a chunk, as plain lists: one row for each text or judged clause."""

    feelings: Rows
    topics: dict[int, list[tuple[str, float]]]
    risks: dict[int, list[str]]
    clause_feelings: Rows
    clause_sides: list[int]
    clause_values: Floats
    spoken: Floats


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A topic that waits for its polarity: which, how sure, why, and what `topic_polarity` looks at."""

    code: str
    confidence: float
    causes: tuple[Span, ...]
    inputs: list[float]


class Huisheng:
    """Understands texts in chunks, so that the statistics run over many texts in one array operation."""

    def __init__(self, model: ModelFile, rules_version: str = "1") -> None:
        card, arrays = model.card, model.arrays
        self.version = f"huisheng-{rules_version}+{card['version']}"
        self.general = GeneralModel(card["columns"], card["domains"], arrays)
        self.insurance = InsuranceModel(card["concepts"], arrays, vocabulary())
        self._borrowed = np.array(card["borrowed"], dtype=np.int64)
        self._share = card["domains"].index(INSURANCE)
        self._topic_line = float(self.insurance.topic_line[0])
        self._risk_line = float(self.insurance.risk_line[0])

    def analyse_many(self, texts: Sequence[str], *, domain: str | None = None) -> list[Analysis]:
        """Understand the texts, one answer each, in their order; `domain` if it is known (see the card)."""
        found: list[Analysis] = []
        for start in range(0, len(texts), CHUNK):
            # A chunk makes thousands of small objects and no cycles; looking for cycles meanwhile costs a sixth
            # of the time (measured), so the collector rests for these few hundredths of a second.
            resting = gc.isenabled()
            gc.disable()
            try:
                found.extend(self._chunk(texts[start : start + CHUNK], domain))
            finally:
                if resting:
                    gc.enable()
        return found

    def _chunk(self, texts: Sequence[str], domain: str | None) -> list[Analysis]:
        ruled = [apply_rules(read(text)) for text in texts]
        weighed = self._weigh(ruled, domain)
        wanted: list[list[_Wanted]] = []
        rows: list[slice] = []
        at = 0
        for row, one in enumerate(ruled):
            rows.append(slice(at, at + len(one.judged)))
            at += len(one.judged)
            wanted.append(self._wanted(one, weighed, row, rows[row]) if one.judged else [])
        inputs = [topic.inputs for some in wanted for topic in some]
        polarities = iter(self._polarities(inputs))
        return [
            self._answer(text, one, weighed, row, rows[row], topics=_tags(wanted[row], polarities))
            for row, (text, one) in enumerate(zip(texts, ruled, strict=True))
        ]

    def _polarities(self, inputs: Rows) -> list[int]:
        if not inputs:
            return []
        found: list[int] = self.insurance.topic_polarity(np.array(inputs)).argmax(axis=1).tolist()
        return found

    def _weigh(self, ruled: list[Ruled], domain: str | None) -> _Weighed:
        texts, grams = text_grams(ruled)
        scores = self.general.answer(grams)
        lengths = np.array([len(text) for text in texts], dtype=np.float32)
        facts = self.insurance.sheet.lay_out([one.unit for one in ruled])
        values = self.insurance.decide(grams, facts, scores[:, self._borrowed])
        units = [unit for one in ruled for unit in one.clause_units]
        if units:
            clause_facts = self.insurance.sheet.lay_out(units)
            clause_values = self.insurance.decide(clause_grams(ruled), clause_facts, None)
        else:
            clause_values = np.zeros((0, values.shape[1]), dtype=np.float32)
        topics: dict[int, list[tuple[str, float]]] = {}
        many = np.array([len(one.judged) for one in ruled])
        parts = self.insurance.clause_feeling(clause_values)
        sides: list[int] = parts.argmax(axis=1).tolist()
        own = self.insurance.text_feeling(values, parts, many)
        feelings = self._feelings(scores, lengths, own, facts, domain)
        if domain in {None, INSURANCE}:
            _cool(feelings, ruled)
        odds = self.insurance.topic_odds(values, clause_values, many)
        for row, column in np.argwhere(odds > self._topic_line).tolist():
            topics.setdefault(row, []).append((TOPICS[column], float(odds[row, column])))
        risks: dict[int, list[str]] = {}
        for row, column in np.argwhere(values[:, RISK] > self._risk_line).tolist():
            risks.setdefault(row, []).append(RISKS[column])
        around = spoken(clause_values[:, TOPIC], parts, many)
        return _Weighed(feelings.tolist(), topics, risks, parts.tolist(), sides, clause_values, around)

    def _feelings(
        self, scores: Floats, lengths: Floats, own: Floats, facts: Floats, domain: str | None
    ) -> Floats:
        """Mix what the insurance part says (`own`) with the general part by how much a text is about insurance."""
        if domain == INSURANCE:
            return own
        general = self.general.judge(scores, lengths, self.insurance.sheet.moods(facts), domain)
        if domain is not None:
            return general.probabilities
        share = self.insurance.share(facts, general.shares[:, self._share], lengths)
        mixed: Floats = share * own + (1 - share) * general.probabilities
        return mixed

    def _answer(
        self,
        text: str,
        one: Ruled,
        weighed: _Weighed,
        row: int,
        rows: slice,
        *,
        topics: tuple[TopicTag, ...],
    ) -> Analysis:
        feeling = weighed.feelings[row] if one.judged else [0.0, 1.0, 0.0]
        best = feeling.index(max(feeling))
        reading = one.reading
        personal = tuple(
            [
                PersonalSpan(span.start, span.end, span.kind)
                for span in find_personal(text, reading.normal.plain)
            ]
        )
        clauses = []
        parts, sides = weighed.clause_feelings[rows], weighed.clause_sides[rows]
        in_step = reading.normal.offsets is None
        for at, part, side in zip(one.judged, parts, sides, strict=True):
            clause = reading.clauses[at]
            start, end = (clause.start, clause.end) if in_step else reading.original_span(clause)
            clauses.append(Clause(start, end, POLARITIES[side], part[2] - part[0]))
        sentiment = POLARITIES[best]
        phrases = key_phrases(reading)
        if personal:
            phrases = tuple(one for one in phrases if not _touches(one.start, one.end, personal))
        return Analysis(
            sentiment=sentiment,
            probability=feeling[best],
            probabilities=(feeling[0], feeling[1], feeling[2]),
            score=feeling[2] - feeling[0],
            clauses=tuple(clauses),
            topics=topics,
            risks=self._risks(one, weighed, row, rows) if row in weighed.risks and one.judged else (),
            personal=personal,
            key_phrases=tuple([phrase.text for phrase in phrases]),
            language=language_of(text),
            intent=intent_of(reading, sentiment),
            effort=min(effort_of(reading).level, MOST_EFFORT) / MOST_EFFORT,
            engine=self.version,
        )

    def _wanted(self, one: Ruled, weighed: _Weighed, row: int, rows: slice) -> list[_Wanted]:
        """Choose the topics of a text, the surest first."""
        chosen = sorted(weighed.topics.get(row, ()), key=lambda found: -found[1])[:MOST_TOPICS]
        parts, decisions = weighed.clause_feelings[rows], weighed.clause_values[rows]
        found = []
        for code, value in chosen:
            near, ruled = near_topic(one, code, decisions, parts)
            confidence = round(1 / (1 + math.exp(-value)), 4)
            around = weighed.spoken[row, TOPICS.index(code)].tolist()
            inputs = topic_inputs(near, around, weighed.feelings[row], ruled)
            found.append(_Wanted(code, confidence, self._causes(one, code, decisions), inputs))
        return found

    def _causes(self, one: Ruled, code: str, decisions: Floats) -> tuple[Span, ...]:
        """Give the words by which patterns saw a topic, else the clause that speaks most of it."""
        for hit in one.topics:
            if hit.code == code and hit.causes:
                return tuple(Span(start, end) for start, end in hit.causes)
        return (self._clause_span(one, best_clause(code, decisions)),)

    def _clause_span(self, one: Ruled, number: int) -> Span:
        return Span(*one.reading.original_span(one.reading.clauses[one.judged[number]]))

    def _risks(self, one: Ruled, weighed: _Weighed, row: int, rows: slice) -> tuple[RiskTag, ...]:
        tags: list[RiskTag] = []
        for kind in weighed.risks[row]:
            spans = [Span(hit.start, hit.end) for hit in one.risks if hit.code == kind]
            if not spans:
                spans = [self._clause_span(one, best_clause(kind, weighed.clause_values[rows]))]
            tags.extend(RiskTag(kind, span.start, span.end) for span in spans)
        return tuple(tags)


def _cool(feelings: Floats, ruled: Sequence[Ruled]) -> None:
    """Let a lukewarm answer be neutral: in reviews, from which the columns learnt, the same words go with few stars."""
    rows = [row for row, one in enumerate(ruled) if is_lukewarm(one.reading)]
    feelings[rows] = (1 - LUKEWARM) * feelings[rows] + LUKEWARM * np.array([0.0, 1.0, 0.0])


def _tags(wanted: list[_Wanted], polarities: Iterator[int]) -> tuple[TopicTag, ...]:
    """Give waiting topics the next polarities."""
    return tuple(
        TopicTag(topic.code, POLARITIES[next(polarities)], topic.confidence, topic.causes) for topic in wanted
    )


def _touches(start: int, end: int, personal: tuple[PersonalSpan, ...]) -> bool:
    """Tell whether a stretch of the text holds a part of personal data."""
    return any(start < span.end and span.start < end for span in personal)
