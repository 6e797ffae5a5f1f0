"""Reads of messages: what staff see of them, and what a composer must know before it writes another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFoundError
from core.sentences import N_
from customers.models import Customer
from delivery.models import Message
from delivery.rules import Channel, Reason, State
from grid.models import Region, Staff
from grid.queries import in_sight
from grid.rules import Viewer

PAGE = 50
_LATE_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Row:
    """A message in the list with its region's name."""

    message: Message
    region: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages in sight stand in each state, for which reasons, and how many are overdue.

    ``channels`` are those by which any message in sight goes, whatever the list is narrowed to.
    """

    by_state: dict[State, int]
    by_reason: dict[Reason, int]
    channels: dict[Channel, int]
    late: int


def visible_to(viewer: Viewer) -> Select[Message]:
    """Return the messages of the viewer's regions."""
    return select(Message).where(in_sight(Message.region_id, viewer))


def message(session: Session, message_id: int, viewer: Viewer) -> Message:
    """Return a message that the viewer sees; raise NotFoundError otherwise."""
    found = session.scalar(visible_to(viewer).where(Message.id == message_id))
    if found is None:
        raise NotFoundError(N_("没有找到这条发送记录"))
    return found


def counts(session: Session, viewer: Viewer, channel: Channel | None = None) -> Counts:
    """Count the messages in sight, by states and reasons only those of ``channel`` if one is given."""
    by_state: dict[State, int] = dict.fromkeys(State, 0)
    by_reason: dict[Reason, int] = {}
    by_channel: dict[Channel, int] = {}
    rows = session.execute(
        select(Message.channel, Message.state, Message.reason, func.count())
        .where(in_sight(Message.region_id, viewer))
        .group_by(Message.channel, Message.state, Message.reason)
    )
    for way, state, reason, number in rows:
        by_channel[Channel(way)] = by_channel.get(Channel(way), 0) + number
        if channel is not None and way != channel:
            continue
        by_state[State(state)] += number
        if reason is not None:
            by_reason[Reason(reason)] = by_reason.get(Reason(reason), 0) + number
    late = session.scalar(
        select(func.count()).where(
            Message.state == State.WAITING,
            Message.due_at < clock.now() - _LATE_AFTER,
            in_sight(Message.region_id, viewer),
        )
    )
    return Counts(by_state, by_reason, by_channel, late or 0)


def page(
    session: Session,
    viewer: Viewer,
    *,
    state: State | None = None,
    reason: Reason | None = None,
    channel: Channel | None = None,
    before: int | None = None,
) -> tuple[list[Row], int | None]:
    """Return one page of messages, newest first, and the cursor of the next page if there is one."""
    conditions: list[ColumnElement[bool]] = []
    if state is not None:
        conditions.append(Message.state == state)
    if reason is not None:
        conditions.append(Message.reason == reason)
    if channel is not None:
        conditions.append(Message.channel == channel)
    if before is not None:
        conditions.append(Message.id < before)
    found = _rows(session, viewer, conditions, PAGE + 1)
    return found[:PAGE], found[PAGE - 1].message.id if len(found) > PAGE else None


def of_customer(session: Session, viewer: Viewer, customer_id: int, *, limit: int) -> list[Message]:
    """Return the latest messages to a customer in the viewer's regions, sent or not."""
    return list(
        session.scalars(
            visible_to(viewer)
            .where(Message.customer_id == customer_id)
            .order_by(Message.id.desc())
            .limit(limit)
        )
    )


def uncertain(session: Session, viewer: Viewer) -> list[Row]:
    """Return the latest messages whose end nobody knows: a person must look at them first."""
    return _rows(session, viewer, [Message.state == State.UNCERTAIN], PAGE)


def _rows(
    session: Session, viewer: Viewer, conditions: Sequence[ColumnElement[bool]], limit: int
) -> list[Row]:
    rows = session.execute(
        select(Message, Region.name)
        .join(Region, Region.id == Message.region_id)
        .where(in_sight(Message.region_id, viewer), *conditions)
        .order_by(Message.id.desc())
        .limit(limit)
    )
    return [Row(*row) for row in rows]


def customer_of(session: Session, found: Message) -> Customer:
    """Return the customer of a message, whose data the page must mask."""
    return session.get_one(Customer, found.customer_id)


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """The message that reached a customer before another was withheld, and whether the viewer may look at it."""

    message: Message
    at: datetime
    in_sight: bool


def asked_before(session: Session, found: Message, viewer: Viewer, rest_days: int) -> AskedBefore | None:
    """Return the message for which a capped one was withheld, as far as it can still be told.

    That is the last of its kind that reached the customer, or may have, in the days of rest before it was due.
    Where both had waited, one went out after the other was due: then it is the next.
    """
    at = func.coalesce(Message.sent_at, Message.tried_at)
    row = session.execute(
        select(Message, at, in_sight(Message.region_id, viewer))
        .where(
            Message.customer_id == found.customer_id,
            Message.kind == found.kind,
            Message.id != found.id,
            Message.state.in_([State.SENT, State.UNCERTAIN]),
            at > found.due_at - timedelta(days=rest_days),
        )
        .order_by((at <= found.due_at).desc(), func.abs(func.extract("epoch", at - found.due_at)))
        .limit(1)
    ).first()
    return None if row is None else AskedBefore(*row)


def region_name(session: Session, found: Message) -> str:
    """Return the name of the region that a message belongs to."""
    return session.scalars(select(Region.name).where(Region.id == found.region_id)).one()


def settled_by(session: Session, found: Message) -> str | None:
    """Return the name of the person who settled a message, or None if nobody had to."""
    kind, _, number = (found.settled_by or "").partition(":")
    if kind != "staff" or not number.isdigit():
        return found.settled_by
    return session.scalar(select(Staff.name).where(Staff.id == int(number))) or found.settled_by


def was_sent(session: Session, key: str) -> bool:
    """Say whether the message with ``key`` was handed over to its channel."""
    return bool(session.scalar(select(exists().where(Message.key == key, Message.state == State.SENT))))


def sent_since(session: Session, customer_id: int, kind: str, since: datetime, other_than: int) -> bool:
    """Say whether another message of ``kind`` reached the customer after ``since``, or may yet.

    Messages on their way and those whose end is unknown count: when in doubt, the customer is left in
    peace. A composer may rely on the answer, for no two claims of one customer's messages overlap
    (:func:`delivery.services.claim`).
    """
    under_way = Message.state.in_([State.CLAIMED, State.SENDING])
    perhaps = (Message.state == State.UNCERTAIN) & (func.coalesce(Message.tried_at, Message.due_at) > since)
    reached = (Message.state == State.SENT) & (Message.sent_at > since)
    return bool(
        session.scalar(
            select(
                exists().where(
                    Message.customer_id == customer_id,
                    Message.kind == kind,
                    Message.id != other_than,
                    or_(under_way, perhaps, reached),
                )
            )
        )
    )
