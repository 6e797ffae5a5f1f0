"""The invitation as it is written: the score in it, texts that know the event, languages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from delivery import services
from delivery.letters import Letter, Words
from delivery.models import Message
from delivery.rules import Channel, Reason
from surveys import letters
from surveys.models import AskRule, Invitation, Survey, Suspect
from surveys.rules.asking import token_of
from surveys.rules.definition import Definition
from surveys.rules.templates import template
from surveys.services import MESSAGE_KIND, REMINDER_KIND, asking, publish_version
from tests.surveys.strategies import said


def invited(
    session: Session,
    definition: Definition,
    *,
    attributes: dict[str, Any] | None = None,
    **given: Any,  # noqa: ANN401
) -> Invitation:
    """Publish a questionnaire and invite a customer to it after an event."""
    survey = Survey(code=f"letters_{id(definition)}", name="问卷")
    session.add(survey)
    session.flush()
    version = publish_version(session, survey_id=survey.id, definition=definition)
    session.flush()
    customer = factories.make_customer(session, **given)
    event = factories.make_event(session, customer=customer, attributes=attributes or {})
    invitation, _token = factories.make_invitation(
        session, customer=customer, version_id=version.id, event_id=event.id
    )
    return invitation


def letter(session: Session, invitation: Invitation) -> Words | Reason:
    """Compose the letter to an invitation."""
    message = Message(
        kind=MESSAGE_KIND, subject_id=invitation.id, customer_id=invitation.customer_id, channel="email"
    )
    return letters.compose(session, message)


def test_a_questionnaire_that_begins_with_a_score_has_its_numbers_in_the_letter(session: Session) -> None:
    written = letter(session, invited(session, template("motor_claim").definition()))
    assert isinstance(written, Letter)
    assert "?nps=0" in written.html
    assert "?nps=10" in written.html
    assert written.html.count("?nps=") == 11


@pytest.mark.parametrize(
    ("kind", "language", "ends"),
    [
        ("csat", "zh-Hans", "1 非常不满意 · 5 非常满意"),
        ("csat", "zh-Hant", "1 非常不滿意 · 5 非常滿意"),
        ("csat", "en", "1 Very dissatisfied · 5 Very satisfied"),
        ("ces", "zh-Hans", "1 非常不同意 · 7 非常同意"),
        ("ces", "zh-Hant", "1 非常不同意 · 7 非常同意"),
        ("ces", "en", "1 Strongly disagree · 7 Strongly agree"),
    ],
)
def test_what_a_score_means_stands_in_both_parts_of_the_letter(
    session: Session, kind: str, language: str, ends: str
) -> None:
    title = {"zh-Hans": "这次怎么样？", "zh-Hant": "這次怎麼樣？", "en": "How was it?"}
    asked = {"type": kind, "id": "score", "title": title}
    definition = Definition.model_validate({"title": title, "questions": [asked]})
    written = letter(session, invited(session, definition, language=language))
    assert isinstance(written, Letter)
    assert ends in written.text
    lowest, highest = ends.split(" · ")
    if kind == "csat":
        labels = re.findall(r'[?]score=(\d)"[^>]*>([^<]*)</a>', written.html)
        assert [number for number, _label in labels] == ["5", "4", "3", "2", "1"]
        assert (labels[0][1], labels[-1][1]) == (highest, lowest)
        assert all(len(label) > len("5 ") for _number, label in labels)
    else:
        assert written.html.count("?score=") == 7
        assert ends in written.html


def test_the_authors_own_words_at_the_ends_beat_ours(session: Session) -> None:
    asked = {
        "type": "csat",
        "id": "score",
        "title": said("怎么样？"),
        "low": said("很差"),
        "high": said("很好"),
    }
    definition = Definition.model_validate({"title": said("问卷"), "questions": [asked]})
    written = letter(session, invited(session, definition))
    assert isinstance(written, Letter)
    assert "1 很差 · 5 很好" in written.html
    assert "1 很差 · 5 很好" in written.text
    assert "非常满意" not in written.html


def test_the_plain_part_is_punctuated_in_its_language(session: Session) -> None:
    chinese = letter(session, invited(session, template("hotline").definition()))
    english = letter(session, invited(session, template("branch_visit").definition(), language="en"))
    assert isinstance(chinese, Letter)
    assert isinstance(english, Letter)
    assert "不想再收到这类问卷：http" in chinese.text
    assert "Stop receiving these questionnaires: http" in english.text


def test_a_questionnaire_that_begins_otherwise_has_one_button(session: Session) -> None:
    written = letter(session, invited(session, template("purchase_callback").definition()))
    assert isinstance(written, Letter)
    assert "是否已收到保险合同" in written.html
    assert "?received=" not in written.html


def test_the_letter_says_what_the_event_was_about(session: Session) -> None:
    question = {"type": "csat", "id": "csat", "title": said("您对{{event.product|这次}}理赔满意吗？")}
    definition = Definition.model_validate({"title": said("{{event.product}}回访"), "questions": [question]})
    written = letter(session, invited(session, definition, attributes={"product": "<车险>"}))
    assert isinstance(written, Letter)
    assert "&lt;车险&gt;理赔满意吗" in written.html
    assert written.subject.endswith("<车险>回访")
    assert "{{" not in written.html + written.text


@pytest.mark.parametrize(
    ("language", "words"), [("zh-Hant", "根據這次"), ("en", "this claim"), ("fr", "这次理赔")]
)
def test_the_letter_speaks_the_customers_language_or_chinese(
    session: Session, language: str, words: str
) -> None:
    definition = template("motor_claim").definition()
    written = letter(session, invited(session, definition, language=language))
    assert isinstance(written, Letter)
    assert words in written.html


def test_who_answered_anonymously_gets_no_letter(session: Session) -> None:
    invitation = invited(session, template("employee_voice").definition())
    invitation.spent = True
    session.flush()
    assert letter(session, invitation) is Reason.ALREADY_ANSWERED


def reminded(session: Session, invitation: Invitation) -> Words | Reason:
    """Compose the reminder of an invitation."""
    message = Message(
        kind=REMINDER_KIND, subject_id=invitation.id, customer_id=invitation.customer_id, channel="email"
    )
    return letters.remind(session, message)


def sent_before(session: Session, invitation: Invitation) -> None:
    """Note that the invitation itself went out."""
    services.schedule(
        session,
        key=f"{MESSAGE_KIND}:{invitation.id}",
        kind=MESSAGE_KIND,
        subject_id=invitation.id,
        channel=Channel.EMAIL,
        customer_id=invitation.customer_id,
        region_id=invitation.region_id,
        due_at=invitation.due_at,
    )
    session.execute(
        update(Message)
        .where(Message.key == f"{MESSAGE_KIND}:{invitation.id}")
        .values(state="sent", sent_at=invitation.due_at, tried_at=invitation.due_at, message_id="<1@example>")
    )


def test_a_reminder_carries_the_same_link_once(session: Session) -> None:
    invitation = invited(session, template("hotline").definition())
    sent_before(session, invitation)
    first, again = letter(session, invitation), reminded(session, invitation)
    assert isinstance(first, Letter)
    assert isinstance(again, Letter)
    assert again.opt_out_url == first.opt_out_url
    assert f"/s/{token_of(invitation.seed)}" in again.html
    assert "提醒" in again.subject


def test_who_answered_or_was_never_reached_is_not_reminded(session: Session) -> None:
    unreached = invited(session, template("hotline").definition())
    assert reminded(session, unreached) is Reason.NOT_INVITED
    answered = invited(session, template("branch_visit").definition())
    sent_before(session, answered)
    factories.make_response(session, invitation_id=answered.id, version_id=answered.version_id, csat=5)
    assert reminded(session, answered) is Reason.ALREADY_ANSWERED


def test_whose_answer_came_beyond_the_quota_is_not_reminded(session: Session) -> None:
    late = invited(session, template("hotline").definition())
    sent_before(session, late)
    session.add(
        Suspect(
            key_hash=late.token_hash, invitation_id=late.id, version_id=late.version_id, language="zh-Hans",
            touchpoint_code=late.touchpoint_code, region_id=late.region_id, channel="email", sent="{}",
            reasons=["over_quota"], received_at=clock.now(),
        )
    )  # fmt: skip
    assert reminded(session, late) is Reason.ALREADY_ANSWERED


def test_a_rule_that_reminds_plans_both_letters(session: Session) -> None:
    rule = session.scalars(select(AskRule).where(AskRule.touchpoint_code == "hotline_call")).one()
    rule.remind_days = 3
    session.flush()
    event = factories.make_event(session, touchpoint_code="hotline_call")
    (invitation_id,) = asking.invite(session, touchpoint_event_id=event.id)
    planned = {
        row.kind: row.due_at
        for row in session.scalars(select(Message).where(Message.subject_id == invitation_id))
    }
    assert planned[REMINDER_KIND] - planned[MESSAGE_KIND] == timedelta(days=3)
