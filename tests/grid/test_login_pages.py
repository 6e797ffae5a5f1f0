"""The way in and one's own account, as a browser sees them."""

import re
from collections.abc import Callable
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.demo import factories
from app.web import create_app
from core import settings
from core.clock import FixedClock
from grid import access
from grid.models import Staff, StaffSession
from grid.rules import FAILURES_PER_ACCOUNT, FAILURES_PER_ADDRESS, Role

LogIn = Callable[..., FlaskClient]


def enter(client: FlaskClient, person: Staff, path: str = "/login", **given: str) -> TestResponse:
    return client.post(path, data={"login": person.login, "password": factories.PASSWORD} | given)


def words(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def test_a_stranger_is_sent_to_the_login_and_then_where_they_wanted_to_go(
    session: Session, client: FlaskClient
) -> None:
    answer = client.get("/admin/staff?q=li&page=2")
    assert answer.status_code == 302
    assert urlsplit(answer.location).path == "/login"
    person = factories.make_staff(session, role=Role.ADMINISTRATOR)
    answer = enter(client, person, answer.location)
    assert (answer.status_code, answer.location) == (302, "/admin/staff?q=li&page=2")


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "/login"])
def test_the_login_never_leads_to_another_site(session: Session, client: FlaskClient, wanted: str) -> None:
    person = factories.make_staff(session, role=Role.VIEWER)
    answer = client.post(
        "/login", query_string={"next": wanted}, data={"login": person.login, "password": factories.PASSWORD}
    )
    assert answer.location == "/"
    again = client.get("/login", query_string={"next": wanted})
    assert again.location == "/", "nor for somebody who is in already"


def test_an_agent_begins_with_the_tickets(session: Session, client: FlaskClient) -> None:
    assert enter(client, factories.make_staff(session, role=Role.AGENT)).location == "/tickets"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(session: Session, client: FlaskClient) -> None:
    answer = enter(client, factories.make_staff(session))
    cookie = next(
        SimpleCookie(header)[access.COOKIE]
        for header in answer.headers.getlist("Set-Cookie")
        if header.startswith(access.COOKIE)
    )
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["max-age"], "it goes with the browser"


def test_the_cookie_goes_over_https_only_where_the_settings_say_so(session: Session) -> None:
    web = create_app(settings.current().model_copy(update={"secure_cookies": True}))
    web.config["WTF_CSRF_ENABLED"] = False
    answer = enter(web.test_client(), factories.make_staff(session))
    assert any("Secure" in header for header in answer.headers.getlist("Set-Cookie"))


def test_a_wrong_login_and_an_unknown_one_read_the_same(session: Session, client: FlaskClient) -> None:
    person = factories.make_staff(session)
    wrong = enter(client, person, password="wrong")
    unknown = client.post("/login", data={"login": person.login, "password": "wrong"} | {"login": "nobody"})
    assert wrong.status_code == unknown.status_code == 422
    blot = re.compile(r'nonce="[^"]*"|value="[^"]*"')
    assert blot.sub("", words(wrong)) == blot.sub("", words(unknown))
    assert not is_in(client)


def test_the_account_locks_after_five_failures(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    person = factories.make_staff(session)
    for _ in range(FAILURES_PER_ACCOUNT):
        enter(client, person, password="wrong")
    assert enter(client, person).status_code == 422
    clock_at.advance(minutes=15)
    assert enter(client, person).status_code == 302


def test_an_address_that_fails_too_often_has_to_wait(session: Session, client: FlaskClient) -> None:
    for number in range(FAILURES_PER_ADDRESS):
        client.post("/login", data={"login": f"guess{number}", "password": "wrong"})
    person = factories.make_staff(session)
    assert enter(client, person).status_code == 429
    elsewhere = client.post(
        "/login",
        data={"login": person.login, "password": factories.PASSWORD},
        environ_base={"REMOTE_ADDR": "10.9.9.9"},
    )
    assert elsewhere.status_code == 302


def test_a_login_replaces_the_session_that_the_cookie_named(session: Session, client: FlaskClient) -> None:
    enter(client, factories.make_staff(session))
    old = client.get_cookie(access.COOKIE)
    assert old is not None
    enter(client, factories.make_staff(session))
    new = client.get_cookie(access.COOKIE)
    assert new is not None
    assert new.value != old.value
    assert is_in(client)
    client.set_cookie(access.COOKIE, old.value)
    assert not is_in(client)


def test_a_token_planted_before_the_login_opens_nothing(session: Session, client: FlaskClient) -> None:
    client.set_cookie(access.COOKIE, "planted")
    enter(client, factories.make_staff(session))
    client.set_cookie(access.COOKIE, "planted")
    assert not is_in(client)


def test_half_an_hour_without_a_click_ends_the_session(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    enter(client, factories.make_staff(session))
    clock_at.advance(minutes=29)
    assert is_in(client)
    clock_at.advance(minutes=30)
    assert not is_in(client)


def test_logging_out_ends_the_session_for_whoever_kept_the_cookie(login: LogIn) -> None:
    client = login(Role.AGENT)
    kept = client.get_cookie(access.COOKIE)
    assert kept is not None
    assert client.post("/logout").location == "/login"
    client.set_cookie(access.COOKIE, kept.value)
    assert not is_in(client)


def test_logging_out_takes_a_click_not_a_link(login: LogIn) -> None:
    client = login(Role.AGENT)
    assert client.get("/logout").status_code in {404, 405}
    assert is_in(client)


def test_no_form_is_taken_without_its_token(session: Session, client: FlaskClient, web: Flask) -> None:
    person = factories.make_staff(session)
    web.config["WTF_CSRF_ENABLED"] = True
    assert enter(client, person).status_code == 422
    assert session.scalars(select(StaffSession)).all() == []
    assert person.failures == 0
    found = re.search(r'name="csrf_token" value="([^"]+)"', words(client.get("/login")))
    assert found is not None
    assert enter(client, person, csrf_token=found[1]).status_code == 302
    assert client.post("/logout").status_code == 422
    assert is_in(client)


@pytest.mark.parametrize("field", ["login", "password", "code"])
def test_odd_bytes_in_the_login_are_refused_not_stumbled_over(client: FlaskClient, field: str) -> None:
    answer = client.post("/login", data={"login": "a", "password": "b", "code": "1"} | {field: "x\0y"})
    assert answer.status_code == 422


def test_the_second_factor_from_the_qr_code_to_the_next_login(
    login: LogIn, clock_at: FixedClock, session: Session
) -> None:
    person = factories.make_staff(session)
    client = login(staff=person)
    page = words(client.get("/account/totp"))
    assert 'src="data:image/svg+xml' in page
    with client.session_transaction() as kept:
        secret = kept["totp_secret"]
    assert secret not in words(client.get("/account")), "nothing is switched on yet"
    now = pyotp.TOTP(secret).at(clock_at.now())
    answer = client.post("/account/totp", data={"code": "000000", "current": factories.PASSWORD})
    assert answer.status_code == 422
    assert "动态码不正确" in words(answer)
    answer = client.post("/account/totp", data={"code": now, "current": factories.PASSWORD})
    assert answer.location == "/account"
    client.post("/logout")
    assert enter(client, person).status_code == 422
    assert enter(client, person, code=now).status_code == 422, "spent on switching it on"
    clock_at.advance(seconds=60)
    assert enter(client, person, code=pyotp.TOTP(secret).at(clock_at.now())).status_code == 302
    assert client.post("/account/totp/off", data={"current": "wrong"}).status_code == 422
    assert client.post("/account/totp/off", data={"current": factories.PASSWORD}).status_code == 302
    session.refresh(person)
    assert person.totp_secret is None


def test_changing_the_own_password(login: LogIn, session: Session) -> None:
    person = factories.make_staff(session)
    client = login(staff=person)
    form = {"current": factories.PASSWORD, "new": "another-good-one", "again": "another-good-one"}
    answer = client.post("/account/password", data=form | {"again": "different"})
    assert answer.status_code == 422
    assert "两次输入的新密码不一致" in words(answer)
    answer = client.post("/account/password", data=form | {"current": "wrong"})
    assert answer.status_code == 422
    assert "当前密码不正确" in words(answer)
    assert "another-good-one" not in words(answer)
    assert client.post("/account/password", data=form).status_code == 302
    assert is_in(client)
    client.post("/logout")
    assert enter(client, person, password="another-good-one").status_code == 302


def test_the_pages_speak_the_language_that_a_person_chose(login: LogIn) -> None:
    client = login(Role.AGENT)
    assert '<html lang="zh' in words(client.get("/account"))
    assert client.post("/account/language", data={"language": "en"}).status_code == 302
    assert '<html lang="en"' in words(client.get("/account"))
    assert client.post("/account/language", data={"language": "tlh"}).status_code == 422


def test_scripts_and_styles_need_the_nonce_of_the_page(client: FlaskClient) -> None:
    answer = client.get("/login")
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'self' 'nonce-([^']+)'", policy)
    assert nonce is not None
    page = words(answer)
    assert page.count("<script") == page.count(f'nonce="{nonce[1]}"') >= 1
    assert "unsafe" not in policy
    assert nonce[1] not in client.get("/login").headers["Content-Security-Policy"]
