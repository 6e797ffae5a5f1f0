"""The table of messages: one row per message that was ever to be sent, whatever became of it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from delivery.rules import Channel, Reason, State


class Message(Base):
    """A message to a customer. ``key`` is its idempotency key: one purpose, one message, for ever.

    ``kind`` names the composer that writes its words at send time, ``subject_id`` the row it is about
    (an invitation). ``fence`` rises with every claim, so a worker that lost its lease cannot write back.
    ``message_id`` is what its provider knows it by: an e-mail's Message-ID, an SMS request's id.
    Leases and due times follow the database's clock, so no worker's wrong clock can end a lease early;
    ``tried_at`` (when the last attempt began) and ``sent_at`` are what people read and follow ours.
    """

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    channel: Mapped[Channel] = mapped_column(String(16))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"))
    state: Mapped[State] = mapped_column(String(16), server_default=State.WAITING)
    reason: Mapped[Reason | None] = mapped_column(String(32))
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(server_default=text("0"))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    message_id: Mapped[str | None] = mapped_column(unique=True)
    provider_answer: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    tried_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'claimed', 'sending', 'sent', 'failed', 'uncertain', 'withheld')",
            name="state",
        ),
        CheckConstraint("channel IN ('email', 'sms', 'wechat')", name="channel"),
        CheckConstraint("(state IN ('withheld', 'failed')) = (reason IS NOT NULL)", name="reason"),
        CheckConstraint("(state IN ('claimed', 'sending')) = (lease_until IS NOT NULL)", name="lease"),
        CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="sent_at"),
        CheckConstraint(
            "state NOT IN ('sending', 'sent', 'uncertain') OR message_id IS NOT NULL", name="message_id"
        ),
        Index("ix_messages_due", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_messages_leased", "lease_until", postgresql_where=text("state IN ('claimed', 'sending')")),
        Index("ix_messages_uncertain", "id", postgresql_where=text("state = 'uncertain'")),
        Index("ix_messages_customer_id_sent_at", "customer_id", "sent_at"),
        Index("ix_messages_kind_subject_id", "kind", "subject_id"),
        Index("ix_messages_region_id_state", "region_id", "state"),
    )
