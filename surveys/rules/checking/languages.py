"""How far a questionnaire is written in each of its languages."""

from collections import defaultdict
from typing import NamedTuple

from surveys.rules.definition import Definition
from surveys.rules.editing.wording import texts
from surveys.rules.texts import DEFAULT_LANGUAGE, Language


class Completeness(NamedTuple):
    """How many texts of all are there in one language, and which are not or no longer as they should be.

    ``missing`` are places as ``Definition.texts`` names them, ``outdated`` the paths of texts whose original was
    changed after they were translated.
    """

    done: int
    total: int
    missing: tuple[str, ...]
    outdated: tuple[str, ...] = ()

    @property
    def current(self) -> int:
        """How many texts are there and say what the original says now, as far as anybody knows."""
        return self.done - len(self.outdated)

    @property
    def percent(self) -> int:
        """The share that is there and current, rounded down: 100 means that nothing is missing or out of date."""
        return 100 * self.current // self.total if self.total else 100

    @property
    def whole(self) -> bool:
        """Whether nothing is missing and nothing is out of date."""
        return not self.missing and not self.outdated


def completeness(definition: Definition) -> dict[Language, Completeness]:
    """Return for each language that occurs how complete it is, simplified Chinese first."""
    said = list(definition.texts())
    languages = dict.fromkeys([DEFAULT_LANGUAGE, *definition.languages()])
    for _place, text in said:
        languages |= dict.fromkeys(text)
    paths = _translated(definition) if definition.outdated else defaultdict(frozenset)
    found = {}
    for language in languages:
        missing = tuple(place for place, text in said if not text.get(language, "").strip())
        stale = tuple(
            path for path in (definition.outdated or {}).get(language, {}) if path in paths[language]
        )
        found[language] = Completeness(len(said) - len(missing), len(said), missing, stale)
    return found


def _translated(definition: Definition) -> defaultdict[Language, frozenset[str]]:
    """Return by language the paths of the texts that are there; a file may name some that are not."""
    document = definition.model_dump(mode="json", by_alias=True, exclude_none=True)
    found: defaultdict[Language, frozenset[str]] = defaultdict(frozenset)
    for path, _place, holder, key in texts(document):
        for language in holder[key]:
            found[language] |= {path}
    return found
