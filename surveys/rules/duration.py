"""How long a questionnaire takes to answer, for the promise on a poster.

Rule of thumb of the trade: a question to tap takes seven or eight seconds, one to write in half a minute. Questions
that only some people are asked are left out, for they are few and those people have something to say.
"""

from math import ceil

from surveys.rules.definition import Definition
from surveys.rules.questions import FileQuestion, MatrixQuestion, Question, RankingQuestion, WordsQuestion

TAPPING, WRITING, SENDING_A_FILE = 7.5, 25.0, 40.0
"""Seconds for one answer; a matrix takes the first of them for each row, a ranking for each option."""

FEW_TAPS = 3
"""More options than that are seldom ranked one by one."""


def minutes(definition: Definition) -> int:
    """Return about how many whole minutes most people need, at least one."""
    seconds = sum(
        _seconds(question)
        for page in definition.pages
        if page.show is None
        for question in page.questions
        if question.asks and question.shown and question.show is None
    )
    return max(1, ceil(seconds / 60))


def _seconds(question: Question) -> float:
    if isinstance(question, MatrixQuestion):
        return TAPPING * len(question.rows)
    if isinstance(question, RankingQuestion):
        return TAPPING * min(len(question.options), FEW_TAPS)
    if isinstance(question, WordsQuestion):
        return WRITING
    return SENDING_A_FILE if isinstance(question, FileQuestion) else TAPPING
