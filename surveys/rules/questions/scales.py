"""Questions answered by one number of a scale: NPS, CSAT, CES, ratings of any length, sliders.

NPS, CSAT and CES are kinds of their own: a rating of 11, 5 or 7 steps is never taken for one of them.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from surveys.rules.formats import narrow, written
from surveys.rules.questions.base import QuestionBase, Score, one_sent
from surveys.rules.readings import Column, Reading, Sent, UnreadableAnswerError
from surveys.rules.texts import Language, Localised, say

MOST_STEPS = 1_000
FURTHEST = 1_000_000_000
"""How far from zero sliders and numbers reach: a sum insured in yuan still fits."""

_DECIMAL = re.compile(r"[+-]?\d{1,12}(\.\d{1,6})?", re.ASCII)


class _Scale(QuestionBase):
    """A closed scale of whole numbers, with words at its ends."""

    low: Localised | None = None
    high: Localised | None = None

    def bounds(self) -> tuple[int, int]:
        """Return the lowest and the highest number of the scale."""
        raise NotImplementedError

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read the number; the mistake is "scale" for anything that is not on the scale."""
        value = one_sent(sent, self.id)
        return {} if value is None else {self.id: Reading(number=step(value, *self.bounds()))}

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return one column of numbers."""
        lowest, highest = self.bounds()
        return (Column(self.id, say(self.title, language), "number", lowest=lowest, highest=highest),)

    def texts(self) -> Iterator[tuple[str, Localised]]:
        """Yield the title, the hint and the words at both ends."""
        yield from super().texts()
        yield from ends(self.low, self.high)


class _ScoreScale(_Scale):
    """A scale that is the same in every survey, so that its scores can be compared."""

    lowest: ClassVar[int] = 1
    highest: ClassVar[int]

    def bounds(self) -> tuple[int, int]:
        """Return the lowest and the highest number of the scale."""
        return self.lowest, self.highest


class NpsQuestion(_ScoreScale):
    """How likely would you recommend us, 0 to 10; 9-10 promoters, 0-6 detractors (Reichheld 2003)."""

    score: ClassVar[Score | None] = "nps"
    lowest: ClassVar[int] = 0
    highest: ClassVar[int] = 10

    type: Literal["nps"] = "nps"
    low: Localised
    high: Localised


class CsatQuestion(_ScoreScale):
    """How satisfied were you, 1 to 5; CSAT is the share of 4 and 5."""

    score: ClassVar[Score | None] = "csat"
    highest: ClassVar[int] = 5

    type: Literal["csat"] = "csat"
    style: Literal["faces", "stars", "numbers"] = "faces"


class CesQuestion(_ScoreScale):
    """How much do you agree that it was easy, 1 to 7 (CES 2.0)."""

    score: ClassVar[Score | None] = "ces"
    highest: ClassVar[int] = 7

    type: Literal["ces"] = "ces"


class RatingQuestion(_Scale):
    """A rating from 1 to ``highest`` that makes none of the named scores."""

    lowest: ClassVar[int] = 1

    type: Literal["rating"] = "rating"
    highest: int = Field(5, ge=2, le=10)
    style: Literal["stars", "numbers"] = "stars"

    def bounds(self) -> tuple[int, int]:
        """Return the lowest and the highest number of the scale."""
        return self.lowest, self.highest


class SliderQuestion(QuestionBase):
    """A number between two bounds, moved in steps; it can always be typed as well."""

    type: Literal["slider"] = "slider"
    lowest: float = Field(0, ge=-FURTHEST, le=FURTHEST)
    highest: float = Field(100, ge=-FURTHEST, le=FURTHEST)
    step: float = Field(1, gt=0, le=FURTHEST)
    low: Localised | None = None
    high: Localised | None = None
    unit: Localised | None = None

    @model_validator(mode="after")
    def _steps_fill_the_range(self) -> Self:
        low, high, step_ = self._exact()
        if low >= high:
            raise ValueError("the lowest number must be below the highest")
        if (high - low) % step_:
            raise ValueError("the step must divide the range")
        if (high - low) / step_ > MOST_STEPS:
            raise ValueError(f"a slider has at most {MOST_STEPS} steps")
        return self

    def _exact(self) -> tuple[Decimal, Decimal, Decimal]:
        """Return the bounds and the step as they are written: 0.1 is no binary fraction."""
        return Decimal(str(self.lowest)), Decimal(str(self.highest)), Decimal(str(self.step))

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read the number; the mistake is "slider" for what is no step between the bounds."""
        value = one_sent(sent, self.id)
        if value is None:
            return {}
        text = narrow(value)
        low, high, step_ = self._exact()
        number = Decimal(text) if _DECIMAL.fullmatch(text) else None
        if number is None or not low <= number <= high or (number - low) % step_:
            raise UnreadableAnswerError(
                "slider", low=written(self.lowest), high=written(self.highest), step=written(self.step)
            )
        return {self.id: Reading(number=float(number))}

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return one column of numbers."""
        title = say(self.title, language)
        return (Column(self.id, title, "number", lowest=self.lowest, highest=self.highest),)

    def texts(self) -> Iterator[tuple[str, Localised]]:
        """Yield the title, the hint, the words at both ends and the unit."""
        yield from super().texts()
        yield from ends(self.low, self.high)
        if self.unit:
            yield "unit", self.unit


def step(value: str, lowest: int, highest: int) -> float:
    """Read a whole number of a scale; raise the mistake "scale" for anything else."""
    if not (value.isascii() and value.isdigit() and len(value) <= 2 and lowest <= int(value) <= highest):
        raise UnreadableAnswerError("scale", low=lowest, high=highest)
    return float(value)


def ends(low: Localised | None, high: Localised | None) -> Iterator[tuple[str, Localised]]:
    """Yield the words at the ends of a scale that has some."""
    if low:
        yield "low", low
    if high:
        yield "high", high
