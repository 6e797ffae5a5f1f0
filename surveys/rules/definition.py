"""A questionnaire as data: parsed once, checked whole, the same for authoring, answering and export."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from surveys.rules.questions import (
    CesQuestion,
    CsatQuestion,
    Language,
    Localised,
    NpsQuestion,
    Question,
    Reading,
    UnreadableAnswerError,
    say,
)


class Definition(BaseModel):
    """What one version of a survey asks, in all its languages; immutable once published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Localised
    intro: Localised | None = None
    thanks: Localised | None = None
    questions: tuple[Question, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [question.id for question in self.questions]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"question ids stand twice: {', '.join(twice)}")
        return self

    def languages(self) -> list[Language]:
        """Return the languages in which the title exists; the first is the one it was written in."""
        return list(self.title)

    def title_in(self, language: Language) -> str:
        """Return the title in ``language``."""
        return say(self.title, language)


class RefusedAnswersError(ValueError):
    """Some answers cannot be accepted; ``mistakes`` maps question ids to sentences for the customer."""

    def __init__(self, mistakes: dict[str, str]) -> None:
        super().__init__("; ".join(mistakes.values()))
        self.mistakes = mistakes


def read_answers(definition: Definition, sent: Mapping[str, str]) -> dict[str, Reading]:
    """Read what a customer sent, by question id, leaving out what was left out.

    Raises RefusedAnswersError naming every question whose answer is unreadable or missing. Fields that
    belong to no question are ignored: they may come from a mail client or an older page.
    """
    readings: dict[str, Reading] = {}
    mistakes: dict[str, str] = {}
    for question in definition.questions:
        try:
            reading = question.read(sent.get(question.id, ""))
        except UnreadableAnswerError as error:
            mistakes[question.id] = str(error)
            continue
        if not reading.empty:
            readings[question.id] = reading
        elif question.required:
            mistakes[question.id] = "请回答这个问题"
    if mistakes:
        raise RefusedAnswersError(mistakes)
    return readings


def scores(definition: Definition, readings: Mapping[str, Reading]) -> dict[str, int | None]:
    """Return the response's nps, csat and ces: the first answered question of each kind."""
    kinds: dict[str, type[Any]] = {"nps": NpsQuestion, "csat": CsatQuestion, "ces": CesQuestion}
    found: dict[str, int | None] = {}
    for name, kind in kinds.items():
        answered = (
            readings[q.id].number for q in definition.questions if isinstance(q, kind) and q.id in readings
        )
        found[name] = next(answered, None)
    return found
