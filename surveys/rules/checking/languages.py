"""How far a questionnaire is written in each of its languages."""

from typing import NamedTuple

from surveys.rules.definition import Definition
from surveys.rules.texts import DEFAULT_LANGUAGE, Language


class Completeness(NamedTuple):
    """How many texts of all are there in one language, and the places of those that are missing."""

    done: int
    total: int
    missing: tuple[str, ...]

    @property
    def percent(self) -> int:
        """The share that is done, rounded down: 100 means that nothing is missing."""
        return 100 * self.done // self.total if self.total else 100


def completeness(definition: Definition) -> dict[Language, Completeness]:
    """Return for each language that occurs how complete it is, simplified Chinese first."""
    texts = list(definition.texts())
    languages = dict.fromkeys([DEFAULT_LANGUAGE, *definition.languages()])
    for _place, text in texts:
        languages |= dict.fromkeys(text)
    found = {}
    for language in languages:
        missing = tuple(place for place, text in texts if not text.get(language, "").strip())
        found[language] = Completeness(len(texts) - len(missing), len(texts), missing)
    return found
