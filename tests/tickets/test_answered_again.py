"""Another answer by the same link counts nowhere, but whoever works for the customer hears of it."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.clock import FixedClock
from core.models import AuditEntry
from feedback import jobs as feedback_jobs
from feedback.models import Feedback
from grid.models import CalendarDay
from grid.rules import Role
from surveys.events import AnsweredAgain
from surveys.models import Response, Suspect
from tests.tickets.people import kinds, resolved, seen_by
from tests.tickets.returning import COMPLAINT, Story, card, owner_of, work
from tickets import queries, services
from tickets.models import Ticket
from tickets.rules import Contact, Happening, Heard, Priority, State, Trigger
from tickets.services import Asked, ConflictError

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]


@pytest.fixture
def story(session: Session, client: FlaskClient) -> Story:
    return Story(session, client)


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
    assert session.scalars(select(AuditEntry).where(AuditEntry.action == "feedback.reopened")).all() == []
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
    assert queries.news(session, owner.id) == (1, 0)
    call = Asked(story.ticket.id, seen_by(session, owner))
    services.call(session, call, outcome=Contact.NO_ANSWER)
    assert queries.news(session, owner.id) == (0, 0)
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


def test_a_promise_that_was_raised_is_made_certain_from_when_it_was_raised(
    session: Session, clock_at: FixedClock
) -> None:
    clock_at.instant = datetime(
        2031, 3, 5, 1, 0, tzinfo=UTC
    )  # nine in the morning, of a year nobody knows yet
    about = factories.make_feedback(session, nps=6, sentiment="neutral")
    services.open_needed(session, [about.id])
    clock_at.advance(hours=1)
    services.come_back(session, feedback_id=about.id, suspect_id=1, heard=Heard(risks=["regulator"]))
    session.add_all(CalendarDay(day=date(2031, 3, day), worked=True) for day in range(1, 20))
    session.flush()
    assert services.settle_promises(session) == 1
    ticket = session.scalars(select(Ticket)).one()
    urgent = queries.promises(session).due(Priority.URGENT, clock_at.instant)
    assert (ticket.priority, ticket.due_at, ticket.due_exact) == (Priority.URGENT, urgent.at, True)
