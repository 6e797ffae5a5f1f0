"""What the numbers of a scale are called: by the page itself for CSAT and CES, by the author at other ends."""

from surveys.rules import phrases
from surveys.rules.formats import written
from surveys.rules.questions import (
    CesQuestion,
    CsatQuestion,
    MatrixQuestion,
    NpsQuestion,
    Question,
    RatingQuestion,
    SliderQuestion,
    WordsQuestion,
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


def spoken(question: Question, column: Column, number: float, language: Language) -> str:
    """Return a step of a scale as staff read it, ``1 / 5（非常不满意）``: a number alone does not say how high it goes.

    A number that is no step, as of a slider or an amount, stays alone.
    """
    text = written(number)
    if isinstance(question, SliderQuestion | WordsQuestion) or column.highest is None:
        return text
    name = dict(marks(question, column, language)).get(int(number), "")
    of = f"{text} / {written(column.highest)}"
    if not name:
        return of
    return f"{of} ({name})" if language == "en" else f"{of}（{name}）"
