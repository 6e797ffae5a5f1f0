"""Events that come long after they happened are stored, and nobody is asked about them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock, settings
from delivery.models import Message
from delivery.rules import Reason, State
from grid.rules import Role
from surveys import services
from surveys.models import AskRule, Invitation
from surveys.rules import asking
from tests.delivery import post

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]


def asked(session: Session, days: float, **rule: object) -> tuple[Invitation, list[Message]]:
    """Let an event come in so many days after it happened; return what its rule made of it."""
    session.execute(
        update(AskRule).where(AskRule.touchpoint_code == "claim_closed").values(rule or {"active": True})
    )
    event = factories.make_event(session, occurred_at=clock.now() - timedelta(days=days))
    [made] = services.invite(session, touchpoint_event_id=event.id)
    assert services.invite(session, touchpoint_event_id=event.id) == []
    messages = session.scalars(select(Message).where(Message.subject_id == made).order_by(Message.id)).all()
    return session.get_one(Invitation, made), list(messages)


def test_nobody_is_asked_about_an_event_of_two_months_ago(session: Session) -> None:
    invitation, messages = asked(session, 60, remind_days=3)
    assert invitation.reason == Reason.TOO_LATE
    assert [(one.state, one.reason) for one in messages] == [(State.WITHHELD, Reason.TOO_LATE)]
    assert messages[0].due_at < clock.now() - timedelta(days=50), "the list tells when it should have gone"
    post.drain(post.config())
    session.refresh(messages[0])
    assert (messages[0].state, messages[0].attempts) == (State.WITHHELD, 0)


def test_an_event_of_some_days_ago_is_asked_about(session: Session) -> None:
    invitation, messages = asked(session, 6)
    assert invitation.reason is None
    assert [one.state for one in messages] == [State.WAITING]


def test_what_counts_is_when_the_rule_wanted_to_ask(session: Session) -> None:
    invitation, _messages = asked(session, 33, delay_minutes=30 * 24 * 60)
    assert invitation.reason is None, "a month after the claim was closed is three days ago"


def test_who_was_not_drawn_is_told_apart_from_who_is_too_late(session: Session) -> None:
    invitation, messages = asked(session, 60, sample_percent=0)
    assert (invitation.reason, messages) == (Reason.NOT_SAMPLED, [])


@pytest.mark.parametrize(("days", "too_late"), [(6.99, False), (7, False), (7.01, True), (-3, False)])
def test_the_limit_is_a_number_of_days(days: float, too_late: bool) -> None:
    now = clock.now()
    assert asking.is_too_late(now - timedelta(days=days), now, 7) is too_late


def test_the_limit_is_a_setting(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = settings.current().model_copy(update={"ask_within_days": 90})
    monkeypatch.setattr("core.settings.current", lambda: wanted)
    invitation, _messages = asked(session, 60)
    assert invitation.reason is None


def test_staff_read_why_in_the_list_of_messages_and_in_the_funnel(session: Session, login: Login) -> None:
    invitation, [message] = asked(session, 60)
    client = login(Role.CX_MANAGER)
    assert f"/messages/{message.id}" in client.get("/messages?reason=too_late").get_data(as_text=True)
    assert "事件报来太晚，不再询问" in client.get(f"/messages/{message.id}").get_data(as_text=True)
    survey_id = factories.published(session).survey_id
    assert "事件报来太晚，不再询问" in client.get(f"/surveys/{survey_id}/results").get_data(as_text=True)
    assert invitation.opened_at is None
