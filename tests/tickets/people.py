"""Who works tickets in these tests, and how a ticket gets to a state."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from grid.models import Region, Staff
from grid.rules import PERMISSIONS, Role, Scope, Viewer
from tickets import services
from tickets.models import Ticket, TicketEvent
from tickets.rules import Contact, State, Told
from tickets.services import Asked


def seen_by(session: Session, person: Staff) -> Viewer:
    region = session.get_one(Region, person.region_id)
    return Viewer(
        name=person.name,
        region_id=region.id,
        region_path=region.path,
        region_name=region.name,
        permissions=PERMISSIONS[person.role],
        staff_id=person.id,
        role=person.role,
    )


def key_of(session: Session) -> Viewer:
    root = session.scalars(select(Region).where(Region.parent_id.is_(None))).one()
    scopes = frozenset({Scope.TICKETS_READ, Scope.TICKETS_WRITE})
    return Viewer("hotline", root.id, root.path, root.name, scopes=scopes)


def someone(session: Session, role: Role = Role.AGENT, region: Region | None = None) -> Viewer:
    return seen_by(session, factories.make_staff(session, role=role, region_id=region.id if region else None))


def kinds(session: Session, ticket_id: int) -> list[str]:
    query = select(TicketEvent.kind).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.id)
    return list(session.scalars(query))


def count(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(Ticket)).one()


def resolved(session: Session, asked: Asked, **changes: object) -> None:
    values: dict[str, Any] = {
        "root_cause": "slow_process",
        "resolution": "已赔付",
        "told_how": Told.PHONE,
        "told_at": clock.now(),
    }
    services.resolve(session, asked, **(values | changes))


def in_state(session: Session, state: State, owner: Viewer) -> Ticket:
    """Bring a ticket to a state by the services themselves."""
    ticket = factories.make_ticket(session)
    asked = Asked(ticket.id, owner)
    steps: list[tuple[State, Callable[[], None]]] = [
        (State.ASSIGNED, lambda: services.take(session, asked)),
        (State.CONTACTED, lambda: services.call(session, asked, outcome=Contact.REACHED)),
        (State.RESOLVED, lambda: resolved(session, asked)),
        (State.CLOSED, lambda: services.close(session, asked)),
    ]
    for reached, step in steps:
        if ticket.state == state:
            break
        step()
        assert ticket.state == reached
    return ticket


def run_all(works: list[Callable[[], None]]) -> list[Exception]:
    failed: list[Exception] = []

    def guarded(work: Callable[[], None]) -> None:
        # A thread begins with an empty context; the clock of the test belongs to its own.
        with clock.use(clock.FixedClock(datetime(2026, 6, 10, 4, 0, tzinfo=UTC))):
            try:
                work()
            except Exception as error:  # noqa: BLE001 - the caller looks at it
                failed.append(error)

    threads = [Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return failed
