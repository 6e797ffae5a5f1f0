"""Opening and working tickets on the database."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.demo import factories
from core import db
from core.clock import FixedClock
from core.errors import DomainError, InvalidInputError
from feedback.events import FeedbackTagged
from grid.models import CalendarDay, Staff
from grid.rules import Role, Viewer
from tests.tickets.people import count, in_state, key_of, kinds, resolved, run_all, someone
from tickets import jobs, queries, services
from tickets.models import Ticket, TicketEvent
from tickets.rules import Contact, Happening, Priority, State, Told, Trigger
from tickets.services import Asked, ConflictError

pytestmark = pytest.mark.usefixtures("clock_at")


# Opening


def test_the_same_event_twice_opens_one_ticket(session: Session) -> None:
    about = factories.make_feedback(session, nps=2)
    event = FeedbackTagged(feedback_id=about.id)
    jobs.open_where_needed(session, [event, event])
    jobs.open_where_needed(session, [event])
    ticket = session.scalars(select(Ticket)).one()
    assert (ticket.feedback_id, ticket.trigger, ticket.state) == (about.id, Trigger.DETRACTOR, State.NEW)
    assert kinds(session, ticket.id) == [Happening.OPENED]


def test_two_reasons_in_one_utterance_open_one_ticket_for_the_stronger(session: Session) -> None:
    about = factories.make_feedback(session, nps=2, csat=1, risks=["regulator"])
    services.open_needed(session, [about.id])
    ticket = session.scalars(select(Ticket)).one()
    assert (ticket.trigger, ticket.priority) == (Trigger.RISK, Priority.URGENT)


def test_an_utterance_tagged_again_with_another_reason_keeps_its_ticket(session: Session) -> None:
    about = factories.make_feedback(session, nps=2)
    services.open_needed(session, [about.id])
    about.risks = ["regulator"]
    session.flush()
    assert services.open_needed(session, [about.id]) == []
    assert count(session) == 1


def test_a_batch_opens_only_what_is_needed(session: Session) -> None:
    wanted = [factories.make_feedback(session, nps=1), factories.make_feedback(session, csat=2)]
    unwanted = [
        factories.make_feedback(session, nps=9),
        factories.make_feedback(session, nps=0, history=True),
        factories.make_feedback(session, nps=0, sentiment=None, score=None, tagged_at=None, engine=None),
    ]
    services.open_needed(session, [one.id for one in [*wanted, *unwanted]] + [10**9])
    assert set(session.scalars(select(Ticket.feedback_id))) == {one.id for one in wanted}


def test_a_ticket_takes_customer_region_and_touchpoint_from_the_utterance(session: Session) -> None:
    tree = factories.region_tree(session)
    customer = factories.make_customer(session)
    about = factories.make_feedback(
        session, nps=0, region_id=tree["3301"].id, customer_id=customer.id, touchpoint_code="claim_closed"
    )
    services.open_needed(session, [about.id])
    ticket = session.scalars(select(Ticket)).one()
    assert ticket.region_id == tree["3301"].id
    assert ticket.customer_id == customer.id
    assert ticket.touchpoint_code == "claim_closed"
    assert ticket.assignee_id is None


def test_the_promise_counts_working_time_and_knows_days_the_administrator_entered(session: Session) -> None:
    # Wednesday noon in Beijing: 13:30 to 18:00 are four and a half hours, the next day brings three more.
    first = factories.make_feedback(session, nps=0)
    services.open_needed(session, [first.id])
    session.add(CalendarDay(day=date(2026, 6, 11), worked=False))
    session.flush()
    second = factories.make_feedback(session, nps=0)
    services.open_needed(session, [second.id])
    due = session.execute(select(Ticket.due_at, Ticket.due_exact).order_by(Ticket.id)).all()
    assert due == [
        (datetime(2026, 6, 11, 4, 0, tzinfo=UTC), True),
        (datetime(2026, 6, 12, 4, 0, tzinfo=UTC), True),
    ]


def test_a_provisional_promise_is_settled_when_the_days_are_known(
    session: Session, clock_at: FixedClock
) -> None:
    clock_at.instant = datetime(2031, 3, 5, 1, 0, tzinfo=UTC)
    about = factories.make_feedback(session, nps=0)
    services.open_needed(session, [about.id])
    ticket = session.scalars(select(Ticket)).one()
    assert not ticket.due_exact
    assert services.settle_promises(session) == 0
    for day in (5, 6, 7):
        session.add(CalendarDay(day=date(2031, 3, day), worked=day != 5))
    session.flush()
    clock_at.advance(hours=3)
    assert services.settle_promises(session) == 1
    session.refresh(ticket)
    # Counted from the opening, not from now; the fifth turned out to be a day off.
    assert (ticket.due_at, ticket.due_exact) == (datetime(2031, 3, 6, 10, 0, tzinfo=UTC), True)
    assert kinds(session, ticket.id) == [Happening.OPENED, Happening.PROMISED]
    assert services.settle_promises(session) == 0


def test_the_nightly_job_settles_in_its_own_transaction(session: Session, clock_at: FixedClock) -> None:
    clock_at.instant = datetime(2031, 3, 5, 1, 0, tzinfo=UTC)
    factories.make_ticket(session)
    session.add_all(CalendarDay(day=date(2031, 3, day), worked=True) for day in range(1, 20))
    session.flush()
    jobs.settle_promises()
    session.expire_all()
    assert session.scalars(select(Ticket.due_exact)).all() == [True]


def test_two_workers_open_one_ticket(fresh_database: str) -> None:
    with db.transaction() as session:
        ids = [factories.make_feedback(session, nps=1).id for _ in range(20)]
    together = Barrier(4)

    def work() -> None:
        together.wait()
        for part in (ids[:10], ids[5:], ids[::-1]):
            with db.transaction() as session:
                services.open_needed(session, part)

    run_all([work] * 4)
    with db.reading() as session:
        assert count(session) == 20
        opened = select(func.count()).select_from(TicketEvent).where(TicketEvent.kind == Happening.OPENED)
        assert session.scalars(opened).one() == 20


# Taking and assigning


def test_of_many_who_take_at_once_one_has_it_and_the_others_are_told(fresh_database: str) -> None:
    with db.transaction() as session:
        ticket = factories.make_ticket(session)
        people = [someone(session) for _ in range(6)]
    together = Barrier(6)

    def taking(person: Viewer) -> Callable[[], None]:
        def work() -> None:
            with db.transaction() as session:
                looked_at = queries.ticket(session, ticket.id, person)
                together.wait(timeout=20)
                services.take(session, Asked(looked_at.id, person))

        return work

    refused = run_all([taking(person) for person in people])
    assert len(refused) == 5
    assert all(isinstance(one, ConflictError) for one in refused)
    with db.reading() as session:
        now = session.get_one(Ticket, ticket.id)
        assert (now.state, now.version) == (State.ASSIGNED, 2)
        assert kinds(session, ticket.id) == [Happening.TAKEN]
        assert now.assignee_id in {person.staff_id for person in people}


def test_a_key_takes_nothing_but_may_assign(session: Session) -> None:
    ticket, key = factories.make_ticket(session), key_of(session)
    person = factories.make_staff(session)
    with pytest.raises(DomainError, match="接口密钥"):
        services.take(session, Asked(ticket.id, key))
    services.assign(session, Asked(ticket.id, key), staff_id=person.id)
    assert ticket.assignee_id == person.id
    line = session.scalars(select(TicketEvent)).one()
    assert (line.staff_id, line.detail["by"]) == (None, "key:hotline")


def test_a_ticket_goes_only_to_who_is_there_sees_it_and_may_work_it(session: Session) -> None:
    tree = factories.region_tree(session)
    ticket = factories.make_ticket(session, region_id=tree["3301"].id)
    manager = someone(session, Role.CX_MANAGER)
    unable = [
        factories.make_staff(session, region_id=tree["3301"].id, active=False),
        factories.make_staff(session, region_id=tree["3201"].id),
        factories.make_staff(session, region_id=tree["3301"].id, role=Role.ANALYST),
    ]
    for person in unable:
        with pytest.raises(InvalidInputError) as refused:
            services.assign(session, Asked(ticket.id, manager), staff_id=person.id)
        assert "staff" in refused.value.fields
    assert ticket.state == State.NEW


def test_only_who_may_assign_assigns(session: Session) -> None:
    ticket, agent = factories.make_ticket(session), someone(session)
    with pytest.raises(DomainError, match="主管"):
        services.assign(session, Asked(ticket.id, agent), staff_id=agent.staff_id or 0)


def test_the_nearest_agent_with_the_fewest_open_tickets_is_proposed_first(session: Session) -> None:
    tree = factories.region_tree(session)
    city, province = tree["3301"], tree["33"]
    busy = factories.make_staff(session, name="甲", region_id=city.id)
    idle = factories.make_staff(session, name="乙", region_id=city.id)
    above = factories.make_staff(session, name="丙", region_id=province.id)
    manager = factories.make_staff(session, name="丁", region_id=city.id, role=Role.CX_MANAGER)
    factories.make_staff(session, name="戊", region_id=tree["3302"].id)
    factories.make_ticket(session, region_id=city.id, assignee_id=busy.id, state=State.ASSIGNED)
    found = queries.candidates(session, city.path)
    assert [(one.staff.id, one.load) for one in found] == [
        (idle.id, 0), (busy.id, 1), (above.id, 0), (manager.id, 0)
    ]  # fmt: skip


def test_who_takes_over_a_contacted_ticket_need_not_contact_again(session: Session) -> None:
    owner = someone(session)
    ticket = in_state(session, State.CONTACTED, owner)
    other = factories.make_staff(session)
    services.assign(session, Asked(ticket.id, someone(session, Role.CX_MANAGER)), staff_id=other.id)
    assert (ticket.state, ticket.assignee_id) == (State.CONTACTED, other.id)


# Working


def test_only_a_call_that_reached_somebody_is_the_first_contact(
    session: Session, clock_at: FixedClock
) -> None:
    owner = someone(session)
    ticket = in_state(session, State.ASSIGNED, owner)
    asked = Asked(ticket.id, owner)
    for outcome in (Contact.NO_ANSWER, Contact.BUSY, Contact.WRONG_NUMBER, Contact.CALL_LATER):
        services.call(session, asked, outcome=outcome)
    assert (ticket.state, ticket.first_contact_at) == (State.ASSIGNED, None)
    services.call(session, asked, outcome=Contact.REACHED)
    first = clock_at.now()
    clock_at.advance(minutes=10)
    services.call(session, asked, outcome=Contact.REACHED)
    assert (ticket.state, ticket.first_contact_at) == (State.CONTACTED, first)
    assert kinds(session, ticket.id).count(Happening.CALLED) == 6


@pytest.mark.parametrize(
    ("how", "reached"), [(Told.PHONE, True), (Told.IN_PERSON, True), (Told.SMS, False), (Told.LETTER, False)]
)
def test_who_was_told_the_outcome_in_person_was_reached_then(
    session: Session, clock_at: FixedClock, how: Told, reached: bool
) -> None:
    owner = someone(session)
    ticket = in_state(session, State.ASSIGNED, owner)
    told_at = clock_at.now()
    clock_at.advance(minutes=30)
    resolved(session, Asked(ticket.id, owner), told_how=how, told_at=told_at)
    assert ticket.first_contact_at == (told_at if reached else None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"root_cause": ""}, "root_cause"),
        ({"root_cause": "made_up"}, "root_cause"),
        ({"resolution": " "}, "resolution"),
        ({"told_at": datetime(2026, 6, 10, 4, 1, tzinfo=UTC)}, "told_at"),
        ({"told_at": datetime(2026, 6, 10, 3, 59, tzinfo=UTC)}, "told_at"),
    ],
)
def test_nothing_is_resolved_without_cause_result_and_the_customer_told(
    session: Session, changes: dict[str, Any], field: str
) -> None:
    owner = someone(session)
    ticket = in_state(session, State.CONTACTED, owner)
    with pytest.raises(InvalidInputError) as refused:
        resolved(session, Asked(ticket.id, owner), **changes)
    assert list(refused.value.fields) == [field]
    assert ticket.state == State.CONTACTED


def test_a_cause_that_was_switched_off_cannot_be_named(session: Session) -> None:
    owner = someone(session)
    ticket = in_state(session, State.CONTACTED, owner)
    for cause in queries.root_causes(session):
        cause.active = cause.code != "slow_process"
    session.flush()
    with pytest.raises(InvalidInputError):
        resolved(session, Asked(ticket.id, owner))


@pytest.mark.parametrize(
    "values",
    [
        {"state": "resolved"},
        {"state": "closed"},
        {"state": "assigned"},
        {"state": "lost"},
        {"priority": "whenever"},
        {"trigger": "mood"},
        {"told_how": "telepathy"},
        {"closed_at": datetime(2026, 6, 10, 4, 0, tzinfo=UTC)},
        {"resolved_at": datetime(2026, 6, 10, 4, 0, tzinfo=UTC)},
        {"due_at": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
)
def test_the_database_itself_refuses_a_ticket_that_cannot_be(
    session: Session, values: dict[str, Any]
) -> None:
    ticket = factories.make_ticket(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(Ticket).where(Ticket.id == ticket.id).values(**values))


def test_history_cannot_be_changed(session: Session) -> None:
    ticket = in_state(session, State.ASSIGNED, someone(session))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(TicketEvent).where(TicketEvent.ticket_id == ticket.id).values(note="x"))


def test_reopening_makes_a_new_promise_and_asks_for_a_new_result(
    session: Session, clock_at: FixedClock
) -> None:
    owner = someone(session)
    ticket = in_state(session, State.CLOSED, owner)
    clock_at.advance(days=7)
    services.reopen(session, Asked(ticket.id, someone(session)), why="客户说没有收到赔款")
    assert (ticket.state, ticket.reopened, ticket.assignee_id) == (State.ASSIGNED, 1, owner.staff_id)
    assert ticket.due_at > clock_at.now()
    assert (ticket.resolved_at, ticket.closed_at, ticket.resolution, ticket.told_at) == (None,) * 4
    with pytest.raises(InvalidInputError) as refused:
        resolved(session, Asked(ticket.id, owner), told_at=clock_at.now() - timedelta(days=1))
    assert "told_at" in refused.value.fields
    resolved(session, Asked(ticket.id, owner))
    assert ticket.state == State.RESOLVED


def test_a_reopened_ticket_of_somebody_who_left_goes_to_who_reopens_it(session: Session) -> None:
    owner = someone(session)
    ticket = in_state(session, State.CLOSED, owner)
    session.get_one(Staff, owner.staff_id).active = False
    session.flush()
    other = someone(session)
    services.reopen(session, Asked(ticket.id, other), why="客户来电")
    assert ticket.assignee_id == other.staff_id
