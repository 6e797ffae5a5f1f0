"""Cutting a text into clauses and telling whose words they are.

A clause is the smallest piece that is judged: what stands between two marks of punctuation, or up to a
contrast word ("产品好但是服务差" is two). In a transcript with 客服 and 客户 turns only the
customer's words are judged.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

CUSTOMER: Final = "customer"
AGENT: Final = "agent"

_AGENT_NAMES: Final = (
    "客服|坐席|座席|在线客服|人工客服|客服人员|机器人|智能客服|工作人员|专员|接线员|话务员"
    "|业务员|客户经理|理赔员|柜员|柜面|经理|回访员|agent"
)
_CUSTOMER_NAMES: Final = "客户|顾客|用户|投保人|来电人|家属|来电者|车主|访客|customer"
_TURN: Final = re.compile(
    rf"(?:^|(?<=[\n \]】)。!?]))[\[【(]?(?:({_AGENT_NAMES})|({_CUSTOMER_NAMES}))[\]】)]?\d{{0,4}} ?:"
)
# The first opens with a set of characters and looks back behind it: `re` then skips from one mark to the next.
_CUT: Final = re.compile(
    r"[,。!?;\n…~— ](?:(?<=[,。!?;\n…~])[,。!?;\n…~]* ?"
    r"|(?<=[^\x00-\x7f] ) *(?=[^\x00-\x7f])|(?<=—)—*)"
)
_CONTRASTS: Final = ("但", "不过", "可是", "然而", "可惜", "唯独", "怎奈", "奈何", "却")
_CUT_AT_CONTRASTS: Final = re.compile(
    r"[,。!?;\n…~]+ ?|(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])|—+"
    r"|(?=但是|但(?!愿|凡)|不过(?![^,。]?期)|可是|然而|可惜|唯独|怎奈|奈何|却[是不没要说又])"
)


class Clause(NamedTuple):
    """A piece of the normalised text: `start` and `end` (exclusive) without the mark that closed it.

    `judged` tells whether these are the customer's own words.
    """

    start: int
    end: int
    text: str
    speaker: str
    closing: str
    sentence: int
    judged: bool

    @property
    def asks(self) -> bool:
        """Tell whether the clause ends with a question mark."""
        return "?" in self.closing


def turns(text: str) -> list[tuple[int, int, str]]:
    """Cut a normalised text into turns (start, end, speaker); a text that is no transcript is one turn."""
    if ":" not in text:
        return [(0, len(text), CUSTOMER)]
    marks = list(_TURN.finditer(text))
    if not marks or not any(mark.group(2) for mark in marks) or not any(mark.group(1) for mark in marks):
        return [(0, len(text), CUSTOMER)]
    found: list[tuple[int, int, str]] = []
    if marks[0].start() > 0:
        found.append((0, marks[0].start(), CUSTOMER))
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        end = following.start() if following else len(text)
        found.append((mark.end(), end, AGENT if mark.group(1) else CUSTOMER))
    return found


def split_clauses(text: str) -> tuple[Clause, ...]:
    """Cut a normalised text into its clauses, in order."""
    found: list[Clause] = []
    sentence = 0
    cuts = _CUT
    for word in _CONTRASTS:
        if word in text:
            cuts = _CUT_AT_CONTRASTS
            break
    for begin, final, speaker in turns(text):
        judged = speaker == CUSTOMER
        start = begin
        for cut in cuts.finditer(text, begin, final):
            place = cut.start()
            closing = cut.group()
            if not closing and (place - start < 3 or final - place < 4):
                continue
            if place > start:
                found.append(Clause(start, place, text[start:place], speaker, closing, sentence, judged))
            elif found and closing and start == found[-1].end:
                found[-1] = found[-1]._replace(closing=found[-1].closing + closing)
            if closing and closing[0] in "。!?\n":
                sentence += 1
            start = cut.end()
        if final > start:
            found.append(Clause(start, final, text[start:final], speaker, "", sentence, judged))
        sentence += 1
    return tuple(found)
