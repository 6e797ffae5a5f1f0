"""Surveys from elsewhere: what comes along, what is said of the rest, and our own format without a loss."""

import json

import pytest
from hypothesis import HealthCheck, given, settings

from surveys.rules import conditions
from surveys.rules.definition import Definition
from surveys.rules.foreign import Carried, UnreadableFileError, carry, own
from surveys.rules.templates import Template, templates
from tests.surveys.foreign_samples import DOCS, FORM, sample, shape, told, workbook
from tests.surveys.strategies import definitions

# our own format


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(definitions())
def test_our_own_file_gives_back_exactly_what_was_written(definition: Definition) -> None:
    data = own.dump(definition, name="回访", code="callback")
    file = own.read(data)
    assert file.definition == definition
    assert (file.name, file.code) == ("回访", "callback")
    assert own.dump(file.definition, name=file.name, code=file.code) == data
    assert carry("x.json", data) == Carried(definition, "huisheng", "回访", len(definition.questions))


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.code)
def test_every_template_of_ours_survives_being_taken_out_and_brought_in(template: Template) -> None:
    assert own.read(own.dump(template.definition(), name="x")).definition == template.definition()


def test_the_schema_in_the_documentation_is_that_of_the_model() -> None:
    written = json.loads((DOCS / "survey.schema.json").read_text(encoding="utf-8"))
    assert written == own.schema(), "write it anew: python -m tests.surveys.write_schema"


def test_a_file_of_a_later_format_is_refused_by_name() -> None:
    with pytest.raises(UnreadableFileError, match="survey/2"):
        carry("x.json", b'{"huisheng": "survey/2", "definition": {}}')


def test_a_mistake_in_our_own_file_is_told_with_its_place() -> None:
    with pytest.raises(UnreadableFileError, match=r"definition\.pages"):
        carry("x.json", b'{"huisheng": "survey/1", "name": "x", "definition": {"title": {"en": "x"}}}')


# LimeSurvey


def test_limesurvey_brings_texts_of_all_languages_as_plain_text() -> None:
    carried = sample("branch.lss")
    definition = carried.definition
    assert definition.languages() == ["zh-Hans", "en"]
    assert definition.title == {"zh-Hans": "柜面服务回访", "en": "Branch visit"}
    assert definition.intro == {"zh-Hans": "感谢您来到柜面。\n\n大约两分钟。"}
    assert definition.anonymous
    assert definition.by_id["visit"].title["en"] == "Did you get it done?"
    assert shape(carried, "why")["hint"] == {"zh-Hans": "请选最主要的一项"}


def test_limesurvey_types_become_the_kinds_that_mean_the_same() -> None:
    carried = sample("branch.lss")
    kinds = {question.id: question.type for question in carried.definition.questions}
    assert kinds == {
        "visit": "choice", "why": "dropdown", "steps": "matrix", "trouble": "choices", "words": "words",
        "age": "words", "twice_0": "matrix", "twice_1": "matrix", "channel": "hidden",
    }  # fmt: skip
    assert shape(carried, "steps")["mode"] == "rating"
    assert shape(carried, "steps")["highest"] == 5
    assert shape(carried, "why")["other"] == {"zh-Hans": "其他", "en": "Other"}
    assert shape(carried, "why")["options"][0] == {
        "id": "a1", "label": {"zh-Hans": "材料不齐"}, "points": 3.0, "exclusive": False, "call_back": False,
    }  # fmt: skip
    trouble = shape(carried, "trouble")
    assert trouble["most"] == 2
    assert [option["exclusive"] for option in trouble["options"]] == [False, False, True]
    assert (shape(carried, "age")["low"], shape(carried, "age")["high"]) == (0.0, 120.0)
    assert shape(carried, "channel")["parameter"] == "channel"


def test_limesurvey_relevance_becomes_conditions_of_ours() -> None:
    carried = sample("branch.lss")
    assert shape(carried, "why")["show"] == {"of": "visit", "is": "equals", "than": "no"}
    assert shape(carried, "trouble")["show"] == {
        "all": [{"of": "steps.speed", "is": "answered"}, {"of": "steps.speed", "is": "at_most", "than": 2.0}]
    }
    assert shape(carried, "words")["show"] == {
        "any": [{"of": "trouble", "is": "includes", "than": name} for name in ("papers", "queue")]
    }
    assert carried.definition.pages[1].show is not None
    queue = shape(carried, "trouble")["options"][1]
    assert queue["show"] == {"of": "steps.speed", "is": "equals", "than": 1.0}
    assert "{{why}}" in carried.definition.by_id["words"].title["zh-Hans"]


def test_what_limesurvey_has_and_we_have_not_is_named() -> None:
    carried = sample("branch.lss")
    assert {
        ("", "quota"), ("", "setting"), ("", "redirect"), ("age", "condition"), ("sum", "kind_unknown"),
        ("words", "piping"), ("contact_phone", "never_shown"),
    } <= told(carried, "left_out")  # fmt: skip
    assert {("steps", "soft_required"), ("twice", "dual_scale"), ("channel", "hidden")} <= told(
        carried, "changed"
    )
    assert carried.questions == 10


def test_old_limesurvey_files_with_a_conditions_table_are_read() -> None:
    carried = sample("old.lss")
    assert carried.definition.languages() == ["de"]
    assert shape(carried, "grund")["show"] == {
        "any": [{"of": "kommen", "is": "equals", "than": name} for name in ("a1", "a2")]
    }
    assert ("Ort", "condition") in told(carried, "left_out")
    assert ("Grund", "scenario") in told(carried, "changed")


# Formbricks


def test_formbricks_scores_are_scores_only_where_ours_have_the_same_scale() -> None:
    carried = sample("blocks.json")
    kinds = {question.id: question.type for question in carried.definition.questions}
    assert (kinds["nps1"], kinds["kept"], kinds["effort"]) == ("nps", "csat", "rating")
    assert ("effort", "ces_range") in told(carried, "changed")
    assert shape(carried, "kept")["style"] == "stars"


def test_formbricks_logic_becomes_jumps_requirements_and_variables() -> None:
    first = sample("blocks.json").definition.pages[0]
    assert [(jump.to, jump.when is None) for jump in first.jumps] == [
        ("blocktwo", False),
        ("blockthree", True),
    ]
    when = first.jumps[0].when
    assert when is not None
    assert conditions.refs(when) == {"nps1", "kept", "branch"}
    assert [(one.variable, one.op) for one in first.sets] == [("score", "add")]
    assert shape(sample("blocks.json"), "why")["require"] == when.model_dump(
        mode="json", by_alias=True, exclude_none=True
    )


def test_formbricks_endings_options_and_recalls_come_along() -> None:
    carried = sample("blocks.json")
    definition = carried.definition
    assert [ending.id for ending in definition.endings] == ["endone", "endtwo"]
    assert definition.pages[1].jumps[0].ending == "endtwo"
    assert definition.by_id["why"].title["en"] == "You said {{nps1|that}}. Why?"
    what = shape(carried, "what")
    assert what["other"] == {"en": "Something else"}
    assert what["most"] == 2
    assert what["options"][2]["exclusive"]
    assert definition.intro == {"en": "Hello\n\nTwo minutes", "zh-Hans": "您好\n\nTwo minutes"}
    assert shape(carried, "branch")["type"] == "hidden"


def test_what_formbricks_has_and_we_have_not_is_named() -> None:
    carried = sample("blocks.json")
    assert {
        ("meet", "kind_unknown"), ("blockone", "jump"), ("blocktwo", "jump_back"), ("", "quota"), ("", "setting"),
        ("endthree", "redirect"),
    } <= told(carried, "left_out")  # fmt: skip
    assert {("home", "split"), ("pics", "option_image"), ("what", "shuffle_part")} <= told(carried, "changed")


def test_older_formbricks_questions_with_their_own_logic_are_read() -> None:
    carried = sample("questions.json")
    assert carried.definition.languages() == ["zh-Hans"]
    jumps = carried.definition.pages[0].jumps
    assert [jump.to for jump in jumps] == ["reason", "end"]
    assert jumps[0].when == conditions.Test.model_validate({"of": "stay", "is": "equals", "than": "c2"})
    assert carried.definition.thanks == {"zh-Hans": "谢谢"}
    assert ("between", "jump_back") in told(carried, "left_out")
    assert ("between", "smileys") in told(carried, "changed")


# SurveyJS


def test_a_surveyjs_rating_is_never_taken_for_a_score() -> None:
    carried = sample("creator.json")
    assert {question.type for question in carried.definition.questions} & {"nps", "csat", "ces"} == set()
    recommend = shape(carried, "recommend")
    assert (recommend["type"], recommend["lowest"], recommend["highest"]) == ("slider", 0.0, 10.0)
    assert ("recommend", "scale_offset") in told(carried, "changed")
    odd = shape(carried, "odd")
    assert [option["points"] for option in odd["options"]] == [2.0, 4.0]


def test_surveyjs_languages_are_ours_and_the_title_speaks_all_of_them() -> None:
    definition = sample("creator.json").definition
    assert definition.languages() == ["zh-Hans", "zh-Hant", "en"]
    assert definition.by_id["overall"].title == {"en": "Overall, {{again}}?", "zh-Hans": "总体如何？"}


def test_surveyjs_a_default_beside_a_chinese_translation_is_not_chinese() -> None:
    survey = {
        "title": {"default": "Customer survey", "zh-cn": "客户满意度"},
        "elements": [
            {"type": "comment", "name": "why", "title": {"default": "Why?", "zh-cn": "为什么？"}},
            {"type": "text", "name": "more", "title": "还有什么想说的，请尽管写在这里告诉我们"},
        ],
    }
    carried = carry("mixed.json", json.dumps(survey, ensure_ascii=False).encode())
    assert carried.definition.title == {"zh-Hans": "客户满意度", "en": "Customer survey"}
    assert carried.definition.by_id["why"].title == {"zh-Hans": "为什么？", "en": "Why?"}


def test_surveyjs_expressions_become_conditions_of_ours() -> None:
    carried = sample("creator.json")
    panel = {"of": "overall", "is": "below", "than": 3.0}
    assert shape(carried, "what")["show"] == panel
    assert shape(carried, "why")["require"] == {
        "all": [
            {"of": "what", "is": "includes", "than": "papers"},
            {"of": "overall", "is": "differs", "than": 1.0},
        ]
    }
    assert shape(carried, "mail")["show"]["any"][0] == {
        "of": "what",
        "is": "includes_any",
        "than": ["slow", "7"],
    }
    assert shape(carried, "what")["options"][2]["show"] == {"of": "again", "is": "equals", "than": "yes"}
    assert shape(carried, "speedy")["show"]["all"][0] == {"of": "grid.r_1", "is": "equals", "than": "bad"}
    assert [jump.to for jump in carried.definition.pages[0].jumps] == ["end", "third"]
    assert [ending.when is None for ending in carried.definition.endings] == [False, True]


def test_what_surveyjs_has_and_we_have_not_is_named() -> None:
    carried = sample("creator.json")
    assert {
        ("older", "condition"), ("trick", "pattern"), ("wide.b", "kind_unknown"), ("many", "repeat"),
        ("sign", "kind_unknown"), ("speedy", "default_value"), ("what", "select_all"), ("", "trigger"),
        ("", "redirect"), ("", "setting"),
    } <= told(carried, "left_out")  # fmt: skip
    assert "alert" not in json.dumps(shape(carried, "say"))


# XLSForm


def test_an_xlsform_becomes_pages_questions_and_conditions() -> None:
    carried = carry("form.xlsx", workbook(**FORM))
    definition = carried.definition
    assert definition.title == {"en": "Claims", "zh-Hans": "Claims"}
    assert definition.by_id["claimed"].title == {"en": "Claimed?", "zh-Hans": "报过案吗？"}
    page = next(page for page in definition.pages if page.id == "claim")
    assert page.show == conditions.Test.model_validate({"of": "claimed", "is": "equals", "than": "y"})
    assert [question.id for question in page.questions] == ["what", "days", "why", "stars"]
    what = shape(carried, "what")
    assert what["require"] == {"of": "claimed", "is": "equals", "than": "y"}
    assert (what["most"], what["options"][2]["exclusive"]) == (2, True)
    assert what["title"]["en"] == "What, {{claimed}}?"
    assert shape(carried, "days")["show"] == {"of": "what", "is": "includes", "than": "slow"}
    assert (shape(carried, "days")["low"], shape(carried, "days")["high"]) == (0.0, 365.0)
    assert shape(carried, "why")["show"] == {
        "all": [{"of": "days", "is": "above", "than": 10.0}, {"of": "what", "is": "answered"}]
    }
    assert (shape(carried, "why")["max_length"], shape(carried, "why")["lines"]) == (200, "many")
    assert shape(carried, "day")["latest"] == "today"
    assert shape(carried, "code")["pattern"] == "^[A-Z]{3}$"
    kinds = {question.id: question.type for question in definition.questions}
    assert kinds["one"] == "dropdown"
    assert (kinds["stars"], kinds["order"], kinds["ok"]) == ("rating", "ranking", "consent")


def test_what_an_xlsform_has_and_we_have_not_is_named() -> None:
    carried = carry("form.xlsx", workbook(**FORM))
    assert {
        ("start", "setting"), ("people", "repeat"), ("place", "kind_unknown"), ("twice", "calculation"),
        ("one", "filter"),
    } <= told(carried, "left_out")  # fmt: skip
    assert {("days", "whole_number"), ("inner", "nested"), ("channel", "hidden")} <= told(carried, "changed")
