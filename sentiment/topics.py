"""What a text talks about, by the rules of the taxonomy packs, and how each topic is spoken of.

The words that made a rule hold are the causes of the topic; its polarity is that of the clauses the causes
stand in, then of their neighbours. The learned classifier adds to these answers; `topic_scores` gives it the
weights below the threshold as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sentiment.feeling import Feeling, lexicon_scores
from sentiment.reading import Reading
from sentiment.vocabulary import Rule

Polarity = Literal["negative", "neutral", "positive"]

THRESHOLD: Final = 0.75
MOST: Final = 4
CLEAR: Final = 0.5
"""How strongly a clause must feel to go against the whole text."""


@dataclass(frozen=True, slots=True)
class TopicHit:
    """A topic with its polarity, the spans of the original text that caused it, and its clauses by number."""

    code: str
    polarity: Polarity
    score: float
    strength: float
    causes: tuple[tuple[int, int], ...]
    clauses: tuple[int, ...]


@dataclass(slots=True)
class _Trace:
    """What rules have found for one topic so far: weight and concepts by clause, a polarity of a rule."""

    weights: dict[int, float]
    concepts: dict[int, int]
    polarity: str | None = None

    @property
    def strength(self) -> float:
        values = sorted(self.weights.values(), reverse=True)
        return values[0] + 0.35 * sum(values[1:]) if values else 0.0


def topic_scores(reading: Reading) -> dict[str, float]:
    """Give the weight of every topic some rule speaks for, small ones too; a feature of the classifier."""
    return {code: trace.strength for code, trace in _traces(reading).items()}


def concepts_of(reading: Reading) -> tuple[str, ...]:
    """Name the concepts that stand anywhere in the customer's words: features for a learned classifier."""
    whole = reading.whole
    return tuple(name for name, bit in reading.words.bits.items() if whole & bit)


def find_topics(
    reading: Reading, scores: Sequence[float] | None = None, overall: Polarity | None = None
) -> tuple[TopicHit, ...]:
    """Name the topics of a text, strongest first, at most four.

    `scores` may give a feeling from -1 to 1 for every clause, as a statistical model judges it; without it
    the polarity lexicon decides. `overall` is the judgement of the whole text where there is one: most
    topics share it, and only a clear word in the topic's own clauses goes against it.
    """
    return _hits(reading, _traces(reading), scores, overall)


def topics_and_scores(
    reading: Reading, feelings: Sequence[Feeling]
) -> tuple[tuple[TopicHit, ...], dict[str, float]]:
    """Give what `find_topics` and `topic_scores` give, from the lexicon's feelings already at hand."""
    traces = _traces(reading)
    if not traces:
        return (), {}
    hits = _hits(reading, traces, [as_score(*feeling) for feeling in feelings], None)
    return hits, {code: trace.strength for code, trace in traces.items()}


def _hits(
    reading: Reading, traces: dict[str, _Trace], scores: Sequence[float] | None, overall: Polarity | None
) -> tuple[TopicHit, ...]:
    strong = [(code, trace) for code, trace in traces.items() if trace.strength >= THRESHOLD]
    if not strong:
        return ()
    strong.sort(key=lambda found: -found[1].strength)
    felt = clause_feelings(reading) if scores is None else scores
    return tuple(_hit(reading, code, trace, felt, overall) for code, trace in strong[:MOST])


def as_score(good: float, bad: float) -> float:
    """Turn a positive and a negative weight into one number from -1 to 1."""
    return (good - bad) / (good + bad + 0.5)


def clause_feelings(reading: Reading) -> tuple[float, ...]:
    """Give the lexicon's feeling of every clause as one number from -1 to 1."""
    return tuple(as_score(*feeling) for feeling in lexicon_scores(reading))


def topic_polarity(reading: Reading, clauses: Sequence[int], felt: Sequence[float]) -> float:
    """Give the feeling towards something said in these clauses, from -1 to 1.

    The clauses themselves decide; silent ones are answered by the clause behind, then by the one before,
    and last by the whole text. A plain question stays at 0.
    """
    own = [felt[at] for at in clauses if felt[at]]
    if own:
        return sum(own) / len(own)
    asking = reading.words.bits["asking"]
    rhetorical = reading.words.bits["rhetorical"]
    if any(
        (reading.masks[at] & asking or reading.clauses[at].asks) and not reading.masks[at] & rhetorical
        for at in clauses
    ):
        return 0.0
    for step in (1, -1, 2, -2):
        for at in clauses:
            beside = at + step
            if 0 <= beside < len(felt) and felt[beside]:
                return 0.8 * felt[beside]
    return 0.5 * sum(felt) / len(felt) if felt else 0.0


def topic_polarity_of(
    reading: Reading, clauses: Sequence[int], felt: Sequence[float], overall: Polarity | None
) -> Polarity:
    """Decide the polarity of a topic spoken of in these clauses.

    In nine topics of ten it is that of the whole text (measured on the written corpus). The other way round
    needs a mixed text, the topic's own clauses all on one side, and the opposite side spoken elsewhere.
    """
    score = topic_polarity(reading, clauses, felt)
    own: Polarity = "positive" if score > 0.1 else "negative" if score < -0.1 else "neutral"
    if overall is None or own == overall:
        return own
    sides = [felt[at] for at in clauses if felt[at]]
    if not sides or own == "neutral" or min(sides) * max(sides) < 0 or abs(score) < CLEAR:
        return overall
    others = [felt[at] for at in range(len(felt)) if at not in clauses]
    opposed = any(value * score < 0 and abs(value) >= CLEAR for value in others)
    bits = reading.words.bits
    turned = bool(reading.whole & (bits["contrast"] | bits["balance"]))
    told = overall == "neutral" and not reading.whole & bits["question"]
    return own if opposed and (turned or told) else overall


def _hit(
    reading: Reading, code: str, trace: _Trace, felt: Sequence[float], overall: Polarity | None
) -> TopicHit:
    clauses = tuple(sorted(trace.weights))
    score = topic_polarity(reading, clauses, felt)
    polarity = topic_polarity_of(reading, clauses, felt, overall)
    if overall is not None:
        score = {"positive": max(score, 0.3), "negative": min(score, -0.3), "neutral": score}[polarity]
    if trace.polarity == "negative":
        polarity, score = "negative", min(score, -0.5)
    elif trace.polarity == "positive":
        polarity, score = "positive", max(score, 0.5)
    return TopicHit(code, polarity, score, trace.strength, _causes(reading, trace), clauses)


def _causes(reading: Reading, trace: _Trace) -> tuple[tuple[int, int], ...]:
    """Give the longest words that stood for the concepts of the topic's rules, in the original text."""
    spans: list[tuple[int, int]] = []
    for at, concepts in sorted(trace.concepts.items()):
        words = sorted(
            (start, -end) for start, end, mask, _role, _weight in reading.hits[at] if mask & concepts
        )
        reached = -1
        for start, minus_end in words:
            if -minus_end > reached:
                if start < reached:
                    continue
                spans.append(reading.normal.span(start, -minus_end))
                reached = -minus_end
    return tuple(spans)


def _traces(reading: Reading) -> dict[str, _Trace]:
    """Try the rules whose first concept stands in a clause of the customer."""
    found: dict[str, _Trace] = {}
    rules, triggers = reading.words.rules, reading.words.triggers
    masks = reading.masks
    for at, clause in enumerate(reading.clauses):
        live = masks[at] & triggers
        if not live or not clause.judged:
            continue
        here = masks[at]
        near = _near(reading, at)
        while live:
            bit = live & -live
            live ^= bit
            for rule in rules[bit]:
                reach = here if rule.reach == "clause" else near if rule.reach == "near" else reading.whole
                if reach & rule.needed == rule.needed and not reach & rule.banned:
                    _note(found, rule, at)
    return found


def _near(reading: Reading, at: int) -> int:
    """Join the concepts of a clause and of the customer's clauses beside it."""
    joined = reading.masks[at]
    for beside in (at - 1, at + 1):
        if 0 <= beside < len(reading.masks) and reading.clauses[beside].judged:
            joined |= reading.masks[beside]
    return joined


def _note(found: dict[str, _Trace], rule: Rule, at: int) -> None:
    trace = found.get(rule.code)
    if trace is None:
        trace = found[rule.code] = _Trace({}, {})
    trace.weights[at] = max(trace.weights.get(at, 0.0), rule.weight)
    trace.concepts[at] = trace.concepts.get(at, 0) | rule.needed
    if rule.polarity:
        trace.polarity = rule.polarity
