"""Tables of open links: QR codes, kiosks and frames, how often they were opened, and answers in doubt.

What tells one visitor from another is kept apart from the answers and never beside them.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.crypto import Encrypted
from core.db import Base


class OpenLink(Base):
    """A link that anybody may answer: one for a branch, a poster, an agent, a kiosk or a frame.

    ``parameters`` are the answers to hidden questions that come with the link; ``host`` is the origin of the
    insurer's own site that may frame it, ``per_device`` how often one browser may answer.
    """

    __tablename__ = "open_links"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(String(32), unique=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id"))
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(16))
    touchpoint_code: Mapped[str] = mapped_column(ForeignKey("touchpoints.code"))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    per_device: Mapped[int | None] = mapped_column(SmallInteger)
    host: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    expires_at: Mapped[datetime | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('web', 'qr', 'poster', 'kiosk', 'embed')", name="kind"),
        CheckConstraint("per_device > 0", name="per_device"),
        CheckConstraint("(kind = 'embed') = (host IS NOT NULL)", name="host"),
        Index("ix_open_links_survey_id_id", "survey_id", "id"),
    )


class OpenLinkDay(Base):
    """How often an open link was opened on a Beijing day, and how often a first page came back; nothing about whom."""

    __tablename__ = "open_link_days"

    link_id: Mapped[int] = mapped_column(ForeignKey("open_links.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    opened: Mapped[int] = mapped_column(server_default=text("0"))
    started: Mapped[int] = mapped_column(server_default=text("0"))


class OpenLinkDevice(Base):
    """How often one browser answered one link that asks for a limit; a random cookie of that link, hashed."""

    __tablename__ = "open_link_devices"

    link_id: Mapped[int] = mapped_column(ForeignKey("open_links.id"), primary_key=True)
    device_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    taken: Mapped[int] = mapped_column(SmallInteger)


class Sighting(Base):
    """How often the same thing was seen on a Beijing day: an address, the same answers, a sum gone wrong.

    ``mark`` is a hash under the day's own salt, of which no part can be told without it. Both tables are
    unlogged, so nothing of them is in the write-ahead log, and both are emptied every night: what was never
    written down for longer than a day cannot be asked for later.
    """

    __tablename__ = "sightings"

    day: Mapped[date] = mapped_column(primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    n: Mapped[int]

    __table_args__ = ({"prefixes": ["UNLOGGED"]},)


class SightingSalt(Base):
    """The salt of one day's marks."""

    __tablename__ = "sighting_salts"

    day: Mapped[date] = mapped_column(primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = ({"prefixes": ["UNLOGGED"]},)


class Suspect(Base):
    """Answers kept aside: shown to staff, counted only once accepted.

    They look as if nobody had meant them, or they came when the quota was full, too late, or by a personal link after
    another answer; these are never counted, and their key is made of the link and the content. Where they come from
    stands here as in a response; of an anonymous survey under a personal link neither the link nor the invitation does,
    and the key is a random one.
    """

    __tablename__ = "suspects"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("open_links.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("survey_versions.id"))
    touchpoint_code: Mapped[str] = mapped_column(ForeignKey("touchpoints.code"))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"))
    channel: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(16))
    sent: Mapped[str] = mapped_column(Encrypted("suspects.sent"))
    reasons: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    seconds: Mapped[int | None]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), server_default="waiting")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'accepted', 'rejected')", name="state"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint("num_nonnulls(link_id, invitation_id) <= 1", name="one_way_in"),
        Index("ix_suspects_waiting", "received_at", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_suspects_invitation_id", "invitation_id", postgresql_where=text("invitation_id IS NOT NULL")
        ),
    )
