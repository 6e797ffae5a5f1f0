"""What logic shows, skips, requires and counts on the way through a questionnaire."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.rules import logic
from surveys.rules.definition import Definition
from surveys.rules.judging import judge, scores
from surveys.rules.logic import Facts
from surveys.rules.piping import pipe, refs
from tests.surveys.strategies import definitions, said, sent

Json = dict[str, Any]


def words(name: str, **rest: Any) -> Json:  # noqa: ANN401
    """Return a question for words."""
    return {"type": "words", "id": name, "title": said(name)} | rest


NPS: Json = {"type": "nps", "id": "nps", "title": said("推荐"), "low": said("不"), "high": said("会")}
LOW: Json = {"of": "nps", "is": "at_most", "than": 6}


def survey(*pages: Json, **rest: Any) -> Definition:  # noqa: ANN401
    """Return a questionnaire of these pages."""
    return Definition.model_validate({"title": said("问卷"), "pages": list(pages)} | rest)


def ids(walked: logic.Walk) -> list[list[str]]:
    """Return the ids of the questions on each shown page."""
    return [[question.id for question in step.questions] for step in walked.steps]


def go(definition: Definition, facts: Facts = logic.NO_FACTS, **answers: str) -> logic.Walk:
    """Walk with these answers."""
    return judge(definition, {name: [value] for name, value in answers.items()}, facts).walk


BRANCHING = survey(
    {
        "id": "first",
        "questions": [NPS, words("why", show=LOW)],
        "jumps": [{"when": {"of": "nps", "is": "at_least", "than": 9}, "to": "last"}],
    },
    {"id": "middle", "questions": [words("better")]},
    {"id": "unhappy", "show": LOW, "questions": [words("what", required=True)]},
    {"id": "last", "questions": [words("bye")]},
)


def test_a_question_is_shown_when_its_condition_holds() -> None:
    assert ids(go(BRANCHING, nps="3")) == [["nps", "why"], ["better"], ["what"], ["bye"]]
    assert ids(go(BRANCHING, nps="7")) == [["nps"], ["better"], ["bye"]]


def test_a_jump_leaves_pages_out() -> None:
    assert ids(go(BRANCHING, nps="10")) == [["nps"], ["bye"]]


def test_an_answer_that_was_jumped_over_counts_no_more() -> None:
    verdict = judge(BRANCHING, {"nps": ["10"], "better": ["前面写的"], "why": ["写过"], "bye": ["再见"]})
    assert set(verdict.readings) == {"nps", "bye"}


def test_what_is_required_is_required_only_where_it_is_shown() -> None:
    assert set(judge(BRANCHING, {"nps": ["3"]}).mistakes) == {"what"}
    assert judge(BRANCHING, {"nps": ["8"]}).mistakes == {}


def test_an_answer_may_make_another_question_required() -> None:
    definition = survey({"id": "p", "questions": [NPS, words("why", require=LOW)]})
    assert set(judge(definition, {"nps": ["2"]}).mistakes) == {"why"}
    assert judge(definition, {"nps": ["9"]}).mistakes == {}


def test_a_question_called_up_on_the_same_page_has_not_been_seen_yet() -> None:
    step = go(BRANCHING, nps="3").steps[0]
    assert [question.id for question in step.appeared({"nps"})] == ["why"]
    assert step.appeared({"nps", "why"}) == ()


def test_one_question_a_page_keeps_a_section_with_the_question_below_it() -> None:
    section = {"type": "section", "id": "about", "title": said("关于"), "text": said("下面一题")}
    definition = survey({"id": "p", "questions": [NPS, section, words("why")]}, layout="single")
    walked = go(definition, nps="1")
    assert ids(walked) == [["nps"], ["about", "why"]]
    assert [step.id for step in walked.steps] == ["nps", "why"]


def test_next_and_back_follow_the_way() -> None:
    walked = go(BRANCHING, nps="7")
    after = walked.after("first")
    assert after is not None
    assert after.id == "middle"
    assert walked.after("last") is None
    assert walked.before("first") is None
    before = walked.before("last")
    assert before is not None
    assert before.id == "middle"


def test_variables_count_and_choose_the_ending() -> None:
    options = [{"id": "fast", "label": said("快"), "points": 3}, {"id": "slow", "label": said("慢")}]
    definition = survey(
        {
            "id": "p",
            "questions": [{"type": "choice", "id": "speed", "title": said("速度"), "options": options}],
            "sets": [
                {"variable": "total", "op": "add", "value": {"of": "speed.points"}},
                {
                    "when": {"of": "speed", "is": "includes", "than": "slow"},
                    "variable": "mood",
                    "value": "差",
                },
            ],
        },
        variables=[{"id": "total", "start": 1}, {"id": "mood", "kind": "text", "start": "好"}],
        endings=[
            {
                "id": "good",
                "when": {"of": "var.total", "is": "at_least", "than": 4},
                "title": said("太好了"),
            },
            {"id": "rest", "title": said("谢谢")},
        ],
    )
    fast, slow = go(definition, speed="fast"), go(definition, speed="slow")
    assert (fast.variables, fast.ending and fast.ending.id) == ({"total": 4.0, "mood": "好"}, "good")
    assert (slow.variables, slow.ending and slow.ending.id) == ({"total": 1.0, "mood": "差"}, "rest")


def test_a_jump_to_the_end_may_name_the_ending() -> None:
    definition = survey(
        {"id": "p", "questions": [NPS], "jumps": [{"when": LOW, "to": "end", "ending": "sorry"}]},
        {"id": "more", "questions": [words("why")]},
        endings=[
            {"id": "thanks", "title": said("谢谢")},
            {"id": "sorry", "title": said("抱歉"), "when": {"none": [{"of": "nps", "is": "answered"}]}},
        ],
    )
    walked = go(definition, nps="1")
    assert ids(walked) == [["nps"]]
    assert walked.ending is not None
    assert walked.ending.id == "sorry"


def test_the_event_and_the_customer_can_be_asked_about() -> None:
    definition = survey(
        {
            "id": "p",
            "questions": [words("car", show={"of": "event.product", "is": "equals", "than": "motor"}), NPS],
        }
    )
    assert definition.looks_beyond
    assert ids(go(definition, Facts(event={"product": "motor"}))) == [["car", "nps"]]
    assert ids(go(definition)) == [["nps"]]


def test_an_option_that_is_not_offered_is_not_accepted() -> None:
    choice = {
        "type": "choice",
        "id": "reason",
        "title": said("原因"),
        "options": [
            {"id": "slow", "label": said("慢"), "show": LOW},
            {"id": "price", "label": said("贵")},
            {"id": "rest", "label": said("别的")},
        ],
    }
    definition = survey({"id": "p", "questions": [NPS, choice]})
    assert set(judge(definition, {"nps": ["9"], "reason": ["slow"]}).mistakes) == {"reason"}
    assert judge(definition, {"nps": ["2"], "reason": ["slow"]}).mistakes == {}


def test_a_jump_back_keeps_nobody_in_a_circle() -> None:
    definition = survey(
        {"id": "one", "questions": [NPS]},
        {"id": "two", "questions": [words("why")], "jumps": [{"to": "one"}]},
        {"id": "three", "questions": [words("bye")]},
    )
    assert ids(go(definition)) == [["nps"], ["why"], ["bye"]]


def test_hidden_fields_are_read_from_the_beginning() -> None:
    hidden = {"type": "hidden", "id": "agent", "title": said("坐席"), "parameter": "agent"}
    definition = survey(
        {
            "id": "p",
            "questions": [words("why", show={"of": "agent", "is": "equals", "than": "A-17"}), hidden, NPS],
        }
    )
    assert ids(go(definition, agent="A-17")) == [["why", "nps"]]
    assert go(definition, agent="A-17").readings["agent"].words == "A-17"


def test_the_first_answered_question_of_a_kind_gives_the_score() -> None:
    verdict = judge(BRANCHING, {"nps": ["3"], "what": ["慢"]})
    assert scores(BRANCHING, verdict.readings) == {"nps": 3, "csat": None, "ces": None}


def test_pipes_put_text_in_and_take_nothing_from_it() -> None:
    known = {"why": "{{nps}} <b>", "event.product": "车险"}
    assert pipe("您说“{{why}}”，关于{{ event.product | 保单 }}", known.get) == "您说“{{nps}} <b>”，关于车险"
    assert pipe("您的{{event.plan|保障计划}}{{nobody}}", known.get) == "您的保障计划"
    assert list(refs("{{why}} {{event.product|x}} {{ }} {{Bad}}")) == ["why", "event.product"]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_nothing_is_accepted_that_logic_does_not_show_and_nothing_shown_is_lost(data: st.DataObject) -> None:
    definition = data.draw(definitions())
    fields = data.draw(sent(definition))
    verdict = judge(definition, fields)
    again = logic.walk(definition, verdict.readings)
    assert [view.id for view in again.steps] == [view.id for view in verdict.walk.steps]
    shown = {key for view in again.views for question in view.questions for key in question.keys()}
    shown |= {question.id for question in definition.questions if question.type == "hidden"}
    assert set(verdict.readings) <= shown
    for view in again.views:
        for question in view.questions:
            if question.id not in verdict.mistakes:
                for key, reading in question.read(fields).items():
                    assert verdict.readings[key] == reading
            if question.id in view.required and question.id not in verdict.mistakes:
                assert question.complete(verdict.readings)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_definition_survives_its_own_json(data: st.DataObject) -> None:
    definition = data.draw(definitions())
    dumped = definition.model_dump(mode="json", exclude_none=True)
    assert Definition.model_validate(dumped) == definition
