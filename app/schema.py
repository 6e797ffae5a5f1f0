"""The database's schema: bring it to head, tell whether it is there."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.tables import metadata
from core import db
from core.errors import SettingsError

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def config() -> Config:
    """Return Alembic's configuration; it needs no file."""
    result = Config()
    result.set_main_option("script_location", str(FOLDER))
    result.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return result


def upgrade(revision: str = "head") -> None:
    """Bring the database of this process forward to ``revision``; raise SettingsError if it is not one for us."""
    with db.engine().connect() as connection:
        _must_fit(connection)
    command.upgrade(config(), revision)


def _must_fit(connection: Connection) -> None:
    """Raise SettingsError for a database that cannot hold Chinese, or that a newer version has been at."""
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise SettingsError(
            f"DATABASE_URL: the database's encoding is {encoding}; create it with ENCODING 'UTF8' TEMPLATE template0"
        )
    found = at(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if found is not None and found not in known:
        raise SettingsError(
            f"the database is at {found}, which this version does not know (it ends at {head()}): "
            "start the newer version, or restore the backup from before the upgrade"
        )


def downgrade(revision: str) -> None:
    """Take the database of this process back to ``revision``."""
    command.downgrade(config(), revision)


def head() -> str:
    """Return the newest revision that this code knows."""
    return str(ScriptDirectory.from_config(config()).get_current_head())


def at(connection: Connection) -> str | None:
    """Return the revision at which the database stands."""
    return MigrationContext.configure(connection).get_current_revision()


def differences() -> list[object]:
    """Return what the tables of the code and the tables of the database disagree in; empty when right."""
    with db.engine().connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: (
                    not (kind == "table" and str(name).startswith("procrastinate_"))
                )
            },
        )
        return list(compare_metadata(context, metadata))
