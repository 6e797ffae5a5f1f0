"""Another answer by the same link counts nowhere, but whoever works for the customer hears of it, once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import flow
from app.demo import factories
from core import clock, db, events
from core.clock import FixedClock
from core.models import AuditEntry, EventRow
from feedback import jobs as feedback_jobs
from feedback.events import SaidAgain
from feedback.models import Feedback
from grid.models import Region, Staff
from grid.rules import Role
from surveys.events import AnsweredAgain, ResponseSubmitted
from surveys.models import Response, Suspect
from tests.surveys.answering import Customer, Json, invite, nps, publish, said, words
from tests.tickets.people import kinds, resolved, run_all, seen_by
from tickets import jobs as tickets_jobs
from tickets import services
from tickets.models import Ticket, TicketEvent
from tickets.rules import Contact, Happening, Priority, State, Trigger
from tickets.services import Asked, ConflictError

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]

CALL: Json = {
    "type": "choice", "id": "call", "title": said("要我们回电吗"),
    "options": [{"id": "yes", "label": said("要"), "call_back": True}, {"id": "no", "label": said("不要")}],
}  # fmt: skip
ASKED: Json = {
    "title": said("回访"),
    "questions": [
        nps(required=False),
        CALL,
        words(),
        words("mobile", format="mobile", title=said("回电号码")),
    ],
}
COMPLAINT = "再不处理我就去金融监管局投诉你们"


def work(session: Session) -> None:
    """Let every event wake its handlers, each twice: at least once is all that is promised."""
    done: set[int] = set()
    while True:
        rows = session.scalars(select(EventRow).order_by(EventRow.id)).all()
        waiting = [row for row in rows if row.id not in done]
        if not waiting:
            return
        for row in waiting:
            done.add(row.id)
            kind = events.Event.kinds[row.kind]
            for handler in flow.FLOW.get(kind, ()):
                if handler.__module__.startswith(("feedback", "tickets")):
                    handler(session, [kind.from_payload(row.payload)])
                    if kind is not AnsweredAgain:
                        handler(session, [kind.from_payload(row.payload)])
        session.expire_all()


class Story:
    """One customer with several windows open on the same link."""

    def __init__(self, session: Session, client: FlaskClient, region: Region | None = None) -> None:
        more = {"region_id": region.id} if region else {}
        self.session, self.client = session, client
        self.person = factories.make_customer(session, **more)
        self.invitation, self.token = invite(session, ASKED, customer=self.person)
        self.windows = [Customer(client, self.token) for _ in range(5)]

    def says(self, **sent: object) -> None:
        assert self.windows.pop().send("send", **sent).status_code == 303
        work(self.session)

    @property
    def row(self) -> Feedback:
        return self.session.scalars(select(Feedback).order_by(Feedback.id)).one()

    @property
    def ticket(self) -> Ticket:
        return self.session.scalars(select(Ticket)).one()


@pytest.fixture
def story(session: Session, client: FlaskClient) -> Story:
    return Story(session, client)


def card(page: str) -> str:
    """Return the text of the card of the other answer, without tags."""
    _before, there, rest = page.partition("<h2>客户又答了一次</h2>")
    return re.sub(r"<[^>]+>", "|", rest.partition("</section>")[0]) if there else ""


def owner_of(session: Session, ticket: Ticket, region: Region | None = None) -> Staff:
    person = factories.make_staff(session, role=Role.AGENT, region_id=region.id if region else None)
    services.take(session, Asked(ticket.id, seen_by(session, person)))
    return person


# What the pages say


def test_the_pages_of_the_first_answer_tell_what_is_said_otherwise_now(
    session: Session, story: Story, login: Login, clock_at: FixedClock
) -> None:
    story.says(nps="3", why="慢", mobile="13912345678")
    clock_at.advance(hours=1)
    story.says(nps="3", why=f"{COMPLAINT}，电话13800138000", mobile="13700000001")
    agent = login(Role.AGENT)
    for url in (f"/tickets/{story.ticket.id}", f"/feedback/{story.row.id}"):
        told = card(agent.get(url).get_data(as_text=True))
        for one in ("为什么", "|慢|", COMPLAINT, "139****5678", "137****0001", "13:00", "不计入结果"):
            assert one in told, (url, one)
        assert "推荐吗" not in told  # the same score as before
        assert "13800138000" not in told
        assert "13700000001" not in told


def test_the_whole_number_is_shown_to_who_may_see_it_and_the_look_is_noted(
    session: Session, story: Story, login: Login
) -> None:
    story.says(nps="3", mobile="13912345678")
    story.says(nps="3", mobile="13700000001")
    suspect_id = session.scalars(select(Suspect.id)).one()
    for place, url in enumerate((f"/tickets/{story.ticket.id}", f"/feedback/{story.row.id}"), 1):
        shown = login(Role.AGENT).post(f"{url}/reveal").get_data(as_text=True)
        assert '<a href="tel:13700000001">13700000001</a>' in shown
        lines = session.scalars(select(AuditEntry).where(AuditEntry.action == "suspect.reveal")).all()
        assert len(lines) == place
        assert (lines[-1].object_id, lines[-1].detail) == (str(suspect_id), {"questions": ["mobile"]})
    analyst = login(Role.ANALYST)
    assert "137****0001" in card(analyst.get(f"/feedback/{story.row.id}").get_data(as_text=True))
    assert analyst.post(f"/feedback/{story.row.id}/reveal").status_code == 403
    assert "查看再次提交的回答原文" in login(Role.AUDITOR).get("/admin/audit").get_data(as_text=True)


def test_staff_of_another_branch_see_nothing_of_it(
    session: Session, client: FlaskClient, login: Login
) -> None:
    tree = factories.region_tree(session)
    story = Story(session, client, tree["3301"])
    story.says(nps="9")
    story.says(nps="1", why=COMPLAINT)
    assert story.ticket.region_id == tree["3301"].id
    near, far = login(Role.AGENT, tree["33"].id), None
    assert COMPLAINT in near.get(f"/tickets/{story.ticket.id}").get_data(as_text=True)
    far = login(Role.AGENT, tree["44"].id)
    for url in (f"/tickets/{story.ticket.id}", f"/feedback/{story.row.id}"):
        assert far.get(url).status_code == 404
    assert COMPLAINT not in far.get("/tickets?tab=all").get_data(as_text=True)
    # An utterance that came to another region brings no answers out of sight with it.
    story.row.region_id = tree["44"].id
    session.flush()  # the page reads it
    assert card(far.get(f"/feedback/{story.row.id}").get_data(as_text=True)) == ""


def test_what_a_customer_wrote_is_text_and_nothing_else(session: Session, story: Story, login: Login) -> None:
    story.says(nps="3")
    story.says(nps="3", why="<script>alert(1)</script>")
    page = login(Role.AGENT).get(f"/tickets/{story.ticket.id}").get_data(as_text=True)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_list_of_utterances_marks_and_finds_it_and_it_waits_again(
    session: Session, story: Story, login: Login
) -> None:
    story.says(nps="9", why="很好")
    agent = login(Role.AGENT)
    agent.post(f"/feedback/{story.row.id}/handled", data={"handled": "yes"})
    factories.make_feedback(session, words="别人说的话")
    assert "客户又答了</span>" not in agent.get("/feedback").get_data(as_text=True)
    story.session.expire_all()
    story.windows[-1].send("send", nps="9", why="其实一般")
    work(session)
    listed = agent.get("/feedback?again=yes&handled=no").get_data(as_text=True)
    assert "很好" in listed
    assert "客户又答了" in listed
    assert "别人说的话" not in listed
    assert "很好" not in agent.get("/feedback?again=no").get_data(as_text=True)
    line = session.scalars(select(AuditEntry).where(AuditEntry.action == "feedback.reopened")).one()
    assert line.actor == "system"
    agent.post(f"/feedback/{session.scalars(select(Feedback.id).order_by(Feedback.id)).first()}/handled")
    feedback_jobs.hear_again(session, [AnsweredAgain(session.scalars(select(Suspect.id)).one())])
    assert "很好" in agent.get("/feedback?again=yes&handled=yes").get_data(as_text=True)


# What becomes of the ticket


def test_the_owner_of_an_open_ticket_is_told_until_they_have_dealt_with_it(
    session: Session, story: Story, login: Login
) -> None:
    story.says(nps="3", why="慢")
    owner = owner_of(session, story.ticket)
    browser = login(staff=owner)
    assert "件有客户的新回答" not in browser.get("/account").get_data(as_text=True)
    story.says(nps="3", why="还是慢")
    assert kinds(session, story.ticket.id) == [Happening.OPENED, Happening.TAKEN, Happening.SAID_AGAIN]
    assert "1 件有客户的新回答" in browser.get("/account").get_data(as_text=True)
    queue = browser.get("/tickets").get_data(as_text=True)
    assert "您负责的 1 件工单，客户又提交了一份回答" in queue
    assert "客户又答了</span>" in queue
    assert "T-" in browser.get("/tickets?tab=mine&again=yes").get_data(as_text=True)
    page = browser.get(f"/tickets/{story.ticket.id}").get_data(as_text=True)
    assert "客户通过同一链接又提交了一份回答（贬损者）" in page
    # A colleague's note does not answer for the owner.
    colleague = seen_by(session, factories.make_staff(session))
    services.note(session, Asked(story.ticket.id, colleague), text="我看到了")
    session.expire_all()
    assert story.ticket.said_again_at is not None
    call = Asked(story.ticket.id, seen_by(session, owner))
    services.call(session, call, outcome=Contact.NO_ANSWER)
    session.expire_all()
    assert story.ticket.said_again_at is None
    assert "件有客户的新回答" not in browser.get("/account").get_data(as_text=True)
    assert "没有符合条件的工单" in browser.get("/tickets?tab=mine&again=yes").get_data(as_text=True)


def test_whoever_has_the_ticket_open_has_to_look_before_they_resolve_it(
    session: Session, story: Story
) -> None:
    story.says(nps="3", why="慢")
    owner = seen_by(session, owner_of(session, story.ticket))
    seen = story.ticket.version
    story.says(nps="3", why=COMPLAINT)
    with pytest.raises(ConflictError):
        resolved(session, Asked(story.ticket.id, owner, version=seen))


def test_a_graver_answer_brings_the_promise_nearer(
    session: Session, story: Story, clock_at: FixedClock
) -> None:
    story.says(nps="6", why="一般")
    before = story.ticket.due_at
    assert story.ticket.priority != Priority.URGENT
    story.says(nps="6", why=COMPLAINT)
    ticket = story.ticket
    assert (ticket.priority, ticket.trigger) == (Priority.URGENT, Trigger.RISK)
    assert ticket.due_at < before
    assert kinds(session, ticket.id) == [Happening.OPENED, Happening.SAID_AGAIN, Happening.RAISED]
    story.says(nps="6", why="没事了")
    assert (story.ticket.priority, story.ticket.due_at) == (Priority.URGENT, ticket.due_at)
    assert kinds(session, ticket.id).count(Happening.RAISED) == 1


@pytest.mark.parametrize(
    ("second", "trigger"),
    [
        ({"nps": "2"}, Trigger.DETRACTOR),
        ({"nps": "9", "call": "yes"}, Trigger.CALL_BACK),
        ({"nps": "9", "why": COMPLAINT}, Trigger.RISK),
    ],
)
def test_a_contented_customer_who_answers_again_otherwise_gets_a_ticket(
    session: Session, story: Story, login: Login, second: dict[str, str], trigger: Trigger
) -> None:
    story.says(nps="9", why="很好")
    assert session.scalar(select(func.count()).select_from(Ticket)) == 0
    story.says(**second)
    ticket = story.ticket
    assert (ticket.trigger, ticket.state, ticket.feedback_id) == (trigger, State.NEW, story.row.id)
    assert ticket.customer_id == story.person.id
    assert kinds(session, ticket.id) == [Happening.OPENED]
    page = login(Role.AGENT).get(f"/tickets/{ticket.id}").get_data(as_text=True)
    assert "客户又提交了一份回答，据此建立工单" in page
    assert card(page)
    # What is not counted changes no figure: the score of the utterance and of the response stays.
    assert story.row.nps == 9
    assert session.scalars(select(Response.nps)).all() == [9]


def test_words_that_no_rule_minds_open_nothing(session: Session, story: Story) -> None:
    story.says(nps="9", why="很好")
    story.says(nps="10", why="非常好")
    assert session.scalar(select(func.count()).select_from(Ticket)) == 0
    assert story.row.said_again_at is not None


@pytest.mark.parametrize("closed", [False, True])
def test_a_finished_ticket_is_opened_again_for_its_owner_if_a_rule_says_so(
    session: Session, story: Story, clock_at: FixedClock, closed: bool
) -> None:
    story.says(nps="3", why="慢")
    owner = owner_of(session, story.ticket)
    asked = Asked(story.ticket.id, seen_by(session, owner))
    resolved(session, asked)
    if closed:
        services.close(session, asked)
    clock_at.advance(hours=48)
    story.says(nps="10", why="都好了，谢谢")
    assert story.ticket.state == (State.CLOSED if closed else State.RESOLVED)
    assert kinds(session, story.ticket.id)[-1] == Happening.SAID_AGAIN
    assert story.ticket.said_again_at is None
    story.says(nps="1", why="又拖了")
    ticket = story.ticket
    assert (ticket.state, ticket.assignee_id, ticket.reopened) == (State.ASSIGNED, owner.id, 1)
    assert ticket.due_at > clock.now()
    assert (ticket.resolution, ticket.resolved_at, ticket.closed_at) == (None, None, None)
    assert kinds(session, ticket.id)[-2:] == [Happening.SAID_AGAIN, Happening.REOPENED]


def test_a_finished_ticket_whose_owner_left_goes_back_to_the_queue(session: Session, story: Story) -> None:
    story.says(nps="3", why="慢")
    owner = owner_of(session, story.ticket)
    resolved(session, Asked(story.ticket.id, seen_by(session, owner)))
    owner.active = False
    session.flush()
    story.says(nps="1", why="又拖了")
    assert (story.ticket.state, story.ticket.assignee_id) == (State.NEW, None)
    someone = seen_by(session, factories.make_staff(session))
    services.take(session, Asked(story.ticket.id, someone))
    assert story.ticket.assignee_id == someone.staff_id


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
        lines = session.scalars(select(TicketEvent.submission).where(TicketEvent.submission.is_not(None)))
        assert sorted(lines) == sorted(f"again:{one}" for one in suspect_ids)


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
