"""Logging in, staying logged in, logging out."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session, contains_eager

from core import audit, clock, crypto
from core.errors import DomainError
from core.sentences import N_
from grid.models import LoginFailure, Region, Staff, StaffSession
from grid.rules import (
    ADDRESS_WINDOW,
    FAILURES_PER_ACCOUNT,
    FAILURES_PER_ADDRESS,
    LOCKED_FOR,
    LONGEST_PASSWORD,
    LONGEST_SESSION,
    PERMISSIONS,
    SEEN_EVERY,
    Role,
    Viewer,
    login_name,
)
from grid.services import secrets_of_staff


class TooManyFailuresError(DomainError):
    """Too many logins from one address have failed lately."""

    status = 429


def authenticate(
    session: Session, *, login: str, password: str, totp_code: str = "", address: str | None
) -> Staff | None:
    """Return the member of staff whose login, password and (where switched on) one-time code these are.

    None means no, and the caller must commit all the same: the failure is counted. Nothing tells a stranger
    whether the login exists, is locked or inactive; the work is the same in all cases. Raises
    TooManyFailuresError, before any work, for an address with too many failures.
    """
    now = clock.now()
    _refuse_busy_address(session, address, now)
    known = session.execute(
        select(Staff.id, Staff.password_hash).where(Staff.login == login_name(login))
    ).first()
    hash_seen = known.password_hash if known else secrets_of_staff.NOBODY
    right = secrets_of_staff.is_password(hash_seen, password[: LONGEST_PASSWORD + 1])
    if known is None:
        _count_address(session, address, now)
        return None
    # Verifying takes long, so the row is locked only now. Of many guesses at once the sixth finds the account
    # locked, even if it was right; and of two uses of one code the second finds its step used.
    staff = session.scalars(
        select(Staff).where(Staff.id == known.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if staff.password_hash != hash_seen or not staff.active:
        right = False
    if staff.locked_until is not None and staff.locked_until > now:
        _count_address(session, address, now)
        _note_failure(session, staff, "locked", address)
        return None
    step = None
    if right and staff.totp_secret is not None:
        step = secrets_of_staff.totp_step(staff.totp_secret, totp_code, now, staff.totp_last_step)
    if not right or (staff.totp_secret is not None and step is None):
        _count_failure(session, staff, "totp" if right else "password", address, now)
        return None
    staff.failures, staff.locked_until = 0, None
    staff.totp_last_step = step if step is not None else staff.totp_last_step
    if secrets_of_staff.HASHER.check_needs_rehash(staff.password_hash):
        staff.password_hash = secrets_of_staff.hash_password(password)
    return staff


def start_session(
    session: Session, *, staff: Staff, address: str | None, agent: str | None, replaces: str | None = None
) -> str:
    """Open a session for somebody who just proved who they are; return the token for the cookie.

    The session of the cookie that came with the login ends: a token planted before the login is worth
    nothing after it (session fixation, CWE-384).
    """
    now = clock.now()
    too_old = and_(StaffSession.staff_id == staff.id, StaffSession.created_at < now - LONGEST_SESSION)
    replaced = StaffSession.token_hash == crypto.token_hash(replaces or "")
    session.execute(delete(StaffSession).where(or_(too_old, replaced)))
    token = secrets.token_urlsafe(32)
    opened = StaffSession(
        token_hash=crypto.token_hash(token),
        staff_id=staff.id,
        created_at=now,
        last_seen_at=now,
        address=address,
        agent=agent[:200] if agent else None,
    )
    session.add(opened)
    session.flush()  # the token is good as soon as the cookie is set
    audit.record(
        session,
        actor=f"staff:{staff.id}",
        action="staff.login",
        object_type="staff",
        object_id=staff.id,
        detail={"address": address},
    )
    return token


def resume(session: Session, token: str, *, idle: timedelta) -> Viewer | None:
    """Return whose session the token opens, or None if it is unknown, idle for ``idle``, or too old."""
    now = clock.now()
    opened = session.scalar(
        select(StaffSession)
        .join(StaffSession.staff)
        .join(Staff.region)
        .where(StaffSession.token_hash == crypto.token_hash(token))
        .options(contains_eager(StaffSession.staff).contains_eager(Staff.region))
    )
    if opened is None:
        return None
    if (
        not opened.staff.active
        or now - opened.last_seen_at >= idle
        or now - opened.created_at >= LONGEST_SESSION
    ):
        session.execute(delete(StaffSession).where(StaffSession.id == opened.id))
        return None
    if now - opened.last_seen_at >= SEEN_EVERY:
        session.execute(update(StaffSession).where(StaffSession.id == opened.id).values(last_seen_at=now))
    return viewer_of(opened.staff)


def end_session(session: Session, token: str) -> None:
    """End the session that the token opens; nothing happens if there is none."""
    staff_id = session.scalar(
        delete(StaffSession)
        .where(StaffSession.token_hash == crypto.token_hash(token))
        .returning(StaffSession.staff_id)
    )
    if staff_id is not None:
        audit.record(
            session, actor=f"staff:{staff_id}", action="staff.logout", object_type="staff", object_id=staff_id
        )


def viewer_of(staff: Staff) -> Viewer:
    """Return a member of staff as somebody who looks."""
    region: Region = staff.region
    return Viewer(
        name=staff.name,
        region_id=region.id,
        region_path=region.path,
        region_name=region.name,
        permissions=PERMISSIONS[Role(staff.role)],
        staff_id=staff.id,
        role=Role(staff.role),
        language=staff.language,
    )


def _refuse_busy_address(session: Session, address: str | None, now: datetime) -> None:
    if address is None:
        return
    failures = session.scalar(
        select(func.count())
        .select_from(LoginFailure)
        .where(LoginFailure.address == address, LoginFailure.at > now - ADDRESS_WINDOW)
    )
    if failures is not None and failures >= FAILURES_PER_ADDRESS:
        raise TooManyFailuresError(N_("这个网络地址登录失败次数过多，请 15 分钟后再试。"))


def _count_address(session: Session, address: str | None, now: datetime) -> None:
    old = (
        select(LoginFailure.id)
        .where(LoginFailure.at <= now - ADDRESS_WINDOW)
        .limit(1000)
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(LoginFailure).where(LoginFailure.id.in_(old)))
    if address is not None:
        session.add(LoginFailure(address=address, at=now))


def _count_failure(session: Session, staff: Staff, reason: str, address: str | None, now: datetime) -> None:
    _count_address(session, address, now)
    staff.failures += 1
    if staff.failures >= FAILURES_PER_ACCOUNT:
        # Counting begins anew when the lock opens.
        staff.failures, staff.locked_until = 0, now + LOCKED_FOR
        reason += ", now locked"
    _note_failure(session, staff, reason, address)


def _note_failure(session: Session, staff: Staff, reason: str, address: str | None) -> None:
    # Unknown logins are not noted by name: people type passwords into the wrong field.
    audit.record(
        session,
        actor="stranger",
        action="staff.login_failed",
        object_type="staff",
        object_id=staff.id,
        detail={"reason": reason, "address": address},
    )
