"""What the outside may ask of health."""

import json

from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import schema
from app.web import create_app
from core import db, events, settings
from tests.core.test_jobs import Rang


def test_a_living_process_says_so_without_a_database(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_ready_means_database_migrations_and_queue(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["checks"] == {"database": True, "migrations": True, "queue": True}


def test_an_old_schema_is_not_ready(client: FlaskClient, session: Session) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["checks"]["migrations"] is False


def test_a_stuck_queue_is_not_ready(client: FlaskClient, session: Session) -> None:
    events.publish(session, Rang(1))
    session.execute(text("UPDATE events SET occurred_at = now() - interval '10 minutes'"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["checks"] == {"database": True, "migrations": True, "queue": False}
    assert answer.json["lag_seconds"] > 500


def test_without_a_database_pages_say_busy_and_the_process_lives() -> None:
    engine = db.connect("postgresql://nobody@127.0.0.1:1/nothing")
    try:
        client = create_app(settings.current()).test_client()
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json is not None
        assert ready.json["checks"] == {"database": False, "migrations": False, "queue": False}
        page = client.get("/s/" + "A" * 22)
        assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
        assert "请稍等" in page.get_data(as_text=True)
        answer = client.post("/api/v1/touchpoint-events", json={}, headers={"Authorization": "Bearer x"})
        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
        assert b"huisheng_database_up 0.0" in client.get("/metrics").data
    finally:
        engine.dispose()
        db._Current.sessions.configure(bind=None)
        db._Current.engine = None
        db._Current.autocommit = None


def test_metrics_count_requests_by_route_and_tell_the_queue(client: FlaskClient) -> None:
    client.get("/healthz")
    text_ = client.get("/metrics").get_data(as_text=True)
    assert 'huisheng_requests_total{route="/healthz",status="2xx"}' in text_
    assert "huisheng_queue_waiting 0.0" in text_
    assert "huisheng_database_up 1.0" in text_


def test_every_page_carries_the_secure_headers(client: FlaskClient) -> None:
    answer = client.get("/login", headers={"X-Request-Id": "gateway-4711"})
    assert answer.headers["X-Request-Id"] == "gateway-4711"
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_nonce_is_never_used_twice(client: FlaskClient) -> None:
    first, second = (client.get("/login").headers["Content-Security-Policy"] for _ in range(2))
    assert first != second


def test_a_bug_says_the_request_id_and_nothing_else(client: FlaskClient) -> None:
    def broken() -> str:
        raise RuntimeError("secret of the house")

    client.application.view_functions["health.alive"] = broken
    answer = client.get("/healthz", headers={"X-Request-Id": "gateway-4711"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "gateway-4711" in page
    assert "secret of the house" not in page


def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_machines(client: FlaskClient) -> None:
    assert "text/html" in client.get("/nowhere").headers["Content-Type"]
    answer = client.get("/api/v1/nowhere")
    assert answer.mimetype == "application/problem+json"
    assert json.loads(answer.data)["status"] == 404


def test_the_head_of_the_migrations_is_known() -> None:
    assert schema.head().isdigit()
