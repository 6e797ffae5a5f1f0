"""What a customer wants with a text, and how hard it was for them.

Intent: complaint, question, praise, suggestion or none. Effort: trips, calls and repetitions the
customer tells of ("跑了三趟", "打了五次电话"), the words behind a bad customer effort score.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from sentiment.feeling import lexicon_total
from sentiment.reading import Reading

Intent = Literal["complaint", "question", "praise", "suggestion", "none"]

_COUNT: Final = r"(?:\d+|[一二两三四五六七八九十几多好数n无]+)(?:来|多|几)?"
_TRIPS: Final = re.compile(
    rf"(?:跑|去|来|折腾|往返|来回|坐|折返)(?:了|过)?(?:不下|整整|足足|至少)?{_COUNT}(?:趟|回|次|家|个(?:窗口|部门|网点|地方))|{_COUNT}(?:趟|个来回)"
)
_CALLS: Final = re.compile(
    rf"(?:打|催|问|说|填|交|补|转|试|传|寄|排|联系|登记|反馈|投诉|输|拨|申请|提交|上传|解释|重复|换|等|报|退|改|拍|签)(?:了|过)?(?:不下|整整|足足|至少)?(?:有)?{_COUNT}(?:次|遍|回|通|个(?:电话|人|客服|部门)|个小时|个钟头|小时|轮|道|手|版)"
)
_MANY: Final = re.compile(r"[3-9]|\d\d|[三四五六七八九十几多好数n无百]")
_HOURS: Final = re.compile(
    rf"(?:排|等|站|坐)(?:了|队)*(?:整整|足足|大)?(?:{_COUNT}(?:个)?(?:半)?(?:小时|钟头|天|星期|礼拜)|一?上午|一?下午|半天|一整天|半晌)"
)


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard it was (0 nothing told, 1 some trouble, 2 much) and the spans of the original that tell it."""

    level: int
    spans: tuple[tuple[int, int], ...]


def is_question(reading: Reading) -> bool:
    """Tell whether the text as a whole asks for information; a reproach put as a question does not."""
    bits = reading.words.bits
    if not reading.whole & (bits["asking"] | bits["question"]):
        return False
    asked = False
    for clause, mask in zip(reading.clauses, reading.masks, strict=True):
        if not clause.judged or mask & bits["rhetorical"]:
            continue
        if mask & bits["asking"] or (clause.asks and mask & bits["question"]):
            asked = True
    return asked


def intent_of(reading: Reading, sentiment: str | None = None) -> Intent:
    """Tell what the customer wants; `sentiment` is the model's judgement where there is one.

    Plain words of complaint or praise decide first, then a question, then a suggestion, then the feeling.
    """
    if not reading.clauses:
        return "none"
    bits, whole = reading.words.bits, reading.whole
    feeling = sentiment or _feeling(reading)
    asked = is_question(reading)
    suggests = bool(whole & bits["suggestion"])
    if feeling == "negative":
        return "suggestion" if suggests and not whole & bits["complaint"] and _mild(reading) else "complaint"
    if feeling == "positive":
        return "praise"
    if asked or (whole & bits["question"] and not suggests):
        return "question"
    return "suggestion" if suggests else "none"


def effort_of(reading: Reading) -> Effort:
    """Find what the customer had to go through."""
    bits, whole = reading.words.bits, reading.whole
    if not whole & (bits["effort_trip"] | bits["effort_call"] | bits["effort_high"]):
        return Effort(0, ())
    spans: list[tuple[int, int]] = []
    level = 0
    for at, clause in enumerate(reading.clauses):
        if not clause.judged:
            continue
        for pattern in (_TRIPS, _CALLS, _HOURS):
            for match in pattern.finditer(clause.text):
                spans.append(reading.normal.span(clause.start + match.start(), clause.start + match.end()))
                level = max(level, 2 if pattern is _HOURS or _MANY.search(match.group()) else 1)
        for start, end, mask, _role, _weight in reading.hits[at]:
            if mask & bits["effort_high"]:
                spans.append(reading.normal.span(start, end))
                level = max(level, 1)
    if len(spans) > 1 and level == 1:
        level = 2
    return Effort(level, tuple(_joined(spans)))


def _feeling(reading: Reading) -> str:
    positive, negative = lexicon_total(reading)
    return "positive" if positive > negative + 0.1 else "negative" if negative > positive + 0.1 else "neutral"


def _mild(reading: Reading) -> bool:
    """Tell whether no strong word of blame stands in the text."""
    return lexicon_total(reading)[1] < 2.0


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Put spans in order and join those that overlap."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
