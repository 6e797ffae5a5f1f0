"""Tables of customers and of what they do not want."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Encrypted
from core.db import Base
from grid.models import Region


class Customer(Base):
    """One person as the insurer's systems know them; ``external_id`` is the insurer's own number."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None] = mapped_column(Encrypted("customers.name"))
    mobile: Mapped[str | None] = mapped_column(Encrypted("customers.mobile"))
    mobile_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    email: Mapped[str | None] = mapped_column(Encrypted("customers.email"))
    email_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    wechat_openid: Mapped[str | None] = mapped_column(Encrypted("customers.wechat_openid"))
    language: Mapped[str | None] = mapped_column(String(16))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"))
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    region: Mapped[Region] = relationship()

    __table_args__ = (
        CheckConstraint("(mobile IS NULL) = (mobile_index IS NULL)", name="mobile_index"),
        CheckConstraint("(email IS NULL) = (email_index IS NULL)", name="email_index"),
        Index("ix_customers_mobile_index", "mobile_index"),
        Index("ix_customers_email_index", "email_index"),
        Index("ix_customers_region_id", "region_id"),
    )


class OptOut(Base):
    """A customer's refusal of a channel (or of all, ``*``); kept for good (D-46), ended by ``withdrawn_at``."""

    __tablename__ = "opt_outs"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    channel: Mapped[str] = mapped_column(String(16))
    source: Mapped[str]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_opt_outs_in_force",
            "customer_id",
            "channel",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        UniqueConstraint("customer_id", "channel", "at"),
    )
