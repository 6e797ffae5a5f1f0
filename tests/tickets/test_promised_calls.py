"""A call that was promised for a time is shown, comes back to whoever promised it, and is done with the next one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.clock import FixedClock
from grid.models import Staff
from grid.rules import Role
from tests.tickets.people import resolved, seen_by
from tickets import queries, services
from tickets.models import Ticket
from tickets.rules import Contact
from tickets.services import Asked

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]
LATER = {"call-outcome": "call_later", "call-call_at": "2026-06-10T12:30"}  # it is noon in Beijing


def taken(session: Session) -> tuple[Ticket, Staff]:
    ticket, person = factories.make_ticket(session), factories.make_staff(session, role=Role.AGENT)
    services.take(session, Asked(ticket.id, seen_by(session, person)))
    return ticket, person


def test_a_promised_call_stands_on_the_ticket_and_is_rung_when_its_time_has_come(
    session: Session, login: Login, clock_at: FixedClock
) -> None:
    ticket, person = taken(session)
    agent = login(staff=person)
    assert agent.post(f"/tickets/{ticket.id}/call", data=LATER).status_code == 302
    page = agent.get(f"/tickets/{ticket.id}").get_data(as_text=True)
    assert "约定 06-10 12:30 回电" in page
    assert "回访电话：客户请稍后再拨，约定 06-10 12:30 再次致电" in page
    assert "没有符合条件的工单" in agent.get("/tickets?tab=mine&due=call").get_data(as_text=True)
    assert "到了约定的回电时间，请致电" not in agent.get("/tickets").get_data(as_text=True)
    clock_at.advance(minutes=30)
    agent = login(staff=person)  # half an hour without a click ends a session
    assert "您负责的 1 件工单到了约定的回电时间" in agent.get("/tickets").get_data(as_text=True)
    assert "1 件到了约定的回电时间" in agent.get("/account").get_data(as_text=True)
    assert f'"/tickets/{ticket.id}"' in agent.get("/tickets?tab=mine&due=call").get_data(as_text=True)
    # The next call keeps the promise, whatever came of it.
    agent.post(f"/tickets/{ticket.id}/call", data={"call-outcome": "no_answer"})
    assert queries.news(session, person.id) == (0, 0)
    assert "约定 06-10 12:30 回电" not in agent.get(f"/tickets/{ticket.id}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("2026-06-10T12:00", "约定的回电时间要晚于现在"),
        ("2025-06-10T12:30", "约定的回电时间要晚于现在"),
        ("2026-08-10T12:30", "约定的回电时间不能晚于 60 天以后"),
        ("9999-12-31T23:59", "约定的回电时间不能晚于 60 天以后"),
        ("0001-01-01T00:00", "约定的回电时间要晚于现在"),
        ("明天下午", "不是有效的日期"),
    ],
)
def test_a_time_that_cannot_be_meant_comes_back_with_what_was_written(
    session: Session, login: Login, at: str, why: str
) -> None:
    ticket, person = taken(session)
    sent = LATER | {"call-call_at": at, "call-text": "客户在开会"}
    answer = login(staff=person).post(f"/tickets/{ticket.id}/call", data=sent)
    assert answer.status_code == 422
    assert why in answer.get_data(as_text=True)
    assert "客户在开会" in answer.get_data(as_text=True)
    session.expire_all()
    assert ticket.call_at is None
    assert [event.kind for event in ticket.history] == ["taken"]


def test_the_promise_goes_along_to_whoever_takes_over_and_ends_with_the_resolution(
    session: Session, clock_at: FixedClock
) -> None:
    ticket, person = taken(session)
    asked = Asked(ticket.id, seen_by(session, person))
    at = clock.now() + timedelta(minutes=10)
    services.call(session, asked, outcome=Contact.REACHED, call_at=at)
    other = factories.make_staff(session, role=Role.AGENT)
    manager = seen_by(session, factories.make_staff(session, role=Role.CX_MANAGER))
    services.assign(session, Asked(ticket.id, manager), staff_id=other.id)
    clock_at.advance(minutes=10)
    assert (queries.news(session, person.id), queries.news(session, other.id)) == ((0, 0), (0, 1))
    resolved(session, Asked(ticket.id, seen_by(session, other)))
    assert queries.news(session, other.id) == (0, 0)
    session.refresh(ticket)
    assert ticket.call_at is None
