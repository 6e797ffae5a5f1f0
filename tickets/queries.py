"""Reads of tickets: the queue, one ticket, the figures above the queue, and who could take one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core import clock
from core.errors import NotFoundError
from core.sentences import N_
from customers.models import Customer
from feedback.models import Feedback
from grid import queries as grid
from grid.models import Region, Staff
from grid.queries import in_sight
from grid.rules import PERMISSIONS, Permission, Role, Viewer
from tickets.models import RootCause, SlaTarget, Ticket, TicketEvent
from tickets.rules import (
    ATTAINMENT_DAYS,
    OPEN,
    SOON,
    Attainment,
    Happening,
    Priority,
    Promises,
    State,
    Target,
    Trigger,
)

PAGE = 30


class Tab(StrEnum):
    """Whose tickets are looked at."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    ALL = "all"


class Hurry(StrEnum):
    """Open tickets by what is left of the promise."""

    OVERDUE = "overdue"
    SOON = "soon"
    CALL = "call"


ANY_STATE = "any"
OPEN_STATES = "open"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets somebody wants to see; what is None does not narrow.

    ``state`` is a state's code, ``open`` or ``any``; ``region_ids`` is a subtree as far as the viewer sees.
    """

    tab: Tab = Tab.ALL
    state: str = OPEN_STATES
    hurry: Hurry | None = None
    priority: Priority | None = None
    trigger: Trigger | None = None
    touchpoint: str | None = None
    region_ids: Sequence[int] | None = None
    feedback_id: int | None = None
    said_again: bool = False

    @property
    def by_promise(self) -> bool:
        """Whether the list is a day's work, ordered by promise; otherwise the newest ticket comes first."""
        return self.state == OPEN_STATES or self.state in OPEN


@dataclass(frozen=True, slots=True)
class Place:
    """A ticket's place in a list; ``backwards`` asks for the page that ends before it."""

    at: datetime
    id: int
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of tickets, and where the neighbouring pages begin, if there are any."""

    tickets: Sequence[Ticket]
    previous: Place | None
    next: Place | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Open tickets in sight: how many, whose, and how late."""

    open: int
    mine: int
    unassigned: int
    overdue: int
    soon: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could work a ticket, and how many open tickets they have now."""

    staff: Staff
    place: str
    region_path: str
    load: int


def visible_to(viewer: Viewer) -> Select[Ticket]:
    """Return the tickets of the viewer's regions."""
    return select(Ticket).where(in_sight(Ticket.region_id, viewer))


def ticket(session: Session, ticket_id: int, viewer: Viewer) -> Ticket:
    """Return a ticket that the viewer sees with all that its page shows; raise NotFoundError otherwise."""
    found = session.scalar(
        visible_to(viewer)
        .where(Ticket.id == ticket_id)
        .options(
            joinedload(Ticket.feedback).selectinload(Feedback.topics),
            joinedload(Ticket.customer),
            joinedload(Ticket.touchpoint),
            joinedload(Ticket.region),
            joinedload(Ticket.assignee),
            joinedload(Ticket.root_cause),
            selectinload(Ticket.history).joinedload(TicketEvent.staff),
        )
    )
    if found is None:
        raise NotFoundError(N_("没有找到这张工单"))
    return found


def feedback(session: Session, feedback_id: int, viewer: Viewer) -> Feedback:
    """Return an utterance that the viewer sees; raise NotFoundError otherwise."""
    found = session.scalar(
        select(Feedback).where(Feedback.id == feedback_id, in_sight(Feedback.region_id, viewer))
    )
    if found is None:
        raise NotFoundError(N_("没有找到这条客户原声"))
    return found


def queue(
    session: Session,
    viewer: Viewer,
    wanted: Wanted,
    *,
    place: Place | None,
    soon: datetime,
    limit: int = PAGE,
) -> Page:
    """Return one page of the tickets in sight.

    Work to do is ordered by promise, so what is overdue comes first and what has most time left comes last;
    what also lists finished tickets is ordered by opening, newest first. ``soon`` is the instant up to which
    a promise counts as due soon.
    """
    key = Ticket.due_at if wanted.by_promise else Ticket.opened_at
    ascending = wanted.by_promise != (place is not None and place.backwards)
    query = visible_to(viewer).where(*_conditions(wanted, viewer, soon)).options(*_ROW)
    if place is not None:
        query = query.where(_beyond(key, place, ascending=ascending))
    order = (key.asc(), Ticket.id.asc()) if ascending else (key.desc(), Ticket.id.desc())
    found = list(session.scalars(query.order_by(*order).limit(limit + 1)))
    more, found = len(found) > limit, found[:limit]
    backwards = place is not None and place.backwards
    if backwards:
        found.reverse()
    if not found:
        return Page((), None, None)
    first, last = (
        Place(getattr(one, key.key), one.id, backwards=turned)
        for one, turned in ((found[0], True), (found[-1], False))
    )
    has_previous = more if backwards else place is not None
    has_next = True if backwards else more
    return Page(found, first if has_previous else None, last if has_next else None)


def listed(
    session: Session, viewer: Viewer, wanted: Wanted, *, after: int, soon: datetime, limit: int
) -> Sequence[Ticket]:
    """Return up to ``limit`` tickets in sight in the order of their ids, those after ``after``."""
    return session.scalars(
        visible_to(viewer)
        .where(Ticket.id > after, *_conditions(wanted, viewer, soon))
        .options(*_ROW)
        .order_by(Ticket.id)
        .limit(limit)
    ).all()


def of_customer(session: Session, customer_id: int, viewer: Viewer, limit: int) -> Sequence[Ticket]:
    """Return a customer's latest tickets that the viewer sees."""
    theirs = visible_to(viewer).where(Ticket.customer_id == customer_id).options(*_ROW)
    return session.scalars(theirs.order_by(Ticket.id.desc()).limit(limit)).all()


def of_ids(session: Session, viewer: Viewer, ids: Collection[int]) -> Sequence[Ticket]:
    """Return those of these tickets that the viewer sees."""
    return session.scalars(
        visible_to(viewer).where(Ticket.id.in_(ids)).options(*_ROW).order_by(Ticket.id)
    ).all()


_ROW = (
    joinedload(Ticket.feedback).load_only(
        Feedback.masked_words, Feedback.nps, Feedback.csat, Feedback.ces, Feedback.risks, Feedback.call_back
    ),
    joinedload(Ticket.customer).load_only(Customer.external_id),
    joinedload(Ticket.touchpoint),
    joinedload(Ticket.region).load_only(Region.name, Region.code, Region.path),
    joinedload(Ticket.assignee).load_only(Staff.name, Staff.login, Staff.active),
)


def _beyond(key: Any, place: Place, *, ascending: bool) -> ColumnElement[bool]:  # noqa: ANN401 - one of two columns
    # The plain bound on the first column lets the index start there; OR alone would read it from its end.
    if ascending:
        return and_(key >= place.at, or_(key > place.at, Ticket.id > place.id))
    return and_(key <= place.at, or_(key < place.at, Ticket.id < place.id))


def _conditions(wanted: Wanted, viewer: Viewer, soon: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state == OPEN_STATES:
        found.append(_is_open())
    elif wanted.state != ANY_STATE:
        found.append(Ticket.state == wanted.state)
    if wanted.tab is Tab.MINE:
        found.append(Ticket.assignee_id == (viewer.staff_id or 0))
    elif wanted.tab is Tab.UNASSIGNED:
        found.append(Ticket.state == State.NEW)
    now = clock.now()
    if wanted.hurry is Hurry.OVERDUE:
        found += [_is_open(), Ticket.due_at < now]
    elif wanted.hurry is Hurry.SOON:
        found += [_is_open(), Ticket.due_at >= now, Ticket.due_at <= soon]
    elif wanted.hurry is Hurry.CALL:
        found += [_is_open(), Ticket.call_at <= now]
    exactly: dict[Any, Any] = {
        Ticket.priority: wanted.priority,
        Ticket.trigger: wanted.trigger,
        Ticket.touchpoint_code: wanted.touchpoint,
        Ticket.feedback_id: wanted.feedback_id,
    }
    found += [column == value for column, value in exactly.items() if value is not None]
    if wanted.region_ids is not None:
        found.append(Ticket.region_id.in_(wanted.region_ids))
    return [*found, Ticket.said_again_at.is_not(None)] if wanted.said_again else found


def _is_open() -> ColumnElement[bool]:
    # Written out so that it is the partial index's own condition.
    return Ticket.state.in_([literal(state.value, literal_execute=True) for state in State if state in OPEN])


def counts(session: Session, viewer: Viewer, *, soon: datetime) -> Counts:
    """Return how many open tickets the viewer sees, in one pass over the open ones."""
    now = clock.now()
    row = session.execute(
        select(
            func.count(),
            func.count().filter(Ticket.assignee_id == (viewer.staff_id or 0)),
            func.count().filter(Ticket.state == State.NEW),
            func.count().filter(Ticket.due_at < now),
            func.count().filter(Ticket.due_at >= now, Ticket.due_at <= soon),
        ).where(_is_open(), in_sight(Ticket.region_id, viewer))
    ).one()
    return Counts(*row)


def news(session: Session, staff_id: int | None) -> tuple[int, int]:
    """Return on how many of somebody's tickets the customer answered again, and on how many a promised call is due."""
    call_due = Ticket.call_at <= clock.now()
    row = session.execute(
        select(func.count(Ticket.said_again_at), func.count().filter(call_due)).where(
            Ticket.assignee_id == (staff_id or 0), or_(Ticket.said_again_at.is_not(None), call_due)
        )
    ).one()
    return row[0], row[1]


def attainment(session: Session, viewer: Viewer) -> Attainment:
    """Return how many of the promises that fell due in the last thirty days were kept."""
    now = clock.now()
    fell_due, kept = session.execute(
        select(func.count(), func.count().filter(Ticket.resolved_at <= Ticket.due_at)).where(
            Ticket.due_at > now - timedelta(days=ATTAINMENT_DAYS),
            Ticket.due_at <= now,
            in_sight(Ticket.region_id, viewer),
        )
    ).one()
    return Attainment(fell_due, kept)


def soon_until(promises: Promises) -> datetime:
    """Return the instant up to which a promise counts as due soon."""
    return promises.calendar.add(clock.now(), SOON).at


def promises(session: Session) -> Promises:
    """Return the office calendar and all targets."""
    targets = session.execute(select(SlaTarget.priority, SlaTarget.valid_from, SlaTarget.working_minutes))
    return Promises(
        grid.work_calendar(session),
        [Target(Priority(row.priority), row.valid_from, row.working_minutes) for row in targets],
    )


def promised_at(session: Session, ticket_ids: Sequence[int], *, raised: bool = False) -> dict[int, datetime]:
    """Return for each ticket when it began: at its opening or last reopening, or when it was ``raised``."""
    kinds = [Happening.OPENED, Happening.REOPENED, *([Happening.RAISED] if raised else [])]
    made = and_(TicketEvent.ticket_id == Ticket.id, TicketEvent.kind.in_(kinds))
    rows = session.execute(
        select(Ticket.id, func.coalesce(func.max(TicketEvent.at), Ticket.opened_at))
        .outerjoin(TicketEvent, made)
        .where(Ticket.id.in_(ticket_ids))
        .group_by(Ticket.id)
    )
    return {row[0]: row[1] for row in rows}


def submitted(session: Session, ticket_id: int, submission: str | None) -> bool:
    """Say whether this very form or call has been carried out already."""
    if not submission:
        return False
    line = exists().where(TicketEvent.ticket_id == ticket_id, TicketEvent.submission == submission)
    return bool(session.scalar(select(line)))


def root_causes(session: Session) -> Sequence[RootCause]:
    """Return the causes that may be named today, in their order."""
    return session.scalars(select(RootCause).where(RootCause.active).order_by(RootCause.position)).all()


WORKING_ROLES = tuple(role for role in Role if Permission.TICKET_WORK in PERMISSIONS[role])


def candidates(session: Session, region_path: str) -> list[Candidate]:
    """Return who could work a ticket of this region, the best choice first.

    They are active, may work tickets and see the region. Agents come before those who manage; then whoever
    stands nearest above the region, then whoever has the fewest open tickets, then by name.
    """
    load = (
        select(Ticket.assignee_id, func.count().label("open"))
        .where(_is_open(), Ticket.assignee_id.is_not(None))
        .group_by(Ticket.assignee_id)
        .subquery()
    )
    rows = session.execute(
        select(Staff, Region.name, Region.path, func.coalesce(load.c.open, 0))
        .join(Region, Region.id == Staff.region_id)
        .outerjoin(load, load.c.assignee_id == Staff.id)
        .where(
            Staff.active,
            Staff.role.in_(WORKING_ROLES),
            literal(region_path).startswith(Region.path),
        )
    )
    found = [Candidate(*row) for row in rows]
    found.sort(
        key=lambda one: (
            one.staff.role != Role.AGENT,
            -len(one.region_path),
            one.load,
            one.staff.name,
            one.staff.id,
        )
    )
    return found


def ticketed(session: Session, feedback_ids: Sequence[int]) -> Sequence[int]:
    """Return those of these utterances that have a ticket."""
    return session.scalars(select(Ticket.feedback_id).where(Ticket.feedback_id.in_(feedback_ids))).all()


def provisional(session: Session, limit: int) -> Sequence[Ticket]:
    """Return and lock the open tickets that fall due first and whose promise leans on uncertain days."""
    return session.scalars(
        select(Ticket)
        .where(_is_open(), Ticket.due_exact.is_(False))
        .order_by(Ticket.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
