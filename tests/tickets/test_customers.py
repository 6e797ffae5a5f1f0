"""One customer on a page: found by a number, with what was said, promised and sent, and whether they refuse."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.clock import FixedClock
from core.models import AuditEntry
from customers import queries
from customers import services as customers
from customers.models import Customer
from delivery.models import Message
from grid.rules import Role
from tickets.models import Ticket

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]


def known(session: Session, **given: object) -> Customer:
    """Make a customer with a ticket, an utterance and a message."""
    person = factories.make_customer(session, name="欧阳修文", mobile="13912345678", **given)
    row = factories.make_feedback(
        session, words="等了<b>一个月</b>", customer_id=person.id, region_id=person.region_id
    )
    factories.make_ticket(session, feedback=row, customer_id=person.id, region_id=person.region_id)
    invitation, _token = factories.make_invitation(session, customer=person)
    session.add(
        Message(
            key=f"k{person.id}", kind="survey_invitation", subject_id=invitation.id, channel="email",
            customer_id=person.id, region_id=person.region_id, state="withheld", reason="capped",
            due_at=clock.now(),
        )
    )  # fmt: skip
    session.flush()  # the page reads them
    return person


def lines(session: Session, action: str) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_the_page_tells_what_was_said_promised_and_sent_and_covers_who_it_is(
    session: Session, login: Login
) -> None:
    person = known(session)
    page = login(Role.AGENT).get(f"/customers/{person.id}").get_data(as_text=True)
    for one in (
        person.external_id,
        "欧阳**",
        "139****5678",
        "等了&lt;b&gt;一个月",
        "T-",
        "近期已询问过",
        "问卷邀请",
    ):
        assert one in page, one
    assert "13912345678" not in page
    assert "修文" not in page
    assert "/messages/" not in page  # agents may not open messages
    assert "/messages/" in login(Role.CX_MANAGER).get(f"/customers/{person.id}").get_data(as_text=True)


def test_the_ticket_leads_there(session: Session, login: Login) -> None:
    person = known(session)
    tree = factories.region_tree(session)
    agent = login(Role.AGENT)
    ticket_id = session.scalars(select(Ticket.id).where(Ticket.customer_id == person.id)).one()
    assert f'"/tickets/{ticket_id}"' in agent.get(f"/customers/{person.id}").get_data(as_text=True)
    assert f"/customers/{person.id}" in agent.get(f"/tickets/{ticket_id}").get_data(as_text=True)
    # A customer who moved to another branch has no page here, the ticket stays.
    moved = known(session, region_id=tree["33"].id)
    moved.region_id = tree["44"].id
    session.flush()
    near = login(Role.AGENT, tree["33"].id)
    page = near.get("/tickets?tab=all").get_data(as_text=True)
    number = page.split('href="/tickets/')[1].split('"')[0]
    assert f"/customers/{moved.id}" not in near.get(f"/tickets/{number}").get_data(as_text=True)
    assert near.get(f"/customers/{moved.id}").status_code == 404


@pytest.mark.parametrize("written", ["{number}", "139 1234 5678", "+86-13912345678", "{email}", " {number} "])
def test_a_whole_number_or_address_finds_the_customer_and_stands_in_no_address(
    session: Session, login: Login, written: str
) -> None:
    person = known(session)
    typed = written.format(number=person.external_id, email=str(person.email).upper())
    answer = login(Role.AGENT).post("/customers/find", data={"number": typed})
    assert (answer.status_code, answer.location) == (302, f"/customers/{person.id}")


@pytest.mark.parametrize(
    "written", ["", "1391234567", "139", "欧阳", "'; drop table customers", "\0", "x" * 9000, "T-"]
)
def test_a_part_or_nonsense_finds_nobody(session: Session, login: Login, written: str) -> None:
    known(session)
    answer = login(Role.AGENT).post("/customers/find", data={"number": written})
    assert answer.status_code == 200
    assert "没有找到" in answer.get_data(as_text=True)


def test_of_several_with_one_number_one_chooses(session: Session, login: Login) -> None:
    first, second = known(session), known(session)
    page = login(Role.AGENT).post("/customers/find", data={"number": "13912345678"}).get_data(as_text=True)
    assert f"/customers/{first.id}" in page
    assert f"/customers/{second.id}" in page
    assert "13912345678" not in page


def test_a_tickets_number_leads_to_the_ticket(login: Login) -> None:
    agent = login(Role.AGENT)
    assert agent.post("/customers/find", data={"number": "t-12"}).location == "/tickets/12"
    assert agent.post("/customers/find", data={"number": "T 12"}).location == "/tickets/12"


def test_nobody_finds_or_sees_customers_of_another_branch(session: Session, login: Login) -> None:
    tree = factories.region_tree(session)
    person = known(session, region_id=tree["3301"].id)
    far = login(Role.AGENT, tree["44"].id)
    assert far.get(f"/customers/{person.id}").status_code == 404
    for way in ("reveal", "refusal"):
        assert far.post(f"/customers/{person.id}/{way}").status_code == 404
    assert "没有找到" in far.post("/customers/find", data={"number": "13912345678"}).get_data(as_text=True)
    assert not queries.has_opted_out(session, person.id, "*")
    assert lines(session, "customer.reveal") == []


@pytest.mark.parametrize("role", [Role.ANALYST, Role.VIEWER, Role.AUDITOR])
def test_who_works_no_tickets_stays_outside(session: Session, login: Login, role: Role) -> None:
    person, browser = known(session), login(role)
    assert browser.get(f"/customers/{person.id}").status_code == 403
    assert browser.post("/customers/find", data={"number": "13912345678"}).status_code == 403
    assert browser.post(f"/customers/{person.id}/refusal").status_code == 403


def test_the_whole_number_is_shown_once_and_leaves_a_line(session: Session, login: Login) -> None:
    person, agent = known(session), login(Role.AGENT)
    answer = agent.post(f"/customers/{person.id}/reveal")
    assert "欧阳修文" in answer.get_data(as_text=True)
    assert 'href="tel:13912345678"' in answer.get_data(as_text=True)
    [line] = lines(session, "customer.reveal")
    assert (line.object_id, line.detail) == (str(person.id), {"fields": ["name", "mobile", "email"]})
    assert "13912345678" not in agent.get(f"/customers/{person.id}").get_data(as_text=True)


def test_a_refusal_told_on_the_phone_is_noted_once_and_can_be_taken_back(
    session: Session, login: Login, clock_at: FixedClock
) -> None:
    person, agent = known(session), login(Role.AGENT)
    url = f"/customers/{person.id}/refusal"
    for _ in range(2):
        page = agent.post(url, data={"refuses": "yes"}, follow_redirects=True).get_data(as_text=True)
        assert "客户拒收问卷" in page
        assert "由员工登记" in page
    assert queries.has_opted_out(session, person.id, "sms")
    assert len(lines(session, "customer.opt_out")) == 1
    clock_at.advance(minutes=5)
    for _ in range(2):
        page = agent.post(url, data={"refuses": "no"}, follow_redirects=True).get_data(as_text=True)
        assert "客户没有拒收" in page
    assert not queries.has_opted_out(session, person.id, "sms")
    assert len(lines(session, "customer.opt_in")) == 1
    # What was refused before stays written down; a later refusal is a new one.
    clock_at.advance(minutes=5)
    customers.opt_out(session, customer_id=person.id, channel="*", source="link")
    page = agent.get(f"/customers/{person.id}").get_data(as_text=True)
    assert "客户自行选择" in page
    assert len(queries.refusals(session, person.id)) == 2
