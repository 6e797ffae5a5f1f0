"""Tables of everything customers said, in one shape whatever the channel, and of file imports."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    and_,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base
from customers.models import Customer
from grid.models import Region
from journeys.models import Touchpoint


class Feedback(Base):
    """One utterance; the pair (source, source_id) comes in once.

    ``words`` is what the customer wrote, ``masked_words`` the same without personal data. Who only gave a
    score said nothing: ``words`` is empty then and ``sentiment`` stays so for ever, for there is no text
    that could carry one; the row counts as tagged, so that rules on scores see it. The fields from
    ``sentiment`` on are what the text engine said; ``tagged_at`` is empty until it has spoken.
    ``evidence`` says which part of ``masked_words`` made the engine say so:
    ``{"kind": "risk"|"topic", "code": …, "start": …, "end": …}``. ``history`` marks words of the past that
    were loaded from a file: they are shown and counted, and open no ticket. ``call_back`` says that the customer
    chose to be called. ``said_again_at`` is when the customer last sent another answer by the same link.

    Anonymous answers are known by the hour alone: what they were received at is then what they were said at.
    """

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    channel: Mapped[str] = mapped_column(String(32))
    words: Mapped[str]
    masked_words: Mapped[str]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    rating: Mapped[float | None]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    touchpoint_code: Mapped[str | None] = mapped_column(ForeignKey("touchpoints.code"))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"))
    response_id: Mapped[int | None] = mapped_column(ForeignKey("responses.id"), unique=True)
    nps: Mapped[int | None] = mapped_column(SmallInteger)
    csat: Mapped[int | None] = mapped_column(SmallInteger)
    ces: Mapped[int | None] = mapped_column(SmallInteger)
    handled_at: Mapped[datetime | None]
    sentiment: Mapped[str | None] = mapped_column(String(8))
    score: Mapped[float | None]
    risks: Mapped[list[str]] = mapped_column(ARRAY(String(16)), server_default=text("'{}'"))
    keywords: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    engine: Mapped[str | None]
    tagged_at: Mapped[datetime | None]
    history: Mapped[bool] = mapped_column(server_default=text("false"))
    call_back: Mapped[bool] = mapped_column(server_default=text("false"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_runs.id"))
    said_again_at: Mapped[datetime | None]

    touchpoint: Mapped[Touchpoint | None] = relationship()
    region: Mapped[Region] = relationship()
    customer: Mapped[Customer | None] = relationship()
    topics: Mapped[list["FeedbackTopic"]] = relationship(
        order_by="FeedbackTopic.code", cascade="all, delete-orphan"
    )

    @hybrid_property
    def told_by_the_hour(self) -> bool:
        """Whether only the hour is known at which this was said, as of an anonymous answer."""
        cut = self.occurred_at.replace(minute=0, second=0, microsecond=0)
        return self.response_id is not None and self.received_at == self.occurred_at == cut

    @told_by_the_hour.inplace.expression
    @classmethod
    def _told_by_the_hour(cls) -> ColumnElement[bool]:
        return and_(
            cls.response_id.is_not(None),
            cls.received_at == cls.occurred_at,
            cls.occurred_at == func.date_trunc("hour", cls.occurred_at),
        )

    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        CheckConstraint(
            "words <> '' OR num_nonnulls(nps, csat, ces, rating) > 0 OR call_back", name="says_something"
        ),
        CheckConstraint("ces BETWEEN 1 AND 7", name="ces"),
        CheckConstraint("sentiment IN ('negative', 'neutral', 'positive')", name="sentiment"),
        CheckConstraint("score BETWEEN -1 AND 1", name="score"),
        CheckConstraint("(sentiment IS NULL) = (tagged_at IS NULL OR words = '')", name="tagged"),
        # What was said today is understood before what was loaded from the past.
        Index("ix_feedback_waiting", "history", "id", postgresql_where=text("tagged_at IS NULL")),
        Index("ix_feedback_occurred_at_id", text("occurred_at DESC"), text("id DESC")),
        Index("ix_feedback_region_id_occurred_at", "region_id", text("occurred_at DESC")),
        Index("ix_feedback_sentiment_occurred_at", "sentiment", text("occurred_at DESC")),
        # Dashboards recount the days of what was tagged lately.
        Index("ix_feedback_tagged_at", "tagged_at"),
        # Also lists the channels that there are, by skipping from one to the next.
        Index("ix_feedback_channel_occurred_at", "channel", text("occurred_at DESC")),
        Index(
            "ix_feedback_said_again",
            text("occurred_at DESC"),
            text("id DESC"),
            postgresql_where=text("said_again_at IS NOT NULL"),
        ),
        # What one customer said, for their page.
        Index(
            "ix_feedback_customer_id",
            "customer_id",
            text("occurred_at DESC"),
            postgresql_where=text("customer_id IS NOT NULL"),
        ),
        Index("ix_feedback_import_id", "import_id", postgresql_where=text("import_id IS NOT NULL")),
        Index("ix_feedback_risks", "risks", postgresql_using="gin", postgresql_where=text("risks <> '{}'")),
    )


class FeedbackTopic(Base):
    """One topic of one utterance, with the feeling towards it."""

    __tablename__ = "feedback_topics"

    feedback_id: Mapped[int] = mapped_column(ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    polarity: Mapped[str] = mapped_column(String(8))

    __table_args__ = (
        CheckConstraint("polarity IN ('negative', 'neutral', 'positive')", name="polarity"),
        Index("ix_feedback_topics_code", "code", "polarity", "feedback_id"),
    )


class ImportRun(Base):
    """One run of a file import, with what became of its rows; ``finished_at`` is empty if it was cut off."""

    __tablename__ = "import_runs"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    source: Mapped[str]
    file_name: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    new_rows: Mapped[int] = mapped_column(server_default=text("0"))
    known_rows: Mapped[int] = mapped_column(server_default=text("0"))
    rejected_rows: Mapped[int] = mapped_column(server_default=text("0"))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
