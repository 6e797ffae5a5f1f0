"""The customer's way: open the link, choose, send, be thanked; once."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, func, select
from sqlalchemy.orm import Session

from app.demo import factories
from core import db
from core.clock import FixedClock
from core.models import EventRow
from customers.models import OptOut
from surveys import queries, services
from surveys.models import Answer, Invitation, Response
from surveys.rules.judging import judge
from surveys.rules.seats import Attempt
from surveys.services import storing


def count(session: Session, table: type) -> int:
    """Return how many rows a table has."""
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_an_answer_is_stored_with_its_event_and_thanked_for(session: Session, client: FlaskClient) -> None:
    invitation, token = factories.make_invitation(session)
    answer = client.post(f"/s/{token}", data={"nps": "3", "why": "等了一个月"})
    assert (answer.status_code, answer.location) == (303, f"/s/{token}/thanks")
    stored = session.scalars(select(Response)).one()
    assert (stored.invitation_id, stored.nps, stored.channel) == (invitation.id, 3, "email")
    rows = {row.question_id: row for row in session.scalars(select(Answer))}
    assert (rows["nps"].number, rows["why"].words) == (3, "等了一个月")
    row = session.scalars(select(EventRow)).one()
    assert (row.kind, row.payload["response_id"]) == ("ResponseSubmitted", stored.id)
    assert row.request_id == answer.headers["X-Request-Id"]
    assert "谢谢" in client.get(answer.location).get_data(as_text=True)


def test_a_page_of_a_simple_survey_is_stored_by_one_statement_with_its_time(
    session: Session, client: FlaskClient, clock_at: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    invitation, token = factories.make_invitation(session)
    hidden = page_fields(client.get(f"/s/{token}").get_data(as_text=True))
    clock_at.advance(seconds=42)
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            said.append(statement)

    def run_bare(connection: Connection, statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        said.append(statement)
        return really(connection, statement, values)

    really = db.run_bare
    monkeypatch.setattr(db, "run_bare", run_bare)
    event.listen(session.get_bind().engine, "before_cursor_execute", note)
    try:
        answer = client.post(f"/s/{token}", data={"nps": "8", "_go": "send", **hidden})
    finally:
        event.remove(session.get_bind().engine, "before_cursor_execute", note)
    assert (answer.status_code, len(said)) == (303, 1)
    stored = session.scalars(select(Response)).one()
    assert (stored.invitation_id, stored.page_seconds) == (invitation.id, {"p1": 42.0})
    assert stored.started_at is not None
    assert (stored.submitted_at - stored.started_at).total_seconds() == 42


def test_reload_and_back_button_never_store_twice(session: Session, client: FlaskClient) -> None:
    _invitation, token = factories.make_invitation(session)
    for score in ("9", "9", "2"):
        assert client.post(f"/s/{token}", data={"nps": score}).status_code == 303
    assert [response.nps for response in session.scalars(select(Response))] == [9]
    assert "已经回答" in client.get(f"/s/{token}").get_data(as_text=True)


def test_a_score_in_the_address_is_chosen_but_not_recorded(session: Session, client: FlaskClient) -> None:
    _invitation, token = factories.make_invitation(session)
    page = client.get(f"/s/{token}?nps=9").get_data(as_text=True)
    assert 'value="9" checked' in page
    assert count(session, Response) == 0
    assert count(session, EventRow) == 0


def test_the_first_look_is_remembered(session: Session, client: FlaskClient, clock_at: FixedClock) -> None:
    invitation, token = factories.make_invitation(session)
    client.get(f"/s/{token}")
    first = clock_at.now()
    clock_at.advance(hours=1)
    client.get(f"/s/{token}")
    session.refresh(invitation)
    assert invitation.opened_at == first


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "请回答这个问题"),
        ({"nps": "11"}, "0 到 10"),
        ({"nps": "5", "why": "长" * 1001}, "最多 1000 个字"),
    ],
)
def test_what_cannot_be_accepted_comes_back_with_the_reason_and_the_words_kept(
    session: Session, client: FlaskClient, sent: dict[str, str], sentence: str
) -> None:
    _invitation, token = factories.make_invitation(session)
    answer = client.post(f"/s/{token}", data=sent)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert sent.get("why", "") in page
    assert count(session, Response) == 0


def test_words_with_markup_come_back_as_words(session: Session, client: FlaskClient) -> None:
    _invitation, token = factories.make_invitation(session)
    page = client.post(f"/s/{token}", data={"why": "<script>alert(1)</script>"}).get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def page_fields(page: str) -> dict[str, str]:
    """Return the hidden fields of the questionnaire, as a browser sends them back."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


def test_what_the_page_says_it_showed_is_what_the_answers_are_read_by(
    session: Session, client: FlaskClient
) -> None:
    invitation, token = factories.make_invitation(session)
    hidden = page_fields(client.get(f"/s/{token}?lang=en").get_data(as_text=True))
    assert (hidden["_version"], hidden["_language"]) == (str(invitation.version_id), "en")
    assert client.post(f"/s/{token}", data={"nps": "8", **hidden}).status_code == 303
    stored = session.scalars(select(Response)).one()
    assert (stored.version_id, stored.language, stored.nps) == (invitation.version_id, "en", 8)


@pytest.mark.parametrize("version", ["csat", "0", "999999", "-1", "x", "9" * 30])
def test_a_page_that_names_another_version_stores_answers_of_the_right_one_or_none(
    session: Session, client: FlaskClient, version: str
) -> None:
    invitation, token = factories.make_invitation(session)
    named = str(factories.published(session, "service_csat").id) if version == "csat" else version
    sent = {"_version": named, "_language": "zh-Hans", "csat": "5", "nps": "3"}
    assert client.post(f"/s/{token}", data=sent).status_code == 303
    stored = session.scalars(select(Response)).one()
    assert (stored.version_id, stored.nps, stored.csat) == (invitation.version_id, 3, None)


def test_a_stranger_is_not_shown_the_questions_of_a_version(session: Session, client: FlaskClient) -> None:
    version_id = factories.published(session).id
    answer = client.post("/s/" + "A" * 22, data={"_version": version_id, "_language": "zh-Hans", "nps": "99"})
    assert answer.status_code == 404
    assert "推荐" not in answer.get_data(as_text=True)


def test_unknown_and_malformed_links_get_the_same_friendly_page(
    session: Session, client: FlaskClient
) -> None:
    factories.make_invitation(session)
    pages = set()
    for token in ("A" * 22, "x", "' OR 1=1 --", "%00", "..%2f..%2fetc"):
        for path in (f"/s/{token}", f"/s/{token}/thanks", f"/o/{token}"):
            answer = client.get(path)
            assert answer.status_code == 404, path
            pages.add(answer.get_data(as_text=True).split("<main")[1])
        assert client.post(f"/s/{token}", data={"nps": "9"}).status_code == 404
    assert len(pages) == 1


def test_an_expired_link_says_so_and_stores_nothing(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    _invitation, token = factories.make_invitation(session)
    clock_at.advance(days=16)
    assert client.get(f"/s/{token}").status_code == 410
    answer = client.post(f"/s/{token}", data={"nps": "9"})
    assert answer.status_code == 410
    assert "已经结束" in answer.get_data(as_text=True)
    assert count(session, Response) == 0


def test_a_not_sampled_invitation_has_no_page(session: Session, client: FlaskClient) -> None:
    _invitation, token = factories.make_invitation(session, reason="not_sampled")
    assert client.get(f"/s/{token}").status_code == 404


def test_the_page_speaks_the_customers_language(session: Session, client: FlaskClient) -> None:
    person = factories.make_customer(session, language="en")
    _invitation, token = factories.make_invitation(session, customer=person)
    page = client.get(f"/s/{token}").get_data(as_text=True)
    assert '<html lang="en"' in page
    assert "how likely are you to recommend" in page
    assert "您有多大可能" in client.get(f"/s/{token}?lang=zh-Hans").get_data(as_text=True)


def test_opting_out_needs_a_click_and_counts_once(session: Session, client: FlaskClient) -> None:
    invitation, token = factories.make_invitation(session)
    assert client.get(f"/o/{token}").status_code == 200
    assert count(session, OptOut) == 0
    for _time in range(2):
        assert "已为您停止" in client.post(f"/o/{token}").get_data(as_text=True)
    refusal = session.scalars(select(OptOut)).one()
    assert (refusal.customer_id, refusal.channel) == (invitation.customer_id, "*")


def test_a_published_version_is_kept_by_the_database(session: Session) -> None:
    version = factories.published(session)
    version.definition = version.definition | {"title": {"zh-Hans": "改了"}}
    with pytest.raises(Exception, match="do not change"):
        session.flush()


def test_a_new_version_retires_the_old_one_and_leaves_its_invitations_alone(session: Session) -> None:
    old = factories.published(session)
    _invitation, token = factories.make_invitation(session)
    definition = queries.definition(session.connection(), old.id)
    new = services.publish_version(session, survey_id=old.survey_id, definition=definition)
    session.flush()
    assert (old.state, new.state, new.number) == ("retired", "published", old.number + 1)
    link = queries.personal_link(session.connection(), token)
    assert link is not None
    assert link.seat.version_id == old.id


def test_of_twenty_parallel_submissions_one_is_stored(fresh_database: str) -> None:
    with db.transaction() as session:
        invitation, token = factories.make_invitation(session)

    def submit(number: int) -> str:
        with db.single_statements() as connection:
            kept = queries.kept(connection, invitation.version_id)
            sent = {"nps": [str(number % 11)]}
            attempt = Attempt(sent=sent, verdict=judge(kept.definition, sent), language="zh-Hans")
            stored = storing.store_at_once(connection, token=token, kept=kept, attempt=attempt)
        return "spent" if stored is None else "stored"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(submit, range(20)))
    assert sorted(outcomes) == ["spent"] * 19 + ["stored"]
    with db.reading() as session:
        assert (count(session, Response), count(session, EventRow), count(session, Invitation)) == (1, 1, 1)


@pytest.mark.parametrize("taken_along", ["。", "，", ")", "！”"])
def test_a_link_works_with_the_full_stop_that_a_chat_program_took_along(
    session: Session, client: FlaskClient, taken_along: str
) -> None:
    _invitation, token = factories.make_invitation(session)
    answer = client.get(f"/s/{token}{taken_along}")
    assert (answer.status_code, answer.location) == (302, f"/s/{token}")


def test_larger_letters_in_the_middle_of_a_page_keep_what_was_written(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = factories.make_invitation(session)
    sent = {"_go": "stay", "_language": "zh-Hans", "why": "等了一个月"}
    page = client.post(f"/s/{token}?large=1&lang=en", data=sent)
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "等了一个月" in text
    assert "Extremely likely" in text
    assert count(session, Response) == 0
