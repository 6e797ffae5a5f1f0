"""The tree of an expression, the same for every language it was written in."""

from __future__ import annotations

from dataclasses import dataclass

Scalar = str | float | bool | None


class NotCarriedError(ValueError):
    """The expression has no counterpart in our logic."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A question, a variable, an attribute: whatever the file calls by a name."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written out; None is SurveyJS's null."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Many:
    """A list written out."""

    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function and what it is given."""

    name: str
    arguments: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    inner: Tree


@dataclass(frozen=True, slots=True)
class Binary:
    """Two sides and an operator in our words: and, or, equals, differs, below, …, or an arithmetic sign."""

    operator: str
    left: Tree
    right: Tree


Tree = Ref | Literal | Many | Call | Not | Binary
