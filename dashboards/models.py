"""Small tables that make a dashboard cost the same at ten million answers as at a hundred thousand.

Each row counts what happened on one Beijing day at one touchpoint in one region; whoever recounts, recounts
a day of a region whole. Rows that say nothing but zero are not kept. Counts are 32 bits wide, which makes
summing a year of them twice as fast.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

EVERYWHERE = "*"
"""The touchpoint code of rows that hold all touchpoints together; no code of an insurer looks like it."""


class ScoreDay(Base):
    """Counts of one score on one Beijing day at one touchpoint in one region.

    For NPS ``good`` are promoters (9-10) and ``bad`` detractors (0-6); for CSAT 4-5 and 1-2; for CES 5-7
    and 1-3. ``total`` is the sum of the raw scores, for means.
    """

    __tablename__ = "score_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    touchpoint_code: Mapped[str] = mapped_column(ForeignKey("touchpoints.code"), primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"), primary_key=True)
    metric: Mapped[str] = mapped_column(String(8), primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
    good: Mapped[int] = mapped_column(Integer)
    bad: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("metric IN ('nps', 'csat', 'ces')", name="metric"),
        CheckConstraint("n > 0 AND good >= 0 AND bad >= 0 AND good + bad <= n", name="counts"),
        Index("ix_score_days_region_id_day", "region_id", "day"),
    )


class AskDay(Base):
    """The way from asking to answers, by the day on which the invitations were made.

    ``eligible`` are all invitations, ``invited`` those that sampling let through, then those whose message
    went out, whose page was opened, that were answered; each is a part of the one before.
    """

    __tablename__ = "ask_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    touchpoint_code: Mapped[str] = mapped_column(ForeignKey("touchpoints.code"), primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"), primary_key=True)
    eligible: Mapped[int] = mapped_column(Integer)
    invited: Mapped[int] = mapped_column(Integer)
    sent: Mapped[int] = mapped_column(Integer)
    opened: Mapped[int] = mapped_column(Integer)
    answered: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint(
            "eligible >= invited AND invited >= sent AND sent >= opened AND opened >= answered"
            " AND answered >= 0",
            name="funnel",
        ),
        Index("ix_ask_days_region_id_day", "region_id", "day"),
    )


class VoiceDay(Base):
    """What was said: how many utterances were negative, neutral, positive, as a whole or towards a topic.

    ``topic`` is empty for the utterance as a whole, ``touchpoint_code`` is empty where none is known. Rows of
    ``EVERYWHERE`` hold all touchpoints together: a page without that filter reads a tenth of the rows.
    """

    __tablename__ = "voice_days"

    touchpoint_code: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(32), primary_key=True)
    negative: Mapped[int] = mapped_column(Integer)
    neutral: Mapped[int] = mapped_column(Integer)
    positive: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("negative >= 0 AND neutral >= 0 AND positive >= 0", name="counts"),
        Index("ix_voice_days_region_id_day", "region_id", "day"),
    )


class PromiseDay(Base):
    """Promises to customers by the day on which they fell due: how many, and how many were kept in time."""

    __tablename__ = "promise_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    touchpoint_code: Mapped[str] = mapped_column(Text, primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"), primary_key=True)
    due: Mapped[int] = mapped_column(Integer)
    kept: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("due > 0 AND kept >= 0 AND kept <= due", name="counts"),
        Index("ix_promise_days_region_id_day", "region_id", "day"),
    )


class RollupMark(Base):
    """How far a rollup has counted what does not announce itself by events."""

    __tablename__ = "rollup_marks"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    counted_until: Mapped[datetime]
