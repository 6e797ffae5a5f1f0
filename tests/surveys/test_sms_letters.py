"""The invitation by SMS as it is written: signature, link, scores where they fit, languages, opt-outs."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock, settings
from core.clock import FixedClock
from customers import services as customers
from customers.models import Customer
from delivery.letters import Letter, ShortText
from delivery.models import Message
from delivery.rules import Channel, Reason, State, segments
from surveys import letters
from surveys.letters import sms
from surveys.models import AskRule, Invitation
from surveys.rules.asking import AskBy, channel_of, token_of
from surveys.rules.definition import Definition
from surveys.rules.templates import template
from surveys.services import MESSAGE_KIND, REMINDER_KIND, asking
from tests.surveys.strategies import said
from tests.surveys.test_letters import invited, sent_before


def text_of(session: Session, invitation: Invitation, kind: str = MESSAGE_KIND) -> ShortText | Reason:
    """Compose the SMS of an invitation, or its reminder."""
    message = Message(kind=kind, subject_id=invitation.id, customer_id=invitation.customer_id, channel="sms")
    composer = letters.compose if kind == MESSAGE_KIND else letters.remind
    written = composer(session, message)
    assert not isinstance(written, Letter)
    return written


def with_scores(session: Session, invitation: Invitation) -> Invitation:
    """Let the invitation be of a rule that lists scores in texts."""
    rule = session.scalars(select(AskRule).where(AskRule.touchpoint_code == "claim_closed")).one()
    rule.score_in_sms = True
    invitation.rule_id = rule.id
    session.flush()
    return invitation


def words(session: Session, invitation: Invitation, kind: str = MESSAGE_KIND) -> str:
    written = text_of(session, invitation, kind)
    assert isinstance(written, ShortText)
    return written.text


def of_questions(*questions: dict[str, Any], title: str = "服务回访") -> Definition:
    return Definition.model_validate({"title": said(title), "questions": list(questions)})


def test_a_text_is_the_signature_the_survey_the_link_and_the_way_out(session: Session) -> None:
    invitation = invited(session, template("service_csat").definition(), mobile="13800138000")
    written = text_of(session, invitation)
    assert isinstance(written, ShortText)
    last = clock.beijing(invitation.expires_at - timedelta(minutes=1))
    url = f"http://127.0.0.1:8000/s/{token_of(invitation.seed)}"
    assert written.to == "13800138000"
    assert written.text == (
        f"【安澜保险】您好，您对这次服务满意吗？请点开作答：{url} "
        f"（{last.month}月{last.day}日24时前有效，退订见页面底部）"
    )


def test_the_signature_of_the_settings_comes_first(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = settings.load(
        {"SMS_SIGNATURE": "【安澜客服】", "HUISHENG_HOME": str(settings.current().huisheng_home)},
        founding=True,
    )
    monkeypatch.setattr(settings, "current", lambda: wanted)
    assert words(session, invited(session, template("service_csat").definition())).startswith("【安澜客服】")


def test_all_five_points_stand_in_the_text_each_with_its_link(session: Session) -> None:
    invitation = with_scores(session, invited(session, template("service_csat").definition()))
    text = words(session, invitation)
    url = f"http://127.0.0.1:8000/s/{token_of(invitation.seed)}"
    assert re.findall(r"^(\d) (\S+) (\S+)$", text, re.MULTILINE) == [
        ("5", "非常满意", f"{url}?csat=5"),
        ("4", "满意", f"{url}?csat=4"),
        ("3", "一般", f"{url}?csat=3"),
        ("2", "不满意", f"{url}?csat=2"),
        ("1", "非常不满意", f"{url}?csat=1"),
    ]
    assert "总的来说，您对这次办理的满意程度是？请点一项" in text
    assert segments(text) > 1


@pytest.mark.parametrize(("highest", "links"), [(3, 3), (5, 5), (6, 1), (10, 1)])
def test_a_rating_is_listed_whole_or_not_at_all(session: Session, highest: int, links: int) -> None:
    question = {
        "type": "rating",
        "id": "stars",
        "title": said("打几颗星？"),
        "highest": highest,
        "low": said("差"),
    }
    definition = of_questions(question)
    text = words(session, with_scores(session, invited(session, definition)))
    assert text.count("/s/") == links
    assert ("1 差 http" in text) == (links > 1)
    assert sms.scores_of(definition) == (sms.Scores.LISTED if links > 1 else sms.Scores.TOO_MANY)


@pytest.mark.parametrize("code", ["motor_claim", "digital_ces"])
def test_a_longer_scale_has_one_link_however_the_rule_is_set(session: Session, code: str) -> None:
    definition = template(code).definition()
    assert sms.scores_of(definition) == sms.Scores.TOO_MANY
    text = words(session, with_scores(session, invited(session, definition)))
    assert text.count("/s/") == 1
    assert "?" not in text.partition("/s/")[2]


def test_a_survey_that_begins_otherwise_has_one_link(session: Session) -> None:
    definition = template("purchase_callback").definition()
    assert sms.scores_of(definition) == sms.Scores.NO_SCALE
    assert words(session, with_scores(session, invited(session, definition))).count("/s/") == 1


def test_without_the_rules_wish_no_score_makes_the_text_longer(session: Session) -> None:
    text = words(session, invited(session, template("service_csat").definition()))
    assert text.count("/s/") == 1


@pytest.mark.parametrize(
    ("language", "phrase"), [("zh-Hant", "請點開作答"), ("en", "Please answer here"), ("fr", "请点开作答")]
)
def test_a_text_speaks_the_customers_language_or_chinese(
    session: Session, language: str, phrase: str
) -> None:
    assert phrase in words(
        session, invited(session, template("service_csat").definition(), language=language)
    )


def test_what_an_event_says_forges_no_signature_and_no_line(session: Session) -> None:
    question = {"type": "csat", "id": "csat", "title": said("满意吗")}
    definition = of_questions(question, title="{{event.product}}回访")
    attributes = {"product": "【某银行】\n您中奖了" + "长" * 99}
    text = words(session, invited(session, definition, attributes=attributes))
    assert text.count("【") == 1
    assert "\n" not in text
    assert len(text) < 140


def test_the_reminder_carries_the_same_link_once(session: Session) -> None:
    invitation = invited(session, template("service_csat").definition())
    assert text_of(session, invitation, REMINDER_KIND) is Reason.NOT_INVITED
    sent_before(session, invitation)
    first, again = words(session, invitation), words(session, invitation, REMINDER_KIND)
    assert f"/s/{token_of(invitation.seed)} " in first
    assert f"/s/{token_of(invitation.seed)} " in again
    assert "只提醒您这一次" in again


def test_who_has_no_mobile_gets_no_text(session: Session) -> None:
    invitation = invited(session, template("service_csat").definition(), mobile=None)
    assert text_of(session, invitation) is Reason.NO_ADDRESS


@pytest.mark.parametrize(("channel", "reached"), [("email", True), ("sms", False), ("*", False)])
def test_who_refused_texts_gets_none_and_who_refused_letters_does(
    session: Session, channel: str, reached: bool
) -> None:
    invitation = invited(session, template("service_csat").definition())
    customers.opt_out(session, customer_id=invitation.customer_id, channel=channel, source="hotline")
    written = text_of(session, invitation)
    assert isinstance(written, ShortText) == reached
    assert reached or written is Reason.OPTED_OUT


@pytest.mark.parametrize(
    ("by", "both", "only_mobile", "only_email", "neither"),
    [
        (AskBy.EMAIL, "email", "email", "email", "email"),
        (AskBy.SMS, "sms", "sms", "sms", "sms"),
        (AskBy.SMS_FIRST, "sms", "sms", "email", "sms"),
        (AskBy.EMAIL_FIRST, "email", "sms", "email", "email"),
    ],
)
def test_a_rule_finds_the_channel_by_the_addresses(
    by: AskBy, both: str, only_mobile: str, only_email: str, neither: str
) -> None:
    assert channel_of(by, mobile=True, email=True) == both
    assert channel_of(by, mobile=True, email=False) == only_mobile
    assert channel_of(by, mobile=False, email=True) == only_email
    assert channel_of(by, mobile=False, email=False) == neither


def asked(
    session: Session,
    by: AskBy,
    at: datetime,
    **customer: Any,  # noqa: ANN401
) -> tuple[Invitation, dict[str, Message]]:
    """Let an event at ``at`` reach a rule that asks ``by`` and reminds after three days."""
    session.execute(
        update(AskRule)
        .where(AskRule.touchpoint_code == "hotline_call")
        .values(channel=by, remind_days=3, valid_days=7, delay_minutes=10)
    )
    person: Customer = factories.make_customer(session, **customer)
    event = factories.make_event(session, customer=person, touchpoint_code="hotline_call", occurred_at=at)
    [made] = asking.invite(session, touchpoint_event_id=event.id)
    found = session.scalars(select(Message).where(Message.subject_id == made))
    return session.get_one(Invitation, made), {message.kind: message for message in found}


def test_a_text_of_the_evening_and_its_link_wait_for_the_morning(
    session: Session, clock_at: FixedClock
) -> None:
    clock_at.advance(hours=9)  # 21:00
    invitation, planned = asked(session, AskBy.SMS, clock.now())
    morning = clock.day_start(clock.beijing_day(clock.now()) + timedelta(days=1)) + timedelta(hours=9)
    assert invitation.due_at == planned[MESSAGE_KIND].due_at == morning
    assert planned[REMINDER_KIND].due_at == morning + timedelta(days=3)
    assert invitation.expires_at == clock.day_end(clock.beijing_day(morning) + timedelta(days=7))
    assert {message.channel for message in planned.values()} == {Channel.SMS}


def test_a_letter_of_the_evening_goes_at_once(session: Session, clock_at: FixedClock) -> None:
    clock_at.advance(hours=9)
    invitation, planned = asked(session, AskBy.EMAIL, clock.now())
    assert invitation.due_at == planned[MESSAGE_KIND].due_at == clock.now() + timedelta(minutes=10)


def test_who_has_no_mobile_is_asked_and_reminded_by_letter_where_the_rule_allows(
    session: Session, clock_at: FixedClock
) -> None:
    invitation, planned = asked(session, AskBy.SMS_FIRST, clock.now(), mobile=None)
    assert invitation.channel == Channel.EMAIL
    assert {message.channel for message in planned.values()} == {Channel.EMAIL}
    assert all(message.state == State.WAITING for message in planned.values())


def test_a_link_that_ends_before_the_morning_is_not_sent(session: Session, clock_at: FixedClock) -> None:
    invitation, planned = asked(session, AskBy.SMS, clock.now())
    clock_at.instant = invitation.expires_at
    assert letters.compose(session, planned[MESSAGE_KIND]) is Reason.EXPIRED
