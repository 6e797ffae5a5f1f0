"""Tables of asking: surveys with their versions, the rules that ask, invitations."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base
from surveys.rules.asking import AskBy


class Survey(Base):
    """A questionnaire through all its versions."""

    __tablename__ = "surveys"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SurveyVersion(Base):
    """One version; once published, a trigger forbids changing it, and answers point at it for ever.

    At most one version of a survey is being written (draft or review) and one is published. ``revision``
    counts the saves of a draft, so that nobody overwrites what they have not seen.
    """

    __tablename__ = "survey_versions"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(16), server_default="draft")
    definition: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(server_default=text("0"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("privacy_notices.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    submitted_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    published_at: Mapped[datetime | None]

    survey: Mapped[Survey] = relationship()

    __table_args__ = (
        UniqueConstraint("survey_id", "number"),
        CheckConstraint("state IN ('draft', 'review', 'published', 'retired')", name="state"),
        CheckConstraint("(state IN ('draft', 'review')) = (published_at IS NULL)", name="published_at"),
        Index(
            "uq_survey_versions_being_written",
            "survey_id",
            unique=True,
            postgresql_where=text("state IN ('draft', 'review')"),
        ),
        Index(
            "uq_survey_versions_published",
            "survey_id",
            unique=True,
            postgresql_where=text("state = 'published'"),
        ),
    )

    def is_by(self, staff_id: int | None) -> bool:
        """Say whether somebody began this version or handed it in; what comes with the product is by nobody."""
        return staff_id is not None and staff_id in {self.created_by, self.submitted_by}

    @property
    def published_by_author(self) -> bool:
        """Whether no second person looked at it before customers did: its author published it."""
        return self.is_by(self.published_by)


class AskRule(Base):
    """When a touchpoint is reached, ask with this survey on this channel after this delay.

    ``score_in_sms`` lists the points of a short first scale in the text, each with its link. Who has not
    answered ``remind_days`` after the invitation is reminded once, with the same link.
    """

    __tablename__ = "ask_rules"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    touchpoint_code: Mapped[str] = mapped_column(ForeignKey("touchpoints.code"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id"))
    channel: Mapped[AskBy] = mapped_column(String(16))
    score_in_sms: Mapped[bool] = mapped_column(server_default=text("false"))
    delay_minutes: Mapped[int]
    sample_percent: Mapped[int] = mapped_column(SmallInteger, server_default=text("100"))
    rest_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("30"))
    valid_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("14"))
    remind_days: Mapped[int | None] = mapped_column(SmallInteger)
    active: Mapped[bool] = mapped_column(server_default=text("true"))

    survey: Mapped[Survey] = relationship()

    __table_args__ = (
        CheckConstraint("channel IN ('email', 'sms', 'sms_first', 'email_first')", name="channel"),
        CheckConstraint("delay_minutes >= 0", name="delay"),
        CheckConstraint("sample_percent BETWEEN 0 AND 100", name="sample"),
        CheckConstraint("rest_days >= 0 AND valid_days BETWEEN 1 AND 90", name="days"),
        CheckConstraint("remind_days BETWEEN 1 AND valid_days", name="remind_days"),
        Index("ix_ask_rules_touchpoint_code", "touchpoint_code", postgresql_where=text("active")),
    )


class Invitation(Base):
    """One customer asked once about one event; of its token only the hash is stored.

    The token itself is HMAC(secret, ``seed``): the server can write it into the mail and into reminders,
    the table alone opens no answer page. ``reason`` says why a customer was not asked. ``spent`` says that
    an anonymous survey was answered by this link; which response it was is written nowhere.
    """

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    seed: Mapped[bytes] = mapped_column(LargeBinary)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("survey_versions.id"))
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("ask_rules.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("touchpoint_events.id"))
    touchpoint_code: Mapped[str] = mapped_column(ForeignKey("touchpoints.code"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"))
    channel: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    spent: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        UniqueConstraint("rule_id", "event_id"),
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
        Index("ix_invitations_customer_id_created_at", "customer_id", "created_at"),
        Index("ix_invitations_region_id_created_at", "region_id", "created_at"),
        Index("ix_invitations_version_id_id", "version_id", "id"),
    )
