"""``/api/v1/tickets`` as another system sees it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from grid import services as grid
from grid.models import Region
from grid.rules import Scope
from tickets.models import Ticket, TicketEvent
from tickets.rules import Priority, State

pytestmark = pytest.mark.usefixtures("clock_at")
Key = Callable[..., dict[str, str]]

READ, WRITE = Scope.TICKETS_READ, Scope.TICKETS_WRITE


@pytest.fixture
def key(session: Session) -> Key:
    """Issue a key and return the header that bears it."""

    def issue(*scopes: Scope, region: Region | None = None) -> dict[str, str]:
        place = region or session.scalars(select(Region).where(Region.parent_id.is_(None))).one()
        number = len(issued)
        issued.append(number)
        plain = grid.create_key(
            session, name=f"key {number}", scopes=list(scopes or (READ, WRITE)), region=place,
            expires_at=None, by=None,
        )  # fmt: skip
        return {"Authorization": f"Bearer {plain}"}

    issued: list[int] = []
    return issue


def test_a_ticket_tells_all_but_who_the_customer_is(session: Session, client: FlaskClient, key: Key) -> None:
    customer = factories.make_customer(session, mobile="13912345678", name="陈思远")
    about = factories.make_feedback(
        session, customer_id=customer.id, words="我是陈思远", masked_words="我是***", nps=1
    )
    ticket = factories.make_ticket(session, feedback=about)
    answer = client.get(f"/api/v1/tickets/{ticket.id}", headers=key())
    body = answer.get_json()
    assert answer.status_code == 200
    assert (body["id"], body["state"], body["words"], body["nps"]) == (ticket.id, "new", "我是***", 1)
    assert (body["customer"], body["region"], body["history"]) == (customer.external_id, "HQ", [])
    assert datetime.fromisoformat(body["due_at"]) == ticket.due_at
    assert "陈思远" not in answer.get_data(as_text=True)
    assert "13912345678" not in answer.get_data(as_text=True)


def test_pages_of_the_list_follow_each_other(session: Session, client: FlaskClient, key: Key) -> None:
    made = [factories.make_ticket(session).id for _ in range(7)]
    headers, found, after = key(), [], "0"
    for _ in range(4):
        body = client.get(f"/api/v1/tickets?limit=3&after={after}", headers=headers).get_json()
        found += [one["id"] for one in body["items"]]
        after = body["next"]
        if after is None:
            break
    assert found == made


def test_filters_of_the_list(session: Session, client: FlaskClient, key: Key) -> None:
    tree = factories.region_tree(session)
    past = clock.now() - timedelta(days=2)
    one = factories.make_ticket(
        session, region_id=tree["3301"].id, priority=Priority.URGENT, opened_at=past,
        due_at=past + timedelta(days=1), touchpoint_code="claim_closed",
    )  # fmt: skip
    factories.make_ticket(session, region_id=tree["3201"].id)
    headers = key()
    for query in (
        "priority=urgent", "due=overdue", "region=33", "touchpoint=claim_closed", f"feedback_id={one.feedback_id}",
    ):  # fmt: skip
        body = client.get(f"/api/v1/tickets?{query}", headers=headers).get_json()
        assert [item["id"] for item in body["items"]] == [one.id], query
    assert client.get("/api/v1/tickets?state=closed", headers=headers).get_json()["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=lost", "state"), ("limit=0", "limit"), ("limit=500", "limit"), ("after=x", "after"),
        ("priority=low", "priority"), ("region=nowhere", "region"), ("colour=red", "colour"),
    ],
)  # fmt: skip
def test_a_query_that_makes_no_sense_names_its_field(
    client: FlaskClient, key: Key, query: str, field: str
) -> None:
    answer = client.get(f"/api/v1/tickets?{query}", headers=key())
    assert answer.status_code == 422
    assert any(name.startswith(field) for name in answer.get_json()["errors"])


def test_another_system_works_a_ticket_to_its_end(session: Session, client: FlaskClient, key: Key) -> None:
    person = factories.make_staff(session, login="zhou.min")
    ticket = factories.make_ticket(session)
    headers, address = key(), f"/api/v1/tickets/{ticket.id}"

    def post(action: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = client.post(f"{address}/{action}", headers=headers, json=body)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return dict(answer.get_json())

    assert post("assign", {"login": person.login})["assignee"] == "zhou.min"
    assert post("notes", {"text": "坐席已知悉"})["state"] == "assigned"
    assert post("calls", {"outcome": "reached"})["state"] == "contacted"
    done = {
        "root_cause": "slow_process",
        "resolution": "已赔付",
        "told_how": "phone",
        "told_at": clock.now().isoformat(),
    }
    assert post("resolve", done)["state"] == "resolved"
    assert post("close", {})["state"] == "closed"
    body = post("reopen", {"why": "客户来电"})
    assert (body["state"], body["reopened"], body["resolution"]) == ("assigned", 1, None)
    kinds = [line["kind"] for line in body["history"]]
    assert kinds == ["assigned", "noted", "called", "resolved", "closed", "reopened"]


def test_the_same_key_acts_once(session: Session, client: FlaskClient, key: Key) -> None:
    ticket = factories.make_ticket(session)
    headers = key() | {"Idempotency-Key": "call-4711"}
    for _ in range(2):
        answer = client.post(f"/api/v1/tickets/{ticket.id}/notes", headers=headers, json={"text": "一次"})
        assert answer.status_code == 200
    assert len(session.scalars(select(TicketEvent)).all()) == 1


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("notes", {}, "text"),
        ("notes", {"text": " "}, "text"),
        ("notes", {"text": "a\0b"}, "text"),
        ("notes", {"text": "x" * 2001}, "text"),
        ("notes", {"text": "x", "colour": "red"}, "colour"),
        ("calls", {"outcome": "maybe"}, "outcome"),
        ("assign", {"login": "nobody"}, "login"),
        ("resolve", {"root_cause": "slow_process"}, "told_at"),
        (
            "resolve",
            {
                "root_cause": "x",
                "resolution": "y",
                "told_how": "sms",
                "told_at": "2026-06-10T04:00:00Z",
            },
            "root_cause",
        ),
        ("reopen", {}, "why"),
    ],
)
def test_a_body_that_makes_no_sense_names_its_field(
    session: Session, client: FlaskClient, key: Key, action: str, body: dict[str, str], field: str
) -> None:
    person = factories.make_staff(session)
    ticket = factories.make_ticket(session, state=State.ASSIGNED, assignee_id=person.id)
    answer = client.post(f"/api/v1/tickets/{ticket.id}/{action}", headers=key(), json=body)
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    assert field in answer.get_json()["errors"]


@pytest.mark.parametrize(
    ("action", "body"), [("close", {}), ("reopen", {"why": "x"}), ("calls", {"outcome": "busy"})]
)
def test_what_a_state_forbids_is_a_conflict(
    session: Session, client: FlaskClient, key: Key, action: str, body: dict[str, str]
) -> None:
    ticket = factories.make_ticket(session)
    answer = client.post(f"/api/v1/tickets/{ticket.id}/{action}", headers=key(), json=body)
    assert answer.status_code == 409
    assert answer.get_json()["detail"]


def test_an_older_version_is_a_conflict(session: Session, client: FlaskClient, key: Key) -> None:
    person = factories.make_staff(session)
    ticket = factories.make_ticket(session)
    headers, address = key(), f"/api/v1/tickets/{ticket.id}"
    assert client.post(f"{address}/assign", headers=headers, json={"login": person.login}).status_code == 200
    answer = client.post(f"{address}/notes", headers=headers, json={"text": "x", "version": 1})
    assert answer.status_code == 409


def test_keys_act_only_in_their_region_and_for_what_they_were_issued(
    session: Session, client: FlaskClient, key: Key
) -> None:
    tree = factories.region_tree(session)
    ticket = factories.make_ticket(session, region_id=tree["3301"].id)
    address = f"/api/v1/tickets/{ticket.id}"
    elsewhere = key(region=tree["32"])
    assert client.get(address, headers=elsewhere).status_code == 404
    assert client.post(f"{address}/notes", headers=elsewhere, json={"text": "x"}).status_code == 404
    assert client.get("/api/v1/tickets", headers=elsewhere).get_json()["items"] == []
    assert client.get("/api/v1/tickets?region=33", headers=elsewhere).status_code == 422
    reader = key(READ)
    assert client.get(address, headers=reader).status_code == 200
    assert client.post(f"{address}/notes", headers=reader, json={"text": "x"}).status_code == 403
    assert client.get(address).status_code == 401
    assert session.scalars(select(Ticket.state)).all() == [State.NEW]
