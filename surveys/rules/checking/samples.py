"""Words that the editor put in when something was added, and that nobody has written over since.

Only what says nothing of the survey's matter counts: 您对这次服务满意吗？ may well be asked as it comes, 选项一 never.
"""

import re
from collections.abc import Iterator

from core.sentences import N_
from surveys.rules.checking.findings import Fault
from surveys.rules.checking.outline import Outline
from surveys.rules.editing.blanks import EMPTY_TITLES, SECTION_TEXT
from surveys.rules.questions import Question

_LINE = re.compile(r"选项[一二三]|(?:选项|评价项) \d{1,3}")
"""What the editor calls a new option, row or column."""


def faults(outline: Outline) -> Iterator[Fault]:
    """Yield each question that customers would see with the sample words it came with, once."""
    for page in outline.definition.pages:
        for question in page.questions:
            found = next(_left(question), None) if question.shown else None
            if found is not None:
                yield outline.at_question(page, question).fault(
                    "sample", N_("%(spot)s还是示例文字“%(words)s”；请改成自己的内容，或删去"), words=found
                )


def _left(question: Question) -> Iterator[str]:
    """Yield the sample words that stand in a question's title, text or lines, in whatever language they stand."""
    for path, text in question.texts():
        yield from (words for words in map(str.strip, text.values()) if _is_sample(path, words))


def _is_sample(path: str, words: str) -> bool:
    if path == "title":
        return words in EMPTY_TITLES
    if path == "text":
        return words == SECTION_TEXT
    return _LINE.fullmatch(words) is not None
