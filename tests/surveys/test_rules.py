"""What a questionnaire accepts, whom it samples, what its links are worth."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core import clock
from surveys.rules import asking
from surveys.rules.definition import Definition
from surveys.rules.judging import MISSING, RefusedAnswersError, accepted, judge, scores
from surveys.rules.templates import template, templates

NPS = template("transactional_nps").definition()
CSAT = template("service_csat").definition()


@pytest.mark.parametrize("code", [one.code for one in templates()])
def test_a_template_is_complete_in_three_languages(code: str) -> None:
    definition = template(code).definition()
    assert definition.languages() == ["zh-Hans", "zh-Hant", "en"]
    assert {place for place, text in definition.texts() if set(text) != {"zh-Hans", "zh-Hant", "en"}} == set()


def test_there_are_templates_for_every_stage_and_each_is_named_once() -> None:
    offered = templates()
    assert len(offered) >= 16
    assert len({one.code for one in offered}) == len({one.name["zh-Hans"] for one in offered}) == len(offered)
    assert {one.stage for one in offered} == {
        "awareness", "purchase", "consultation", "policy_change", "claim", "value_added", "renewal", "surrender",
    }  # fmt: skip


def test_a_template_that_is_not_there_is_named() -> None:
    with pytest.raises(LookupError, match="nobody"):
        template("nobody")


def test_a_score_with_words_is_read() -> None:
    readings = accepted(NPS, {"nps": ["9"], "why": ["  很快\r\n到账 "]}).readings
    assert readings["nps"].number == 9
    assert readings["why"].words == "很快\n到账"
    assert scores(NPS, readings) == {"nps": 9, "csat": None, "ces": None}


def test_words_may_be_left_out_but_not_the_score() -> None:
    assert set(accepted(NPS, {"nps": ["0"]}).readings) == {"nps"}
    with pytest.raises(RefusedAnswersError) as refused:
        accepted(NPS, {"why": ["慢"]})
    assert refused.value.mistakes == {"nps": MISSING}


@pytest.mark.parametrize("sent", ["11", "-1", "9.5", "nine", "٩", "1e1", "9 9"])
def test_what_is_not_on_the_scale_is_refused(sent: str) -> None:
    mistake = judge(NPS, {"nps": [sent]}).mistakes["nps"]
    assert (mistake.code, mistake.values["low"], mistake.values["high"]) == ("scale", 0, 10)


@pytest.mark.parametrize("sent", ["0", "6"])
def test_csat_has_five_steps(sent: str) -> None:
    assert set(judge(CSAT, {"csat": [sent]}).mistakes) == {"csat"}


def test_more_words_than_fit_are_refused() -> None:
    assert judge(NPS, {"nps": ["5"], "why": ["慢" * 1001]}).mistakes["why"].code == "too_long"


@given(st.dictionaries(st.sampled_from(["nps", "why", "other"]), st.lists(st.text(max_size=50), max_size=2)))
def test_whatever_is_sent_is_read_or_refused_by_question(sent: dict[str, list[str]]) -> None:
    verdict = judge(NPS, sent)
    assert set(verdict.readings) | set(verdict.mistakes) <= {"nps", "why"}
    if "nps" in verdict.readings:
        assert 0 <= (verdict.readings["nps"].number or 0) <= 10
    if "why" in verdict.readings:
        assert "\x00" not in (verdict.readings["why"].words or "")


def test_a_question_id_cannot_stand_twice() -> None:
    twice = {"title": {"zh-Hans": "两次"}, "questions": [NPS.questions[0].model_dump()] * 2}
    with pytest.raises(ValidationError, match="stand twice"):
        Definition.model_validate(twice)


def test_the_short_form_of_a_questionnaire_is_one_page() -> None:
    short = {"title": {"zh-Hans": "短"}, "questions": [question.model_dump() for question in NPS.questions]}
    definition = Definition.model_validate(short)
    assert [page.id for page in definition.pages] == ["p1"]
    assert definition.questions == NPS.questions


def test_the_sample_is_stable_and_about_as_large_as_asked_for() -> None:
    first = [asking.is_sampled(7, event, 25) for event in range(4000)]
    assert first == [asking.is_sampled(7, event, 25) for event in range(4000)]
    assert 0.22 < sum(first) / 4000 < 0.28
    assert all(asking.is_sampled(7, event, 100) for event in range(100))
    assert not any(asking.is_sampled(7, event, 0) for event in range(100))


@given(st.integers(min_value=0, max_value=1000))
def test_raising_the_percentage_never_drops_anyone_from_the_sample(event: int) -> None:
    asked = [asking.is_sampled(1, event, percent) for percent in range(101)]
    assert asked == sorted(asked)


def test_a_link_expires_at_the_end_of_a_beijing_day() -> None:
    due = datetime(2026, 6, 10, 15, 59, tzinfo=UTC)  # 23:59 in Beijing
    assert clock.beijing(asking.expiry(due, 14)).strftime("%m-%d %H:%M") == "06-25 00:00"


def test_tokens_have_128_bits_and_fit_an_address() -> None:
    tokens = {asking.token_of(bytes([number]) * 16) for number in range(200)}
    assert len(tokens) == 200
    assert all(asking.looks_like_token(token) for token in tokens)
    assert asking.token_of(b"x" * 16) == asking.token_of(b"x" * 16)


@given(st.text(max_size=40))
def test_what_does_not_look_like_a_token_is_not_looked_up(text: str) -> None:
    if asking.looks_like_token(text):
        assert len(text) == 22
