"""Tables of regions, staff, their sessions, and API keys."""

from datetime import date, datetime

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
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Encrypted
from core.db import Base
from grid.rules import RegionKind, Role


class Region(Base):
    """A node of the network. ``path`` is ``/1/4/12/``: the ids from the root to the node itself."""

    __tablename__ = "regions"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id"))
    kind: Mapped[RegionKind] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    path: Mapped[str] = mapped_column(unique=True)

    parent: Mapped["Region | None"] = relationship(remote_side="Region.id")

    __table_args__ = (
        CheckConstraint("kind IN ('headquarters', 'province', 'city', 'branch')", name="kind"),
        CheckConstraint("(parent_id IS NULL) = (kind = 'headquarters')", name="root"),
        CheckConstraint(r"path ~ '^(/\d+)+/$'", name="path"),
        Index(
            "uq_regions_one_root",
            text("(parent_id IS NULL)"),
            unique=True,
            postgresql_where=text("parent_id IS NULL"),
        ),
        Index("ix_regions_path", "path", postgresql_ops={"path": "text_pattern_ops"}),
    )


class Staff(Base):
    """A person who logs in: one role, in one region with everything below it."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(String(16))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"))
    password_hash: Mapped[str]
    totp_secret: Mapped[str | None] = mapped_column(Encrypted("staff.totp_secret"))
    totp_last_step: Mapped[int | None]
    language: Mapped[str] = mapped_column(server_default="zh")
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    region: Mapped[Region] = relationship()

    __table_args__ = (
        CheckConstraint(
            "role IN ('administrator', 'cx_manager', 'agent', 'analyst', 'viewer', 'auditor')", name="role"
        ),
        CheckConstraint("login = lower(login) AND login <> ''", name="login"),
    )


class StaffSession(Base):
    """A login that has not ended; the cookie holds the token, the table only its hash."""

    __tablename__ = "staff_sessions"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    address: Mapped[str | None]
    agent: Mapped[str | None]

    staff: Mapped[Staff] = relationship()


class LoginFailure(Base):
    """One failed login from an address; rows older than the window go with the next failure."""

    __tablename__ = "login_failures"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    address: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        Index("ix_login_failures_address", "address", "at"),
        Index("ix_login_failures_at", "at"),
    )


class ApiKey(Base):
    """A key of another system: shown once, stored hashed, good for its scopes and its region only."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    prefix: Mapped[str]
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

    region: Mapped[Region] = relationship()

    __table_args__ = (UniqueConstraint("name"),)


class CalendarDay(Base):
    """A day whose working or not the administrator knows better than the published calendar."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    worked: Mapped[bool]
    note: Mapped[str] = mapped_column(server_default="")
