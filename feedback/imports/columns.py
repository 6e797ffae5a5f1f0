"""Which column of a file means what: the names of ``columns.toml`` against a header."""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "columns.toml"

HEADER_WITHIN = 10
"""Rows among which the header is looked for: exports like to begin with a title."""

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_FILLING = re.compile(r"[\s_\-*:.]+")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each field stands in a row, and the headers that nobody needs."""

    places: dict[str, int]
    ignored: tuple[str, ...]
    width: int


def plain(name: str) -> str:
    """Return a name as names are compared."""
    folded = unicodedata.normalize("NFKC", name[:200]).casefold()
    return _FILLING.sub("", _BRACKETS.sub("", folded))


def layout(header: Sequence[str]) -> Layout | None:
    """Return the layout that a header describes, or None if no column of it holds words."""
    names = [plain(name) for name in header]
    places: dict[str, int] = {}
    for field, known in _names()["columns"].items():
        found = next((name for name in known if name in names), None)
        if found is not None:
            places[field] = names.index(found)
    if "words" not in places:
        return None
    taken = set(places.values())
    ignored = tuple(name for place, name in enumerate(header) if place not in taken and name.strip())
    return Layout(places, ignored, len(header))


def accepted(field: str) -> list[str]:
    """Return the names under which a column is recognised."""
    return _names()["columns"][field]


def channel_code(name: str) -> str:
    """Return our code for a channel that another system names, or the name as it is."""
    return _channels().get(plain(name), name)


@cache
def _names() -> dict[str, dict[str, list[str]]]:
    with FILE.open("rb") as file:
        names: dict[str, dict[str, list[str]]] = tomllib.load(file)
    return names


@cache
def _channels() -> dict[str, str]:
    return {plain(name): code for code, names in _names()["channels"].items() for name in names}
