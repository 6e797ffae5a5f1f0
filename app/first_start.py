"""What a new installation needs before anyone can log in: schema, reference data, an administrator."""

from pathlib import Path

from sqlalchemy import func, select

from app import reference, schema
from core import db, logs
from core.errors import SettingsError
from core.settings import Settings
from customers import queries as customer_queries
from customers.models import Customer
from grid import cli as grid_cli
from grid.models import Staff
from grid.rules import Role

log = logs.get(__name__)

ADMIN = "admin"


def bring_up(settings: Settings) -> None:
    """Bring the schema to head and the reference data in; safe at every start.

    Raises SettingsError if the keys are not those of the data: with others, pages about known customers fail, and new
    customers are written so that the right keys cannot read them any more.
    """
    schema.upgrade()
    with db.reading() as session:
        if not customer_queries.is_readable(session):
            raise SettingsError(
                "HUISHENG_KEYS does not open this database's customers: start with the keys (and the HUISHENG_SECRET) "
                "that wrote them; after a restore they are in the secrets.env of that time"
            )
        if not customer_queries.is_findable(session):
            log.warning("secret_is_not_the_one_that_indexed_customers")
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
