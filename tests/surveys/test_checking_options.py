"""Options that read the same: customers cannot tell them apart, and results count them apart."""

from typing import Any

import pytest

from surveys.rules.checking import warnings
from tests.surveys.test_checking import choice, nps, only, page, survey, when, zh


def listed(*labels: str) -> list[dict[str, Any]]:
    return [{"id": f"o{number}", "label": zh(label)} for number, label in enumerate(labels, 1)]


def test_options_that_read_the_same_are_named_once() -> None:
    twins = choice("way", options=listed("柜台", "APP", " 柜台", "app", "柜台"))
    warning = only(warnings(survey(page("p1", twins))))
    assert (warning.code, warning.question) == ("same_options", "way")
    assert "“柜台”“APP”；" in warning.sentence


@pytest.mark.parametrize(
    "question",
    [
        {"type": "choice", "options": listed("柜台", "其他"), "other": zh("其他")},
        {"type": "ranking", "options": listed("快", "快")},
        {"type": "matrix", "rows": listed("速度", "速度"), "columns": listed("好", "差")},
        {"type": "matrix", "rows": listed("速度", "态度"), "columns": listed("好", "好")},
        {"type": "cascader", "tree": [{"id": "a", "label": zh("车险"), "children": listed("理赔", "理赔")}]},
    ],
)
def test_whatever_stands_side_by_side_reads_differently(question: dict[str, Any]) -> None:
    definition = survey(page("p1", {"id": "it", "title": zh("请选择")} | question))
    assert only(warnings(definition)).code == "same_options"


def test_the_same_words_may_stand_in_different_branches_and_for_different_customers() -> None:
    branches = [
        {"id": "a", "label": zh("车险"), "children": [{"id": "a1", "label": zh("理赔")}]},
        {"id": "b", "label": zh("寿险"), "children": [{"id": "b1", "label": zh("理赔")}]},
    ]
    tree = {"type": "cascader", "id": "tree", "title": zh("哪种业务？"), "tree": branches}
    low, high = when("nps", "at_most", 6), when("nps", "above", 6)
    one, other = listed("网点", "网点")
    shown = choice("way", options=[one | {"show": low}, other | {"show": high}, *listed("", "", "电话")[2:]])
    assert warnings(survey(page("p1", nps()), page("p2", tree, shown))) == ()
