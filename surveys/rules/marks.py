"""What the numbers of a scale are called: by the page itself for CSAT and CES, by the author at other ends."""

from surveys.rules import phrases
from surveys.rules.questions import (
    CesQuestion,
    CsatQuestion,
    MatrixQuestion,
    NpsQuestion,
    Question,
    RatingQuestion,
    SliderQuestion,
)
from surveys.rules.readings import Column
from surveys.rules.texts import Language, say


def marks(question: Question, column: Column, language: Language) -> tuple[tuple[int, str], ...]:
    """Return the numbers of a column that have a name, from the lowest up, each with its name.

    Empty for a column that is no scale, and for a scale whose author named no end.
    """
    if isinstance(question, CsatQuestion | CesQuestion):
        lowest, highest = question.bounds()
        scale = phrases.words(language)["scale"]
        return tuple((step, scale[f"{question.type}_{step}"]) for step in range(lowest, highest + 1))
    if not isinstance(question, NpsQuestion | RatingQuestion | SliderQuestion | MatrixQuestion):
        return ()
    named = ((column.lowest, question.low), (column.highest, question.high))
    return tuple(
        (int(number), say(name, language))
        for number, name in named
        if number is not None and name and float(number).is_integer()
    )
