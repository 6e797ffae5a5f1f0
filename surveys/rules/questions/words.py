"""Questions answered in the customer's own words, or by one short thing of a known form."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from surveys.rules import formats
from surveys.rules.questions import patterns
from surveys.rules.questions.base import QuestionBase, one_sent, words_sent
from surveys.rules.questions.scales import FURTHEST
from surveys.rules.readings import Column, Reading, Sent, UnreadableAnswerError
from surveys.rules.texts import Language, Localised, say

Format = Literal["text", "mobile", "id_card", "policy", "email", "number", "pattern"]

MOST_WORDS = 5_000
MOST_FITTED = 200
"""How long a text that must fit a pattern can be."""

_READERS = {
    "mobile": formats.mobile,
    "id_card": formats.id_card,
    "policy": formats.policy,
    "email": formats.email,
}


class WordsQuestion(QuestionBase):
    """Words of the customer's own: the verbatim behind a score, or a number that names somebody.

    Every format but plain text takes one line. Mobile, identity card, policy number and e-mail are personal
    data: their answers are secret. ``low`` and ``high`` bound a number, ``pattern`` is of the safe kind that
    ``surveys.rules.questions.patterns`` reads.
    """

    type: Literal["words"] = "words"
    lines: Literal["one", "many"] = "many"
    format: Format = "text"
    pattern: Annotated[str, StringConstraints(min_length=1, max_length=patterns.MOST_CHARACTERS)] | None = (
        None
    )
    pattern_hint: Localised | None = None
    min_length: int = Field(0, ge=0, le=MOST_WORDS)
    max_length: int = Field(1000, ge=1, le=MOST_WORDS)
    low: float | None = Field(None, ge=-FURTHEST, le=FURTHEST)
    high: float | None = Field(None, ge=-FURTHEST, le=FURTHEST)

    @model_validator(mode="before")
    @classmethod
    def _short_things_take_one_line(cls, data: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(data, dict) and data.get("format", "text") != "text":
            return data | {"lines": "one"}
        return data

    @field_validator("pattern")
    @classmethod
    def _pattern_can_be_read(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            patterns.compiled(pattern)
        return pattern

    @model_validator(mode="after")
    def _bounds_can_be_kept(self) -> Self:
        if self.min_length > self.max_length:
            raise ValueError("the least length is above the most")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("the lowest number is above the highest")
        return self

    @property
    def secret(self) -> bool:
        """Whether the answers name somebody."""
        return self.format in _READERS

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read the words in the one form that is stored.

        Mistakes: "too_long" and "too_short" with the lengths, "pattern" for a text that does not fit, and
        those of ``surveys.rules.formats``.
        """
        if self.format == "text":
            words = self._text(sent)
        elif self.format == "pattern":
            words = self._fitting(sent)
        else:
            words = one_sent(sent, self.id)
            if words is not None and self.format == "number":
                return {self.id: Reading(number=formats.number(words, self.low, self.high))}
            if words is not None:
                words = _READERS[self.format](words)
        return {} if words is None else {self.id: Reading(words=words)}

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return one column of words, of secrets or of numbers."""
        title = say(self.title, language)
        if self.format == "number":
            return (Column(self.id, title, "number", lowest=self.low, highest=self.high),)
        return (Column(self.id, title, "secret" if self.secret else "words"),)

    def texts(self) -> Iterator[tuple[str, Localised]]:
        """Yield the title, the hint and what is said about the pattern."""
        yield from super().texts()
        if self.pattern_hint:
            yield "pattern_hint", self.pattern_hint

    def _text(self, sent: Sent) -> str | None:
        words = words_sent(sent, self.id, self.max_length)
        if words is not None and self.lines == "one":
            words = " ".join(words.split())
        if words is not None and len(words) < self.min_length:
            raise UnreadableAnswerError("too_short", least=self.min_length, length=len(words))
        return words

    def _fitting(self, sent: Sent) -> str | None:
        words = words_sent(sent, self.id, min(self.max_length, MOST_FITTED))
        if words is not None and self.pattern is not None and not patterns.compiled(self.pattern).fits(words):
            raise UnreadableAnswerError("pattern")
        return words
