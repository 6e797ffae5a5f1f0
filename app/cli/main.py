"""``cx``: everything that is done from a terminal."""

import errno
import sys

import click
from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.cli import data, imports, people, running, texts
from core.embedded import DatabaseStartError
from core.errors import DomainError, InvalidInputError, NoHomeError, SettingsError

_OF_THE_DISK = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EEXIST,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}
"""What is wrong with a file or a disk; who runs the machine can mend it."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="huisheng")
def cx() -> None:
    """回声 Huisheng: run the platform, look after its data, understand texts."""


for command in (*running.COMMANDS, *data.COMMANDS, *imports.COMMANDS, *people.COMMANDS, *texts.COMMANDS):
    cx.add_command(command)


def main() -> None:
    """Run ``cx``; what a person can mend is one sentence and exit code 2, never a traceback."""
    try:
        cx(prog_name="cx", standalone_mode=True)
    except (
        SettingsError,
        DatabaseStartError,
        OperationalError,
        ProgrammingError,
        OSError,
        DomainError,
    ) as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        click.echo(sentence, err=True)
        if isinstance(error, InvalidInputError):
            for field, sentences in error.fields.items():
                click.echo(f"  {field}: {'; '.join(sentences)}", err=True)
        sys.exit(2)


def _sentence(error: Exception) -> str | None:
    """Return what a person can mend as they read it; None for a bug of ours."""
    match error:
        case NoHomeError() | DomainError():
            return str(error)
        case SettingsError():
            return f"settings: {error}"
        case DatabaseStartError() | OperationalError():
            return f"database: {getattr(error, 'orig', error)}"
        case ProgrammingError() if isinstance(error.orig, UndefinedTable | UndefinedColumn):
            return "数据库里还没有回声的表，或是旧版本的：请先运行 cx db upgrade。"
        case OSError() if error.errno in _OF_THE_DISK:
            where = f"：{error.filename}" if error.filename else ""
            return f"无法读写文件（{error.strerror}）{where}"
    return None
