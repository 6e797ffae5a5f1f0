"""Learning from people: their corrections make a candidate, and only a candidate that is not worse is kept.

The candidate keeps the general part of the model it corrects and learns the insurance part anew, from the
written corpus and the corrections. To be fair, two helpers are trained without a tenth of the corpus and
without a fifth of the corrections, one with the other corrections and one with none; what they say of the
texts held back is compared slice by slice. If the helper with corrections passes, the candidate is
trained on everything and written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sentiment.analysis import POLARITIES, RISKS, TOPICS
from sentiment.engines.huisheng import Huisheng
from sentiment.models.general import GeneralModel
from sentiment.models.store import Arrays, ModelFile, read_model, shipped_model, write_model
from sentiment.train import CORRECTION_WEIGHT, version_of
from sentiment.train.insurance import train_insurance
from sentiment.train.material import Utterance, read_dev_utterances, written_utterances
from sentiment.train.measure import Scores, by_slice
from sentiment.vocabulary import vocabulary

FEWEST = 20
"""With fewer corrections nothing can be said about them, so nothing is learnt."""

MATTERS = 25
"""A slice with fewer texts is reported but has no veto."""

FIGURES = ("sentiment", "topics", "topics_with_polarity", "risks")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of one slice before and after; `worse` if it fell by more than chance explains."""

    where: str
    figure: str
    texts: int
    before: float
    after: float
    worse: bool


@dataclass(frozen=True, slots=True)
class CorrectionReport:
    """What was learnt, how both models did, and whether the candidate was promoted."""

    promoted: bool
    reason: str
    corrections: int
    bad_lines: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    version: str

    def to_dict(self) -> dict[str, Any]:
        """Give the report ready for `json.dumps`."""
        return asdict(self)

    def to_text(self) -> str:
        """Give the report as lines a person can read."""
        lines = [f"{'promoted' if self.promoted else 'not promoted'}: {self.reason}"]
        for one in self.comparisons:
            mark = "  WORSE" if one.worse else ""
            change = f"{one.before:.3f} -> {one.after:.3f}"
            lines.append(f"  {one.where:<45} n={one.texts:<5} {one.figure:<22} {change}{mark}")
        lines.extend(f"  skipped {line}" for line in self.bad_lines)
        return "\n".join(lines)


def read_corrections(path: Path, engine: Huisheng) -> tuple[list[Utterance], tuple[str, ...]]:
    """Read `{"text","sentiment"?,"topics"?,"risks"?}` lines: (utterances, what was wrong with bad lines).

    What a person did not correct stays as the engine says it. The last correction of a text counts.
    """
    found: dict[str, Utterance] = {}
    bad = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not raw.strip():
            continue
        try:
            one = _correction(raw, engine)
        except (ValueError, TypeError, AttributeError, KeyError) as reason:
            bad.append(f"line {number}: {reason}")
            continue
        found[one.text] = one
    return list(found.values()), tuple(bad)


def _correction(raw: str, engine: Huisheng) -> Utterance:
    line = json.loads(raw)
    text = line["text"]
    if not isinstance(text, str) or not text.strip():
        msg = "no text"
        raise ValueError(msg)
    said = engine.analyse_many([text])[0]
    sentiment = line.get("sentiment", said.sentiment)
    topics = line.get("topics", {tag.code: tag.polarity for tag in said.topics})
    risks = line.get("risks", [tag.kind for tag in said.risks])
    wrong = ({sentiment} | set(topics.values())) - set(POLARITIES) or set(topics) - set(TOPICS)
    wrong = wrong or set(risks) - set(RISKS)
    if wrong:
        msg = f"unknown label {min(map(str, wrong))}"
        raise ValueError(msg)
    return Utterance(text, sentiment, dict(topics), tuple(dict.fromkeys(risks)))


def learn_corrections(
    corrections: Path,
    out: Path,
    *,
    old: Path | None = None,
    data: Path | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> CorrectionReport:
    """Train a candidate with people's corrections; write it to `out` only if it is nowhere worse.

    Args:
        corrections: JSON lines, see `read_corrections`.
        out: where the candidate goes if it is promoted.
        old: the model to correct; the shipped one by default.
        data: a folder that may hold `insurance/dev.jsonl`, a further check.
        say: is told in one line what is being done.
    """
    before = read_model(old) if old else shipped_model()
    told, bad = read_corrections(corrections, Huisheng(before))
    if len(told) < FEWEST:
        reason = f"{len(told)} usable corrections, at least {FEWEST} are needed"
        return _report(reason, told, bad, [], before)
    written = written_utterances()
    kept_back = [one for one in told if _share(one.text) < 0.2]
    learnt = [one for one in told if _share(one.text) >= 0.2]
    corpus_back = [one for one in written if _share(one.text) < 0.1]
    corpus = [one for one in written if _share(one.text) >= 0.1]
    check = read_dev_utterances(data)
    say(f"training without and with {len(learnt)} corrections")
    plain = Huisheng(_refit(before, corpus, [], check))
    taught = Huisheng(_refit(before, corpus, learnt, check))
    compared: list[Comparison] = []
    for where, texts in (("corrections", kept_back), ("corpus", corpus_back), ("dev", check)):
        compared.extend(_compare(where, texts, plain, taught))
    worse = [one for one in compared if one.worse]
    if worse:
        reason = (
            f"{worse[0].figure} of {worse[0].where} fell from {worse[0].before:.3f} to {worse[0].after:.3f}"
        )
        return _report(reason, told, bad, compared, before)
    say("training the candidate on everything")
    candidate = _refit(before, written, told, check)
    write_model(out, candidate.card, candidate.arrays)
    reason = f"not worse on any of {len(compared)} figures; version {candidate.card['version']}"
    return _report(reason, told, bad, compared, candidate, promoted=True)


def _report(
    reason: str,
    told: list[Utterance],
    bad: tuple[str, ...],
    compared: list[Comparison],
    model: ModelFile,
    *,
    promoted: bool = False,
) -> CorrectionReport:
    version = str(model.card["version"])
    return CorrectionReport(promoted, reason, len(told), bad, tuple(compared), version)


def _share(text: str) -> float:
    """Give a stable number 0…1 for a text, so that the same texts are held back every time."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:4]) / 2**32


def _refit(
    old: ModelFile, corpus: list[Utterance], told: list[Utterance], check: list[Utterance]
) -> ModelFile:
    """Keep the general part of a model, learn its insurance part anew."""
    general = GeneralModel(old.card["columns"], old.card["domains"], old.arrays)
    importance = np.ones(len(corpus) + len(told), dtype=np.float32)
    importance[len(corpus) :] = CORRECTION_WEIGHT
    _same_concepts(old)
    concepts, own = train_insurance(corpus + told, check, general, importance)
    kept: Arrays = {name: array for name, array in old.arrays.items() if name.startswith("general_")}
    arrays = {**kept, **own, "insurance_share": old.arrays["insurance_share"]}
    data = {**old.card["data"], "corrections": len(told)}
    card = {**old.card, "version": version_of(arrays), "concepts": concepts, "data": data}
    return ModelFile(card, arrays)


def _same_concepts(old: ModelFile) -> None:
    """Refuse a model whose word lists are not those of this version: its shares would not fit."""
    if old.card["concepts"] != list(vocabulary().bits):
        msg = "the word lists changed since this model was trained: train it anew first"
        raise ValueError(msg)


def _compare(where: str, texts: list[Utterance], plain: Huisheng, taught: Huisheng) -> list[Comparison]:
    if not texts:
        return []
    words = [one.text for one in texts]
    first, second = plain.analyse_many(words), taught.analyse_many(words)
    before, after = by_slice(texts, first), by_slice(texts, second)
    return [
        _figure(f"{where}: {name}", figure, before[name], after[name])
        for name in before
        for figure in FIGURES
    ]


def _figure(where: str, figure: str, before: Scores, after: Scores) -> Comparison:
    """Compare one figure: worse if it fell by more than one standard error of a share, at least a point."""
    was, now = getattr(before, figure), getattr(after, figure)
    base = {"risks": before.risky, "sentiment": before.texts}.get(figure, before.topical)
    error = (max(was * (1 - was), 0.01) / max(base, 1)) ** 0.5
    worse = base >= MATTERS and was - now > max(0.01, error)
    return Comparison(where, figure, base, round(was, 4), round(now, 4), worse)
