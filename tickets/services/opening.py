"""How a ticket begins, and how its promised time becomes certain."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core import audit, clock
from core.errors import DomainError
from core.sentences import N_
from feedback.models import Feedback
from grid.rules import Viewer
from tickets import queries, rules
from tickets.models import Ticket, TicketEvent
from tickets.rules import Happening, Heard, Priority, Promises, Reason, Trigger


def open_needed(session: Session, feedback_ids: Sequence[int]) -> list[int]:
    """Open a ticket for each of these utterances that a rule says must be answered; return the tickets' ids.

    An utterance that has a ticket keeps the one it has, words of the past open none. The ticket belongs to
    the utterance's region and waits there for somebody to take it. The promise begins when the ticket is
    opened: that is when the house could first know.
    """
    rows = session.execute(
        select(
            Feedback.id,
            Feedback.nps,
            Feedback.csat,
            Feedback.ces,
            Feedback.sentiment,
            Feedback.risks,
            Feedback.call_back,
            Feedback.customer_id,
            Feedback.region_id,
            Feedback.touchpoint_code,
            Feedback.occurred_at,
            Feedback.told_by_the_hour,
        )
        .where(
            Feedback.id.in_(feedback_ids),
            Feedback.tagged_at.is_not(None),
            ~Feedback.history,
            ~exists().where(Ticket.feedback_id == Feedback.id),
        )
        .order_by(Feedback.id)
    ).all()
    needed = [
        (row, why)
        for row in rows
        if (
            why := rules.reason(
                Heard(row.nps, row.csat, row.ces, row.sentiment, row.risks, call_back=row.call_back)
            )
        )
        is not None
    ]
    if not needed:
        return []
    promises = queries.promises(session)
    now = clock.now()
    # The minute of a ticket would be the minute of an anonymous answer.
    opened = [row.occurred_at if row.told_by_the_hour else now for row, _why in needed]
    tickets = [_values(row, why, promises, at) for (row, why), at in zip(needed, opened, strict=True)]
    return _open(session, tickets)


def open_by_hand(session: Session, *, feedback_id: int, priority: Priority, why: str, by: Viewer) -> int:
    """Open a ticket for an utterance that no rule caught; return its id.

    Raises DomainError if the utterance has one already.
    """
    about = queries.feedback(session, feedback_id, by)
    values = _values(about, Reason(Trigger.MANUAL, priority), queries.promises(session), clock.now())
    opened = _open(session, [values], why=why, staff_id=by.staff_id)
    if not opened:
        raise DomainError(N_("这条原声已经有工单了"))
    _record(session, by, opened[0], {"feedback": feedback_id, "priority": priority.value})
    return opened[0]


def open_again(
    session: Session, *, feedback_id: int, suspect_id: int, why: Reason, risks: Collection[str]
) -> bool:
    """Open a ticket for an utterance whose customer answered again, otherwise; return whether it was opened.

    It is not if there is one already. The first line of its history names the answer.
    """
    about = session.get_one(Feedback, feedback_id)
    values = _values(about, why, queries.promises(session), clock.now()) | {"said_again_at": clock.now()}
    return bool(_open(session, [values], again={"suspect": suspect_id, "risks": sorted(risks)}))


def settle_promises(session: Session, *, limit: int = 1000) -> int:
    """Compute provisional promises again that the calendar now makes certain; return how many there were.

    The days off of a year are published the November before; until then a promise that reaches into it is
    shown as provisional (暂定).
    """
    waiting = queries.provisional(session, limit)
    made = queries.promised_at(session, [one.id for one in waiting], raised=True)
    promises = queries.promises(session)
    settled = 0
    for one in waiting:
        due = promises.due(Priority(one.priority), made[one.id])
        if not due.exact:
            continue
        session.add(
            TicketEvent(
                ticket_id=one.id,
                at=clock.now(),
                kind=Happening.PROMISED,
                detail={"due_at": due.at.isoformat(), "before": one.due_at.isoformat()},
            )
        )
        one.due_at, one.due_exact = due.at, True
        settled += 1
    session.flush()  # whoever reads next must see the certain times
    return settled


def _values(about: Any, why: Reason, promises: Promises, opened_at: datetime) -> dict[str, Any]:  # noqa: ANN401 - a row or an object
    due = promises.due(why.priority, opened_at)
    return {
        "feedback_id": about.id,
        "trigger": why.trigger,
        "customer_id": about.customer_id,
        "region_id": about.region_id,
        "touchpoint_code": about.touchpoint_code,
        "priority": why.priority,
        "opened_at": opened_at,
        "due_at": due.at,
        "due_exact": due.exact,
    }


def _open(
    session: Session,
    tickets: Sequence[dict[str, Any]],
    *,
    why: str = "",
    staff_id: int | None = None,
    again: Mapping[str, Any] | None = None,
) -> list[int]:
    # The unique utterance decides between two workers that open at once; the loser's row does not come back.
    opened = session.execute(
        upsert(Ticket)
        .on_conflict_do_nothing(index_elements=["feedback_id"])
        .returning(Ticket.id, Ticket.trigger, Ticket.priority, Ticket.opened_at, Ticket.due_at),
        list(tickets),
    ).all()
    if opened:
        session.execute(
            insert(TicketEvent),
            [
                {
                    "ticket_id": one.id,
                    "at": one.opened_at,
                    "kind": Happening.OPENED,
                    "staff_id": staff_id,
                    "note": why,
                    "detail": {
                        "trigger": one.trigger,
                        "priority": one.priority,
                        "due_at": one.due_at.isoformat(),
                        **(again or {}),
                    },
                    "submission": rules.submission_of(again["suspect"]) if again else None,
                }
                for one in opened
            ],
        )
    return [one.id for one in opened]


def _record(session: Session, by: Viewer, ticket_id: int, detail: dict[str, Any]) -> None:
    audit.record(
        session,
        actor=by.signature,
        action="ticket.open",
        object_type="ticket",
        object_id=ticket_id,
        detail=detail,
    )
