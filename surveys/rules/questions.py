"""The kinds of question: each knows its shape, reads what a customer sent, and says which score it gives.

NPS, CSAT and CES are kinds of their own and never guessed from a scale. A new kind is a class here with a
macro of the same name in ``surveys/questions.html``.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Language = str
Localised = Annotated[
    dict[Language, Annotated[str, StringConstraints(min_length=1, max_length=2000)]], Field(min_length=1)
]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]

DEFAULT_LANGUAGE = "zh-Hans"


def say(text: Localised, language: Language) -> str:
    """Return ``text`` in ``language``, in Chinese if it was not translated, in any language as a last resort."""
    return text.get(language) or text.get(DEFAULT_LANGUAGE) or next(iter(text.values()))


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one answer: a number, or words, or nothing at all."""

    number: int | None = None
    words: str | None = None

    @property
    def empty(self) -> bool:
        """Whether the customer left the question out."""
        return self.number is None and self.words is None


class UnreadableAnswerError(ValueError):
    """The answer cannot be one to this question; the message is for the customer."""


class _Question(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    title: Localised
    hint: Localised | None = None
    required: bool = False


class _Scale(_Question):
    """A question answered by one whole number of a closed scale."""

    lowest: ClassVar[int]
    highest: ClassVar[int]

    def read(self, sent: str) -> Reading:
        """Read the number; raise UnreadableAnswerError for anything that is not on the scale."""
        if not sent.strip():
            return Reading()
        low, high = self.lowest, self.highest
        if not (sent.isascii() and sent.isdigit() and len(sent) <= 2 and low <= int(sent) <= high):
            raise UnreadableAnswerError(f"请在 {low} 到 {high} 之间选择一个分数")
        return Reading(number=int(sent))


class NpsQuestion(_Scale):
    """How likely would you recommend us, 0 to 10; 9-10 promoters, 0-6 detractors (Reichheld 2003)."""

    lowest: ClassVar[int] = 0
    highest: ClassVar[int] = 10

    type: Literal["nps"] = "nps"
    low: Localised
    high: Localised


class CsatQuestion(_Scale):
    """How satisfied were you, 1 to 5; CSAT is the share of 4 and 5."""

    lowest: ClassVar[int] = 1
    highest: ClassVar[int] = 5

    type: Literal["csat"] = "csat"


class CesQuestion(_Scale):
    """How much do you agree that it was easy, 1 to 7 (CES 2.0)."""

    lowest: ClassVar[int] = 1
    highest: ClassVar[int] = 7

    type: Literal["ces"] = "ces"


class WordsQuestion(_Question):
    """Words of the customer's own: the verbatim behind a score."""

    type: Literal["words"] = "words"
    max_length: int = Field(1000, ge=1, le=5000)

    def read(self, sent: str) -> Reading:
        """Read the words; raise UnreadableAnswerError when there are more than fit."""
        words = sent.replace("\r\n", "\n").replace("\x00", "").strip()
        if len(words) > self.max_length:
            raise UnreadableAnswerError(f"最多 {self.max_length} 个字，现在有 {len(words)} 个字")
        return Reading(words=words or None)


Question = Annotated[NpsQuestion | CsatQuestion | CesQuestion | WordsQuestion, Field(discriminator="type")]
