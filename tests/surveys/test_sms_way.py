"""The whole way of an SMS: an event, the text on the platform, the score chosen by its link, the answer."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock, db
from customers.models import Customer
from delivery import jobs
from delivery.models import Message
from delivery.rules import Reason, State
from surveys import services
from surveys.models import Answer, AskRule, Invitation, Response
from surveys.rules.asking import AskBy
from tests.delivery import post
from tests.delivery.gateway import Gateway, gateway


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """An SMS platform that the settings name, at noon."""
    with gateway() as server, clock.use(post.AroundNoon()):
        wanted = post.sms_config(server.url)
        monkeypatch.setattr("core.settings.current", lambda: wanted)
        yield server


def reach(session: Session, customer: Customer) -> Invitation:
    """Let the customer call the hotline a quarter of an hour ago, and be asked by SMS with the scores in it."""
    session.execute(
        update(AskRule)
        .where(AskRule.touchpoint_code == "hotline_call")
        .values(channel=AskBy.SMS, score_in_sms=True, delay_minutes=0)
    )
    event = factories.make_event(session, customer=customer, touchpoint_code="hotline_call")
    [made] = services.invite(session, touchpoint_event_id=event.id)
    invitation = session.get_one(Invitation, made)
    make_due(session)
    return invitation


def make_due(session: Session) -> None:
    """Make what waits due by the database's clock, which knows nothing of the test's noon."""
    session.execute(
        update(Message)
        .where(Message.state == State.WAITING)
        .values(due_at=func.now() - func.make_interval(0, 0, 0, 1))
    )


def links(text: str) -> dict[int, str]:
    """Return the paths behind the scores of a text."""
    found = re.findall(r"^(\d) \S+ http://127\.0\.0\.1:8000(/s/[\w-]{22}\?csat=\d)$", text, re.MULTILINE)
    return {int(score): path for score, path in found}


def test_a_score_tapped_in_a_text_is_chosen_on_the_page_and_recorded_by_sending_only(
    session: Session, client: FlaskClient, platform: Gateway
) -> None:
    customer = factories.make_customer(session, mobile="13912345678")
    invitation = reach(session, customer)
    jobs.send_due_texts()
    [asked] = platform.requests
    assert asked["mobile"] == "13912345678"
    paths = links(asked["text"])
    assert list(paths) == [5, 4, 3, 2, 1]

    for score, path in paths.items():
        page = client.get(path).get_data(as_text=True)
        assert re.findall(r'<input [^>]*name="csat"[^>]*value="(\d)"[^>]*checked', page) == [str(score)]
        client.head(path)
    session.refresh(invitation)
    assert session.scalar(select(func.count()).select_from(Response)) == 0
    assert not invitation.spent

    answer = client.post(paths[2].partition("?")[0], data={"csat": "2", "why": "等太久"})
    assert answer.status_code == 303
    stored = session.scalars(select(Response)).one()
    assert (stored.invitation_id, stored.csat, stored.channel) == (invitation.id, 2, "sms")
    number = session.scalar(select(Answer.number).where(Answer.question_id == "csat"))
    assert number == 2


def test_a_second_event_texts_nobody_within_the_days_of_rest_and_after_an_opt_out_nobody_at_all(
    session: Session, client: FlaskClient, platform: Gateway
) -> None:
    customer = factories.make_customer(session)
    reach(session, customer)
    jobs.send_due_texts()
    reach(session, customer)
    jobs.send_due_texts()
    assert len(platform.requests) == 1
    path = links(platform.requests[0]["text"])[5]
    page = client.get(path).get_data(as_text=True)
    [opt_out] = re.findall(r'href="(/o/[\w-]+)[?"]', page)
    client.post(opt_out)
    session.execute(update(AskRule).values(rest_days=0))
    reach(session, customer)
    jobs.send_due_texts()
    assert len(platform.requests) == 1
    with db.reading() as opened:
        reasons = opened.scalars(select(Message.reason).order_by(Message.id)).all()
    assert reasons == [None, Reason.CAPPED, Reason.OPTED_OUT]
