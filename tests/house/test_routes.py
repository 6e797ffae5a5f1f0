"""A walk past every door of the house: as a stranger, in every role, with and without the right key."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from app.demo import factories
from grid import services
from grid.rules import PERMISSIONS, Permission, Role, Scope
from tests.house import routes

NOTHING_HAS_THIS_ID = 987_654_321

# What is put into an address by the kind of its argument.
SAMPLES: dict[str, object] = {
    "RowId": NOTHING_HAS_THIS_ID,
    "UnicodeConverter": "nothing-is-called-so",
    "PathConverter": "nothing-is-called-so",
    "FloatConverter": 0.5,
    "UUIDConverter": "00000000-0000-4000-8000-000000000000",
}

# Health may say 503: no worker empties the queue of this test.
MAY_BE_AWAY = {"health.ready"}


def address(app: Flask, rule: Rule) -> str:
    """Return an address that the rule matches and behind which nothing is."""
    values: dict[str, object] = {}
    for name in rule.arguments - set(rule.defaults or {}):
        converter = rule._converters[name]
        values[name] = (
            min(converter.items) if isinstance(converter, AnyConverter) else SAMPLES[type(converter).__name__]
        )
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def doors(app: Flask, kind: str) -> Iterator[tuple[Rule, str]]:
    """Return the rules of staff pages, API routes or public pages, with an address each."""
    for rule in routes.rules(app):
        who = routes.guard(app, rule)
        found = "api" if who.startswith("key:") else "public" if who == "public" else "staff"
        if found == kind and rule.endpoint != "static":
            yield rule, address(app, rule)


def knock(client: FlaskClient, method: str, path: str, key: str | None = None) -> TestResponse:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body: dict[str, object] | None = {} if path.startswith("/api/") and method != "GET" else None
    return client.open(path, method=method, headers=headers, json=body)


def test_no_address_vanishes_appears_or_changes_its_guard_unnoticed(web: Flask) -> None:
    found, known = routes.inventory(web), routes.stored()
    hint = "if this is meant: python -m tests.house.write_routes"
    assert known.keys() - found.keys() == set(), f"gone; {hint}"
    assert found.keys() - known.keys() == set(), f"new; {hint}"
    assert {line: who for line, who in found.items() if known[line] != who} == {}, f"guard; {hint}"


def test_every_door_has_a_guard_or_is_public_by_name(web: Flask) -> None:
    open_doors = [line for line, who in routes.inventory(web).items() if who == "nobody asked"]
    assert open_doors == []


def test_what_changes_something_never_answers_to_a_link(web: Flask) -> None:
    verbs = ("delete", "remove", "revoke", "logout", "retry", "resolve", "close", "reopen", "off")
    for rule in routes.rules(web):
        if rule.rule.rstrip("/").rsplit("/", 1)[-1] in verbs:
            assert "GET" not in routes.methods(rule), rule.rule


def test_a_stranger_gets_no_farther_than_the_login(web: Flask, client: FlaskClient) -> None:
    met = 0
    for rule, path in doors(web, "staff"):
        for method in routes.methods(rule):
            answer = knock(client, method, path)
            assert answer.status_code == 302, (method, path, answer.status_code)
            assert answer.location.startswith("/login"), (method, path, answer.location)
            met += 1
    assert met > 20


@pytest.mark.parametrize("role", list(Role))
def test_every_role_gets_into_its_own_rooms_and_no_others(
    web: Flask, login: Callable[..., FlaskClient], role: Role
) -> None:
    client, wrong = login(role), []
    for rule, path in doors(web, "staff"):
        needed: Permission | None = getattr(web.view_functions[rule.endpoint], "needs", None)
        allowed = needed is None or needed in PERMISSIONS[role]
        for method in routes.methods(rule):
            if method != "GET" and (allowed or rule.endpoint == "grid.logout"):
                continue  # what an allowed POST does is the business of its own test
            answer = knock(client, method, path)
            inside = {200, 302, 404} if rule.arguments else {200, 302}
            turned_away = (answer.location or "").startswith("/login")
            if turned_away or answer.status_code not in (inside if allowed else {403}):
                wrong.append((method, path, answer.status_code))
    assert wrong == []


def test_what_is_not_there_is_not_found_by_any_method(web: Flask, login: Callable[..., FlaskClient]) -> None:
    client, wrong = login(Role.ADMINISTRATOR), []
    for rule, path in doors(web, "staff"):
        if str(NOTHING_HAS_THIS_ID) not in path:
            continue
        for method in routes.methods(rule):
            answer = knock(client, method, path)
            # A form may be read before the thing it is about is looked for; a retried job may be gone.
            expected = {404} if method == "GET" else {302, 404, 422}
            if answer.status_code not in expected:
                wrong.append((method, path, answer.status_code))
    assert wrong == []


def test_no_form_of_staff_is_taken_without_its_token(web: Flask, client: FlaskClient) -> None:
    web.config["WTF_CSRF_ENABLED"] = True
    for rule in routes.rules(web):
        if (
            routes.guard(web, rule).startswith("key:")
            or rule.endpoint.split(".")[0] in routes.PUBLIC_BLUEPRINTS
        ):
            continue
        for method in routes.methods(rule):
            if method != "GET":
                # A stranger with a token would be sent to the login: 422 says that the token came first.
                answer = knock(client, method, address(web, rule))
                assert answer.status_code == 422, (method, rule.rule, answer.status_code)


def test_no_public_page_stumbles(web: Flask, client: FlaskClient) -> None:
    for rule, path in doors(web, "public"):
        for method in routes.methods(rule):
            answer = knock(client, method, path)
            fine = answer.status_code < 500 or (rule.endpoint in MAY_BE_AWAY and answer.status_code == 503)
            assert fine, (method, path, answer.status_code)


def test_the_api_opens_to_no_one_without_a_key(web: Flask, client: FlaskClient) -> None:
    met = 0
    for rule, path in doors(web, "api"):
        for method in routes.methods(rule):
            for key in (None, "hsk_made-up", " "):
                answer = knock(client, method, path, key)
                assert answer.status_code == 401, (method, path, answer.status_code)
                assert answer.mimetype == "application/problem+json"
            met += 1
    assert met > 5


def test_a_login_opens_no_api(web: Flask, login: Callable[..., FlaskClient]) -> None:
    client = login(Role.ADMINISTRATOR)
    for rule, path in doors(web, "api"):
        for method in routes.methods(rule):
            assert knock(client, method, path).status_code == 401, (method, path)


def test_a_key_opens_what_it_was_issued_for_and_nothing_else(
    session: Session, web: Flask, client: FlaskClient
) -> None:
    region = factories.make_region(session)
    keys = {
        scope: services.create_key(
            session,
            name=f"key for {scope}",
            scopes={scope},
            region=region,
            by=None,
        )
        for scope in Scope
    }
    wrong = []
    for rule, path in doors(web, "api"):
        needed = Scope(routes.guard(web, rule).removeprefix("key:"))
        for method in routes.methods(rule):
            for scope, key in keys.items():
                answer = knock(client, method, path, key)
                if scope is needed:
                    fine = answer.status_code not in {401, 403} and answer.status_code < 500
                else:
                    fine = answer.status_code == 403 and answer.mimetype == "application/problem+json"
                if not fine:
                    wrong.append((method, path, scope.value, answer.status_code))
    assert wrong == []
