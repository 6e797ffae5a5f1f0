"""Commands that look after data: schema, demo, audit, keys."""

import click

from app import first_start, schema, start
from app.demo import story
from app.tables import metadata
from core import audit as audit_log
from core import db as database
from core import rotation


@click.group()
def db() -> None:
    """Bring the schema to head, or check that it is there."""


@db.command()
def upgrade() -> None:
    """Run the migrations and bring the reference data in."""
    first_start.bring_up(start.prepare("db"))
    click.echo(f"at {schema.head()}")


@db.command()
def check() -> None:
    """Fail unless the database is at head and its tables are the code's tables."""
    start.prepare("db")
    with database.engine().connect() as connection:
        at = schema.at(connection)
    differences = schema.differences()
    if at != schema.head() or differences:
        for difference in differences:
            click.echo(f"differs: {difference}", err=True)
        raise click.ClickException(f"the database is at {at}, the code at {schema.head()}")
    click.echo(f"at {at}, no differences")


@click.command()
def demo() -> None:
    """Load a year of an invented insurer's life into an empty database."""
    config = start.prepare("demo")
    first_start.bring_up(config)
    if not first_start.is_empty():
        raise click.ClickException("已有客户数据，演示数据只能载入空库。")
    story.tell(progress=True)


@click.group()
def audit() -> None:
    """Look after the audit log."""


@audit.command()
def verify() -> None:
    """Walk the hash chain; exit 1 and name the line if one was changed, removed or put in."""
    start.prepare("audit")
    with database.reading() as session:
        verdict = audit_log.verify(session)
    if verdict.broken_at is not None:
        raise click.ClickException(
            f"line {verdict.broken_at} is not as it was written ({verdict.lines} lines are)"
        )
    click.echo(f"{verdict.lines} lines as they were written; last seal {verdict.last_seal}")


@click.group()
def keys() -> None:
    """Look after the encryption keys."""


@keys.command()
def rotate() -> None:
    """Re-encrypt what older keys of HUISHENG_KEYS encrypted; the first key of the ring is the active one."""
    start.prepare("keys")
    for table, column, name in rotation.encrypted_columns(metadata):
        total = 0
        while True:
            with database.transaction() as session:
                done = rotation.rotate_batch(session, table, column, name)
            if not done:
                break
            total += done
        click.echo(f"{name}: {total} values re-encrypted")


COMMANDS = (db, demo, audit, keys)
