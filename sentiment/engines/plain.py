"""First simple rules: clauses, mobile numbers, risk words. The rule modules of the package replace them."""

from __future__ import annotations

import re

from sentiment.analysis import PersonalSpan, RiskTag

_BREAK = re.compile(r"[^,。!?;，！？；\n…~]+")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
_RISKS = {
    "regulator": re.compile("12378|银保监|监管|起诉|律师|法院|黑猫|媒体"),
    "churn": re.compile("(?<!不会)(?<!怎么)退保|不再续保|换(?:一)?家公司"),
    "harm": re.compile("自杀|不想活|轻生|跳楼"),
    "fraud": re.compile("代签|冒充|诈骗|骗保|伪造"),
}


def split_clauses(text: str) -> list[tuple[int, int]]:
    """Split at punctuation."""
    found = [match.span() for match in _BREAK.finditer(text) if match.group().strip()]
    return found or [(0, len(text))]


def find_personal(text: str) -> tuple[PersonalSpan, ...]:
    """Find mobile numbers."""
    return tuple(PersonalSpan(*match.span(), "mobile") for match in _MOBILE.finditer(text))


def mask(text: str) -> str:
    """Mask mobile numbers by stars of the same length."""
    return _MOBILE.sub(lambda match: "*" * len(match.group()), text)


def find_risks(text: str) -> tuple[RiskTag, ...]:
    """Find risk words."""
    return tuple(
        RiskTag(kind, *match.span()) for kind, rule in _RISKS.items() for match in rule.finditer(text)
    )
