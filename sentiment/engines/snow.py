"""SnowNLP as it comes, as a named engine: the baseline every claim of ours is measured beside."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any

from sentiment.analysis import POLARITIES, Analysis

NEGATIVE_BELOW = 0.35
POSITIVE_ABOVE = 0.65


class Snow:
    """Feeling by SnowNLP's naive Bayes with two thresholds; it knows no topics, risks or personal data."""

    def __init__(self) -> None:
        # The package reads half a gigabyte of dictionaries when imported: only who asks for it pays.
        self._snownlp: Any = import_module("snownlp")
        self.version = "snownlp-" + version("snownlp")

    def analyse_many(self, texts: Sequence[str], *, domain: str | None = None) -> list[Analysis]:  # noqa: ARG002 the shape of every engine; this one knows no domains
        """Judge the texts one by one, as SnowNLP does."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Analysis:
        positive = float(self._snownlp.SnowNLP(text).sentiments) if text.strip() else 0.5
        score = 2 * positive - 1
        index = 0 if positive < NEGATIVE_BELOW else 2 if positive > POSITIVE_ABOVE else 1
        neutral = 1 - abs(score)
        probabilities = ((1 - neutral) * (1 - positive), neutral, (1 - neutral) * positive)
        return Analysis(
            sentiment=POLARITIES[index],
            probability=probabilities[index],
            probabilities=probabilities,
            score=score,
            clauses=(),
            topics=(),
            risks=(),
            personal=(),
            key_phrases=(),
            language="zh",
            intent="none",
            effort=0.0,
            engine=self.version,
        )
