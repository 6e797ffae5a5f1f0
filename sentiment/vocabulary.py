"""All words the rules know in one automaton, so that a text is read once.

Packs, cues, risks and the polarity lists are gathered when the module is first used. A word may belong to
many concepts; a clause is then a set of concepts held as the bits of one integer, and a rule is a
comparison of two integers.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import ahocorasick

from sentiment.lexicon import word_file, words_of

PACKS: Final = Path(__file__).parent / "packs"
DEFAULT_PACKS: Final = ("insurance", "life", "health", "motor", "property")

# What a word does for the polarity of its clause.
NO_ROLE: Final = 0
POLAR: Final = 1
NEGATOR: Final = 2
INTENSIFIER: Final = 3
DIMINISHER: Final = 4

Entry = tuple[int, int, int, float]
"""A word of the automaton: its length, the bits of its concepts, its polarity role, its polarity weight."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a topic: concepts that must and must not stand in reach, and what follows."""

    code: str
    trigger: int
    needed: int
    banned: int
    reach: str
    weight: float
    polarity: str | None
    line: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The automaton with everything needed to read its hits."""

    automaton: ahocorasick.Automaton
    bits: dict[str, int]
    rules: dict[int, tuple[Rule, ...]]
    triggers: int
    labels: dict[str, str]
    versions: dict[str, str]

    def bit(self, concept: str) -> int:
        """Give the bit of a concept; a name no file defines is a KeyError."""
        return self.bits[concept]

    def mask(self, *concepts: str) -> int:
        """Give several concepts as one integer."""
        joined = 0
        for concept in concepts:
            joined |= self.bits[concept]
        return joined


@dataclass(slots=True)
class _Collected:
    bits: dict[str, int] = field(default_factory=dict)
    masks: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    roles: dict[str, tuple[int, float]] = field(default_factory=dict)

    def bit(self, name: str) -> int:
        return self.bits.setdefault(name, 1 << len(self.bits))

    def concept(self, name: str, words: str | list[str]) -> None:
        bit = self.bit(name)
        for word in words_of(words):
            self.masks[word] |= bit


def pack_file(name: str) -> dict[str, Any]:
    """Read `packs/<name>.toml`."""
    with (PACKS / f"{name}.toml").open("rb") as handle:
        return tomllib.load(handle)


@cache
def vocabulary(packs: tuple[str, ...] = DEFAULT_PACKS) -> Vocabulary:
    """Build the automaton of these taxonomy packs; kept for the life of the process.

    Raises:
        ValueError: a rule of a pack names a concept that no file defines.
    """
    found = _Collected()
    for name in ("number_long", "number_days", "number_short", "money", "felt_good", "felt_bad"):
        found.bit(name)
    _collect_polarity(found)
    contents = [pack_file(name) for name in packs]
    for section in (word_file("cues"), word_file("risks"), *contents):
        for name, words in section.get("concepts", {}).items():
            found.concept(name, words)
    rules: defaultdict[int, list[Rule]] = defaultdict(list)
    labels: dict[str, str] = {}
    for content in contents:
        for topic in content.get("topics", []):
            labels.setdefault(topic["code"], topic.get("label", topic["code"]))
            for line in topic["rules"]:
                rule = parse_rule(topic["code"], line, found.bits)
                rules[rule.trigger].append(rule)
    automaton = ahocorasick.Automaton()
    for word in found.masks.keys() | found.roles.keys():
        role, weight = found.roles.get(word, (NO_ROLE, 0.0))
        entry: Entry = (len(word), found.masks.get(word, 0), role, weight)
        automaton.add_word(word, entry)
    automaton.make_automaton()
    triggers = 0
    for bit in rules:
        triggers |= bit
    versions = {name: str(content["version"]) for name, content in zip(packs, contents, strict=True)}
    return Vocabulary(
        automaton, found.bits, {bit: tuple(some) for bit, some in rules.items()}, triggers, labels, versions
    )


def parse_rule(code: str, line: str, bits: dict[str, int]) -> Rule:
    """Read one rule line such as "claim slow_words -ask @near *0.7 >negative".

    Raises:
        ValueError: the line names an unknown concept or holds no concept at all.
    """
    needed = banned = trigger = 0
    reach, weight, polarity = "clause", 1.0, None
    for part in line.split():
        mark, rest = part[0], part[1:]
        if mark == "@":
            reach = rest
        elif mark == "*":
            weight = float(rest)
        elif mark == ">":
            polarity = rest
        else:
            name = rest if mark == "-" else part
            if name not in bits:
                message = f"topic {code}: the rule {line!r} names the unknown concept {name!r}"
                raise ValueError(message)
            if mark == "-":
                banned |= bits[name]
            else:
                needed |= bits[name]
                trigger = trigger or bits[name]
    if not trigger:
        message = f"topic {code}: the rule {line!r} names no concept"
        raise ValueError(message)
    return Rule(code, trigger, needed, banned, reach, weight, polarity, line)


def _collect_polarity(found: _Collected) -> None:
    polarity = word_file("polarity")
    for side, sign, felt in (("positive", 1.0, "felt_good"), ("negative", -1.0, "felt_bad")):
        for strength, weight in (("strong", 2.0), ("plain", 1.0), ("slight", 0.5)):
            for word in words_of(polarity[side][strength]):
                value = weight * (0.6 if len(word) == 1 else 1.0)
                found.roles[word] = (POLAR, sign * value)
                found.masks[word] |= found.bit(felt)
    for word in words_of(polarity["neutral"]["words"]):
        found.roles[word] = (POLAR, 0.0)
    cues = polarity["cues"]
    for name, role in (("negators", NEGATOR), ("intensifiers", INTENSIFIER), ("diminishers", DIMINISHER)):
        for word in words_of(cues[name]):
            found.roles.setdefault(word, (role, 0.0))
    found.concept("sarcasm", cues["sarcasm"])
