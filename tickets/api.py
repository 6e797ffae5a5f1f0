"""``/api/v1/tickets``: the same tickets and actions for other systems.

Actions take an ``Idempotency-Key`` header: the same key on the same ticket acts once, so a call whose answer
was lost may be sent again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, db, shapes
from core.errors import InvalidInputError
from grid import access
from grid import queries as grid
from grid.rules import Scope
from tickets import queries, services
from tickets.forms import (
    ActionShape,
    AssignShape,
    CallShape,
    CloseShape,
    ListShape,
    NoteShape,
    ReopenShape,
    ResolveShape,
)
from tickets.models import Ticket, TicketEvent
from tickets.queries import Hurry, Wanted
from tickets.rules import OPEN
from tickets.services import Asked

bp = Blueprint("tickets_api", __name__, url_prefix="/api/v1")


@bp.get("/tickets")
@access.needs_scope(Scope.TICKETS_READ)
def tickets() -> ResponseReturnValue:
    """Return tickets of the key's regions, oldest first."""
    asked = shapes.parse(ListShape, request.args.to_dict())
    viewer = access.viewer()
    with db.reading() as session:
        wanted = Wanted(
            state=str(asked.state),
            hurry=Hurry(asked.due) if asked.due else None,
            priority=asked.priority,
            trigger=asked.trigger,
            touchpoint=asked.touchpoint,
            region_ids=_subtree(session, asked.region),
            feedback_id=asked.feedback_id,
        )
        soon = queries.soon_until(queries.promises(session)) if asked.due else clock.now()
        found = queries.listed(session, viewer, wanted, after=asked.after, soon=soon, limit=asked.limit + 1)
        page = found[: asked.limit]
        return jsonify(
            items=[_item(one) for one in page],
            next=str(page[-1].id) if len(found) > asked.limit else None,
        )


@bp.get("/tickets/<int:ticket_id>")
@access.needs_scope(Scope.TICKETS_READ)
def ticket(ticket_id: int) -> ResponseReturnValue:
    """Return one ticket with its history."""
    with db.reading() as session:
        return jsonify(_whole(queries.ticket(session, ticket_id, access.viewer())))


@bp.post("/tickets/<int:ticket_id>/notes")
@access.needs_scope(Scope.TICKETS_WRITE)
def note(ticket_id: int) -> ResponseReturnValue:
    """Add a note."""
    body = shapes.parse(NoteShape, request.get_json())
    return _act(ticket_id, body, lambda session, asked: services.note(session, asked, text=body.text))


@bp.post("/tickets/<int:ticket_id>/calls")
@access.needs_scope(Scope.TICKETS_WRITE)
def call(ticket_id: int) -> ResponseReturnValue:
    """Note an attempt to call the customer."""
    body = shapes.parse(CallShape, request.get_json())
    return _act(
        ticket_id,
        body,
        lambda session, asked: services.call(
            session, asked, outcome=body.outcome, text=body.text, call_at=body.call_at
        ),
    )


@bp.post("/tickets/<int:ticket_id>/assign")
@access.needs_scope(Scope.TICKETS_WRITE)
def assign(ticket_id: int) -> ResponseReturnValue:
    """Give the ticket to a member of staff."""
    body = shapes.parse(AssignShape, request.get_json())

    def act(session: Session, asked: Asked) -> None:
        ticket = queries.ticket(session, ticket_id, asked.by)
        able = queries.candidates(session, ticket.region.path)
        staff_id = next((one.staff.id for one in able if one.staff.login == body.login.lower()), None)
        if staff_id is None:
            raise InvalidInputError("不能分派给此人", {"login": ["没有可处理该工单的这位人员"]})
        services.assign(session, asked, staff_id=staff_id)

    return _act(ticket_id, body, act)


@bp.post("/tickets/<int:ticket_id>/resolve")
@access.needs_scope(Scope.TICKETS_WRITE)
def resolve(ticket_id: int) -> ResponseReturnValue:
    """Say what the cause was, what was done, and how and when the customer was told."""
    body = shapes.parse(ResolveShape, request.get_json())
    return _act(
        ticket_id,
        body,
        lambda session, asked: services.resolve(
            session,
            asked,
            root_cause=body.root_cause,
            resolution=body.resolution,
            told_how=body.told_how,
            told_at=body.told_at,
        ),
    )


@bp.post("/tickets/<int:ticket_id>/close")
@access.needs_scope(Scope.TICKETS_WRITE)
def close(ticket_id: int) -> ResponseReturnValue:
    """End a resolved ticket."""
    body = shapes.parse(CloseShape, request.get_json())
    return _act(ticket_id, body, lambda session, asked: services.close(session, asked, text=body.text))


@bp.post("/tickets/<int:ticket_id>/reopen")
@access.needs_scope(Scope.TICKETS_WRITE)
def reopen(ticket_id: int) -> ResponseReturnValue:
    """Work a finished ticket again."""
    body = shapes.parse(ReopenShape, request.get_json())
    return _act(ticket_id, body, lambda session, asked: services.reopen(session, asked, why=body.why))


def _act(ticket_id: int, body: ActionShape, action: Callable[[Session, Asked], None]) -> ResponseReturnValue:
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > 50 or not key.isprintable():
        raise InvalidInputError("请求内容有误", {"Idempotency-Key": ["at most 50 printable characters"]})
    viewer = access.viewer()
    # The prefix keeps the keys of other systems apart from the tokens of our own forms.
    submission = f"key:{key}" if key else None
    with db.transaction() as session:
        action(session, Asked(ticket_id, viewer, version=body.version, submission=submission))
    with db.reading() as session:
        return jsonify(_whole(queries.ticket(session, ticket_id, viewer)))


def _subtree(session: Session, code: str | None) -> list[int] | None:
    if code is None:
        return None
    region = grid.region_by_code(session, code)
    ids = grid.subtree_ids(session, region.id, access.viewer()) if region else []
    if not ids:
        raise InvalidInputError("请求内容有误", {"region": [f"没有编码为 {code} 的机构"]})
    return ids


def _item(ticket: Ticket) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "version": ticket.version,
        "state": ticket.state,
        "priority": ticket.priority,
        "trigger": ticket.trigger,
        "feedback_id": ticket.feedback_id,
        # Masked for everybody here: whole words leave through the feedback routes, by right.
        "words": ticket.feedback.masked_words,
        "nps": ticket.feedback.nps,
        "csat": ticket.feedback.csat,
        "ces": ticket.feedback.ces,
        "risks": ticket.feedback.risks,
        "customer": ticket.customer.external_id if ticket.customer else None,
        "region": ticket.region.code,
        "touchpoint": ticket.touchpoint_code,
        "assignee": ticket.assignee.login if ticket.assignee else None,
        "opened_at": ticket.opened_at.isoformat(),
        "due_at": ticket.due_at.isoformat(),
        "due_exact": ticket.due_exact,
        "overdue": ticket.state in OPEN and ticket.due_at < clock.now(),
        "first_contact_at": _iso(ticket.first_contact_at),
        "resolved_at": _iso(ticket.resolved_at),
        "closed_at": _iso(ticket.closed_at),
        "reopened": ticket.reopened,
        "root_cause": ticket.root_cause_code,
        "call_at": _iso(ticket.call_at),
        "said_again_at": _iso(ticket.said_again_at),
        "resolution": ticket.resolution,
        "told_how": ticket.told_how,
        "told_at": _iso(ticket.told_at),
    }


def _whole(ticket: Ticket) -> dict[str, Any]:
    return _item(ticket) | {"history": [_line(event) for event in ticket.history]}


def _line(event: TicketEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "staff": event.staff.login if event.staff else None,
        "note": event.note,
        "detail": event.detail,
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
