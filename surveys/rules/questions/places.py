"""Questions answered step by step from the wide to the narrow: 省/市/区, or a tree of the author's own.

The places of China come from ``surveys/data/places`` and are read when the first of them is asked for.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from surveys.rules.questions.base import (
    MOST_OPTIONS,
    Option,
    QuestionBase,
    all_sent,
    require_no_conditions,
    require_unique,
    texts_of,
)
from surveys.rules.readings import Column, Reading, Sent, UnreadableAnswerError
from surveys.rules.texts import Language, Localised, say

FILE = Path(__file__).parents[2] / "data" / "places" / "places.json"
PROVINCE, CITY, COUNTY = 1, 2, 3
DEEPEST = 5
MOST_IN_TREE = 3_000


@dataclass(frozen=True, slots=True)
class _Places:
    names: Mapping[str, str]
    former: Mapping[str, str]
    below: Mapping[str | None, tuple[str, ...]]


def children(code: str | None, levels: int = COUNTY) -> tuple[str, ...]:
    """Return the codes of the places directly inside a place, or the provinces for None.

    ``levels`` is how deep a question goes: 1 provinces, 2 cities, 3 counties. The districts of a municipality
    hang directly below it and are counties, therefore a question down to the city ends at the municipality.
    """
    return tuple(place for place in _loaded().below.get(code, ()) if _rank(place) <= levels)


def name(code: str) -> str:
    """Return the name of a place, also of one that no longer exists; an unknown code stands for itself."""
    places = _loaded()
    return places.names.get(code) or places.former.get(code) or code


def path(code: str) -> tuple[str, ...]:
    """Return the codes from the province to the place; nothing for a code that is none (any more)."""
    names = _loaded().names
    if code not in names:
        return ()
    above = _above(code, names)
    return (code,) if above is None else (*path(above), code)


def _rank(code: str) -> int:
    """Tell provinces, cities and counties apart; counties under a province directly (xx90xx) count as cities."""
    if code.endswith("0000"):
        return PROVINCE
    return CITY if code.endswith("00") or code[2:4] == "90" else COUNTY


def _above(code: str, names: Mapping[str, str]) -> str | None:
    if _rank(code) == PROVINCE:
        return None
    city = code[:4] + "00"
    return city if _rank(code) == COUNTY and city in names else code[:2] + "0000"


@functools.cache
def _loaded() -> _Places:
    """Read the file once; 70 KB, some milliseconds."""
    read = json.loads(FILE.read_text(encoding="utf-8"))
    names: dict[str, str] = read["places"]
    below: dict[str | None, list[str]] = {}
    for code in sorted(names):
        below.setdefault(_above(code, names), []).append(code)
    return _Places(names, read["former"], {code: tuple(inside) for code, inside in below.items()})


class Branch(Option):
    """An option of a tree, with the options that follow once it is chosen."""

    children: tuple["Branch", ...] = Field((), max_length=MOST_OPTIONS)


class CascaderQuestion(QuestionBase):
    """A place, or a leaf of the author's own tree, found by one choice after the other.

    The form may send the chosen ids in one field each (``<id>.1``, ``<id>.2`` …), all of them as values of
    ``<id>``, or only the last one: ids are unique in the whole tree, so the way to it is known. A way that
    stops early is kept, but does not satisfy a required question.
    """

    type: Literal["cascader"] = "cascader"
    source: Literal["places"] | None = None
    levels: int = Field(COUNTY, ge=PROVINCE, le=COUNTY)
    tree: tuple[Branch, ...] = Field((), max_length=MOST_OPTIONS)

    @model_validator(mode="after")
    def _one_source_of_options(self) -> Self:
        if (self.source is None) == (not self.tree):
            raise ValueError("a cascade needs either the places or a tree of its own")
        if _depth(self.tree) > DEEPEST:
            raise ValueError(f"a tree is at most {DEEPEST} levels deep")
        branches = list(_walk(self.tree))
        if len(branches) > MOST_IN_TREE:
            raise ValueError(f"a tree has at most {MOST_IN_TREE} options")
        require_unique((branch.id for branch in branches), "options")
        require_no_conditions(branches, "the options of a cascade")
        return self

    def below(self, chosen: str | None) -> tuple[str, ...]:
        """Return the ids that can be chosen after ``chosen``, or first for None."""
        if self.source:
            return children(chosen, self.levels)
        if chosen is None:
            return tuple(branch.id for branch in self.tree)
        found = next((branch for branch in _walk(self.tree) if branch.id == chosen), None)
        return tuple(branch.id for branch in found.children) if found else ()

    def label(self, chosen: str, language: Language) -> str:
        """Return what an id is called; places have only their Chinese name."""
        if self.source:
            return name(chosen)
        found = next((branch for branch in _walk(self.tree) if branch.id == chosen), None)
        return say(found.label, language) if found else chosen

    def steps(self) -> int:
        """Return how many choices there are at most, one after the other."""
        return self.levels if self.source else _depth(self.tree)

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read the way to the narrowest choice; the mistake is "path" for a way that does not exist."""
        fields = (self.id, *(f"{self.id}.{number}" for number in range(1, DEEPEST + 1)))
        chosen = list(dict.fromkeys(value for field in fields for value in all_sent(sent, field)))
        if not chosen:
            return {}
        ways = [self._way(value) for value in chosen]
        longest = max(ways, key=len)
        if not all(ways) or not set(chosen) <= set(longest):
            raise UnreadableAnswerError("path")
        return {self.id: Reading(options=longest)}

    def complete(self, readings: Mapping[str, Reading]) -> bool:
        """Tell whether the way was gone to its end."""
        way = readings.get(self.id, Reading()).options
        return way is not None and not self.below(way[-1])

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return one column of ways; the names of places are to be had from ``name``."""
        options = tuple((branch.id, say(branch.label, language)) for branch in _walk(self.tree))
        return (Column(self.id, say(self.title, language), "place", options),)

    def texts(self) -> Iterator[tuple[str, Localised]]:
        """Yield the title, the hint and all labels of an own tree."""
        yield from super().texts()
        yield from texts_of(_walk(self.tree), "tree")

    def option_ids(self) -> tuple[str, ...]:
        """Return all ids of an own tree, each before those below it; the places are too many to be named."""
        return tuple(branch.id for branch in _walk(self.tree))

    def _way(self, chosen: str) -> tuple[str, ...]:
        """Return the ids from the widest to ``chosen``, or nothing if it cannot be chosen."""
        if self.source:
            way = path(chosen)
            return way if way and _rank(chosen) <= self.levels else ()
        return _way_to(self.tree, chosen)


def _walk(tree: tuple[Branch, ...]) -> Iterator[Branch]:
    for branch in tree:
        yield branch
        yield from _walk(branch.children)


def _depth(tree: tuple[Branch, ...]) -> int:
    return 1 + max(_depth(branch.children) for branch in tree) if tree else 0


def _way_to(tree: tuple[Branch, ...], chosen: str) -> tuple[str, ...]:
    for branch in tree:
        rest = (branch.id,) if branch.id == chosen else _way_to(branch.children, chosen)
        if rest:
            return rest if branch.id == chosen else (branch.id, *rest)
    return ()
