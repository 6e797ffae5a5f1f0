"""A customer who answered again by the same link: whoever has the ticket hears of it, and it is worked once more."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock
from tickets import queries, rules
from tickets.models import Ticket, TicketEvent
from tickets.rules import OPEN, Happening, Heard, Priority, Reason, State
from tickets.services.opening import open_again, open_needed
from tickets.services.working import renew


def come_back(session: Session, *, feedback_id: int, suspect_id: int, heard: Heard) -> None:
    """Bring another answer of somebody who had answered to the ticket of their utterance, once for each answer.

    A ticket in work gets a line, a mark that lasts until somebody has dealt with it, and a nearer promise if the
    answer is graver than the ticket. A finished one is opened again where a rule says that the answer must be
    answered, and gets a line where none does. Where there is no ticket, one is opened if a rule says so.
    """
    # The answer that counts may wait for its ticket still, and its reason stands on it first.
    open_needed(session, [feedback_id])
    why = rules.reason(heard)
    ticket = _held(session, feedback_id)
    if ticket is None:
        if why is None or open_again(
            session, feedback_id=feedback_id, suspect_id=suspect_id, why=why, risks=heard.risks
        ):
            return
        ticket = _held(session, feedback_id)  # somebody opened it at the same time, for another reason
    if ticket is None or not _noted(session, ticket, suspect_id, why, heard):
        return
    if ticket.state in OPEN:
        ticket.said_again_at = clock.now()
        if why is not None and rules.graver(why.priority, Priority(ticket.priority)):
            _hurry(session, ticket, why, suspect_id)
    elif why is not None:
        _work_again(session, ticket, why, suspect_id)
    session.flush()  # the version tells whoever has the page open that it is no more what they see


def _held(session: Session, feedback_id: int) -> Ticket | None:
    """Return the ticket of an utterance and keep everybody else from changing it meanwhile."""
    return session.scalar(
        select(Ticket)
        .where(Ticket.feedback_id == feedback_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _noted(session: Session, ticket: Ticket, suspect_id: int, why: Reason | None, heard: Heard) -> bool:
    """Write the line; return whether it is new. Its key decides what happens once and no more."""
    detail: dict[str, Any] = {"suspect": suspect_id, "risks": sorted(heard.risks)}
    if why is not None:
        detail |= {"trigger": why.trigger.value}
    written = session.execute(
        insert(TicketEvent)
        .values(
            ticket_id=ticket.id,
            at=clock.now(),
            kind=Happening.SAID_AGAIN,
            note="",
            detail=detail,
            submission=rules.submission_of(suspect_id),
        )
        .on_conflict_do_nothing(index_elements=["ticket_id", "submission"])
        .returning(TicketEvent.id)
    ).scalar()
    return written is not None


def _hurry(session: Session, ticket: Ticket, why: Reason, suspect_id: int) -> None:
    due = queries.promises(session).due(why.priority, clock.now())
    ticket.priority, ticket.trigger = why.priority, why.trigger
    if due.at < ticket.due_at:
        ticket.due_at, ticket.due_exact = due.at, due.exact
    _add(
        session,
        ticket,
        Happening.RAISED,
        {"suspect": suspect_id, "priority": why.priority.value, "due_at": ticket.due_at.isoformat()},
    )


def _work_again(session: Session, ticket: Ticket, why: Reason, suspect_id: int) -> None:
    able = {one.staff.id for one in queries.candidates(session, ticket.region.path)}
    if rules.graver(why.priority, Priority(ticket.priority)):
        ticket.priority, ticket.trigger = why.priority, why.trigger
    renew(session, ticket)
    # Back to who knows the case; if they left, to the queue of the region, as every new ticket.
    ticket.assignee_id = ticket.assignee_id if ticket.assignee_id in able else None
    ticket.state = State.ASSIGNED if ticket.assignee_id is not None else State.NEW
    ticket.said_again_at = clock.now()
    detail = {"times": ticket.reopened, "due_at": ticket.due_at.isoformat(), "suspect": suspect_id}
    _add(session, ticket, Happening.REOPENED, detail)


def _add(session: Session, ticket: Ticket, kind: Happening, detail: dict[str, Any]) -> None:
    session.add(TicketEvent(ticket_id=ticket.id, at=clock.now(), kind=kind, detail=detail))
