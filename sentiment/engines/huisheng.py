"""The default engine: rules for what can be said in rules, statistics for the feeling."""

from __future__ import annotations

import numpy as np

from sentiment.analysis import POLARITIES, Analysis, Clause
from sentiment.engines.plain import find_personal, find_risks, split_clauses
from sentiment.models.features import lay_out
from sentiment.models.linear import Floats, RowIndex, sum_by_owner
from sentiment.models.store import ModelFile
from sentiment.normalise import normalise

CHUNK = 256


class Huisheng:
    """Understands texts in chunks, so that the statistics run over many texts in one array operation."""

    def __init__(self, model: ModelFile) -> None:
        self.version = "huisheng-" + str(model.card["version"])
        self._index = RowIndex(model.arrays["kept"])
        self._weights = model.arrays["weights"]
        self._scale = model.arrays["scale"]
        self._bias = model.arrays["bias"]
        self._temperature = float(model.card["temperature"])

    def analyse_many(self, texts: list[str]) -> list[Analysis]:
        """Understand the texts, one answer each, in their order."""
        found: list[Analysis] = []
        for start in range(0, len(texts), CHUNK):
            found.extend(self._chunk(texts[start : start + CHUNK]))
        return found

    def _probabilities(self, texts: list[str]) -> Floats:
        batch = lay_out(texts)
        hits = self._index.find(batch)
        sums = sum_by_owner(self._weights[hits.rows].astype(np.float32), hits.owners, batch.size)
        logits = sums * self._scale / np.sqrt(np.maximum(hits.totals, 1))[:, None] + self._bias
        spread = np.exp((logits - logits.max(axis=1, keepdims=True)) * self._temperature)
        answer: Floats = (spread / spread.sum(axis=1, keepdims=True)).astype(np.float32)
        return answer

    def _chunk(self, texts: list[str]) -> list[Analysis]:
        plain = [normalise(text) for text in texts]
        clauses = [split_clauses(one.text) for one in plain]
        whole = self._probabilities([one.text for one in plain])
        parts = self._probabilities(
            [one.text[a:b] for one, spans in zip(plain, clauses, strict=True) for a, b in spans]
        )
        found = []
        at = 0
        for text, one, spans, row in zip(texts, plain, clauses, whole.tolist(), strict=True):
            own = parts[at : at + len(spans)]
            at += len(spans)
            best = int(np.argmax(row))
            found.append(
                Analysis(
                    sentiment=POLARITIES[best],
                    probability=row[best],
                    probabilities=(row[0], row[1], row[2]),
                    score=row[2] - row[0],
                    clauses=tuple(
                        Clause(*one.span(a, b), POLARITIES[int(part.argmax())], float(part[2] - part[0]))
                        for (a, b), part in zip(spans, own, strict=True)
                    ),
                    topics=(),
                    risks=find_risks(text),
                    personal=find_personal(text),
                    key_phrases=(),
                    language="zh",
                    intent="none",
                    effort=0.0,
                    engine=self.version,
                )
            )
        return found
