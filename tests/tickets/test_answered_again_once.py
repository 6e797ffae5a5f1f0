"""Another answer by the same link is heard once, whatever dies, whoever is quicker, and whatever came first."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock, db, events
from core.models import EventRow
from feedback import jobs as feedback_jobs
from feedback.events import SaidAgain
from feedback.models import Feedback
from grid.rules import Role
from surveys.events import AnsweredAgain, ResponseSubmitted
from surveys.models import Response, Suspect
from tests.surveys.answering import Customer, invite, publish
from tests.tickets.people import kinds, resolved, run_all, seen_by
from tests.tickets.returning import ASKED, COMPLAINT, Story, card, work
from tickets import jobs as tickets_jobs
from tickets import services
from tickets.models import Ticket, TicketEvent
from tickets.rules import Happening, Priority, Trigger
from tickets.services import Asked, ConflictError

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]


@pytest.fixture
def story(session: Session, client: FlaskClient) -> Story:
    return Story(session, client)


# Where the first answer is no utterance


def test_whoever_first_sent_nothing_is_heard_when_they_send_again(
    session: Session, story: Story, login: Login
) -> None:
    story.says()
    assert session.scalars(select(Feedback)).all() == []
    story.says(nps="2", why=COMPLAINT)
    row = story.row
    assert (row.words, row.nps, row.rating, row.response_id) == (COMPLAINT, None, 2.0, None)
    assert row.customer_id == story.person.id
    assert story.ticket.trigger == Trigger.RISK
    assert story.ticket.region_id == story.invitation.region_id
    page = login(Role.AGENT).get(f"/tickets/{story.ticket.id}").get_data(as_text=True)
    assert "2 / 10" in card(page)
    story.says(nps="2", why="第三次了")
    assert story.row.id == row.id  # one utterance for one link
    assert kinds(session, story.ticket.id)[-1] == Happening.SAID_AGAIN


def test_a_mere_score_after_nothing_is_enough(session: Session, story: Story) -> None:
    story.says()
    story.says(nps="0")
    assert story.ticket.trigger == Trigger.DETRACTOR
    assert (story.row.words, story.row.nps) == ("", None)


def test_beside_an_answer_that_was_put_aside_the_second_one_is_heard(
    session: Session, client: FlaskClient, story: Story
) -> None:
    first = factories.make_feedback(session)  # somebody else's
    story.windows[-1].send("send", nps="9")
    response = session.scalars(select(Response)).one()
    session.delete(response)  # as if the quota had been full: there is no response to the invitation
    session.flush()
    suspect = Suspect(
        key_hash=b"x" * 32, invitation_id=story.invitation.id, version_id=story.invitation.version_id,
        touchpoint_code=story.invitation.touchpoint_code, region_id=story.invitation.region_id, channel="email",
        language="zh-Hans", sent='{"nps": ["1"], "why": ["没人管"]}', reasons=["answered_before"],
        received_at=clock.now(),
    )  # fmt: skip
    session.add(suspect)
    session.flush()  # the event names its id
    events.publish(session, AnsweredAgain(suspect.id))
    work(session)
    row = session.scalars(select(Feedback).where(Feedback.id != first.id)).one()
    assert (row.source, row.source_id) == ("survey_again", str(story.invitation.id))
    assert story.ticket.feedback_id == row.id


# Exactly once, whatever dies and whoever is quicker


def prepared(n: int = 4) -> tuple[int, list[int]]:
    """Store a response that nobody took in yet and ``n`` other answers by the same link; return their ids."""
    with clock.use(clock.FixedClock(datetime(2026, 6, 10, 4, 0, tzinfo=UTC))), db.transaction() as session:
        version = publish(session, ASKED)
        invitation, _token = factories.make_invitation(session, version_id=version.id)
        response = factories.make_response(
            session, nps=6, why="慢", invitation_id=invitation.id, version_id=version.id,
            customer_id=invitation.customer_id,
        )  # fmt: skip
        made = [
            Suspect(
                key_hash=bytes([number]) * 32, invitation_id=invitation.id, version_id=version.id,
                touchpoint_code=invitation.touchpoint_code, region_id=invitation.region_id, channel="email",
                language="zh-Hans", sent=f'{{"nps": ["1"], "why": ["第 {number} 次，{COMPLAINT}"]}}',
                reasons=["answered_before"], received_at=clock.now(),
            )
            for number in range(n)
        ]  # fmt: skip
        session.add_all(made)
        session.flush()  # the test names their ids
        return response.id, [one.id for one in made]


def test_workers_at_once_leave_one_utterance_one_ticket_and_one_line_for_each_answer(
    fresh_database: str,
) -> None:
    response_id, suspect_ids = prepared()
    day = clock.beijing_day(datetime(2026, 6, 10, 4, 0, tzinfo=UTC)).isoformat()
    together = Barrier(6)

    def take_in() -> None:
        together.wait()
        with db.transaction() as session:
            response = session.get_one(Response, response_id)
            event = ResponseSubmitted(response_id, response.touchpoint_code, response.region_id, day)
            feedback_jobs.take_in_answers(session, [event])

    def hear(suspect_id: int) -> Callable[[], None]:
        def heard() -> None:
            together.wait()
            for _ in range(2):
                with db.transaction() as session:
                    feedback_jobs.hear_again(session, [AnsweredAgain(suspect_id)])

        return heard

    assert run_all([take_in, take_in, *(hear(one) for one in suspect_ids)]) == []
    with db.reading() as session:
        assert session.scalars(select(Feedback.response_id)).all() == [response_id]
        told = [
            SaidAgain.from_payload(row.payload)
            for row in session.scalars(select(EventRow).where(EventRow.kind == "SaidAgain"))
        ]
    assert {event.suspect_id for event in told} == set(suspect_ids)
    act = Barrier(4)

    def tell(part: list[SaidAgain]) -> Callable[[], None]:
        def come_back() -> None:
            act.wait()
            for event in part:
                with db.transaction() as session:
                    tickets_jobs.hear_again(session, [event])

        return come_back

    assert (
        run_all([tell(told), tell(told[::-1]), tell(told[3:] + told[:3]), tell(told[1::2] + told[::2])]) == []
    )
    with db.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert ticket.priority == Priority.URGENT
        found = kinds(session, ticket.id)
        # The first answer's own reason opened it, whoever was quicker.
        assert found[0] == Happening.OPENED
        assert found.count(Happening.SAID_AGAIN) == len(suspect_ids)
        assert found.count(Happening.RAISED) == 1
        lines = session.scalars(select(TicketEvent.submission)).all()
        assert {line for line in lines if line} == {f"again:{one}" for one in suspect_ids}


def test_a_worker_that_dies_on_the_way_leaves_nothing_and_the_next_one_does_all(fresh_database: str) -> None:
    _response_id, [suspect_id] = prepared(1)
    for doing in ("hear", "tell"):
        for dies in (True, False):
            try:
                with db.transaction() as session:
                    if doing == "hear":
                        feedback_jobs.hear_again(session, [AnsweredAgain(suspect_id)])
                    else:
                        row = session.scalars(select(EventRow).where(EventRow.kind == "SaidAgain")).one()
                        tickets_jobs.hear_again(session, [SaidAgain.from_payload(row.payload)])
                    if dies:
                        raise KeyboardInterrupt
            except KeyboardInterrupt:
                with db.reading() as session:
                    assert session.scalars(select(Ticket)).all() == []
                    if doing == "hear":
                        assert session.scalars(select(Feedback)).all() == []
    with db.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert kinds(session, ticket.id) == [Happening.OPENED, Happening.SAID_AGAIN, Happening.RAISED]


def test_who_works_the_ticket_while_the_customer_answers_again_waits_for_nobody_for_ever(
    fresh_database: str,
) -> None:
    _response_id, suspect_ids = prepared(6)
    with db.transaction() as session:
        feedback_jobs.hear_again(session, [AnsweredAgain(suspect_ids[0])])
        row = session.scalars(select(EventRow).where(EventRow.kind == "SaidAgain")).one()
        tickets_jobs.hear_again(session, [SaidAgain.from_payload(row.payload)])
        ticket_id = session.scalars(select(Ticket.id)).one()
        owner = seen_by(session, factories.make_staff(session))
        services.take(session, Asked(ticket_id, owner))
    together = Barrier(3)

    def work_on_it() -> None:
        together.wait()
        for _ in range(8):
            for act in (resolved, partial(services.reopen, why="没解决")):
                try:
                    with db.transaction() as session:
                        act(session, Asked(ticket_id, owner))
                except ConflictError:
                    continue  # the customer's answer was quicker; people look again

    def answer(part: list[int]) -> Callable[[], None]:
        def answered() -> None:
            together.wait()
            for suspect_id in part:
                with db.transaction() as session:
                    feedback_jobs.hear_again(session, [AnsweredAgain(suspect_id)])
                with db.transaction() as session:
                    rows = session.scalars(select(EventRow).where(EventRow.kind == "SaidAgain")).all()
                    tickets_jobs.hear_again(session, [SaidAgain.from_payload(one.payload) for one in rows])

        return answered

    assert run_all([work_on_it, answer(suspect_ids), answer(suspect_ids[::-1])]) == []
    with db.reading() as session:
        assert kinds(session, ticket_id).count(Happening.SAID_AGAIN) == len(suspect_ids)


def test_copies_sent_at_once_are_announced_once(fresh_database: str, web_of: Callable[[], Flask]) -> None:
    with db.transaction() as session:
        _invitation, token = invite(session, ASKED)
    first = Customer(web_of().test_client(), token)
    windows = [Customer(web_of().test_client(), token) for _ in range(4)]
    first.send("send", nps="9")
    together = Barrier(4)

    def send(window: Customer) -> Callable[[], None]:
        def sent() -> None:
            together.wait()
            assert window.send("send", nps="1", why=COMPLAINT).status_code == 303

        return sent

    assert run_all([send(window) for window in windows]) == []
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Suspect)) == 1
        assert session.scalar(select(func.count()).where(EventRow.kind == "AnsweredAgain")) == 1


@pytest.fixture
def web_of(one_application: Flask) -> Callable[[], Flask]:
    one_application.config["WTF_CSRF_ENABLED"] = False
    return lambda: one_application


def test_an_anonymous_survey_announces_nothing(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, ASKED | {"anonymous": True})
    first, second = Customer(client, token), Customer(client, token)
    first.send("send", nps="9")
    second.send("send", nps="1", why=COMPLAINT)
    assert session.scalars(select(EventRow).where(EventRow.kind == "AnsweredAgain")).all() == []


def test_the_answer_that_counts_opens_its_own_ticket_first(session: Session, story: Story) -> None:
    story.windows.pop().send("send", nps="0", why=COMPLAINT)
    story.windows.pop().send("send", nps="0", why="还有一件事")
    [suspect_id] = session.scalars(select(Suspect.id)).all()
    # Events of different kinds are relayed apart: the second answer's may be worked first.
    feedback_jobs.hear_again(session, [AnsweredAgain(suspect_id)])
    row = session.scalars(select(EventRow).where(EventRow.kind == "SaidAgain")).one()
    tickets_jobs.hear_again(session, [SaidAgain.from_payload(row.payload)])
    assert (story.ticket.trigger, story.row.words) == (Trigger.RISK, COMPLAINT)
    assert kinds(session, story.ticket.id) == [Happening.OPENED, Happening.SAID_AGAIN]
