"""Tables of the ground floor: what happened, which bells rang, and who did what."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Identity, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class EventRow(Base):
    """One thing that happened, written in the transaction that made it happen (the outbox).

    ``relayed_at`` stays empty until a worker has turned the event into jobs for its handlers.
    """

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.now())
    request_id: Mapped[str | None]
    relayed_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_events_waiting", "id", postgresql_where=text("relayed_at IS NULL")),)


class BellSlot(Base):
    """One planned ringing of one bell; the unique pair lets exactly one of N clocks ring it."""

    __tablename__ = "bell_slots"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    bell: Mapped[str]
    planned_at: Mapped[datetime]
    rung_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (UniqueConstraint("bell", "planned_at"),)


class AuditEntry(Base):
    """One line of the audit log; a trigger forbids changing or removing it, each line seals the one before."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str]
    detail: Mapped[dict[str, Any]]
    request_id: Mapped[str | None]
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    seal: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        Index("ix_audit_log_object", "object_type", "object_id"),
        Index("ix_audit_log_at", "at"),
        CheckConstraint("octet_length(seal) = 32 AND octet_length(previous) = 32", name="sha256"),
    )
