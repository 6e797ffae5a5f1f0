"""The kinds of question: each knows its shape, reads what a customer sent, and says which score it gives.

NPS, CSAT and CES are kinds of their own and never guessed from a scale. A new kind is a class in one of the
modules here, a place in ``Question`` below, and a macro of the same name in the templates of the answer page.
"""

from typing import Annotated

from pydantic import Field

from surveys.rules.questions.base import MOST_OTHER_WORDS, OTHER, Option, QuestionBase, in_order
from surveys.rules.questions.choices import (
    ChoiceQuestion,
    ChoicesQuestion,
    DropdownQuestion,
    ImageChoiceQuestion,
    RankingQuestion,
)
from surveys.rules.questions.days import DateQuestion
from surveys.rules.questions.files import FileQuestion
from surveys.rules.questions.matrix import MatrixQuestion
from surveys.rules.questions.places import Branch, CascaderQuestion
from surveys.rules.questions.scales import (
    CesQuestion,
    CsatQuestion,
    NpsQuestion,
    RatingQuestion,
    SliderQuestion,
)
from surveys.rules.questions.statements import ConsentQuestion, HiddenQuestion, SectionText
from surveys.rules.questions.words import WordsQuestion
from surveys.rules.readings import Column, Mistake, Reading, Sent, UnreadableAnswerError
from surveys.rules.texts import DEFAULT_LANGUAGE, Identifier, Language, Localised, say

Question = Annotated[
    NpsQuestion
    | CsatQuestion
    | CesQuestion
    | RatingQuestion
    | ChoiceQuestion
    | ChoicesQuestion
    | DropdownQuestion
    | CascaderQuestion
    | MatrixQuestion
    | RankingQuestion
    | WordsQuestion
    | SliderQuestion
    | DateQuestion
    | ConsentQuestion
    | ImageChoiceQuestion
    | FileQuestion
    | SectionText
    | HiddenQuestion,
    Field(discriminator="type"),
]

__all__ = [
    "DEFAULT_LANGUAGE",
    "MOST_OTHER_WORDS",
    "OTHER",
    "Branch",
    "CascaderQuestion",
    "CesQuestion",
    "ChoiceQuestion",
    "ChoicesQuestion",
    "Column",
    "ConsentQuestion",
    "CsatQuestion",
    "DateQuestion",
    "DropdownQuestion",
    "FileQuestion",
    "HiddenQuestion",
    "Identifier",
    "ImageChoiceQuestion",
    "Language",
    "Localised",
    "MatrixQuestion",
    "Mistake",
    "NpsQuestion",
    "Option",
    "Question",
    "QuestionBase",
    "RankingQuestion",
    "RatingQuestion",
    "Reading",
    "SectionText",
    "Sent",
    "SliderQuestion",
    "UnreadableAnswerError",
    "WordsQuestion",
    "in_order",
    "say",
]
