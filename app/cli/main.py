"""``cx``: everything that is done from a terminal."""

import sys

import click
from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.cli import data, imports, people, running, texts
from core.errors import DomainError, InvalidInputError, NoHomeError, SettingsError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="huisheng")
def cx() -> None:
    """回声 Huisheng: run the platform, look after its data, understand texts."""


for command in (*running.COMMANDS, *data.COMMANDS, *imports.COMMANDS, *people.COMMANDS, *texts.COMMANDS):
    cx.add_command(command)


def main() -> None:
    """Run ``cx``; what a person can mend is one sentence and exit code 2, never a traceback."""
    try:
        cx(standalone_mode=True)
    except NoHomeError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except SettingsError as error:
        click.echo(f"settings: {error}", err=True)
        sys.exit(2)
    except OperationalError as error:
        click.echo(f"database: {error.orig}", err=True)
        sys.exit(2)
    except ProgrammingError as error:
        if not isinstance(error.orig, UndefinedTable | UndefinedColumn):
            raise
        click.echo("数据库里还没有回声的表，或是旧版本的：请先运行 cx db upgrade。", err=True)
        sys.exit(2)
    except DomainError as error:
        click.echo(str(error), err=True)
        if isinstance(error, InvalidInputError):
            for field, sentences in error.fields.items():
                click.echo(f"  {field}: {'; '.join(sentences)}", err=True)
        sys.exit(2)
