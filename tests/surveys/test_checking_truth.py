"""What checking calls impossible never happens, whatever anybody answers."""

from collections.abc import Mapping
from random import Random
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from surveys.rules import logic
from surveys.rules.checking.domains import Domains
from surveys.rules.checking.outline import Outline
from surveys.rules.checking.reach import Reach
from surveys.rules.checking.truth import Truth, alternatives
from surveys.rules.conditions import Condition, holds
from surveys.rules.definition import Definition
from surveys.rules.logic import Facts
from surveys.rules.readings import Reading

ZH = "zh-Hans"
CONDITION: TypeAdapter[Any] = TypeAdapter(Condition)

KINDS: Mapping[str, dict[str, Any]] = {
    "nps": {"type": "nps", "low": {ZH: "不会"}, "high": {ZH: "会"}},
    "one": {"type": "choice", "options": [{"id": name, "label": {ZH: name}} for name in "abc"]},
    "some": {
        "type": "choices",
        "most": 2,
        "options": [{"id": n, "label": {ZH: n}, "exclusive": n == "z"} for n in "abz"],
    },
    "number": {"type": "words", "format": "number", "low": 0, "high": 9},
    "words": {"type": "words"},
    "agree": {"type": "consent", "text": {ZH: "同意"}},
}


VALUES: Mapping[str, list[Reading]] = {
    "nps": [Reading(number=float(number)) for number in range(11)],
    "one": [Reading(options=(name,)) for name in "abc"],
    "some": [Reading(options=chosen) for chosen in (("a",), ("b",), ("z",), ("a", "b"))],
    "number": [Reading(number=number) for number in (0.0, 0.5, 1.0, 4.0, 5.5, 9.0)],
    "words": [Reading(words=words) for words in ("a", "1", "5.0", "nan", "慢", "很慢", "abc")],
    "agree": [Reading(number=1.0)],
}
NUMBERS = (-1, 0, 1, 3, 4.5, 5, 9, 10, 11)
WORDS = ("a", "b", "c", "z", "1", "5", "慢")
OPERATORS = (
    "answered", "unanswered", "equals", "differs", "below", "at_most", "above", "at_least", "between",
    "includes", "includes_any", "includes_all", "excludes", "contains",
)  # fmt: skip


class Maker:
    """Makes random conditions, surveys and answers, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)

    def reading(self, kind: str) -> Reading | None:
        """An answer that a question of this kind allows, or none."""
        return None if self.dice.random() < 0.25 else self.dice.choice(VALUES[kind])

    def test(self, refs: list[str]) -> dict[str, Any]:
        operator = self.dice.choice(OPERATORS)
        than: Any = self.dice.choice((*NUMBERS, *WORDS))
        if operator in {"answered", "unanswered"}:
            than = None
        elif operator == "between":
            than = [self.dice.choice(NUMBERS), self.dice.choice(NUMBERS)]
        elif operator in {"includes_any", "includes_all", "excludes"}:
            than = self.dice.sample(WORDS, self.dice.randint(1, 3))
        elif operator in {"below", "at_most", "above", "at_least"}:
            than = self.dice.choice(NUMBERS)
        elif operator == "contains":
            than = self.dice.choice(WORDS)
        return {"of": self.dice.choice(refs), "is": operator, "than": than}

    def condition(self, refs: list[str], depth: int = 3) -> dict[str, Any]:
        if depth == 1 or self.dice.random() < 0.4:
            return self.test(refs)
        group = self.dice.choice(["all", "all", "any", "none"])
        return {group: [self.condition(refs, depth - 1) for _ in range(self.dice.randint(1, 3))]}

    def maybe(self, refs: list[str]) -> dict[str, Any] | None:
        return self.condition(refs) if refs and self.dice.random() < 0.6 else None

    def survey(self) -> tuple[Definition, dict[str, str]]:
        """A survey with random logic, and the kind of each question."""
        kinds: dict[str, str] = {}
        pages: list[dict[str, Any]] = []
        count = self.dice.randint(2, 4)
        for number in range(1, count + 1):
            known = [*kinds, *kinds, "var.count", "var.word", "event.product"]
            page: dict[str, Any] = {"id": f"p{number}", "show": self.maybe(known), "questions": []}
            for place in range(self.dice.randint(1, 3)):
                kind = self.dice.choice(sorted(KINDS))
                page["questions"].append(
                    self.question(f"q{number}{place}", kind, [*kinds, *kinds, "var.count"])
                )
                kinds[f"q{number}{place}"] = kind
            behind = [*kinds, "var.count", "var.word"]
            page["sets"] = [
                self.dice.choice(
                    [
                        {
                            "variable": "count",
                            "op": "add",
                            "value": {"of": min(kinds)},
                            "when": self.maybe(behind),
                        },
                        {"variable": "count", "value": 5},
                        {"variable": "word", "value": "b", "when": self.maybe(behind)},
                    ]
                )
                for _ in range(self.dice.randint(0, 2))
            ]
            page["jumps"] = [
                {
                    "to": self.dice.choice([*(f"p{n}" for n in range(1, count + 1)), "end"]),
                    "when": self.maybe(behind),
                }
                for _ in range(self.dice.randint(0, 2))
            ]
            pages.append(page)
        variables = [{"id": "count", "start": 1}, {"id": "word", "kind": "text", "start": "a"}]
        data = {"title": {ZH: "问卷"}, "pages": pages, "variables": variables}
        return Definition.model_validate(data), kinds

    def question(self, name: str, kind: str, known: list[str]) -> dict[str, Any]:
        question = {"id": name, "title": {ZH: name}, **KINDS[kind], "show": self.maybe(known)}
        if kind == "one":
            options = [{**option, "show": self.maybe(known)} for option in question["options"]]
            question["options"] = options
        return question


def dead_ends(seed: int) -> tuple[Definition, dict[str, str], Reach]:
    definition, kinds = Maker(seed).survey()
    return definition, kinds, Reach(Outline(definition))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_what_is_called_unreachable_is_never_shown(seed: int) -> None:
    definition, kinds, reach = dead_ends(seed)
    maker = Maker(seed + 1)
    for _ in range(20):
        answers = {name: maker.reading(kind) for name, kind in kinds.items()}
        walked = logic.walk(
            definition,
            {name: reading for name, reading in answers.items() if reading is not None},
            Facts(event={"product": maker.dice.choice([None, "a", "5", 5.0, "车险"])}),
        )
        shown = {question.id for view in walked.views for question in view.questions}
        offered = {
            (question.id, option.id)
            for view in walked.views
            for question in view.questions
            for option in getattr(question, "options", ())
        }
        assert shown.isdisjoint(reach.dead_questions)
        assert {view.page.id for view in walked.views}.isdisjoint(reach.dead_pages)
        assert offered.isdisjoint(reach.dead_options)


def test_random_surveys_have_dead_ends_of_every_sort() -> None:
    found = [dead_ends(seed)[2] for seed in range(60)]
    assert sum(bool(reach.dead_pages) for reach in found) > 10
    assert sum(bool(reach.dead_questions) for reach in found) > 20
    assert sum(bool(reach.dead_options) for reach in found) > 5


ALL = [*KINDS, "var.count", "var.word", "event.product"]
EVERYTHING = Definition.model_validate(
    {
        "title": {ZH: "问卷"},
        "variables": [{"id": "count", "start": 1}, {"id": "word", "kind": "text", "start": "a"}],
        "pages": [
            {
                "id": "p1",
                "questions": [{"id": name, "title": {ZH: name}, **kind} for name, kind in KINDS.items()],
                "sets": [
                    {"variable": "count", "op": "add", "value": {"of": "number"}},
                    {"variable": "word", "value": "b"},
                ],
            }
        ],
    }
)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_a_condition_called_never_or_always_true_is_so_of_every_answer(seed: int) -> None:
    maker = Maker(seed)
    condition = CONDITION.validate_python(maker.condition(ALL))
    truth = Truth(Domains(EVERYTHING))
    never, always = not truth.can_hold(condition), not truth.can_fail(condition)
    for _ in range(40 if never or always else 0):
        values: dict[str, Any] = {}
        for name in KINDS:
            reading = maker.reading(name)
            values[name] = None if reading is None else logic.value_of(reading)
        values["var.count"] = maker.dice.choice([1.0, 0.0, 5.5, -3.0, 12.0, float("nan")])
        values["var.word"] = maker.dice.choice(["a", "b"])
        values["event.product"] = maker.dice.choice([None, "", "a", "5", "5.0", 5.0, "车险慢", "nan"])
        assert holds(condition, values.__getitem__) != never
        assert holds(condition, values.__getitem__) or not always


@pytest.mark.parametrize(
    "condition",
    [
        {"all": [{"of": "one", "is": "equals", "than": "a"}, {"of": "one", "is": "equals", "than": "b"}]},
        {"all": [{"of": "nps", "is": "at_most", "than": 3}, {"of": "nps", "is": "at_least", "than": 5}]},
        {"all": [{"of": "nps", "is": "above", "than": 3}, {"of": "nps", "is": "below", "than": 4}]},
        {"of": "nps", "is": "at_least", "than": 11},
        {"of": "one", "is": "includes", "than": "d"},
        {"of": "number", "is": "above", "than": 9},
        {"all": [{"of": "some", "is": "includes", "than": "z"}, {"of": "some", "is": "includes", "than": "a"}]},
        {"of": "some", "is": "includes_all", "than": ["a", "b", "z"]},
        {"all": [{"of": "nps", "is": "unanswered"}, {"of": "nps", "is": "at_least", "than": 0}]},
        {"all": [{"of": "one", "is": "answered"}, {"of": "one", "is": "excludes", "than": ["a", "b", "c"]}]},
        {"of": "var.word", "is": "equals", "than": "c"},
        {"all": [{"of": "event.x", "is": "equals", "than": "a"}, {"of": "event.x", "is": "equals", "than": "b"}]},
        {"none": [{"any": [{"of": "nps", "is": "at_least", "than": 5}, {"of": "nps", "is": "below", "than": 5},
                           {"of": "nps", "is": "unanswered"}]}]},
    ],
)  # fmt: skip
def test_a_contradiction_is_seen(condition: dict[str, Any]) -> None:
    assert not Truth(Domains(EVERYTHING)).can_hold(CONDITION.validate_python(condition))


@pytest.mark.parametrize(
    "condition",
    [
        {"all": [{"of": "number", "is": "above", "than": 3}, {"of": "number", "is": "below", "than": 4}]},
        {"all": [{"of": "words", "is": "contains", "than": "慢"}, {"of": "words", "is": "contains", "than": "贵"}]},
        {"of": "var.count", "is": "at_least", "than": 1000},
        {"all": [{"of": "var.count", "is": "below", "than": 4.5},
                 {"none": [{"of": "var.count", "is": "contains", "than": "5"}]}]},
        {"all": [{"of": "event.x", "is": "below", "than": 4.5},
                 {"none": [{"of": "event.x", "is": "contains", "than": "5"}]}]},
        {"of": "customer.level", "is": "equals", "than": "VIP"},
        {"none": [{"of": "event.x", "is": "at_most", "than": 5}, {"of": "event.x", "is": "above", "than": 5}]},
    ],
)  # fmt: skip
def test_what_may_be_is_not_called_impossible(condition: dict[str, Any]) -> None:
    assert Truth(Domains(EVERYTHING)).can_hold(CONDITION.validate_python(condition))


@pytest.mark.parametrize(
    "condition",
    [
        {"any": [{"of": "nps", "is": "at_most", "than": 6}, {"of": "nps", "is": "above", "than": 6},
                 {"of": "nps", "is": "unanswered"}]},
        {"of": "one", "is": "differs", "than": "d"},
        {"of": "var.word", "is": "answered"},
    ],
)  # fmt: skip
def test_a_condition_that_is_always_true_is_seen(condition: dict[str, Any]) -> None:
    assert not Truth(Domains(EVERYTHING)).can_fail(CONDITION.validate_python(condition))


def test_what_has_too_many_alternatives_is_not_decided() -> None:
    either = {"any": [{"of": "nps", "is": "equals", "than": n} for n in range(11)]}
    wide = CONDITION.validate_python({"all": [either] * 12 + [{"of": "nps", "is": "at_least", "than": 11}]})
    assert alternatives(wide) is None
    assert Truth(Domains(EVERYTHING)).can_hold(wide)


def test_a_long_survey_in_which_everything_hangs_together_is_checked_in_time() -> None:
    questions: list[dict[str, Any]] = []
    for number in range(200):
        question = {"id": f"q{number}", "title": {ZH: "问题"}, **KINDS["one"]}
        if number > 2:
            question["show"] = {
                "any": [
                    {"all": [
                        {"of": f"q{number - 1}", "is": "equals", "than": "a"},
                        {"of": f"q{number - 2}", "is": "differs", "than": "b"},
                    ]},
                    {"of": f"q{number - 3}", "is": "includes_any", "than": ["b", "c"]},
                ]
            }  # fmt: skip
        questions.append(question)
    definition = Definition.model_validate({"title": {ZH: "问卷"}, "questions": questions})
    start = perf_counter()
    assert Reach(Outline(definition)).faults == []
    assert perf_counter() - start < 20  # it took minutes when every question asked for all its ancestors
