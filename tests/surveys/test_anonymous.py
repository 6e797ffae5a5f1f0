"""Anonymous surveys are: nothing in the database or in the log says whose answer it was.

The proof swaps two people: once the first is unhappy and the second happy, once the other way round, with all else
equal. If any table told them apart, the two databases would differ in more than nothing.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import flow
from app.demo import factories
from app.web import create_app
from core import db, events, logs, settings
from core.clock import FixedClock
from core.db import Base
from core.jobs import relay
from core.models import EventRow
from feedback import services
from feedback.models import Feedback
from surveys.models import Invitation, Response, Sitting
from surveys.queries import answering as queries
from surveys.services import anonymity, files
from tests.surveys.answering import THREE_PAGES, Customer, Json, nps, publish, said, words
from tests.surveys.test_files import PHOTO, PNG
from tickets.models import Ticket

ONE_PAGE: Json = {"title": said("匿名"), "anonymous": True, "questions": [nps(), words()]}
PAGES: Json = THREE_PAGES | {"anonymous": True}
WITH_FILE: Json = {
    "title": said("匿名"),
    "anonymous": True,
    "pages": [{"id": "p1", "questions": [nps(), PHOTO]}, {"id": "p2", "questions": [words()]}],
}
UNHAPPY = {"nps": "1", "why": "等了一个月没人管，我要投诉"}
HAPPY = {"nps": "10", "why": "很好"}


def dump(session: Session) -> dict[str, list[str]]:
    """Return every row of every table of ours as text."""
    session.flush()  # what the ORM still holds must be in the dump
    return {
        table.name: sorted(session.scalars(text(f"SELECT CAST(t AS text) FROM {table.name} t")))  # noqa: S608 - our own tables
        for table in Base.metadata.sorted_tables
    }


def rewind(session: Session) -> None:
    """Let the tables on the answers' side number their rows from the same start."""
    for table in ("responses", "sittings", "answer_files", "events", "feedback", "tickets", "ticket_events"):
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)"))


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """Take back whatever happens inside, whichever session of the test's connection did it."""
    session.execute(text("SAVEPOINT world"))
    try:
        yield
    finally:
        session.expunge_all()
        session.execute(text("ROLLBACK TO SAVEPOINT world"))


def answer(client: FlaskClient, token: str, answers: dict[str, str]) -> list[str]:
    """Answer all pages; return the request ids that the way there had."""
    customer = Customer(client, token)
    ids = [customer.answer.headers["X-Request-Id"]]
    for _page in range(4):
        if "<form" not in customer.page:
            break
        with_file = 'type="file"' in customer.page
        upload: dict[str, Any] = {"photo": (io.BytesIO(PNG), f"{answers['nps']}.png")} if with_file else {}
        ids.append(customer.send("send", **answers, **upload).headers["X-Request-Id"])
    assert "谢谢" in customer.page
    return ids


def work_off(session: Session) -> None:
    """Let the handlers do what the workers would, in a process of their own."""
    logs.begin_request("worker")
    for kind, handlers in flow.FLOW.items():
        ids = session.scalars(
            select(EventRow.id).where(EventRow.kind == kind.__name__).order_by(EventRow.id)
        ).all()
        for handler in handlers if ids else ():
            handler(session, events.load(session, ids))


@pytest.mark.parametrize("document", [ONE_PAGE, PAGES, WITH_FILE])
def test_who_said_what_makes_no_difference_to_any_row(
    session: Session,
    client: FlaskClient,
    clock_at: FixedClock,
    document: Json,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    version = publish(session, document)
    chen, zhao = (factories.make_customer(session, external_id=name) for name in ("陈", "赵"))
    links = [
        factories.make_invitation(session, version_id=version.id, customer=who)[1] for who in (chen, zhao)
    ]
    began = clock_at.instant

    def world(order: Sequence[str]) -> dict[str, list[str]]:
        tokens = iter(f"file-token-{number:011d}" for number in range(9))
        monkeypatch.setattr(files, "secrets", SimpleNamespace(token_urlsafe=lambda _bytes: next(tokens)))
        clock_at.instant = began
        rewind(session)
        request_ids = []
        with undone(session):
            for token, answers in zip(order, (UNHAPPY, HAPPY), strict=True):
                request_ids += answer(client, token, answers)
                clock_at.advance(minutes=7)
            work_off(session)
            seen = dump(session)
        everything = "\n".join(row for rows in seen.values() for row in rows)
        assert not [one for one in request_ids if one in everything]
        assert len(seen["responses"]) == 2
        assert seen["sittings"] == []
        return seen

    one, other = world(links), world(links[::-1])
    assert {name for name in one if one[name] != other[name]} == set()


def test_the_same_swap_is_seen_where_answers_have_names(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    version = publish(session, ONE_PAGE | {"anonymous": False})
    links = [factories.make_invitation(session, version_id=version.id)[1] for _ in range(2)]

    def world(order: Sequence[str]) -> dict[str, list[str]]:
        rewind(session)
        with undone(session):
            for token, answers in zip(order, (UNHAPPY, HAPPY), strict=True):
                answer(client, token, answers)
            return dump(session)

    one, other = world(links), world(links[::-1])
    assert one["responses"] != other["responses"]


def test_a_response_has_no_name_no_minute_and_no_request(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    version = publish(session, PAGES)
    invitation, token = factories.make_invitation(session, version_id=version.id)
    clock_at.advance(minutes=37, seconds=12)
    answer(client, token, UNHAPPY)
    response = session.scalars(select(Response)).one()
    assert (response.invitation_id, response.customer_id, response.key_hash, response.started_at) == (
        None,
    ) * 4
    assert response.submitted_at.isoformat() == "2026-06-10T04:00:00+00:00"
    event = session.scalars(select(EventRow).where(EventRow.kind == "ResponseSubmitted")).one()
    assert (event.request_id, event.occurred_at) == (None, response.submitted_at)
    session.refresh(invitation)
    assert invitation.spent
    assert invitation.opened_at is not None
    assert invitation.opened_at.isoformat() == "2026-06-09T16:00:00+00:00"  # the day in Beijing, no more
    assert session.scalar(select(func.count()).select_from(Sitting)) == 0


def test_after_the_night_no_table_knows_the_minute_of_an_answer(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    version = publish(session, PAGES)
    _invitation, token = factories.make_invitation(session, version_id=version.id)
    clock_at.advance(minutes=37, seconds=12)
    answer(client, token, UNHAPPY)
    work_off(session)
    assert relay.relay_once(session) > 0
    opened = session.scalars(select(Ticket.opened_at)).one()
    assert (opened.minute, opened.second) == (0, 0)
    clock_at.advance(hours=9)
    assert services.forget_minutes(session) == 1
    telling = [row for rows in dump(session).values() for row in rows if ":37:1" in row]
    assert telling == []


def test_an_anonymous_survey_is_answered_once_and_says_what_is_true(
    session: Session, client: FlaskClient
) -> None:
    version = publish(session, ONE_PAGE)
    _invitation, token = factories.make_invitation(session, version_id=version.id)
    assert "匿名" in Customer(client, token).page
    for score in ("3", "9"):
        sent = client.post(f"/s/{token}", data={"nps": score})
        assert "谢谢" in client.get(sent.location).get_data(as_text=True)
    assert session.scalars(select(Response.nps)).all() == [3]
    assert "已经回答" in client.get(f"/s/{token}").get_data(as_text=True)


def test_logic_knows_no_customer_and_no_event_of_an_anonymous_survey(session: Session) -> None:
    person = factories.make_customer(session, attributes={"tier": "gold"}, language="en")
    event = factories.make_event(session, customer=person, attributes={"policy": "P-1"})
    version = publish(session, ONE_PAGE)
    _invitation, token = factories.make_invitation(
        session, version_id=version.id, customer=person, event_id=event.id
    )
    link = queries.personal_link(session.connection(), token)
    assert link is not None
    known = queries.facts(session.connection(), link.seat, anonymous=True)
    assert (known.event, known.customer) == ({"touchpoint": "claim_closed"}, {})
    assert queries.facts(session.connection(), link.seat, anonymous=False).customer["tier"] == "gold"


def test_an_unhappy_voice_without_a_name_still_becomes_feedback_and_a_ticket(
    session: Session, client: FlaskClient
) -> None:
    version = publish(session, ONE_PAGE)
    _invitation, token = factories.make_invitation(session, version_id=version.id)
    answer(client, token, UNHAPPY)
    work_off(session)
    voice = session.scalars(select(Feedback)).one()
    assert (voice.customer_id, voice.nps, voice.words) == (None, 1, UNHAPPY["why"])
    assert session.scalars(select(Ticket.customer_id)).all() == [None]


def test_the_log_names_neither_the_link_nor_the_person(
    session: Session, web: Flask, client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    version = publish(session, ONE_PAGE)
    invitation, token = factories.make_invitation(session, version_id=version.id)
    logs.configure("INFO", "json")
    try:
        answer(client, token, UNHAPPY)
    finally:
        logs.configure("WARNING", "json")
    written = "".join(capfd.readouterr())
    assert '"route"' in written
    for telling in (token, invitation.token_hash.hex(), UNHAPPY["why"], '"customer'):
        assert telling not in written


def test_no_row_header_pairs_a_mark_with_a_response_after_the_night(fresh_database: str) -> None:
    with db.transaction() as session:
        version = publish(session, ONE_PAGE)
        tokens = [factories.make_invitation(session, version_id=version.id)[1] for _ in range(4)]
    client = create_app(settings.current()).test_client()
    for token in reversed(tokens):
        assert client.post(f"/s/{token}", data={"nps": "9"}).status_code == 303

    def writers(table: str) -> list[str]:
        with db.reading() as session:
            return list(session.scalars(text(f"SELECT CAST(xmin AS text) FROM {table} ORDER BY ctid")))  # noqa: S608

    assert set(writers("invitations")) <= set(writers("responses"))  # this is what must not stay
    with db.transaction() as session:
        assert anonymity.blur(session) == 4
    assert len(set(writers("invitations"))) == 1
    assert not set(writers("invitations")) & set(writers("responses"))
    with db.reading() as session:
        lying = session.scalars(select(Invitation.id).order_by(text("invitations.ctid"))).all()
    assert lying == sorted(lying)
