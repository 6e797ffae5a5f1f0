"""Training the model: one deterministic command, minutes on two cores, no network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sentiment.engines.huisheng import Huisheng
from sentiment.models.card import card_page
from sentiment.models.store import Arrays, ModelFile, write_model
from sentiment.models.table import Floats
from sentiment.reading import read
from sentiment.train.general import pool, train_general
from sentiment.train.insurance import borrowed, fit_share, train_insurance
from sentiment.train.material import Material, Utterance, gather
from sentiment.train.measure import accuracy, by_slice

HELD_BACK = 7
"""Every seventh utterance of the corpus is held back from the gate and teaches it how sure to be."""

CORRECTION_WEIGHT = 4.0
"""A text that a person corrected counts as much as so many written ones."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training run made: the card of the model and what it looked for in vain."""

    card: dict[str, Any]
    missing: tuple[str, ...]


def train(
    data: Path | None,
    out: Path,
    *,
    without: tuple[str, ...] = (),
    corrections: list[Utterance] | None = None,
    say: Say = lambda _line: None,
) -> Trained:
    """Train a model and write it to `out`, its card as a page beside it.

    Args:
        data: a folder of labelled reviews (see `material.gather`); None trains on what the packages ship.
        out: the model file to write. without: names of review sets to leave out, for measuring across
        domains. corrections: utterances that people corrected; each weighs as much as `CORRECTION_WEIGHT`
        written ones. say: is told in one line what is being done.

    The same texts, versions and options give the same model, whose version is a hash of its numbers.
    """
    say("reading the texts")
    material = gather(data, without=without)
    for line in material.missing:
        say(f"missing: {line}")
    utterances = material.utterances + (corrections or [])
    return _fit(material, utterances, len(corrections or []), out, say)


def _fit(material: Material, utterances: list[Utterance], corrected: int, out: Path, say: Say) -> Trained:
    names = sorted(material.fit)
    numbers = np.arange(len(utterances))
    seen = [utterances[i] for i in numbers[numbers % HELD_BACK != 0]]
    unseen = [utterances[i] for i in numbers[numbers % HELD_BACK == 0]]
    say(f"learning the general columns from {', '.join(names)}")
    fit = pool(material.fit, seen, [read(one.text).judged for one in seen])
    check = pool(material.check, unseen, [read(one.text).judged for one in unseen])
    general, columns, arrays = train_general(fit, check, names, material.lent)
    say(f"learning insurance from {len(utterances)} utterances")
    importance: Floats = np.ones(len(utterances), dtype=np.float32)
    importance[len(utterances) - corrected :] = CORRECTION_WEIGHT
    concepts, own = train_insurance(utterances, material.insurance_check, general, importance)
    arrays = {**arrays, **own}
    arrays["insurance_share"] = fit_share(concepts, arrays, general, check)
    card = {
        "name": "huisheng",
        "version": version_of(arrays),
        "columns": columns,
        "domains": general.domains,
        "concepts": concepts,
        "borrowed": borrowed(columns),
        "data": {
            **{name: len(one.texts) for name, one in material.fit.items()},
            **({material.lent.name: len(material.lent.texts)} if material.lent else {}),
            "written insurance corpus": len(material.utterances),
            "corrections": corrected,
        },
        "missing": material.missing,
    }
    say("measuring it on the dev texts")
    card["scores"] = _scores(Huisheng(ModelFile(card, arrays)), material)
    write_model(out, card, arrays)
    out.with_suffix(".md").write_text(card_page(card), encoding="utf-8")
    say(f"wrote {out.name}, version {card['version']}")
    return Trained(card, tuple(material.missing))


def _scores(engine: Huisheng, material: Material) -> dict[str, Any]:
    """Measure a model on every dev part it was given."""
    sets = {}
    for name, one in material.check.items():
        share, f1 = accuracy(one, engine.analyse_many(one.texts))
        sets[name] = {"texts": len(one.texts), "accuracy": round(share, 4), "macro_f1": round(f1, 4)}
    texts = [one.text for one in material.insurance_check]
    slices = by_slice(material.insurance_check, engine.analyse_many(texts))
    return {"sets": sets, "insurance": {name: asdict(one) for name, one in slices.items()}}


def version_of(arrays: Arrays) -> str:
    """Name a model by its numbers: the same numbers, the same name."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(json.dumps([name, list(arrays[name].shape)]).encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()[:10]
