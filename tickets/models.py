"""Tables of tickets, their history, the promised hours, and root causes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base
from customers.models import Customer
from feedback.models import Feedback
from grid.models import Region, Staff
from journeys.models import Touchpoint
from tickets.rules import Happening, Priority, State, Told, Trigger


class RootCause(Base):
    """A cause that a resolved ticket must name; the big loop counts them."""

    __tablename__ = "root_causes"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class SlaTarget(Base):
    """The working hours within which a ticket of this priority is to be resolved, from a day on."""

    __tablename__ = "sla_targets"

    priority: Mapped[Priority] = mapped_column(String(16), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    working_minutes: Mapped[int]

    __table_args__ = (CheckConstraint("working_minutes > 0", name="working_minutes"),)


class Ticket(Base):
    """A promise to one customer: who keeps it, until when, and how it was kept.

    An utterance has one ticket at most, opened for the strongest reason: whoever is called once about a score
    and once about a risk in the same words has been called once too often. A customer who comes back about
    it reopens the ticket. ``said_again_at`` is when they answered again and whoever has the ticket has not dealt
    with that yet; ``call_at`` is when they were promised to be called.
    """

    __tablename__ = "tickets"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    feedback_id: Mapped[int] = mapped_column(ForeignKey("feedback.id"))
    trigger: Mapped[Trigger] = mapped_column(String(16))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"))
    touchpoint_code: Mapped[str | None] = mapped_column(ForeignKey("touchpoints.code"))
    priority: Mapped[Priority] = mapped_column(String(16))
    state: Mapped[State] = mapped_column(String(16), server_default=State.NEW)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    due_exact: Mapped[bool]
    first_contact_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reopened: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    root_cause_code: Mapped[str | None] = mapped_column(ForeignKey("root_causes.code"))
    resolution: Mapped[str | None]
    told_at: Mapped[datetime | None]
    told_how: Mapped[Told | None] = mapped_column(String(16))
    said_again_at: Mapped[datetime | None]
    call_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    feedback: Mapped[Feedback] = relationship()
    customer: Mapped[Customer | None] = relationship()
    touchpoint: Mapped[Touchpoint | None] = relationship()
    region: Mapped[Region] = relationship()
    assignee: Mapped[Staff | None] = relationship()
    root_cause: Mapped[RootCause | None] = relationship()
    history: Mapped[list["TicketEvent"]] = relationship(order_by="TicketEvent.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once

    __table_args__ = (
        UniqueConstraint("feedback_id"),
        CheckConstraint(
            "trigger IN ('detractor', 'low_csat', 'high_effort', 'risk', 'call_back', 'manual')",
            name="trigger",
        ),
        CheckConstraint("state IN ('new', 'assigned', 'contacted', 'resolved', 'closed')", name="state"),
        CheckConstraint("priority IN ('urgent', 'high', 'normal')", name="priority"),
        CheckConstraint("state = 'new' OR assignee_id IS NOT NULL", name="assignee"),
        CheckConstraint(
            "state NOT IN ('resolved', 'closed') OR (resolved_at IS NOT NULL AND root_cause_code IS NOT NULL"
            " AND resolution <> '' AND told_at IS NOT NULL AND told_how IS NOT NULL)",
            name="resolved",
        ),
        CheckConstraint("(state IN ('resolved', 'closed')) = (resolved_at IS NOT NULL)", name="resolved_at"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint(
            "told_how IN ('phone', 'sms', 'wechat', 'email', 'letter', 'in_person')", name="told_how"
        ),
        CheckConstraint("due_at > opened_at AND reopened >= 0", name="promise"),
        Index("ix_tickets_region_id_state_due_at", "region_id", "state", "due_at"),
        Index("ix_tickets_assignee_id_state", "assignee_id", "state"),
        Index(
            "ix_tickets_open_due_at",
            "due_at",
            "id",
            postgresql_where=text("state IN ('new', 'assigned', 'contacted')"),
        ),
        Index("ix_tickets_due_at_id", "due_at", "id"),
        Index("ix_tickets_opened_at_id", text("opened_at DESC"), text("id DESC")),
        Index("ix_tickets_customer_id", "customer_id"),
        Index(
            "ix_tickets_news",
            "assignee_id",
            postgresql_where=text("said_again_at IS NOT NULL OR call_at IS NOT NULL"),
        ),
    )


class TicketEvent(Base):
    """One line of a ticket's history; lines are only added.

    ``submission`` is the token of the form, or the key of the API call, that asked for it: what is sent twice
    happens once. ``detail`` holds what the kind of line needs, by names the templates know.
    """

    __tablename__ = "ticket_events"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    at: Mapped[datetime]
    kind: Mapped[Happening] = mapped_column(String(16))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    note: Mapped[str] = mapped_column(server_default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    submission: Mapped[str | None] = mapped_column(String(64))

    staff: Mapped[Staff | None] = relationship()

    __table_args__ = (
        UniqueConstraint("ticket_id", "submission"),
        Index("ix_ticket_events_ticket_id", "ticket_id"),
    )
