"""Tables of authoring: steps of a draft, locks, privacy notices, images."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class PrivacyNotice(Base):
    """One version of what customers are told about their data (PIPL art. 17); a trigger forbids changing it."""

    __tablename__ = "privacy_notices"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    title: Mapped[dict[str, Any]]
    body: Mapped[dict[str, Any]]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    published_at: Mapped[datetime]


class DraftStep(Base):
    """What a draft looked like after one save; undo and redo walk along these steps."""

    __tablename__ = "survey_draft_steps"

    version_id: Mapped[int] = mapped_column(
        ForeignKey("survey_versions.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    current: Mapped[bool]

    __table_args__ = (
        Index("uq_survey_draft_steps_current", "version_id", unique=True, postgresql_where=text("current")),
    )


class SurveyLock(Base):
    """Who is writing a survey now; free again when ``seen_at`` is older than a minute and a half."""

    __tablename__ = "survey_locks"

    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    taken_from: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class SurveyImage(Base):
    """A logo or the picture of an option; its token is its address, so it never changes."""

    __tablename__ = "survey_images"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("surveys.id"))
    media_type: Mapped[str] = mapped_column(String(32))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("media_type IN ('image/png', 'image/jpeg', 'image/webp')", name="media_type"),
        CheckConstraint("octet_length(data) <= 524288", name="size"),
    )
