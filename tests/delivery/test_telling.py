"""What became of a message, in words that need no engineer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from customers.models import Customer
from delivery.models import Message
from delivery.rules import Channel, Reason, State
from delivery.telling import answer_said
from grid.rules import Role
from surveys.models import AskRule

Login = Callable[..., FlaskClient]
MAIL, SMS = Channel.EMAIL, Channel.SMS


@pytest.mark.parametrize(
    ("answer", "channel", "said"),
    [
        ("written to outbox/20260610-120000-ab.eml", MAIL, "还没有接入邮件服务器"),
        ("written to outbox/20260610-120000-ab.txt", SMS, "还没有接入短信平台"),
        ("after the body: TimeoutError: timed out", SMS, "客户可能收到，也可能没有。原因：等待超时。"),
        ("after the content: Connection unexpectedly closed", MAIL, "没有等到邮件服务器完整的回答"),
        ("before the body: BrokenPipeError: [Errno 32]", SMS, "内容没有发出。原因：连接中断。"),
        ("RCPT: TimeoutError: timed out", MAIL, "内容没有发出。原因：等待超时。"),
        ("ConnectionRefusedError: [Errno 111] Connection refused", MAIL, "原因：对方没有开放连接。"),
        ("gaierror: [Errno -2] Name or service not known", SMS, "原因：找不到对方的网络地址。"),
        ("no connection", MAIL, "没能和邮件服务器说上话"),
        ("the letter could not be written: KeyError", MAIL, "请联系系统管理员"),
        ("250 2.0.0 OK queued", MAIL, "已收下"),
        ("RCPT: 550 no such user", MAIL, "不接受这个收件地址"),
        ("MAIL: 550 who are you", MAIL, "不接受我们的发件地址"),
        ("451 try again", MAIL, "现在收不了"),
        ("554 spam", MAIL, "拒绝了这封邮件"),
        ("200 accepted", SMS, "已收下这条短信"),
        ("500 accepted", SMS, "看不出结果"),
        ("200 rejected blacklist", SMS, "拒绝发给这个号码"),
        ("200 later", SMS, "现在发不了"),
        ("503 Service Unavailable", SMS, "没有受理"),
        ("409 Conflict", SMS, "看不出结果"),
        ("200 acceptedly", SMS, "看不出结果"),
    ],
)  # fmt: skip
def test_an_answer_is_told_in_plain_words(web: Flask, answer: str, channel: Channel, said: str) -> None:
    with web.test_request_context():
        assert said in (answer_said(answer, channel) or "")


@pytest.mark.parametrize("answer", [None, "", "whatever the machine says"])
def test_what_is_not_known_is_not_made_up(web: Flask, answer: str | None) -> None:
    with web.test_request_context():
        assert answer_said(answer, MAIL) is None


def planned(session: Session, state: State, reason: Reason | None = None, **given: object) -> Message:
    """Return an invitation's message with the rule, the survey and the event that it is about."""
    rule = session.query(AskRule).filter_by(touchpoint_code="hotline_call").one()
    customer_id = given.pop("customer_id", None) or factories.make_customer(session).id
    event = factories.make_event(
        session, customer=session.get_one(Customer, customer_id), touchpoint_code="hotline_call", source="hotline",
        occurred_at=clock.now() - timedelta(hours=1),
    )  # fmt: skip
    invitation, _token = factories.make_invitation(
        session, version_id=factories.published(session, "service_csat").id, customer_id=customer_id,
        rule_id=rule.id, event_id=event.id, touchpoint_code="hotline_call",
    )  # fmt: skip
    values = {
        "key": f"survey_invitation:{invitation.id}", "kind": "survey_invitation", "subject_id": invitation.id,
        "channel": MAIL, "customer_id": customer_id, "region_id": invitation.region_id, "state": state,
        "reason": reason, "due_at": clock.now(), "message_id": f"<{invitation.id}@huisheng.example>",
        "sent_at": clock.now() if state == State.SENT else None,
    } | given  # fmt: skip
    message = Message(**values)
    session.add(message)
    session.flush()
    return message


def shown(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_message_tells_who_is_asked_what_and_why(
    session: Session, login: Login, clock_at: clock.FixedClock
) -> None:
    message = planned(session, State.WAITING)
    client = login(Role.CX_MANAGER)
    page = shown(client, f"/messages/{message.id}")
    rule = session.query(AskRule).filter_by(touchpoint_code="hotline_call").one()
    assert f'<a href="/surveys/{rule.survey_id}">{rule.survey.name}</a>' in page
    assert f'<a href="/surveys/rules/{rule.id}">热线服务后询问满意度</a>' in page
    assert "<dt>触点</dt><dd>客服热线</dd>" in page
    assert "hotline · E" in page
    assert "2026-06-10 11:00" in page, "when the event happened"
    assert f"{rule.survey.name}（问卷邀请）" in shown(client, "/messages")


def test_an_auditor_reads_the_names_without_links_that_refuse(session: Session, login: Login) -> None:
    message = planned(session, State.WAITING)
    page = shown(login(Role.AUDITOR), f"/messages/{message.id}")
    assert "热线服务后询问满意度" in page
    assert "/surveys/" not in page


@pytest.mark.usefixtures("clock_at")
def test_who_was_asked_lately_was_asked_then_and_with_that_survey(session: Session, login: Login) -> None:
    customer = factories.make_customer(session)
    now = clock.now()
    for days in (90, 12, 20):
        at = now - timedelta(days=days)
        planned(session, State.SENT, customer_id=customer.id, due_at=at, sent_at=at)
    stranger = planned(session, State.SENT, due_at=now, sent_at=now)
    capped = planned(session, State.WITHHELD, Reason.CAPPED, customer_id=customer.id)
    page = shown(login(Role.CX_MANAGER), f"/messages/{capped.id}")
    assert "近期已询问过" in page
    survey = factories.published(session, "service_csat").survey
    assert f"2026-05-29 12:00</time> 用《{survey.name}》问过" in page
    assert "至少间隔 30 天" in page
    assert f"#{stranger.id}" not in page


def test_of_two_that_waited_together_the_other_is_named(session: Session, login: Login) -> None:
    customer, now = factories.make_customer(session), clock.now()
    capped = planned(
        session, State.WITHHELD, Reason.CAPPED, customer_id=customer.id, due_at=now - timedelta(hours=3)
    )
    sent = planned(session, State.SENT, customer_id=customer.id, due_at=now, sent_at=now - timedelta(hours=1))
    page = shown(login(Role.CX_MANAGER), f"/messages/{capped.id}")
    assert f'<a href="/messages/{sent.id}">#{sent.id}</a>' in page


def test_where_nothing_is_left_to_name_the_reason_stands_alone(session: Session, login: Login) -> None:
    capped = planned(session, State.WITHHELD, Reason.CAPPED)
    page = shown(login(Role.CX_MANAGER), f"/messages/{capped.id}")
    assert "近期已询问过" in page
    assert "上次询问" not in page


def test_the_other_message_of_a_foreign_region_is_told_without_a_link(session: Session, login: Login) -> None:
    here, there = factories.make_region(session, name="浙江"), factories.make_region(session, name="江苏")
    customer, now = factories.make_customer(session, region_id=here.id), clock.now()
    sent = planned(
        session, State.SENT, customer_id=customer.id, region_id=there.id, sent_at=now - timedelta(days=1)
    )
    capped = planned(session, State.WITHHELD, Reason.CAPPED, customer_id=customer.id, region_id=here.id)
    page = shown(login(Role.CX_MANAGER, region=here.id), f"/messages/{capped.id}")
    assert f"#{sent.id}" in page
    assert f'href="/messages/{sent.id}"' not in page


@pytest.mark.parametrize(("channel", "said", "not_said"), [(MAIL, "邮箱", "手机号"), (SMS, "手机号", "邮箱")])
def test_the_address_that_is_missing_is_that_of_the_channel(
    session: Session, login: Login, channel: Channel, said: str, not_said: str
) -> None:
    message = planned(session, State.WITHHELD, Reason.NO_ADDRESS, channel=channel)
    client = login(Role.CX_MANAGER)
    for path in (f"/messages/{message.id}", "/messages"):
        page = shown(client, path)
        assert f"没有可用的{said}<" in page
        assert f"没有可用的{not_said}<" not in page


def test_a_message_that_was_never_sent_is_called_so(session: Session, login: Login) -> None:
    planned(session, State.WITHHELD, Reason.CAPPED)
    page = shown(login(Role.CX_MANAGER), "/messages")
    assert "未发送" in page
    assert "不再发送" not in page


def test_a_day_of_another_year_says_which(session: Session, login: Login, clock_at: clock.FixedClock) -> None:
    clock_at.advance(days=250)  # 2027-02-15
    old = planned(session, State.SENT, due_at=clock.now() - timedelta(days=230))
    new = planned(session, State.SENT, due_at=clock.now() - timedelta(days=3))
    page = shown(login(Role.CX_MANAGER), "/messages")
    rows = {
        one: next(row for row in page.split("<tr") if f"/messages/{one}" in row) for one in (old.id, new.id)
    }
    assert ">2026-06-30 12:00</time>" in rows[old.id]
    assert ">02-12 12:00</time>" in rows[new.id]
