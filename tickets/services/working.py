"""What people do to a ticket: take, assign, note, call, resolve, close, reopen, see the customer's number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.exc import StaleDataError

from core import audit, clock
from core.errors import DomainError, InvalidInputError, NotFoundError
from core.sentences import N_, Value, said
from customers.models import Customer
from feedback import queries as feedback
from feedback.models import Feedback
from feedback.services import mark_handled
from grid.models import Staff
from grid.rules import Permission, Scope, Viewer
from surveys.queries.again import SaidAgain
from surveys.rules.retelling import Retold
from surveys.services.retelling import reveal as reveal_answers
from surveys.services.retelling import reveal_again
from tickets import queries, rules
from tickets.models import Ticket, TicketEvent
from tickets.rules import HANDLED, OPEN, Contact, Happening, Priority, State, Told


class ConflictError(DomainError):
    """Somebody else changed the ticket in the meantime; look at it again before going on."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a change of which ticket.

    ``version`` is the version of the ticket that they looked at, None if they looked at none; a change on an
    older version is refused. ``submission`` is the token of their form or call: sent twice, it acts once.
    """

    ticket_id: int
    by: Viewer
    version: int | None = None
    submission: str | None = None


def take(session: Session, asked: Asked) -> None:
    """Make a waiting ticket one's own. Of two who take at once one has it, the other gets ConflictError."""
    # Whoever comes second wants to hear who was first; what else changed does not matter for taking.
    ticket = _begin(session, replace(asked, version=None))
    if ticket is None:
        return
    if asked.by.staff_id is None:
        raise DomainError(N_("接口密钥不能认领工单，请改用分派"))
    if ticket.state != State.NEW:
        owner = ticket.assignee
        if owner is not None and owner.id == asked.by.staff_id:
            raise ConflictError(N_("这张工单已经在您名下"))
        raise ConflictError(said(N_("这张工单已由%(name)s认领，请处理其他工单"), name=_named(owner)))
    ticket.assignee_id = asked.by.staff_id
    _move(ticket, State.ASSIGNED)
    _done(session, asked, ticket, Happening.TAKEN, "ticket.take")


def assign(session: Session, asked: Asked, *, staff_id: int) -> None:
    """Give an open ticket to somebody who is active, may work tickets and sees its region."""
    ticket = _begin(session, asked)
    if ticket is None:
        return
    if not _directs(asked.by):
        raise DomainError(N_("只有主管可以分派工单"))
    if ticket.state not in OPEN:
        raise DomainError(N_("工单已办结，如需继续处理请先重新打开"))
    able = queries.candidates(session, ticket.region.path)
    person = next((one.staff for one in able if one.staff.id == staff_id), None)
    if person is None:
        raise InvalidInputError(
            N_("不能分派给此人"), {"staff": [N_("请选择能看到该机构且可处理工单的在职人员")]}
        )
    if person.id == ticket.assignee_id:
        raise InvalidInputError(N_("已由此人处理"), {"staff": [N_("工单已在此人名下")]})
    before = ticket.assignee_id
    ticket.assignee_id = person.id
    # Whoever takes over from a colleague who reached the customer need not reach them again to resolve.
    _move(ticket, State.CONTACTED if ticket.state == State.CONTACTED else State.ASSIGNED)
    detail = {"to": person.id, "name": person.name, "from": before}
    _done(session, asked, ticket, Happening.ASSIGNED, "ticket.assign", detail=detail)


def note(session: Session, asked: Asked, *, text: str) -> None:
    """Add a note for colleagues; anybody who may work tickets and sees this one may, in every state."""
    ticket = _begin(session, asked)
    if ticket is not None:
        _write(session, asked, Happening.NOTED, text, {})


def call(
    session: Session, asked: Asked, *, outcome: Contact, text: str = "", call_at: datetime | None = None
) -> None:
    """Note an attempt to call the customer; the first that reached them is the first contact.

    ``call_at`` is when they were promised the next call; whatever was promised before is done with this one.
    """
    ticket = _begin(session, asked)
    if ticket is None:
        return
    _kept_by(ticket, asked.by)
    fault = rules.call_fault(call_at, now=clock.now()) if call_at else None
    if fault:
        raise InvalidInputError(N_("回访记录有误"), {"call_at": [fault]})
    detail = {"outcome": outcome.value, **({"call_at": call_at.isoformat()} if call_at else {})}
    # The version stays: who reads the page need not look again because somebody was called in vain.
    session.execute(update(Ticket).where(Ticket.id == ticket.id).values(call_at=call_at))
    if outcome is not Contact.REACHED:
        if _write(session, asked, Happening.CALLED, text, detail):
            _audit(session, asked, "ticket.call", detail)
        return
    ticket.first_contact_at = ticket.first_contact_at or clock.now()
    _move(ticket, State.CONTACTED)
    _done(session, asked, ticket, Happening.CALLED, "ticket.call", text=text, detail=detail)


def resolve(
    session: Session, asked: Asked, *, root_cause: str, resolution: str, told_how: Told, told_at: datetime
) -> None:
    """Say what the cause was, what was done, and how and when the customer was told; none may be missing."""
    ticket = _begin(session, asked)
    if ticket is None:
        return
    _kept_by(ticket, asked.by)
    utterance = _held_utterance(session, ticket)
    wrong: dict[str, list[str]] = {}
    if root_cause not in {cause.code for cause in queries.root_causes(session)}:
        wrong["root_cause"] = [N_("请选择根本原因")]
    if not resolution.strip():
        wrong["resolution"] = [N_("请填写处理结果")]
    promised_at = queries.promised_at(session, [ticket.id])[ticket.id]
    fault = rules.told_fault(told_at, promised_at=promised_at, now=clock.now())
    if fault:
        wrong["told_at"] = [fault]
    if wrong:
        raise InvalidInputError(N_("办结信息不完整"), wrong)
    ticket.root_cause_code, ticket.resolution = root_cause, resolution.strip()
    ticket.told_how, ticket.told_at = told_how, told_at
    if told_how.spoken:
        ticket.first_contact_at = ticket.first_contact_at or told_at
    ticket.resolved_at, ticket.call_at = clock.now(), None
    _move(ticket, State.RESOLVED)
    detail = {
        "root_cause": root_cause,
        "told_how": told_how.value,
        "told_at": told_at.isoformat(),
        "in_time": ticket.resolved_at <= ticket.due_at,
    }
    _done(session, asked, ticket, Happening.RESOLVED, "ticket.resolve", text=ticket.resolution, detail=detail)
    mark_handled(session, utterance, handled=True, actor=asked.by.signature)


def close(session: Session, asked: Asked, *, text: str = "") -> None:
    """End a resolved ticket: its owner after resolving, or a manager who looked it over."""
    ticket = _begin(session, asked)
    if ticket is None:
        return
    if ticket.state == State.CLOSED:
        raise ConflictError(N_("这张工单已经结案"))
    if ticket.state != State.RESOLVED:
        raise DomainError(N_("请先办结并告知客户，再结案"))
    _mine(ticket, asked.by)
    ticket.closed_at = clock.now()
    _move(ticket, State.CLOSED)
    _done(session, asked, ticket, Happening.CLOSED, "ticket.close", text=text)


def reopen(session: Session, asked: Asked, *, why: str) -> None:
    """Work a finished ticket again, with a new promise from now on.

    It goes back to who had it; if they left, to whoever reopens it. What was resolved and told stays in the
    history, for it has to be resolved and told again.
    """
    ticket = _begin(session, asked)
    if ticket is None:
        return
    if ticket.state in OPEN:
        raise ConflictError(N_("这张工单正在处理，无需重新打开"))
    # All that has to be read is read first: a half-changed ticket must not be written on the way.
    assignee_id = _again(session, ticket, asked.by)
    utterance = _held_utterance(session, ticket)
    renew(session, ticket)
    ticket.assignee_id = assignee_id
    _move(ticket, State.ASSIGNED)
    detail = {"times": ticket.reopened, "due_at": ticket.due_at.isoformat()}
    _done(session, asked, ticket, Happening.REOPENED, "ticket.reopen", text=why, detail=detail)
    mark_handled(session, utterance, handled=False, actor=asked.by.signature)


def renew(session: Session, ticket: Ticket) -> None:
    """Promise a finished ticket anew from now on: what was resolved and told has to be once more."""
    due = queries.promises(session).due(Priority(ticket.priority), clock.now())
    ticket.resolved_at = ticket.closed_at = None
    ticket.root_cause_code = ticket.resolution = ticket.told_how = ticket.told_at = None
    ticket.due_at, ticket.due_exact = due.at, due.exact
    ticket.reopened += 1


@dataclass(frozen=True, slots=True)
class Revealed:
    """Who is to be called and what they answered, in full; somebody may have left a number and be no customer."""

    customer: Customer | None
    answers: tuple[Retold, ...]
    said_again: tuple[SaidAgain, ...] = ()


def reveal(session: Session, asked: Asked) -> Revealed:
    """Return the ticket's customer and their answers in full; each look leaves a line in the audit log.

    Raises NotFoundError for who may not look, and for a ticket with nobody to be seen.
    """
    if not asked.by.may(Permission.PERSONAL_REVEAL):
        raise NotFoundError(N_("没有找到这张工单"))
    ticket = queries.ticket(session, asked.ticket_id, asked.by)
    answers = reveal_answers(session, asked.by, ticket.feedback.response_id)
    again = reveal_again(session, asked.by, feedback.invitation_of(session, ticket.feedback))
    if ticket.customer is None:
        if not (any(one.personal for one in answers) or any(one.personal for one in again)):
            raise NotFoundError(N_("这张工单没有关联客户"))
        return Revealed(None, answers, again)
    audit.record(
        session,
        actor=asked.by.signature,
        action="customer.reveal",
        object_type="customer",
        object_id=ticket.customer.id,
        detail={"ticket": ticket.id, "fields": ["name", "mobile", "email"]},
    )
    return Revealed(ticket.customer, answers, again)


def _begin(session: Session, asked: Asked) -> Ticket | None:
    """Return the ticket to be changed, or None if this submission has been carried out before."""
    ticket = session.scalar(
        queries.visible_to(asked.by)
        .where(Ticket.id == asked.ticket_id)
        .options(joinedload(Ticket.assignee), joinedload(Ticket.region))
    )
    if ticket is None:
        raise NotFoundError(N_("没有找到这张工单"))
    if queries.submitted(session, ticket.id, asked.submission):
        return None
    if asked.version is not None and asked.version != ticket.version:
        raise ConflictError(N_("工单刚刚被别人更新，请看过最新情况再操作"))
    return ticket


def _directs(by: Viewer) -> bool:
    return by.may(Permission.TICKET_ASSIGN) or Scope.TICKETS_WRITE in by.scopes


def _named(owner: Staff | None) -> Value:
    return owner.name if owner else said(N_("其他同事"))


def _mine(ticket: Ticket, by: Viewer) -> None:
    """Let only the owner and those who may assign go on: two people working one ticket call twice."""
    if ticket.assignee_id != by.staff_id and not _directs(by):
        owner = _named(ticket.assignee)
        raise DomainError(said(N_("这张工单由%(name)s负责，如需接手请主管分派"), name=owner))


def _kept_by(ticket: Ticket, by: Viewer) -> None:
    if ticket.state == State.NEW:
        raise DomainError(N_("请先认领工单"))
    if ticket.state not in OPEN:
        raise DomainError(N_("工单已办结，如需继续处理请先重新打开"))
    _mine(ticket, by)


def _again(session: Session, ticket: Ticket, by: Viewer) -> int:
    able = queries.candidates(session, ticket.region.path)
    wanted = (ticket.assignee_id, by.staff_id)
    for staff_id in wanted:
        if any(one.staff.id == staff_id for one in able):
            return int(staff_id or 0)
    if not able:
        raise DomainError(N_("该机构没有可处理工单的在职人员，无法重新打开"))
    return able[0].staff.id


def _held_utterance(session: Session, ticket: Ticket) -> Feedback:
    """Return the ticket's utterance, which waits in the inbox as long as the ticket is worked, and keep it from others.

    It is locked before the ticket is changed and before the audit log is, so that nobody waits for each other.
    """
    return session.scalars(select(Feedback).where(Feedback.id == ticket.feedback_id).with_for_update()).one()


def _move(ticket: Ticket, wanted: State) -> None:
    if not rules.may_follow(State(ticket.state), wanted):
        raise DomainError(
            said(
                N_("工单当前状态不允许此操作（%(now)s → %(wanted)s）"),
                now=str(ticket.state),
                wanted=str(wanted),
            )
        )
    ticket.state = wanted


def _done(
    session: Session,
    asked: Asked,
    ticket: Ticket,
    kind: Happening,
    action: str,
    *,
    text: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    try:
        session.flush()  # the version decides here between two who change the ticket at once
    except StaleDataError:
        raise ConflictError(N_("工单刚刚被别人更新，请看过最新情况再操作")) from None
    _write(session, asked, kind, text, detail or {})
    _audit(session, asked, action, {"state": str(ticket.state), **(detail or {})})


def _write(session: Session, asked: Asked, kind: Happening, text: str, detail: Mapping[str, Any]) -> bool:
    written = session.execute(
        insert(TicketEvent)
        .values(
            ticket_id=asked.ticket_id,
            at=clock.now(),
            kind=kind,
            staff_id=asked.by.staff_id,
            note=text.strip(),
            detail={**detail, **({} if asked.by.staff_id else {"by": asked.by.signature})},
            submission=asked.submission or None,
        )
        .on_conflict_do_nothing(index_elements=["ticket_id", "submission"])
        .returning(TicketEvent.id)
    ).scalar()
    if kind in HANDLED:
        _answer(session, asked)
    return written is not None


def _answer(session: Session, asked: Asked) -> None:
    """Take the mark away that the customer answered again, if whoever has the ticket or directs it acted.

    A colleague's note does not: the owner has not seen it. The version stays, for nobody has to look again.
    """
    mine = [] if _directs(asked.by) else [Ticket.assignee_id == asked.by.staff_id]
    session.execute(
        update(Ticket)
        .where(Ticket.id == asked.ticket_id, Ticket.said_again_at.is_not(None), *mine)
        .values(said_again_at=None)
    )


def _audit(session: Session, asked: Asked, action: str, detail: Mapping[str, Any]) -> None:
    audit.record(
        session,
        actor=asked.by.signature,
        action=action,
        object_type="ticket",
        object_id=asked.ticket_id,
        detail=detail,
    )
