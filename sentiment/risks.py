"""Risks in what a customer says: supervisor or court, leaving, danger to life, fraud.

A word is not a risk yet: "不会退保", "怎么退保" and "听说有人退保" are none, "如果再不赔我就投诉12378"
is one. The rules and the words that make them void are data (`lexicon/risks.toml`); here is only how they
are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from sentiment.lexicon import word_file
from sentiment.reading import Reading

RiskCode = Literal["regulator", "churn", "harm", "fraud"]
CODES: Final[tuple[RiskCode, ...]] = ("regulator", "churn", "harm", "fraud")


@dataclass(frozen=True, slots=True)
class RiskHit:
    """A risk with the place in the original text that tells it (`end` exclusive)."""

    code: RiskCode
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _RiskRule:
    code: RiskCode
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    unless_near: re.Pattern[str] | None
    unless_text: re.Pattern[str] | None
    ask: bool
    others: bool


def _rules() -> dict[RiskCode, tuple[_RiskRule, ...]]:
    found: dict[RiskCode, list[_RiskRule]] = {code: [] for code in CODES}
    for line in word_file("risks")["rules"]:
        unless, near, text = (
            re.compile(line[name]) if name in line else None
            for name in ("unless", "unless_near", "unless_text")
        )
        rule = _RiskRule(
            line["code"],
            re.compile(line["pattern"]),
            unless,
            near,
            text,
            line.get("ask", False),
            line.get("others", False),
        )
        found[rule.code].append(rule)
    return {code: tuple(rules) for code, rules in found.items()}


_RULES: Final = _rules()


def find_risks(reading: Reading) -> tuple[RiskHit, ...]:
    """Find the risks the customer's own words tell, each with its evidence, in the order of the text."""
    found: list[RiskHit] = []
    bits = reading.words.bits
    for code in CODES:
        bit = bits[f"risk_{code}"]
        if not reading.whole & bit:
            continue
        for at, mask in enumerate(reading.masks):
            if mask & bit and reading.clauses[at].judged:
                hit = _evidence(reading, at, code)
                if hit:
                    found.append(hit)
    found.sort(key=lambda hit: hit.start)
    return tuple(found)


def _evidence(reading: Reading, at: int, code: RiskCode) -> RiskHit | None:
    """Try the rules of one risk on one clause."""
    clause = reading.clauses[at]
    text = clause.text
    for rule in _RULES[code]:
        match = rule.pattern.search(text)
        if not match or (rule.unless and rule.unless.search(text)):
            continue
        if not rule.ask and _only_asked(reading, at):
            continue
        if not rule.others and _of_others(reading, at):
            continue
        if rule.unless_near and rule.unless_near.search(_beside(reading, at)):
            continue
        if rule.unless_text and rule.unless_text.search(reading.judged):
            continue
        start, end = clause.start + match.start(), clause.start + match.end()
        return RiskHit(code, *reading.normal.span(start, end))
    return None


def _only_asked(reading: Reading, at: int) -> bool:
    """Tell a question for information from a threat or a reproach put as a question."""
    bits, mask = reading.words.bits, reading.masks[at]
    if mask & bits["rhetorical"] or mask & bits["complaint"]:
        return False
    if mask & bits["asking"]:
        return True
    return reading.clauses[at].asks and bool(mask & bits["question"])


def _of_others(reading: Reading, at: int) -> bool:
    """Tell whether the clause speaks of somebody else's case and of nothing of the customer's own."""
    bits, mask = reading.words.bits, reading.masks[at]
    return bool(mask & bits["others"]) and not mask & bits["own"]


def _beside(reading: Reading, at: int) -> str:
    """Join the clause with the customer's clauses before and behind it."""
    near = reading.clauses[max(0, at - 1) : at + 2]
    return ",".join(clause.text for clause in near if clause.judged)
