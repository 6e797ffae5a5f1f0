"""``/api/v1/metrics/…``: shapes, scopes and errors."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from core import clock
from grid import services as grid_services
from grid.rules import Scope
from tests.dashboards.world import World, world

pytestmark = pytest.mark.usefixtures("clock_at")

YEAR = "from=2026-01-01&to=2026-12-31"


def key(here: World, *, region: str = "HQ", scope: Scope = Scope.METRICS_READ) -> dict[str, str]:
    plain = grid_services.create_key(
        here.session, name=f"k{region}{scope}", scopes=[scope], region=here.tree[region], by=None
    )
    return {"Authorization": f"Bearer {plain}"}


@pytest.fixture
def here(session: Session) -> World:
    found = world(session)
    now = clock.now()
    found.answer("3301", nps=10, csat=5, ces=7, times=20)
    found.answer("3302", nps=0, csat=1, ces=1, times=10, at=now - timedelta(days=7))
    found.answer("3201", nps=8, times=9, touchpoint="hotline_call")
    found.counted()
    return found


def get(client: FlaskClient, path: str, headers: dict[str, str]) -> dict[str, Any]:
    answer = client.get(f"/api/v1/metrics/{path}", headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    body = answer.get_json()
    assert isinstance(body, dict)
    return body


def test_a_score_comes_with_n_and_interval(client: FlaskClient, here: World) -> None:
    body = get(client, f"nps?{YEAR}", key(here))
    assert body == {
        "metric": "nps", "from": "2026-01-01", "to": "2026-12-31", "region": "HQ",
        "n": 39, "hidden": False, "value": 25.64, "low": -1.37, "high": 48.99,
    }  # fmt: skip


@pytest.mark.parametrize(("name", "n", "value"), [("csat", 30, 66.67), ("ces", 30, 66.67)])
def test_all_three_scores_are_there(
    client: FlaskClient, here: World, name: str, n: int, value: float
) -> None:
    body = get(client, f"{name}?{YEAR}", key(here))
    assert (body["metric"], body["n"], body["value"]) == (name, n, value)


def test_groups_under_ten_answers_tell_their_n_and_hide_their_value(client: FlaskClient, here: World) -> None:
    groups = get(client, f"nps?{YEAR}&group_by=touchpoint", key(here))["groups"]
    assert [(group["key"], group["n"], group["hidden"], group["value"]) for group in groups] == [
        ("hotline_call", 9, True, None),
        ("claim_closed", 30, False, 33.33),
    ]
    assert groups[0]["low"] is groups[0]["high"] is None


def test_groups_by_region_are_the_parts_of_the_region_asked_for(client: FlaskClient, here: World) -> None:
    headers = key(here)
    found = get(client, f"nps?{YEAR}&group_by=region", headers)["groups"]
    assert {group["key"]: group["n"] for group in found} == {"33": 30, "32": 9}
    found = get(client, f"nps?{YEAR}&group_by=region&region=33", headers)["groups"]
    assert {group["key"]: group["n"] for group in found} == {"3301": 20, "3302": 10}


def test_groups_by_stage_and_by_week_add_up(client: FlaskClient, here: World) -> None:
    headers = key(here)
    stages = get(client, f"nps?{YEAR}&group_by=stage", headers)["groups"]
    assert {group["key"]: group["n"] for group in stages} == {"consultation": 9, "claim": 30}
    weeks = get(client, "nps?from=2026-06-03&to=2026-06-10&group_by=week", headers)["groups"]
    assert [(week["key"], week["from"], week["to"], week["n"]) for week in weeks] == [
        ("2026-06-01", "2026-06-03", "2026-06-07", 10),
        ("2026-06-08", "2026-06-08", "2026-06-10", 29),
    ]


def test_filters_narrow_the_number(client: FlaskClient, here: World) -> None:
    headers = key(here)
    assert get(client, f"nps?{YEAR}&touchpoint=claim_closed", headers)["n"] == 30
    assert get(client, f"nps?{YEAR}&stage=claim&region=3302", headers)["n"] == 10
    assert get(client, "nps?from=2026-06-10&to=2026-06-10", headers)["n"] == 29


def test_a_key_sees_its_own_region_only(client: FlaskClient, here: World) -> None:
    headers = key(here, region="33")
    assert get(client, f"nps?{YEAR}", headers)["n"] == 30
    assert get(client, f"nps?{YEAR}&region=3301", headers)["n"] == 20
    for code in ("32", "HQ", "nowhere"):
        answer = client.get(f"/api/v1/metrics/nps?{YEAR}&region={code}", headers=headers)
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("to=2026-01-01", "from"),
        ("from=2026-01-01", "to"),
        ("from=yesterday&to=2026-01-01", "from"),
        ("from=20260101&to=2026-02-01", "from"),
        ("from=2026-02-30&to=2026-03-01", "from"),
        ("from=1767225600&to=2026-03-01", "from"),
        (f"{YEAR}&group_by=customer", "group_by"),
        (f"{YEAR}&colour=red", "colour"),
        (f"{YEAR}&touchpoint=a&touchpoint=b", "touchpoint"),
        ("from=2026-02-01&to=2026-01-01", "body"),
        ("from=1999-02-01&to=2026-01-01", "body"),
        ("from=2026-01-01&to=9999-12-31&group_by=week", "to"),
        ("from=0001-01-01&to=2026-01-31&group_by=week", "from"),
    ],
)
def test_a_malformed_question_is_answered_by_naming_the_field(
    client: FlaskClient, here: World, query: str, field: str
) -> None:
    answer = client.get(f"/api/v1/metrics/nps?{query}", headers=key(here))
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert list(answer.get_json()["errors"]) == [field]


@pytest.mark.parametrize("query", ["touchpoint=nowhere", "stage=nowhere"])
def test_an_unknown_code_is_not_found(client: FlaskClient, here: World, query: str) -> None:
    assert client.get(f"/api/v1/metrics/nps?{YEAR}&{query}", headers=key(here)).status_code == 404


def test_an_unknown_metric_is_not_found(client: FlaskClient, here: World) -> None:
    assert client.get(f"/api/v1/metrics/joy?{YEAR}", headers=key(here)).status_code == 404


def test_only_a_key_issued_for_metrics_opens_the_door(client: FlaskClient, here: World) -> None:
    assert client.get(f"/api/v1/metrics/nps?{YEAR}").status_code == 401
    other = key(here, scope=Scope.TICKETS_READ)
    assert client.get(f"/api/v1/metrics/nps?{YEAR}", headers=other).status_code == 403
