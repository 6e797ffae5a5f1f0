"""Commands that bring in what other systems exported, and take it out again."""

from pathlib import Path

import click

from app import start
from dashboards import services as dashboards
from feedback import cli as feedback_cli
from tickets import queries as tickets


@click.group("import")
def import_() -> None:
    """Bring in what other systems exported."""


@import_.command("feedback")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", help="Name of the system the file comes from; the file's name by default.")
@click.option("--channel", help="Channel of rows that name none.")
@click.option(
    "--region", "region_code", help="Code of the region for rows that name none; headquarters by default."
)
@click.option(
    "--open-tickets", is_flag=True, help="Let these rows open tickets; history does not by default."
)
@click.option(
    "--tag/--no-tag",
    default=True,
    show_default=True,
    help="Understand the texts now, or leave it to the worker.",
)
@click.option(
    "--column",
    multiple=True,
    metavar="时间=发表日",
    help="Column of a meaning, where its header does not say it; may be repeated.",
)
@click.option(
    "--date", "day", default="", metavar="2025-03-01", help="Day of rows that have no time; now by default."
)
@click.option(
    "--scale",
    type=click.Choice(["5", "10", "100"]),
    default="100",
    help="Highest rating there may be; rows with a higher one are refused.",
)
@click.option(
    "--new-channel",
    "new_channels",
    multiple=True,
    metavar="NAME",
    help="A channel that nothing came from so far; rows of other unknown channels are refused.",
)
def import_feedback(
    file: Path,
    source: str | None,
    channel: str | None,
    region_code: str | None,
    open_tickets: bool,
    tag: bool,
    column: tuple[str, ...],
    day: str,
    scale: str,
    new_channels: tuple[str, ...],
) -> None:
    """Import FILE (CSV, XLSX or JSON lines); running it twice adds nothing."""
    wished = feedback_cli.wishes(column=column, day=day, scale=int(scale), new_channels=new_channels)
    start.prepare("import")
    report = feedback_cli.import_feedback(
        file,
        source=source,
        channel=channel,
        open_tickets=open_tickets,
        tag=tag,
        region_code=region_code,
        wished=wished,
    )
    for line in report.lines():
        click.echo(line)


@import_.command("list")
def list_imports() -> None:
    """Show the latest imports with their numbers, the newest first."""
    start.prepare("import")
    for line in feedback_cli.import_list():
        click.echo(line)


@import_.command()
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@click.option("--yes", is_flag=True, help="Do not ask.")
def undo(number: int, yes: bool) -> None:
    """Remove what import NUMBER brought, but for words with a ticket or marked as handled."""
    start.prepare("import")
    click.echo(feedback_cli.before_undoing(number))
    if not yes:
        click.confirm("撤销后不能恢复，要再有只能重新导入。继续吗？", abort=True)
    done = feedback_cli.undo_import(number, ticketed=tickets.ticketed, recount=dashboards.recount_voices_of)
    click.echo(done.sentence())


COMMANDS = (import_,)
