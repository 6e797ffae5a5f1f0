"""Tables of the journey: stages, touchpoints, and the business events that reach them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base


class Stage(Base):
    """One of the stages of a customer's life with the insurer."""

    __tablename__ = "stages"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger, unique=True)


class Touchpoint(Base):
    """A moment of a stage at which the customer meets the insurer and may be asked."""

    __tablename__ = "touchpoints"

    code: Mapped[str] = mapped_column(primary_key=True)
    stage_code: Mapped[str] = mapped_column(ForeignKey("stages.code"))
    name: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)
    active: Mapped[bool] = mapped_column(server_default=text("true"))

    stage: Mapped[Stage] = relationship()


class TouchpointEvent(Base):
    """A business event as another system reported it; the pair (source, event_id) comes in once."""

    __tablename__ = "touchpoint_events"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    source: Mapped[str]
    event_id: Mapped[str]
    touchpoint_code: Mapped[str] = mapped_column(ForeignKey("touchpoints.code"))
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"))
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))

    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        Index("ix_touchpoint_events_customer_id", "customer_id"),
        Index("ix_touchpoint_events_region_id_occurred_at", "region_id", "occurred_at"),
    )
