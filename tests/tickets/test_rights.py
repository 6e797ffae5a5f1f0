"""Who may do what to a ticket, what is audited, and what the figures count."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import db
from core.clock import FixedClock
from core.errors import DomainError, NotFoundError
from core.models import AuditEntry
from grid import services as grid
from grid.models import Staff
from grid.rules import PERMISSIONS, Permission, Role
from tests.tickets.people import in_state, key_of, kinds, resolved, seen_by, someone
from tickets import queries, rules, services
from tickets.rules import Action, Contact, Happening, State, Told
from tickets.services import Asked, ConflictError

pytestmark = pytest.mark.usefixtures("clock_at")


def attempts(session: Session, asked: Asked, target: Staff) -> dict[Action, Callable[[], None]]:
    return {
        Action.TAKE: lambda: services.take(session, asked),
        Action.ASSIGN: lambda: services.assign(session, asked, staff_id=target.id),
        Action.NOTE: lambda: services.note(session, asked, text="备注"),
        Action.CALL: lambda: services.call(session, asked, outcome=Contact.REACHED),
        Action.RESOLVE: lambda: resolved(session, asked),
        Action.CLOSE: lambda: services.close(session, asked),
        Action.REOPEN: lambda: services.reopen(session, asked, why="原因"),
    }


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("who", ["owner", "colleague", "manager"])
def test_what_the_page_offers_is_exactly_what_the_services_do(
    session: Session, state: State, who: str
) -> None:
    owner = someone(session)
    ticket = in_state(session, state, owner)
    by = {"owner": owner, "colleague": someone(session), "manager": someone(session, Role.CX_MANAGER)}[who]
    offered = rules.offered(
        state,
        works=True,
        mine=ticket.assignee_id == by.staff_id,
        directs=by.may(Permission.TICKET_ASSIGN),
    )
    done = set()
    for action, attempt in attempts(session, Asked(ticket.id, by), factories.make_staff(session)).items():
        with session.begin_nested() as savepoint:
            try:
                attempt()
            except DomainError:
                savepoint.rollback()
                continue
            done.add(action)
            savepoint.rollback()
    assert done == offered


@pytest.mark.parametrize("action", Action)
def test_a_ticket_out_of_sight_is_not_there_for_any_action(session: Session, action: Action) -> None:
    tree = factories.region_tree(session)
    ticket = factories.make_ticket(session, region_id=tree["3301"].id)
    stranger = someone(session, Role.CX_MANAGER, tree["32"])
    with pytest.raises(NotFoundError):
        attempts(session, Asked(ticket.id, stranger), factories.make_staff(session))[action]()


def test_a_change_of_an_older_version_is_refused(session: Session) -> None:
    owner = someone(session)
    ticket = in_state(session, State.CONTACTED, owner)
    with pytest.raises(ConflictError):
        resolved(session, Asked(ticket.id, owner, version=1))


def test_a_change_that_somebody_else_overtakes_is_refused(fresh_database: str) -> None:
    with db.transaction() as session:
        owner, manager = someone(session), someone(session, Role.CX_MANAGER)
        ticket = in_state(session, State.ASSIGNED, owner)
        other = factories.make_staff(session)

    def slowly() -> None:
        with db.transaction() as slow:
            looked_at = queries.ticket(slow, ticket.id, owner)
            with db.transaction() as quick:
                services.assign(quick, Asked(looked_at.id, manager), staff_id=other.id)
            services.call(slow, Asked(looked_at.id, owner), outcome=Contact.REACHED)

    with pytest.raises(ConflictError):
        slowly()
    with db.reading() as session:
        assert kinds(session, ticket.id) == [Happening.TAKEN, Happening.ASSIGNED]


def test_a_resolution_that_somebody_else_overtakes_is_refused_and_leaves_the_utterance_waiting(
    fresh_database: str,
) -> None:
    with db.transaction() as session:
        owner, manager = someone(session), someone(session, Role.CX_MANAGER)
        ticket = in_state(session, State.ASSIGNED, owner)
        other = factories.make_staff(session)

    def slowly() -> None:
        with db.transaction() as slow:
            looked_at = queries.ticket(slow, ticket.id, owner)
            with db.transaction() as quick:
                services.assign(quick, Asked(looked_at.id, manager), staff_id=other.id)
            resolved(slow, Asked(looked_at.id, owner))

    with pytest.raises(ConflictError):
        slowly()
    with db.reading() as session:
        assert kinds(session, ticket.id) == [Happening.TAKEN, Happening.ASSIGNED]
        assert queries.ticket(session, ticket.id, owner).feedback.handled_at is None


@pytest.mark.parametrize("state", [State.ASSIGNED, State.CONTACTED])
def test_one_submission_acts_once(session: Session, state: State) -> None:
    owner = someone(session)
    ticket = in_state(session, state, owner)
    asked = Asked(ticket.id, owner, version=ticket.version, submission="the-same-form")
    before = len(kinds(session, ticket.id))
    resolved(session, asked)
    resolved(session, asked)
    assert len(kinds(session, ticket.id)) == before + 1


def test_what_changes_a_ticket_stands_in_the_audit_log(session: Session) -> None:
    owner = someone(session)
    ticket = in_state(session, State.CLOSED, owner)
    services.reopen(session, Asked(ticket.id, owner), why="x")
    query = select(AuditEntry.action).where(AuditEntry.object_type == "ticket").order_by(AuditEntry.id)
    assert session.scalars(query).all() == [
        "ticket.take", "ticket.call", "ticket.resolve", "ticket.close", "ticket.reopen"
    ]  # fmt: skip


def test_revealing_needs_the_right_and_a_customer(session: Session) -> None:
    customer = factories.make_customer(session)
    about = factories.make_feedback(session, customer_id=customer.id)
    ticket, bare = factories.make_ticket(session, feedback=about), factories.make_ticket(session)
    agent, key = someone(session), key_of(session)
    assert services.reveal(session, Asked(ticket.id, agent)).customer == customer
    with pytest.raises(NotFoundError):
        services.reveal(session, Asked(bare.id, agent))
    with pytest.raises(NotFoundError):
        services.reveal(session, Asked(ticket.id, key))


# Figures


def test_the_figures_count_what_is_open_and_judge_what_fell_due(
    session: Session, clock_at: FixedClock
) -> None:
    now = clock_at.now()
    opened: dict[str, Any] = {"opened_at": now - timedelta(days=60)}
    me = someone(session)
    done: dict[str, Any] = {
        "state": State.RESOLVED, "assignee_id": me.staff_id, "root_cause_code": "other", "resolution": "x",
        "told_at": now, "told_how": Told.SMS,
    }  # fmt: skip
    day = timedelta(days=1)
    factories.make_ticket(session, due_at=now - day, **opened)  # overdue: promise broken
    factories.make_ticket(session, due_at=now + timedelta(minutes=30), **opened)  # due soon
    factories.make_ticket(
        session, due_at=now + 3 * day, state=State.ASSIGNED, assignee_id=me.staff_id, **opened
    )
    factories.make_ticket(session, due_at=now - day, resolved_at=now - 2 * day, **done, **opened)  # kept
    factories.make_ticket(session, due_at=now - 2 * day, resolved_at=now - day, **done, **opened)  # late
    factories.make_ticket(session, due_at=now - 31 * day, resolved_at=now - day, **done, **opened)  # long ago
    factories.make_ticket(session, due_at=now + day, resolved_at=now - day, **done, **opened)  # not yet due
    soon = queries.soon_until(queries.promises(session))
    assert queries.counts(session, me, soon=soon) == queries.Counts(
        open=3, mine=1, unassigned=2, overdue=1, soon=1
    )
    assert queries.attainment(session, me) == rules.Attainment(fell_due=3, kept=1)


def test_the_figures_know_regions(session: Session) -> None:
    tree = factories.region_tree(session)
    factories.make_ticket(session, region_id=tree["3301"].id)
    here, there = someone(session, region=tree["33"]), someone(session, region=tree["32"])
    soon = queries.soon_until(queries.promises(session))
    assert queries.counts(session, here, soon=soon).open == 1
    assert queries.counts(session, there, soon=soon).open == 0


def test_a_login_sees_what_the_viewer_of_these_tests_sees(session: Session) -> None:
    person = factories.make_staff(session)
    real = grid.viewer_of(person)
    assert (real.region_path, real.permissions) == (
        seen_by(session, person).region_path, PERMISSIONS[person.role]
    )  # fmt: skip
