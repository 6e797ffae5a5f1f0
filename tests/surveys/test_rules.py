"""What a questionnaire accepts, whom it samples, what its links are worth."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core import clock
from surveys.reference import FOLDER, TEMPLATES
from surveys.rules import asking
from surveys.rules.definition import Definition, RefusedAnswersError, read_answers, scores


def template(code: str) -> Definition:
    """Return a shipped template."""
    return Definition.model_validate_json((FOLDER / f"{code}.json").read_text(encoding="utf-8"))


NPS = template("transactional_nps")
CSAT = template("service_csat")


@pytest.mark.parametrize("code", TEMPLATES)
def test_a_template_is_complete_in_both_languages(code: str) -> None:
    definition = template(code)
    assert definition.languages() == ["zh-Hans", "en"]
    for question in definition.questions:
        assert set(question.title) == {"zh-Hans", "en"}


def test_a_score_with_words_is_read() -> None:
    readings = read_answers(NPS, {"nps": "9", "why": "  很快\r\n到账 "})
    assert readings["nps"].number == 9
    assert readings["why"].words == "很快\n到账"
    assert scores(NPS, readings) == {"nps": 9, "csat": None, "ces": None}


def test_words_may_be_left_out_but_not_the_score() -> None:
    assert set(read_answers(NPS, {"nps": "0"})) == {"nps"}
    with pytest.raises(RefusedAnswersError) as refused:
        read_answers(NPS, {"why": "慢"})
    assert refused.value.mistakes == {"nps": "请回答这个问题"}


@pytest.mark.parametrize("sent", ["11", "-1", "9.5", "nine", "٩", "010", "1e1", "9 9"])
def test_what_is_not_on_the_scale_is_refused(sent: str) -> None:
    with pytest.raises(RefusedAnswersError) as refused:
        read_answers(NPS, {"nps": sent})
    assert "0 到 10" in refused.value.mistakes["nps"]


@pytest.mark.parametrize("sent", ["0", "6"])
def test_csat_has_five_steps(sent: str) -> None:
    with pytest.raises(RefusedAnswersError):
        read_answers(CSAT, {"csat": sent})


def test_more_words_than_fit_are_refused_with_their_number() -> None:
    with pytest.raises(RefusedAnswersError) as refused:
        read_answers(NPS, {"nps": "5", "why": "慢" * 1001})
    assert "1001" in refused.value.mistakes["why"]


@given(st.dictionaries(st.sampled_from(["nps", "why", "other"]), st.text(max_size=50)))
def test_whatever_is_sent_is_read_or_refused_by_question(sent: dict[str, str]) -> None:
    try:
        readings = read_answers(NPS, sent)
    except RefusedAnswersError as refused:
        named = set(refused.mistakes)
    else:
        named = set(readings)
        assert 0 <= (readings["nps"].number or 0) <= 10
        assert "\x00" not in (readings["why"].words or "" if "why" in readings else "")
    assert named <= {"nps", "why"}


def test_a_question_id_cannot_stand_twice() -> None:
    twice = NPS.model_dump() | {"questions": [NPS.questions[0].model_dump()] * 2}
    with pytest.raises(ValidationError, match="stand twice"):
        Definition.model_validate(twice)


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
