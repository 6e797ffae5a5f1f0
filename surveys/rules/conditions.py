"""Conditions: and/or groups over answers, variables and what is known of the event and the customer.

A test names what it looks at by a reference: a key of the answers (``nps``, ``service.speed``),
``<question>.points``, ``var.<variable>``, ``event.<attribute>`` or ``customer.<attribute>``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    FiniteFloat,
    StringConstraints,
    Tag,
    model_validator,
)

Ref = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}(\.[A-Za-z0-9_\-]{1,64})?$")]
Operator = Literal[
    "answered", "unanswered", "equals", "differs", "below", "at_most", "above", "at_least", "between",
    "includes", "includes_any", "includes_all", "excludes", "contains",
]  # fmt: skip
OPERATORS: tuple[Operator, ...] = get_args(Operator)

Value = float | str | tuple[str, ...] | None
"""What a reference leads to: a number, words, the ids of the chosen options, or nothing."""

Look = Callable[[str], Value]

# What is true although nothing was answered.
_TRUE_OF_NOTHING = frozenset({"unanswered", "differs", "excludes"})

MOST_TESTS = 50
DEEPEST = 6


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class Test(_Shape):
    """One comparison. An unanswered reference makes every test false but unanswered, differs and excludes."""

    __test__ = False  # not one of pytest's

    of: Ref
    is_: Operator = Field(alias="is")
    than: FiniteFloat | str | tuple[FiniteFloat, FiniteFloat] | tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _compares_with_something(self) -> Self:
        """Refuse an empty list: nobody could say what such a test means, nor write it in words."""
        if self.than == ():
            raise ValueError("a list to compare with holds at least one value")
        return self


class AllOf(_Shape):
    """True if every one of the conditions is."""

    all: tuple[Condition, ...] = Field(min_length=1, max_length=MOST_TESTS)


class AnyOf(_Shape):
    """True if at least one of the conditions is."""

    any: tuple[Condition, ...] = Field(min_length=1, max_length=MOST_TESTS)


class NoneOf(_Shape):
    """True if not one of the conditions is."""

    none: tuple[Condition, ...] = Field(min_length=1, max_length=MOST_TESTS)


def _tag(value: Any) -> str:  # noqa: ANN401 - JSON, or a condition
    if isinstance(value, BaseModel):
        return type(value).__name__
    keys = value if isinstance(value, dict) else {}
    return next((name for key, name in _TAGS.items() if key in keys), "Test")


_TAGS = {"all": "AllOf", "any": "AnyOf", "none": "NoneOf"}

Condition = Annotated[
    Annotated[AllOf, Tag("AllOf")]
    | Annotated[AnyOf, Tag("AnyOf")]
    | Annotated[NoneOf, Tag("NoneOf")]
    | Annotated[Test, Tag("Test")],
    Discriminator(_tag),
]

for _group in (AllOf, AnyOf, NoneOf):
    _group.model_rebuild()


def parts(condition: Condition) -> tuple[Condition, ...]:
    """Return the conditions directly inside a group; nothing for a test."""
    if isinstance(condition, AllOf):
        return condition.all
    if isinstance(condition, AnyOf):
        return condition.any
    if isinstance(condition, NoneOf):
        return condition.none
    return ()


def tests(condition: Condition) -> Iterator[Test]:
    """Yield every test of a condition, however deep."""
    if isinstance(condition, Test):
        yield condition
    for part in parts(condition):
        yield from tests(part)


def refs(condition: Condition | None) -> frozenset[str]:
    """Return what a condition looks at."""
    return frozenset() if condition is None else frozenset(test.of for test in tests(condition))


def depth(condition: Condition) -> int:
    """Return how deep groups stand in groups; a test alone is 1."""
    return 1 + max((depth(part) for part in parts(condition)), default=0)


def holds(condition: Condition | None, look: Look) -> bool:
    """Say whether a condition is true of what ``look`` finds; no condition always is."""
    if condition is None:
        return True
    if isinstance(condition, AllOf):
        return all(holds(part, look) for part in condition.all)
    if isinstance(condition, AnyOf):
        return any(holds(part, look) for part in condition.any)
    if isinstance(condition, NoneOf):
        return not any(holds(part, look) for part in condition.none)
    return _passes(condition, look(condition.of))


def _passes(test: Test, value: Value) -> bool:  # noqa: PLR0911 - one line for each family of operators
    operator, than = test.is_, test.than
    if value is None or value in ("", ()):
        return operator in _TRUE_OF_NOTHING
    if operator in {"answered", "unanswered"}:
        return operator == "answered"
    if operator in {"equals", "differs"}:
        return _same(value, than) == (operator == "equals")
    if operator in {"below", "at_most", "above", "at_least", "between"}:
        return _compares(operator, _number(value), than)
    if operator == "contains":
        return isinstance(than, str) and than.casefold() in _text(value).casefold()
    chosen = set(value) if isinstance(value, tuple) else {_text(value)}
    wanted = {_text(one) for one in than} if isinstance(than, tuple) else {_text(than)}
    if operator == "includes_any":
        return bool(chosen & wanted)
    if operator == "excludes":
        return not chosen & wanted
    return wanted <= chosen  # includes, includes_all


def _same(value: Value, than: object) -> bool:
    if isinstance(value, tuple):
        return set(value) == ({_text(one) for one in than} if isinstance(than, tuple) else {_text(than)})
    if isinstance(value, float):
        return value == _number(than)
    return _text(value) == _text(than)


def _compares(operator: str, number: float | None, than: object) -> bool:
    if number is None:
        return False
    if operator == "between":
        if not isinstance(than, tuple) or len(than) != 2:
            return False
        low, high = _number(than[0]), _number(than[1])
        return low is not None and high is not None and low <= number <= high
    bound = _number(than)
    if bound is None:
        return False
    return {
        "below": number < bound,
        "at_most": number <= bound,
        "above": number > bound,
        "at_least": number >= bound,
    }[operator]


def _number(value: object) -> float | None:
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() if value is not None else ""
