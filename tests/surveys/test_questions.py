"""What holds of every kind of question: it never accepts what it does not allow, and tells all about itself."""

import json
import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from surveys.rules.questions import ChoiceQuestion, ChoicesQuestion, Option, Question, WordsQuestion, in_order
from surveys.rules.readings import UnreadableAnswerError
from tests.surveys.samples import (
    ALL,
    MORE,
    READ,
    SAMPLES,
    TREE,
    Json,
    allowed,
    options,
    parsed,
    question,
    said,
)

NAMED = [pytest.param(sample, id=f"{number}-{sample['type']}") for number, sample in enumerate(ALL)]

VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["0", "1", "2", "3", "5", "7", "10", "0.3", "-1", "a", "b", "c", "none", "other", "motor", "crash", "health",
         "110000", "110101", "330100", "330106", "440300", "13800138000", "a@b.cn", "PL2026000123", "2026-06-10",
         "2026年6月1日", "11010519491231002X", "1234", "on", "x" * 22, "\x00", "\ud800", "９", "9" * 5000]
    ),
)  # fmt: skip
FIELDS = st.sampled_from(
    ["q", "q.other", "q.r1", "q.r2", "q.a", "q.b", "q.c", "q.1", "q.2", "q.3", "q.motor", "q.", "", "x"]
)
SENT = st.dictionaries(FIELDS, st.lists(VALUES, max_size=4), max_size=6)


@pytest.mark.parametrize("sample", NAMED)
@given(data=st.data())
def test_whatever_is_sent_is_refused_or_an_answer_the_question_allows(
    sample: Json, data: st.DataObject
) -> None:
    asked = parsed(sample)
    sent = data.draw(SENT)
    try:
        readings = asked.read(sent)
    except UnreadableAnswerError:
        return
    assert set(readings) <= set(asked.keys())
    for key, reading in readings.items():
        assert not reading.empty
        assert allowed(asked, reading, key)
        assert (reading.words or "").encode().decode() == (reading.words or "")
    assert asked.complete(readings) in {True, False}


@pytest.mark.parametrize("sample", NAMED)
def test_a_question_tells_everything_about_itself(sample: Json) -> None:
    asked = parsed(sample)
    keys = [column.key for column in asked.columns("en")]
    assert len(set(keys)) == len(keys)
    assert set(asked.keys()) <= set(keys)
    assert all(key.partition(".")[0] == "q" for key in keys)
    assert len(set(asked.option_ids())) == len(asked.option_ids())
    paths = [path for path, _text in asked.texts()]
    assert len(set(paths)) == len(paths)
    assert asked.asks == (asked.type != "section")
    assert asked.complete({}) == (asked.type in {"section", "hidden"})


@pytest.mark.parametrize("sample", NAMED)
def test_a_question_is_the_same_after_it_was_written_and_read(sample: Json) -> None:
    asked = parsed(sample)
    assert READ.validate_json(asked.model_dump_json()) == asked
    assert set(json.loads(asked.model_dump_json(exclude_unset=True))) >= set(sample)


def test_every_text_a_customer_sees_is_named() -> None:
    for kind in SAMPLES:
        asked = question(kind, hint=said("提示"))
        named = {text["zh-Hans"] for _path, text in asked.texts()}
        written = set(re.findall(r'"zh-Hans":"([^"]*)"', asked.model_dump_json()))
        assert named == (written if kind != "hidden" else set())


def test_there_is_a_sample_of_every_kind() -> None:
    kinds = {get_args(kind.model_fields["type"].annotation)[0] for kind in get_args(get_args(Question)[0])}
    assert kinds == set(SAMPLES)


def test_only_the_named_scores_make_a_score() -> None:
    scores = {kind: question(kind).score for kind in SAMPLES if question(kind).score}
    assert scores == {"nps": "nps", "csat": "csat", "ces": "ces"}
    assert question("rating", highest=5).score is None


def test_only_what_names_somebody_is_secret() -> None:
    secret = {str(sample.get("format")) for sample in ALL if parsed(sample).secret}
    assert secret == {"mobile", "id_card", "policy", "email"}
    assert parsed(MORE[4]).columns("en")[0].kind == "secret"


@pytest.mark.parametrize(
    ("kind", "changes", "reason"),
    [
        ("choice", {"options": options("a", "a")}, "stand twice: a"),
        ("choice", {"options": options("a", "other")}, "stand twice: other"),
        ("choice", {"options": []}, "at least 1"),
        ("choices", {"least": 3, "most": 2}, "above the most"),
        ("choices", {"most": 9}, "more than there are options"),
        ("choices", {"least": 5, "most": None}, "cannot be chosen among"),
        ("ranking", {"least": 4}, "more than there are options"),
        ("ranking", {"options": options("a"), "least": None}, "two options"),
        ("matrix", {"rows": options("a", "a")}, "rows stand twice"),
        ("matrix", {"columns": options("a", "a")}, "columns stand twice"),
        ("matrix", {"columns": []}, "needs columns"),
        (
            "matrix",
            {"columns": options("a", a={"show": {"of": "x", "is": "answered"}})},
            "no conditions here",
        ),
        ("rating", {"highest": 11}, "less than or equal to 10"),
        ("slider", {"step": 0.3}, "divide the range"),
        ("slider", {"lowest": 1}, "below the highest"),
        ("slider", {"highest": 5000}, "at most 1000 steps"),
        ("words", {"min_length": 21}, "above the most"),
        ("words", {"low": 2, "high": 1}, "above the highest"),
        ("words", {"pattern": "(a"}, "not closed"),
        ("words", {"max_length": 5001}, "less than or equal to 5000"),
        ("date", {"earliest": "2026-02-30"}, "is no day"),
        ("date", {"earliest": "2026-02-02", "latest": "2026-02-01"}, "after the latest"),
        ("date", {"earliest": "today+2", "latest": "today"}, "after the latest"),
        ("date", {"earliest": "tomorrow"}, "match pattern"),
        ("cascader", {"source": None}, "needs either"),
        ("cascader", {"tree": TREE}, "needs either"),
        ("cascader", {"source": None, "tree": [TREE[0], TREE[0]]}, "stand twice"),
        ("file", {"kinds": []}, "at least 1"),
        ("file", {"kinds": ["programs"]}, "images"),
        ("file", {"most_bytes": 20_000_000}, "less than or equal"),
        ("hidden", {"parameter": "a b"}, "match pattern"),
        ("nps", {"id": "a.b"}, "match pattern"),
        ("nps", {"surprise": 1}, "not permitted"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_with_its_reason(
    kind: str, changes: Json, reason: str
) -> None:
    with pytest.raises(ValidationError, match=reason):
        question(kind, **changes)


def test_a_tree_is_at_most_five_levels_deep() -> None:
    tree: list[Json] = options("leaf")
    for depth in range(4):
        tree = [{"id": f"level{depth}", "label": said("层"), "children": tree}]
    assert question("cascader", source=None, tree=tree).steps() == 5
    with pytest.raises(ValidationError, match="at most 5 levels"):
        question("cascader", source=None, tree=[{"id": "top", "label": said("层"), "children": tree}])


@given(st.binary(max_size=16), st.integers(2, 12))
def test_options_are_shuffled_the_same_way_for_the_same_customer(seed: bytes, number: int) -> None:
    listed = [Option.model_validate(option) for option in options(*(f"o{n}" for n in range(number)))]
    listed[0] = listed[0].model_copy(update={"exclusive": True})
    shuffled = in_order(listed, seed, "q")
    assert shuffled == in_order(listed, seed, "q")
    assert sorted(shuffled, key=lambda option: option.id) == sorted(listed, key=lambda option: option.id)
    assert shuffled[-1] == listed[0]


def test_customers_see_different_orders_with_other_at_the_end() -> None:
    asked: ChoiceQuestion = question("choice", options=options("a", "b", "c", "d"))
    orders = {tuple(option.id for option in asked.offered(f"seed {n}")) for n in range(200)}
    assert len(orders) == 24
    assert {order[-1] for order in orders} == {"other"}
    plain: ChoicesQuestion = question("choices")
    assert [option.id for option in plain.offered("x")] == ["a", "b", "c", "none", "other"]


def test_marks_that_turn_the_direction_of_a_page_are_taken_out() -> None:
    question = WordsQuestion(id="why", title={"zh-Hans": "为什么"})
    assert question.read({"why": ["慢\u202e反\u2066了"]})["why"].words == "慢反了"
