"""The written corpora: utterances in customers' voices, labelled by the rules, all invented.

One JSON object a line. ``*.jsonl`` is about insurance; personal data stands in it as ``[[kind|value]]``, and a
value of ``?`` is filled with a synthetic number that is valid of its kind. It teaches the model, and the demo
speaks with its voices. ``everyday/*.jsonl`` is about everything else that people buy, with a feeling only.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent

_MARK = re.compile(r"\[\[(\w+)\|([^\]]*)\]\]")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Written:
    """One utterance: its words with personal data filled in, where that stands, and its labels."""

    id: str
    text: str
    channel: str
    line: str
    sentiment: str
    topics: dict[str, str]
    risks: tuple[str, ...]
    personal: tuple[tuple[int, int, str], ...]


def utterances() -> Iterator[Written]:
    """Yield the corpus in the order of its files; the same text every time, numbers included."""
    for file in sorted(FOLDER.glob("*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                yield _written(json.loads(line))


@dataclass(frozen=True, slots=True)
class Everyday:
    """One utterance about another trade: its words and its feeling."""

    id: str
    text: str
    trade: str
    sentiment: str


def everyday() -> Iterator[Everyday]:
    """Yield the utterances about other trades in the order of their files."""
    for file in sorted((FOLDER / "everyday").glob("*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield Everyday(row["id"], row["text"], row["trade"], row["sentiment"])


def fill(marked: str, seed: str) -> tuple[str, tuple[tuple[int, int, str], ...]]:
    """Return the words without their marks, and (start, end, kind) of the personal data in them."""
    dice = random.Random(seed)
    parts: list[str] = []
    spans: list[tuple[int, int, str]] = []
    length = at = 0
    for mark in _MARK.finditer(marked):
        kind, value = mark.groups()
        before = marked[at : mark.start()]
        said = _MAKERS[kind](dice) if value == "?" else value
        start = length + len(before)
        spans.append((start, start + len(said), kind))
        parts += [before, said]
        length, at = start + len(said), mark.end()
    return "".join([*parts, marked[at:]]), tuple(spans)


def _written(row: dict[str, object]) -> Written:
    name = str(row["id"])
    text, personal = fill(str(row["text"]), name)
    topics, risks = row["topics"], row["risks"]
    assert isinstance(topics, dict)  # noqa: S101 - the corpus test checks every line
    assert isinstance(risks, list)  # noqa: S101
    channel, line, feeling = str(row["channel"]), str(row["line"]), str(row["sentiment"])
    return Written(name, text, channel, line, feeling, topics, tuple(risks), personal)


def _mobile(dice: random.Random) -> str:
    return f"1{dice.choice('3578')}{dice.randrange(10**9):09d}"


def _id_card(dice: random.Random) -> str:
    body = f"{dice.choice(('330106', '320102', '510104', '440305'))}{dice.randint(1950, 2003)}"
    body += f"{dice.randint(1, 12):02d}{dice.randint(1, 28):02d}{dice.randrange(1000):03d}"
    check = sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True)) % 11
    return body + "10X98765432"[check]


def _bank_card(dice: random.Random) -> str:
    body = f"6222{dice.randrange(10**14):014d}"
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


def _email(dice: random.Random) -> str:
    return f"user{dice.randrange(10**5)}@example.cn"


def _policy_no(dice: random.Random) -> str:
    return f"P{dice.randint(2015, 2026)}{dice.randrange(10**10):010d}"


def _plate(dice: random.Random) -> str:
    place = dice.choice("浙苏川粤") + dice.choice("ABCDE")
    return place + dice.choice(_PLATE_LETTERS) + f"{dice.randrange(10**4):04d}"


def _name(dice: random.Random) -> str:
    return dice.choice(("罗晓曼", "梁志成", "沈立群", "韩雪梅", "邵国强"))


def _address(dice: random.Random) -> str:
    return f"建设路{dice.randint(1, 300)}号{dice.randint(1, 20)}幢{dice.randint(101, 1802)}室"


_MAKERS: dict[str, Callable[[random.Random], str]] = {
    "mobile": _mobile,
    "id_card": _id_card,
    "bank_card": _bank_card,
    "email": _email,
    "policy_no": _policy_no,
    "plate": _plate,
    "name": _name,
    "address": _address,
}
