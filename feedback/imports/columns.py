"""Which column of a file means what: the names of ``columns.toml`` against a header."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from core.errors import InvalidInputError

FILE = Path(__file__).parent / "columns.toml"

HEADER_WITHIN = 10
"""Rows among which the header is looked for: exports like to begin with a title."""

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_FILLING = re.compile(r"[\s_\-*:.]+")


MOST_NAMED = 50
"""Columns not read that are kept by name; a hostile file gives every line keys of its own."""

LABELS = {
    "words": "内容",
    "id": "编号",
    "occurred_at": "时间",
    "channel": "渠道",
    "rating": "评分",
    "region": "机构",
    "touchpoint": "触点",
    "customer": "客户号",
}
"""What we call the fields; the words of ``--column`` and of the summary."""

REJECTS = ("行号", "拒收原因")
"""The columns with which our own reject files begin; they are read again without these."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each field stands in a row.

    ``doubles`` are headers that mean a field which another column was taken for, with that field; ``ignored``
    are headers that mean nothing to us. ``rejects`` marks a reject file of ours.
    """

    places: dict[str, int]
    header: tuple[str, ...]
    ignored: tuple[str, ...]
    doubles: tuple[tuple[str, str], ...]
    rejects: bool = False

    @property
    def width(self) -> int:
        """How many columns the header has."""
        return len(self.header)

    @property
    def least(self) -> int:
        """How many cells a row must have: headers without a name at the end may be missing."""
        return max((place for place, name in enumerate(self.header, start=1) if name.strip()), default=0)


@dataclass(slots=True)
class Understood:
    """What the columns of a whole file were taken for; lines of JSON may each have columns of their own."""

    taken: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    doubles: list[tuple[str, str]] = field(default_factory=list)

    def note(self, found: Layout) -> None:
        """Add what one header says."""
        for name, place in found.places.items():
            self.taken.setdefault(name, found.header[place])
        self.ignored += [name for name in found.ignored if name not in self.ignored]
        self.doubles += [double for double in found.doubles if double not in self.doubles]
        del self.ignored[MOST_NAMED:], self.doubles[MOST_NAMED:]


def plain(name: str) -> str:
    """Return a name as names are compared."""
    folded = unicodedata.normalize("NFKC", name[:200]).casefold()
    return _FILLING.sub("", _BRACKETS.sub("", folded))


def layout(header: Sequence[str], wanted: Mapping[str, str] | None = None) -> Layout | None:
    """Return the layout that a header describes, or None if no column of it holds words.

    ``wanted`` names the column of a field by its header; such a column stands for no other field.
    """
    wanted = wanted or {}
    names = [plain(name) for name in header]
    asked = {plain(name): field for field, name in wanted.items()}
    places = {field: names.index(name) for name, field in asked.items() if name in names}
    for field_name, known in _names()["columns"].items():
        found = next((name for name in known if name in names and name not in asked), None)
        if found is not None and field_name not in wanted:
            places[field_name] = names.index(found)
    if "words" not in places:
        return None
    rejects = tuple(header[: len(REJECTS)]) == REJECTS
    rest = [
        (name, means(name))
        for place, name in enumerate(header)
        if name.strip() and place not in places.values() and not (rejects and place < len(REJECTS))
    ]
    return Layout(
        places,
        tuple(header),
        ignored=tuple(name for name, field in rest if field not in places),
        doubles=tuple((name, field) for name, field in rest if field in places),
        rejects=rejects,
    )


def means(name: str) -> str:
    """Return the field for which a column of this header is taken, or nothing."""
    folded = plain(name)
    return next((field for field, known in _names()["columns"].items() if folded in known), "")


def wanted(pairs: Iterable[str]) -> dict[str, str]:
    """Return the header of each field that ``--column 时间=发表日`` names; raise InvalidInputError if one is none."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, _, header = (part.strip() for part in pair.partition("="))
        field_name = next((code for code, label in LABELS.items() if name in {code, label}), means(name))
        if not field_name or not header:
            raise InvalidInputError(
                f"--column 要写成 时间=发表日 这样，等号前是其中之一：{'、'.join(LABELS.values())}"
            )
        if field_name in found or plain(header) in map(plain, found.values()):
            raise InvalidInputError(f"--column {pair} 与前面的 --column 重复")
        found[field_name] = header
    return found


def missing(header: Sequence[str], wanted: Mapping[str, str]) -> list[str]:
    """Return the columns that were asked for and that a header does not have."""
    names = [plain(name) for name in header]
    return [name for name in wanted.values() if plain(name) not in names]


def accepted(field: str) -> list[str]:
    """Return the names under which a column is recognised."""
    return _names()["columns"][field]


def channel_code(name: str) -> str:
    """Return our code for a channel that another system names, or the name as it is."""
    return _channels().get(plain(name), name)


def channel_codes() -> set[str]:
    """Return the channels that we have a code for."""
    return set(_names()["channels"])


@cache
def _names() -> dict[str, dict[str, list[str]]]:
    with FILE.open("rb") as file:
        names: dict[str, dict[str, list[str]]] = tomllib.load(file)
    return names


@cache
def _channels() -> dict[str, str]:
    return {plain(name): code for code, names in _names()["channels"].items() for name in names}
