"""What the customer's page itself says, in every language it can speak: buttons, mistakes, thank-you.

Each language is one file in ``surveys/data/languages``; adding a file adds the language. What a questionnaire
says is in its definition, in the languages its author wrote.
"""

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from surveys.rules.readings import Mistake
from surveys.rules.texts import DEFAULT_LANGUAGE, LANGUAGES, Language, Localised, say

Words = Mapping[str, Mapping[str, str]]
"""The phrases of one language by group and name; words in braces are filled in with ``str.format``."""

_FOLDER = Path(__file__).resolve().parent.parent / "data" / "languages"


@cache
def _spoken() -> dict[Language, Words]:
    """Return the phrases of every language there is a file for."""
    return {
        file.stem: tomllib.loads(file.read_text(encoding="utf-8"))
        for file in sorted(_FOLDER.glob("*.toml"), key=_place)
    }


def _place(file: Path) -> tuple[int, str]:
    """Return where a language stands in a list: those that come first everywhere, then the others by their codes."""
    return LANGUAGES.index(file.stem) if file.stem in LANGUAGES else len(LANGUAGES), file.stem


def languages() -> dict[Language, str]:
    """Return the languages that the page itself speaks, each with its own name for itself."""
    return {language: words["language"]["name"] for language, words in _spoken().items()}


def words(language: Language) -> Words:
    """Return the phrases of a language, of simplified Chinese where nobody wrote them in that language."""
    spoken = _spoken()
    return spoken.get(language) or spoken.get(language.partition("-")[0]) or spoken[DEFAULT_LANGUAGE]


def mistake(language: Language, found: Mistake, text: Callable[[Localised], str] | None = None) -> str:
    """Say in a language what is wrong with an answer; ``text`` writes the questionnaire's own words in it.

    Where at most one is allowed, the sentence for one is taken if there is any. A code that no language knows is
    said as "could not be understood": the customer is shown a sentence, whatever happens.
    """
    spoken = words(language)
    mistakes = spoken["mistakes"]
    code = f"{found.code}_one" if found.values.get("most") == 1 else found.code
    sentence = mistakes.get(code) or mistakes.get(found.code, mistakes["unreadable"])
    own = text or (lambda localised: say(localised, language))
    return sentence.format_map(
        {name: _said(value, spoken["file"], own) for name, value in found.values.items()}
    )


def _said(value: object, file_kinds: Mapping[str, str], own: Callable[[Localised], str]) -> str:
    """Write a value as people read it: 5 and not 5.0, kinds of files by their names, an option by its label."""
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, dict):
        return own(value)
    if isinstance(value, list | tuple):
        return file_kinds["and"].join(file_kinds.get(kind, str(kind)) for kind in value)
    return str(value)
