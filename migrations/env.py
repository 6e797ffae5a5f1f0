"""How Alembic reaches the database: one advisory lock, a short lock timeout, one transaction per revision."""

from typing import Literal

from alembic import context
from sqlalchemy import Connection, text

from app.tables import metadata
from core import db
from core.crypto import Encrypted

_LOCK = 0x4D49_4752


def _render_item(kind: str, item: object, _autogen: object) -> str | Literal[False]:
    """Write encrypted columns as what the database sees: a migration must not depend on our classes."""
    if kind == "type" and isinstance(item, Encrypted):
        return "sa.LargeBinary()"
    return False


def _include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the job library's tables to its own schema."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


def _run(connection: Connection) -> None:
    # Two processes may start at once after an update: the second waits here and then finds nothing to do.
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
    try:
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text("SET statement_timeout = 0"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_item=_render_item,
            include_name=_include_name,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
        connection.commit()


with db.engine().connect() as opened:
    _run(opened)
