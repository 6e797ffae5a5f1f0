"""Other systems report events: once each, with every mistake named."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.demo import factories
from core.clock import FixedClock
from core.models import EventRow
from customers.models import Customer
from delivery.rules import Reason
from grid import services as grid
from grid.rules import Scope
from journeys.models import TouchpointEvent
from surveys import services as surveys
from surveys.models import Invitation

PATH = "/api/v1/touchpoint-events"
Send = Callable[..., TestResponse]


@pytest.fixture
def send(session: Session, client: FlaskClient, clock_at: FixedClock) -> Send:
    """Send a body with a key that may write events."""
    tree = factories.region_tree(session)
    key = grid.create_key(session, name="core", scopes=[Scope.EVENTS_WRITE], region=tree["33"], by=None)

    def post(body: Any, **kwargs: Any) -> TestResponse:  # noqa: ANN401
        data = body if isinstance(body, bytes) else json.dumps(body)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        return client.post(PATH, data=data, headers=headers, **kwargs)

    return post


def event(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a good event with changes."""
    return {
        "source": "claims",
        "event_id": "CL-1",
        "touchpoint": "claim_closed",
        "occurred_at": "2026-06-10T11:30:00+08:00",
        "customer": {
            "external_id": "C1",
            "name": "沈立群",
            "mobile": "138 0013-8000",
            "email": "shen@example.cn",
            "region": "3301",
        },
        "attributes": {"claim_no": "2026-001", "amount": 1280.5},
    } | changes


def test_an_event_is_accepted_with_its_customer(session: Session, send: Send) -> None:
    answer = send(event())
    assert answer.status_code == 202
    assert answer.json is not None
    assert answer.json["duplicate"] is False
    row = session.scalars(select(TouchpointEvent)).one()
    customer = session.get_one(Customer, row.customer_id)
    assert (customer.name, customer.mobile, customer.email) == ("沈立群", "13800138000", "shen@example.cn")
    assert row.attributes["amount"] == 1280.5
    assert [e.kind for e in session.scalars(select(EventRow))] == ["TouchpointReached"]


def test_reporting_it_again_changes_nothing(session: Session, send: Send) -> None:
    first = send(event())
    again = send(event(customer={"external_id": "C1", "name": "另一个名字"}))
    assert again.status_code == 202
    assert first.json is not None
    assert again.json == {"id": first.json["id"], "duplicate": True}
    assert session.scalar(select(func.count(TouchpointEvent.id))) == 1
    assert session.scalar(select(func.count(EventRow.id))) == 1
    assert session.scalars(select(Customer)).one().name == "沈立群"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"touchpoint": "no_such_thing"}, "touchpoint"),
        ({"occurred_at": "2026-06-10T13:00:00+08:00"}, "occurred_at"),
        ({"occurred_at": "2026-06-10T11:00:00"}, "occurred_at"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"source": ""}, "source"),
        ({"source": "a\u0000b"}, "source"),
        ({"event_id": None}, "event_id"),
        ({"event_id": "x" * 129}, "event_id"),
        ({"customer": {}}, "customer.external_id"),
        ({"customer": {"external_id": "C", "mobile": "12345"}}, "customer.mobile"),
        ({"customer": {"external_id": "C", "email": "a@b@c"}}, "customer.email"),
        ({"customer": {"external_id": "C", "region": "3201"}}, "customer.region"),
        ({"customer": {"external_id": "C", "region": "nowhere"}}, "customer.region"),
        ({"customer": "C1"}, "customer"),
        ({"surprise": 1}, "surprise"),
        ({"occurred_at": 1790000000}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
        ({"attributes": {"a": 10**400}}, "attributes.a"),
        ({"attributes": {"a": [1]}}, "attributes.a"),
    ],
)
def test_every_mistake_is_named_and_nothing_is_stored(
    session: Session, send: Send, changes: dict[str, Any], field: str
) -> None:
    answer = send(event(**changes))
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert field in answer.json["errors"], answer.json
    assert session.scalar(select(func.count(TouchpointEvent.id))) == 0
    assert session.scalar(select(func.count(Customer.id))) == 0


def test_several_mistakes_are_named_at_once(send: Send) -> None:
    answer = send(
        event(touchpoint="x", occurred_at="2030-01-01T00:00:00Z", customer={"external_id": "C", "email": "x"})
    )
    assert answer.json is not None
    assert set(answer.json["errors"]) == {"touchpoint", "occurred_at", "customer.email"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{broken", 400),
        (b'{"source": "\xff\xfe"}', 400),
        (b"[]", 422),
        (b'"text"', 422),
        (b"null", 422),
        (b"", 400),
        (b'{"attributes": {"a": NaN}}', 400),
        (b'{"source": "' + b"a" * 10 * 1024 * 1024 + b'"}', 413),
        (b"[" * 100_000, 400),
    ],
)
def test_a_body_that_is_no_event_is_refused(session: Session, send: Send, body: bytes, status: int) -> None:
    answer = send(body)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert answer.json["detail"].startswith("请求内容")
    assert session.scalar(select(func.count(TouchpointEvent.id))) == 0


def test_without_json_content_type_it_is_refused(send: Send) -> None:
    assert send(event(), content_type="text/plain").status_code == 415


def test_no_key_no_event(client: FlaskClient, session: Session) -> None:
    assert client.post(PATH, json=event()).status_code == 401
    assert client.post(PATH, json=event(), headers={"Authorization": "Bearer nonsense"}).status_code == 401


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"surprise": 1}, "surprise", "没有这个字段，请核对名称"),
        ({"event_id": None}, "event_id", "请写成文本"),
        ({"event_id": "x" * 129}, "event_id", "最多 128 个字符"),
        ({"source": " "}, "source", "不能为空"),
        ({"source": "a\u0000b"}, "source", "格式不对，或含有不能用的字符"),
        ({"customer": {}}, "customer.external_id", "缺少这一项"),
        ({"customer": "C1"}, "customer", "请写成 JSON 对象"),
        ({"occurred_at": 1790000000}, "occurred_at", "请写成 2026-06-10T11:30:00+08:00 这样的文本"),
        ({"occurred_at": "yesterday"}, "occurred_at", "请写成 2026-06-10T11:30:00+08:00 这样的时间"),
        ({"occurred_at": "2026-06-10T11:00:00"}, "occurred_at", "缺少时区，例如 2026-06-10T11:30:00+08:00"),
        ({"attributes": {"a": [1]}}, "attributes.a", "只能是数字、true、false、null，或最多 256 个字符的文本"),
        ({"attributes": {str(n): n for n in range(51)}}, "attributes", "最多 50 项"),
        ({"attributes": []}, "attributes", "请写成 JSON 对象"),
    ],
)  # fmt: skip
def test_every_mistake_is_told_in_the_language_of_the_house(
    send: Send, changes: dict[str, Any], field: str, said: str
) -> None:
    answer = send(event(**changes))
    assert answer.json is not None
    assert answer.json["errors"] == {field: [said]}


def test_a_backlog_is_stored_and_nobody_is_asked_about_it(session: Session, send: Send) -> None:
    assert send(event(occurred_at="2026-04-10T11:30:00+08:00")).status_code == 202
    row = session.scalars(select(TouchpointEvent)).one()
    [invitation_id] = surveys.invite(session, touchpoint_event_id=row.id)
    assert session.get_one(Invitation, invitation_id).reason == Reason.TOO_LATE
