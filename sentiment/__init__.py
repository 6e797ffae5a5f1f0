"""How we understand: Chinese text in; feeling, topics, risks, masked words out."""

from __future__ import annotations

from sentiment.analysis import Analysis, Clause, PersonalSpan, RiskTag, Span, TopicTag
from sentiment.engines import ENGINE_VERSION, analyse, analyse_many, engine_version
from sentiment.personal import mask

__all__ = [
    "ENGINE_VERSION",
    "Analysis",
    "Clause",
    "PersonalSpan",
    "RiskTag",
    "Span",
    "TopicTag",
    "analyse",
    "analyse_many",
    "engine_version",
    "mask",
]
