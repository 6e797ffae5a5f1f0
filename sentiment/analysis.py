"""What one call of the engine answers: frozen, typed, ready for JSON.

Every span is a pair of Python string indices into the text as it was given, the end exclusive, so a page can
colour the words that caused a verdict without asking the engine again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

POLARITIES = ("negative", "neutral", "positive")
"""The three feelings, in the order of every probability vector of this package."""

TOPICS = (
    "sales",
    "attitude",
    "expertise",
    "underwriting",
    "policy_change",
    "claim_speed",
    "claim_result",
    "claim_process",
    "price",
    "renewal",
    "surrender",
    "coverage",
    "hotline",
    "digital",
    "branch",
    "value_added",
    "privacy",
)
"""Topic codes of the insurance taxonomy, in its order."""

RISKS = ("regulator", "churn", "harm", "fraud")
"""Risk codes: supervisor or court, leaving customer, danger to life, fraud."""

PERSONAL_KINDS = ("mobile", "id_card", "bank_card", "email", "policy_no", "plate", "name", "address")
"""Kinds of personal data the engine finds and masks."""

INTENTS = ("complaint", "question", "praise", "suggestion", "none")
"""What the customer wants from us by writing."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text, from `start` to `end` (exclusive)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PersonalSpan:
    """Personal data found in the text; `kind` is one of `PERSONAL_KINDS`."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class RiskTag:
    """A risk with the words that show it; `kind` is one of `RISKS`."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TopicTag:
    """A topic the text talks about, how it feels about it, and the words that caused the verdict.

    `confidence` (0…1) is the joined belief of patterns and learned classifier. `causes` may be empty where
    only the learned classifier saw the topic.
    """

    code: str
    polarity: str
    confidence: float
    causes: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause that the customer said, with its own feeling and score in −1…1."""

    start: int
    end: int
    sentiment: str
    score: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything the engine understood of one text.

    `probabilities` are calibrated and ordered as `POLARITIES`; `probability` is that of `sentiment`; `score`
    is P(positive) − P(negative), so −1…1. `effort` (0…1) tells how much trouble the customer had to go to.
    """

    sentiment: str
    probability: float
    probabilities: tuple[float, float, float]
    score: float
    clauses: tuple[Clause, ...]
    topics: tuple[TopicTag, ...]
    risks: tuple[RiskTag, ...]
    personal: tuple[PersonalSpan, ...]
    key_phrases: tuple[str, ...]
    language: str
    intent: str
    effort: float
    engine: str

    def to_dict(self) -> dict[str, Any]:
        """Give the analysis as plain dicts, lists, strings and numbers, ready for `json.dumps`."""
        return asdict(self)

    def to_tag(self, text_id: object) -> dict[str, Any]:
        """Give the line that `cx tag` writes for this text; the names in it are promised to outsiders."""
        return {
            "id": text_id,
            "sentiment": self.sentiment,
            "score": round(self.score, 4),
            "topics": {tag.code: tag.polarity for tag in self.topics},
            "risks": sorted({tag.kind for tag in self.risks}, key=RISKS.index),
            "pii": [[span.start, span.end, span.kind] for span in self.personal],
            "keywords": list(self.key_phrases),
            "engine": self.engine,
        }
