"""What conditions are true of, and what they look at."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from surveys.rules import conditions
from surveys.rules.conditions import OPERATORS, Condition, holds

READ = TypeAdapter(Condition)
ANSWERS: dict[str, conditions.Value] = {
    "nps": 6.0,
    "zero": 0.0,
    "why": "等了一个月 OK",
    "reasons": ("slow", "rude"),
    "region": "3301",
    "one": ("yes",),
}


def true(condition: dict[str, Any]) -> bool:
    """Say whether a condition holds of the answers above."""
    return holds(READ.validate_python(condition), ANSWERS.get)


@pytest.mark.parametrize(
    ("of", "operator", "than", "expected"),
    [
        ("nps", "equals", 6, True),
        ("nps", "equals", "6.0", True),
        ("nps", "differs", 6, False),
        ("nps", "below", 6, False),
        ("nps", "at_most", 6, True),
        ("nps", "above", 5, True),
        ("nps", "at_least", 7, False),
        ("nps", "between", [0, 6], True),
        ("nps", "between", [7, 8], False),
        ("zero", "answered", None, True),
        ("zero", "at_most", 0, True),
        ("why", "contains", "ok", True),
        ("why", "contains", "两个月", False),
        ("reasons", "includes", "slow", True),
        ("reasons", "includes", "price", False),
        ("reasons", "includes_any", ["price", "rude"], True),
        ("reasons", "includes_all", ["price", "rude"], False),
        ("reasons", "excludes", "price", True),
        ("reasons", "equals", ["rude", "slow"], True),
        ("one", "equals", "yes", True),
        ("region", "at_least", 3301, True),
        ("nps", "below", "abc", False),
        ("why", "below", 3, False),
    ],
)
def test_a_test_says_what_its_words_say(of: str, operator: str, than: object, expected: bool) -> None:
    assert true({"of": of, "is": operator, "than": than}) is expected


@pytest.mark.parametrize("operator", OPERATORS)
def test_of_nothing_only_the_denials_are_true(operator: str) -> None:
    than = [0, 9] if operator == "between" else "x"
    assert true({"of": "nobody", "is": operator, "than": than}) is (
        operator in {"unanswered", "differs", "excludes"}
    )


def test_groups_join_their_parts() -> None:
    yes, no = {"of": "nps", "is": "answered"}, {"of": "nps", "is": "unanswered"}
    assert true({"all": [yes, {"any": [no, yes]}]})
    assert not true({"all": [yes, no]})
    assert true({"none": [no, {"all": [yes, no]}]})
    assert not true({"none": [yes, no]})


def test_what_a_condition_looks_at_is_known() -> None:
    deep = READ.validate_python(
        {"all": [{"of": "nps", "is": "answered"}, {"none": [{"of": "event.product", "is": "answered"}]}]}
    )
    assert conditions.refs(deep) == {"nps", "event.product"}
    assert conditions.depth(deep) == 3
    assert conditions.refs(None) == frozenset()


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"all": []},
        {"of": "nps"},
        {"of": "NPS", "is": "answered"},
        {"of": "nps", "is": "larger", "than": 1},
        {"of": "nps", "is": "equals", "than": float("nan")},
        {"of": "nps", "is": "equals", "than": []},
        {"of": "reasons", "is": "includes_any", "than": []},
        {"all": [{"of": "nps", "is": "answered"}], "any": []},
        5,
        None,
        "nps > 6",
    ],
)
def test_what_is_no_condition_is_refused(broken: object) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python(broken)


@given(
    of=st.sampled_from(["nps", "why", "reasons", "nobody"]),
    operator=st.sampled_from(OPERATORS),
    than=st.one_of(
        st.none(),
        st.text(max_size=5),
        st.floats(allow_nan=False, allow_infinity=False),
        st.lists(st.text(), min_size=1),
    ),
)
def test_a_test_answers_yes_or_no_whatever_it_is_asked(of: str, operator: str, than: object) -> None:
    condition = READ.validate_python({"of": of, "is": operator, "than": than})
    assert holds(condition, ANSWERS.get) in {True, False}
    assert READ.validate_python(condition.model_dump(mode="json")) == condition
