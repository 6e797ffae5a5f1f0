import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.demo import factories
from core import clock
from feedback import api
from feedback.models import Feedback
from grid import services as grid_services
from grid.models import Region
from grid.rules import Scope

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def tree(session: Session, clock_at: clock.FixedClock) -> dict[str, Region]:
    return factories.region_tree(session)


@pytest.fixture
def bearer(session: Session, tree: dict[str, Region]) -> Callable[..., dict[str, str]]:
    def issue(region: str = "HQ", *scopes: Scope) -> dict[str, str]:
        key = grid_services.create_key(
            session,
            name=f"key {region} {len(scopes)}",
            scopes=scopes or (Scope.FEEDBACK_WRITE, Scope.FEEDBACK_READ),
            region=tree[region],
            by=None,
        )
        session.flush()
        return {"Authorization": f"Bearer {key}"}

    return issue


def body(**given: object) -> dict[str, object]:
    return {
        "source": "app-store",
        "source_id": "r-1",
        "channel": "store",
        "text": "理赔太慢了",
        "occurred_at": clock.now().isoformat(),
    } | given


def body_of(answer: TestResponse) -> dict[str, Any]:
    found = answer.get_json()
    assert isinstance(found, dict)
    return found


def test_new_feedback_is_201_and_the_same_again_200(client: FlaskClient, bearer: Bearer) -> None:
    key = bearer()
    customer = {"external_id": "C1", "name": "王小明"}
    first = client.post(
        "/api/v1/feedback",
        json=body(customer=customer, touchpoint="claim_closed", region="3301", rating=2),
        headers=key,
    )
    again = client.post("/api/v1/feedback", json=body(), headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == {"id": body_of(first)["id"], "duplicate": True}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", " "), ("text", "a\x00b"), ("text", None), ("text", "长" * 20_001), ("occurred_at", "2026-06-01"),
        ("occurred_at", "2099-01-01T00:00:00Z"), ("rating", "NaN"), ("rating", -1), ("channel", "x" * 33),
        ("source_id", ""), ("touchpoint", "nowhere"), ("region", "火星"), ("unknown", 1),
        ("customer", {"external_id": "1", "mobile": "123"}),
    ],
    ids=range(14),
)  # fmt: skip
def test_a_malformed_field_is_named_and_nothing_stored(
    client: FlaskClient, bearer: Bearer, session: Session, field: str, value: object
) -> None:
    answer = client.post("/api/v1/feedback", json=body(**{field: value}), headers=bearer())
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert any(name.startswith(field) for name in body_of(answer)["errors"])
    assert session.scalar(select(func.count(Feedback.id))) == 0


def test_a_misspelt_filter_is_named_and_does_not_answer_with_everything(
    client: FlaskClient, bearer: Bearer
) -> None:
    answer = client.get("/api/v1/feedback?regoin=3301&limit=5", headers=bearer())
    assert answer.status_code == 422
    assert list(body_of(answer)["errors"]) == ["regoin"]


@pytest.mark.parametrize("days", ["from=0001-01-01", "to=0001-01-01", "from=9999-12-31", "to=9999-12-31"])
def test_a_day_nobody_could_mean_is_refused_by_its_name(
    client: FlaskClient, bearer: Bearer, days: str
) -> None:
    answer = client.get(f"/api/v1/feedback?{days}", headers=bearer())
    assert answer.status_code == 422
    assert list(body_of(answer)["errors"]) == [days.partition("=")[0]]


def lines(*bodies: object) -> bytes:
    return b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in bodies)


def test_each_line_of_a_batch_has_an_answer_of_its_own(client: FlaskClient, bearer: Bearer) -> None:
    sent = lines(
        body(), body(source_id="r-2"), body(), b"", b"{", body(source_id="r-3", touchpoint="x"), b"\xff\xfe",
        [1], body(source_id="\ud800"), body(source_id="r-4", text="长" * 100_000), b'"' + b"x" * 300_000 + b'"',
        body(source_id="r-5"),
    )  # fmt: skip
    answer = client.post("/api/v1/feedback/batch", data=sent, headers=bearer())
    results = [json.loads(line) for line in answer.get_data(as_text=True).splitlines()]
    assert [result["status"] for result in results] == [201, 201, 200, 422, 422, 422, 422, 422, 422, 422, 201]
    assert [result["line"] for result in results] == [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]
    assert results[2]["id"] == results[0]["id"]


def test_a_batch_sent_again_changes_nothing(client: FlaskClient, bearer: Bearer, session: Session) -> None:
    key = bearer()
    sent = lines(*(body(source_id=str(n)) for n in range(30)))
    client.post("/api/v1/feedback/batch", data=sent, headers=key)
    again = client.post("/api/v1/feedback/batch", data=sent, headers=key).get_data(as_text=True)
    assert {json.loads(line)["status"] for line in again.splitlines()} == {200}
    assert session.scalar(select(func.count(Feedback.id))) == 30


def test_a_batch_ends_where_its_limit_is(
    client: FlaskClient, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "BATCH_LINES", 2)
    answer = client.post(
        "/api/v1/feedback/batch", data=lines(*(body(source_id=str(n)) for n in range(5))), headers=bearer()
    )
    assert [json.loads(line)["status"] for line in answer.get_data(as_text=True).splitlines()] == [
        201,
        201,
        413,
    ]


def test_the_list_goes_on_by_cursor_until_it_ends(
    client: FlaskClient, bearer: Bearer, session: Session
) -> None:
    for hours in range(7):
        factories.make_feedback(session, occurred_at=clock.now() - timedelta(hours=hours // 2))
    key = bearer()
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = body_of(client.get(f"/api/v1/feedback?limit=3&cursor={cursor}", headers=key))
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 7


def test_a_key_reads_masked_words_of_its_own_regions_only(
    client: FlaskClient, bearer: Bearer, session: Session, tree: dict[str, Region]
) -> None:
    factories.make_feedback(
        session, region_id=tree["3301"].id, words="电话13812345678", masked_words="电话***"
    )
    factories.make_feedback(session, region_id=tree["4401"].id)
    items = body_of(client.get("/api/v1/feedback", headers=bearer("33")))["items"]
    assert [(item["region"], item["text"]) for item in items] == [("3301", "电话***")]


def test_a_wrong_condition_is_named_instead_of_ignored(client: FlaskClient, bearer: Bearer) -> None:
    answer = client.get("/api/v1/feedback?sentiment=angry&from=june&limit=0&cursor=x", headers=bearer())
    assert answer.status_code == 422
    assert set(body_of(answer)["errors"]) == {"sentiment", "from", "limit", "cursor"}


def test_a_key_for_reading_writes_nothing(client: FlaskClient, bearer: Bearer) -> None:
    key = bearer("HQ", Scope.FEEDBACK_READ)
    assert client.post("/api/v1/feedback", json=body(), headers=key).status_code == 403
    assert client.post("/api/v1/feedback/batch", data=lines(body()), headers=key).status_code == 403
