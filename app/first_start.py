"""What a new installation needs before anyone can log in: schema, reference data, an administrator."""

from pathlib import Path

from sqlalchemy import func, select

from app import reference, schema
from core import db
from core.settings import Settings
from customers.models import Customer
from grid import cli as grid_cli
from grid.models import Staff
from grid.rules import Role

ADMIN = "admin"


def bring_up(settings: Settings) -> None:
    """Bring the schema to head and the reference data in; safe at every start."""
    schema.upgrade()
    with db.transaction() as session:
        reference.install(session, settings.huisheng_company, settings.huisheng_phone)


def ensure_administrator(settings: Settings) -> str | None:
    """Create the first administrator with a generated password; return it, or None if there is one already.

    The password is also kept in ``<home>/first-login.txt``, readable by the owner only, until somebody
    deletes it: whoever starts the product in the background never sees its terminal.
    """
    with db.reading() as session:
        if session.scalar(select(func.count(Staff.id)).where(Staff.role == Role.ADMINISTRATOR)):
            return None
    password = grid_cli.add_user(ADMIN, "系统管理员", Role.ADMINISTRATOR)
    note = first_login_note(settings)
    note.touch(mode=0o600)
    note.write_text(f"{ADMIN} {password}\n", encoding="utf-8")
    return password


def first_login_note(settings: Settings) -> Path:
    """Return the file that holds the generated password."""
    return settings.huisheng_home / "first-login.txt"


def is_empty() -> bool:
    """Say whether no customer is known yet, so that demo data would disturb nobody."""
    with db.reading() as session:
        return not session.scalar(select(func.count()).select_from(select(Customer.id).limit(1).subquery()))
