"""Accounts of staff: who they are, where they stand, what proves it is them."""

import secrets
from collections.abc import Mapping

import pyotp
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import audit, clock, crypto
from core.errors import InvalidInputError, NotFoundError
from core.sentences import N_
from grid.models import Region, Staff, StaffSession
from grid.rules import Role, Viewer, login_name, password_faults
from grid.services import rows, secrets_of_staff
from grid.services.reach import signature, within_reach

# Without letters and digits that look alike: the password is read out or written down once.
_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"

_NO_LAST = N_("这是总部最后一位在用的系统管理员，不能停用、调离或更换角色。")


def new_password() -> str:
    """Return a random password of 16 characters (93 bits) in groups of four."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def create_staff(
    session: Session,
    *,
    login: str,
    name: str,
    role: Role,
    region: Region,
    password: str,
    by: Viewer | None,
    language: str = "zh",
) -> Staff:
    """Create an account; raise InvalidInputError for a bad password or a login that is taken."""
    within_reach(by, region)
    _refuse_bad_password(password, login_name(login), "password")
    staff = Staff(
        login=login_name(login),
        name=name.strip(),
        role=role,
        region=region,
        password_hash=secrets_of_staff.hash_password(password),
        language=language,
        active=True,
        failures=0,
        created_at=clock.now(),
    )
    rows.insert(session, staff, field="login", taken=N_("这个登录名已有人使用"))
    detail = {"login": staff.login, "role": role.value, "region": region.code}
    _note(session, by, "staff.create", staff, detail)
    return staff


def edit_staff(
    session: Session, *, staff: Staff, name: str, role: Role, region: Region, by: Viewer | None
) -> None:
    """Change name, role and region of somebody; the sessions go on with the new rights."""
    within_reach(by, staff.region)
    within_reach(by, region)
    if role is not Role.ADMINISTRATOR or region.parent_id is not None:
        _keep_an_administrator(session, staff)
    before = {"name": staff.name, "role": str(staff.role), "region": staff.region.code}
    staff.name, staff.role, staff.region = name.strip(), role, region
    after = {"name": staff.name, "role": role.value, "region": region.code}
    changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if changed:
        _note(session, by, "staff.edit", staff, changed)


def set_staff_active(session: Session, *, staff: Staff, active: bool, by: Viewer | None) -> None:
    """Let somebody in again, or shut them out at once: their sessions end."""
    within_reach(by, staff.region)
    if staff.active == active:
        return
    if not active:
        _keep_an_administrator(session, staff)
        _end_sessions(session, staff)
    staff.active, staff.failures, staff.locked_until = active, 0, None
    _note(session, by, "staff.activate" if active else "staff.deactivate", staff)


def change_password(session: Session, *, staff_id: int, current: str, new: str, token: str) -> None:
    """Change one's own password; every session but the one with ``token`` ends.

    Raises InvalidInputError, naming the field, if ``current`` is wrong or ``new`` is no good.
    """
    staff = _own(session, staff_id)
    _ask_password(staff, current)
    if new == current:
        raise InvalidInputError(N_("新密码不能与当前密码相同"), {"new": [N_("新密码不能与当前密码相同")]})
    _refuse_bad_password(new, staff.login, "new")
    staff.password_hash = secrets_of_staff.hash_password(new)
    _end_sessions(session, staff, but=token)
    _note_own(session, "staff.password_change", staff)


def reset_password(session: Session, *, staff: Staff, by: Viewer | None) -> str:
    """Give somebody a new random password, to be handed over once; sessions end, a lock opens."""
    within_reach(by, staff.region)
    password = new_password()
    staff.password_hash = secrets_of_staff.hash_password(password)
    staff.failures, staff.locked_until = 0, None
    _end_sessions(session, staff)
    _note(session, by, "staff.password_reset", staff)
    return password


def new_totp_secret() -> str:
    """Return a fresh secret of 160 bits for an authenticator app; nothing is stored yet."""
    return pyotp.random_base32()


def totp_uri(secret: str, *, login: str, issuer: str) -> str:
    """Return the ``otpauth://`` address that authenticator apps read from a QR code."""
    totp = pyotp.TOTP(secret, interval=secrets_of_staff.STEP_SECONDS)
    return totp.provisioning_uri(name=login, issuer_name=issuer)


def confirm_totp(
    session: Session, *, staff_id: int, secret: str, code: str, password: str, token: str
) -> None:
    """Ask for a one-time code at every login from now on, if the code shows that the app knows the secret.

    Sessions opened without the code end, but for the one with ``token``.
    """
    staff = _own(session, staff_id)
    _ask_password(staff, password)
    step = secrets_of_staff.totp_step(secret, code, clock.now(), None)
    if step is None:
        raise InvalidInputError(
            N_("动态码不正确"), {"code": [N_("动态码不正确，请输入应用里当前显示的 6 位数字")]}
        )
    staff.totp_secret, staff.totp_last_step = secret, step
    _end_sessions(session, staff, but=token)
    _note_own(session, "staff.totp_on", staff)


def disable_totp(session: Session, *, staff_id: int, password: str) -> None:
    """Log in with the password alone again."""
    staff = _own(session, staff_id)
    _ask_password(staff, password)
    staff.totp_secret, staff.totp_last_step = None, None
    _note_own(session, "staff.totp_off", staff)


def reset_totp(session: Session, *, staff: Staff, by: Viewer | None) -> None:
    """Switch the one-time code of somebody off whose phone is lost; their sessions end."""
    within_reach(by, staff.region)
    if staff.totp_secret is None:
        return
    staff.totp_secret, staff.totp_last_step = None, None
    _end_sessions(session, staff)
    _note(session, by, "staff.totp_reset", staff)


def set_language(session: Session, *, staff_id: int, language: str) -> None:
    """Choose the language of one's own pages: zh or en."""
    if language not in {"zh", "en"}:
        raise InvalidInputError(N_("不支持这种语言"), {"language": [N_("不支持这种语言")]})
    _own(session, staff_id).language = language


def _own(session: Session, staff_id: int) -> Staff:
    staff = session.scalar(select(Staff).where(Staff.id == staff_id).with_for_update())
    if staff is None:
        raise NotFoundError(N_("没有找到这位人员"))
    return staff


def _ask_password(staff: Staff, given: str) -> None:
    if not secrets_of_staff.is_password(staff.password_hash, given):
        raise InvalidInputError(N_("当前密码不正确"), {"current": [N_("当前密码不正确")]})


def _refuse_bad_password(password: str, login: str, field: str) -> None:
    faults = password_faults(password, login)
    if faults:
        raise InvalidInputError(faults[0], {field: faults})


def _end_sessions(session: Session, staff: Staff, *, but: str | None = None) -> None:
    ended = delete(StaffSession).where(StaffSession.staff_id == staff.id)
    if but:
        ended = ended.where(StaffSession.token_hash != crypto.token_hash(but))
    session.execute(ended)


def _keep_an_administrator(session: Session, staff: Staff) -> None:
    """Raise InvalidInputError if nobody else could give out rights everywhere once ``staff`` is gone.

    The rows are locked: of the last two administrators who shut each other out, one gets the sentence.
    """
    administrators = session.scalars(
        select(Staff.id)
        .join(Staff.region)
        .where(Staff.active, Staff.role == Role.ADMINISTRATOR, Region.parent_id.is_(None))
        .order_by(Staff.id)
        .with_for_update(of=Staff)
    ).all()
    if list(administrators) == [staff.id]:
        raise InvalidInputError(_NO_LAST)


def _note(
    session: Session, by: Viewer | None, action: str, staff: Staff, detail: Mapping[str, object] | None = None
) -> None:
    audit.record(
        session, actor=signature(by), action=action, object_type="staff", object_id=staff.id, detail=detail
    )


def _note_own(session: Session, action: str, staff: Staff) -> None:
    audit.record(session, actor=f"staff:{staff.id}", action=action, object_type="staff", object_id=staff.id)
