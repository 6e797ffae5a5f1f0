"""Limits, kiosks and frames of open links: held under parallel load, and only where they belong."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.web import create_app
from core import clock, db, settings
from core.clock import FixedClock
from surveys.models import OpenLinkDay, OpenLinkDevice, Response
from surveys.public import flood
from surveys.rules.opening import new_key
from surveys.services import opening as services
from tests.surveys import open_links as made
from tests.surveys.open_links import Visitor


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def visitor(client: FlaskClient, clock_at: FixedClock) -> Visitor:
    return Visitor(client, clock_at)


def test_a_browser_answers_as_often_as_the_link_allows(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session, per_device=2)
    for score in ("9", "8"):
        page = visitor.open(f"/q/{link.slug}")
        for _twice in range(2):  # a double click uses up one turn, not two
            assert visitor.send(page, nps=score).status_code == 303
    assert "这台设备" in visitor.open(f"/q/{link.slug}")
    assert count(session, Response) == 2
    another = Visitor(visitor.client.application.test_client(), visitor.at)
    assert another.send(another.open(f"/q/{link.slug}"), nps="7").status_code == 303


def test_pages_open_side_by_side_share_the_limit(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session, per_device=1)
    pages = [visitor.open(f"/q/{link.slug}") for _side in range(2)]
    answers = [visitor.send(page, nps="9") for page in pages]
    assert [answer.status_code for answer in answers] == [303, 409]
    assert count(session, Response) == 1


def test_the_number_of_a_browser_stays_with_its_link_and_unread_by_scripts(
    session: Session, client: FlaskClient
) -> None:
    link = made.make_link(session, per_device=1)
    cookie = client.get(f"/q/{link.slug}").headers["Set-Cookie"]
    assert f"Path=/q/{link.slug}" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_no_cookie_is_set_without_a_limit_or_for_an_anonymous_survey(
    session: Session, visitor: Visitor
) -> None:
    anonymous = made.make_survey(session, anonymous=True)
    for link in (made.make_link(session), made.make_link(session, anonymous, per_device=1)):
        page = visitor.open(f"/q/{link.slug}")
        answer = visitor.send(page, nps="9")
        assert answer.status_code == 303
        assert "Set-Cookie" not in answer.headers
    assert count(session, OpenLinkDevice) == 0


def test_a_kiosk_says_when_and_where_to_begin_anew(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session, kind="kiosk")
    page = visitor.open(f"/q/{link.slug}")
    assert 'class="kiosk"' in page
    assert 'data-kiosk="60"' in page
    assert f'data-start="/q/{link.slug}"' in page
    assert 'data-kiosk="60"' in visitor.open(visitor.send(page, nps="9").location)


def test_a_kiosk_without_a_script_begins_anew_by_itself(session: Session, visitor: Visitor) -> None:
    refresh = re.compile(r'<noscript><meta http-equiv="refresh" content="(\d+);url=([^"]*)"></noscript>')
    link = made.make_link(session, made.two_pages(session), kind="kiosk")
    start = visitor.open(f"/q/{link.slug}")
    assert refresh.findall(start) == [("180", f"/q/{link.slug}")]
    second = visitor.send(start, _go="next", nps="3").location
    [(seconds, anew)] = refresh.findall(visitor.open(second))
    assert seconds == "180"
    visitor.open(anew)
    behind = visitor.client.get(second)
    assert (behind.status_code, behind.location) == (303, f"/q/{link.slug}")
    simple = made.make_link(session, kind="kiosk")
    thanks = visitor.open(visitor.send(visitor.open(f"/q/{simple.slug}"), nps="9").location)
    assert [seconds for seconds, _url in refresh.findall(thanks)] == ["10"]
    poster = made.make_link(session, kind="poster")
    assert refresh.findall(visitor.open(f"/q/{poster.slug}")) == []


def embedding(web: Flask, hosts: str) -> None:
    settings = web.config["SETTINGS"]
    web.config["SETTINGS"] = settings.model_copy(update={"huisheng_embed_hosts": hosts})


def test_a_frame_is_allowed_for_its_own_host_only(session: Session, web: Flask, visitor: Visitor) -> None:
    embedding(web, "www.insurer.example,other.example")
    link = made.make_link(session, kind="embed", host="www.insurer.example")
    answer = visitor.client.get(f"/q/{link.slug}")
    assert "frame-ancestors http://www.insurer.example;" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert 'data-embed="http://www.insurer.example"' in answer.get_data(as_text=True)
    thanks = visitor.send(visitor.open(f"/q/{link.slug}"), nps="9").location
    assert 'data-stage="completed"' in visitor.open(thanks)


def test_a_host_taken_off_the_list_may_frame_nothing_any_more(
    session: Session, web: Flask, client: FlaskClient
) -> None:
    embedding(web, "other.example")
    for link in (made.make_link(session, kind="embed", host="www.insurer.example"), made.make_link(session)):
        answer = client.get(f"/q/{link.slug}")
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "data-embed" not in answer.get_data(as_text=True)


def at_once(
    url: str, paths_and_forms: list[tuple[str, dict[str, str]]], cookie: str | None = None
) -> list[int]:
    """Send forms at the same time, each from a browser with the same cookie; return the statuses."""
    app = create_app(settings.current())
    app.config["WTF_CSRF_ENABLED"] = False

    def send(form: tuple[str, dict[str, str]]) -> int:
        browser = app.test_client(use_cookies=False)
        headers = {"Cookie": f"hs_turn={cookie}"} if cookie else {}
        return browser.post(form[0], data=form[1], headers=headers).status_code

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(send, paths_and_forms))


def old_key(slug: str) -> str:
    """Return the key of a page that was opened a minute ago."""
    return new_key(slug, clock.now() - timedelta(minutes=1))


def test_twenty_sends_of_one_page_at_once_store_one_answer(fresh_database: str) -> None:
    with db.transaction() as session:
        link = made.make_link(session)
    form = {"_key": old_key(link.slug), "_go": "send", "nps": "9", "why": "快"}
    assert set(at_once(fresh_database, [(f"/q/{link.slug}", form)] * 20)) == {303}
    with db.reading() as session:
        assert count(session, Response) == 1
        assert session.scalar(select(OpenLinkDay.started)) == 1


def test_pages_sent_at_once_by_one_browser_pass_its_limit_by_none(fresh_database: str) -> None:
    with db.transaction() as session:
        link = made.make_link(session, per_device=3)
    forms = [
        (f"/q/{link.slug}", {"_key": old_key(link.slug), "_go": "send", "nps": str(n % 11)})
        for n in range(20)
    ]
    statuses = at_once(fresh_database, forms, cookie="d" * 32)
    assert sorted(statuses) == [303] * 3 + [409] * 17
    with db.reading() as session:
        assert count(session, Response) == 3


def test_turns_run_out_by_one_statement(session: Session) -> None:
    link, connection = made.make_link(session), session.connection()
    got = [services.take_turn(connection, link_id=link.id, device="d" * 24, most=3) for _again in range(5)]
    assert got == [True, True, True, False, False]
    assert services.turns_taken(connection, link_id=link.id, device="d" * 24) == 3


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:0db8:0001:0002"),
        ("2001:db8:1:2:bbbb::7", "2001:0db8:0001:0002"),
        ("127.0.0.1", None),
        ("::1", None),
        ("unix:", None),
        (None, None),
    ],
)
def test_visitors_are_told_apart_by_what_one_household_gets(address: str | None, known: str | None) -> None:
    assert flood.told_apart(address) == known


def test_the_brake_holds_for_the_minute_and_for_its_own_address() -> None:
    brake = flood.Brake(2)
    assert [brake.is_flooding("a", 1) for _again in range(3)] == [False, False, True]
    assert not brake.is_flooding("b", 1)
    assert not brake.is_flooding("a", 2)
