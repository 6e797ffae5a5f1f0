"""Answers in words, as later texts quote them: labels instead of ids, whole numbers without a point."""

from collections.abc import Callable

from surveys.rules.definition import Definition
from surveys.rules.logic import Facts, Walk, look_in
from surveys.rules.questions import Question
from surveys.rules.readings import Reading
from surveys.rules.texts import Language


def quote(question: Question, reading: Reading, language: Language) -> str:
    """Return one answer in words; of "other" its own words are quoted, of a cascade the way to the choice."""
    if reading.options is not None:
        if question.type == "cascader":
            return "".join(question.label(option, language) for option in reading.options)
        labels = {name: label for column in question.columns(language) for name, label in column.options}
        spoken = [
            reading.words if option == "other" and reading.words else labels.get(option, option)
            for option in reading.options
        ]
        return ("、" if language.startswith("zh") else ", ").join(spoken)
    if reading.number is not None:
        return f"{reading.number:g}" if abs(reading.number) < 1e6 else f"{reading.number:.0f}"
    return reading.words or ""


def quoting(
    definition: Definition, walked: Walk, facts: Facts, language: Language
) -> Callable[[str], str | None]:
    """Return how the pipes of texts find what they quote; answers to secret questions are not repeated."""
    look = look_in(walked, definition, facts)

    def found(ref: str) -> str | None:
        reading = walked.readings.get(ref)
        if reading is not None:
            question = definition.by_id[ref.partition(".")[0]]
            return None if question.secret else quote(question, reading, language)
        value = look(ref)
        if value is None or isinstance(value, tuple):
            return None
        return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)

    return found
