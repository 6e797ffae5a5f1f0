"""The commands `tag` and `explain`, for `python -m sentiment` and for `cx`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

from sentiment.engines import ENGINES, analyse, domain_names
from sentiment.explain import explain as explained
from sentiment.tagging import tag_file


def _known(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    """Refuse a domain that the model does not have, and name those it has."""
    if name is not None and name not in domain_names():
        raise click.BadParameter(f"there are {', '.join(domain_names())}")
    return name


engine_option = click.option("--engine", default="huisheng", show_default=True, type=click.Choice(ENGINES))
domain_option = click.option(
    "--domain",
    callback=_known,
    help="Where the texts come from, if it is known: insurance, reviews, hotel, …",
)


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@engine_option
@domain_option
def tag(source: Path, target: Path, jobs: int, engine: str, domain: str | None) -> None:
    """Tag the JSON lines {"id","text"} of SOURCE into TARGET; bad lines are named and skipped."""
    columns = ("{task.description}", BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(source.name, total=source.stat().st_size)

        def seen(done: int) -> None:
            bar.update(task, completed=done)

        try:
            report = tag_file(source, target, jobs=jobs, engine=engine, domain=domain, progress=seen)
        except (ValueError, OSError) as error:
            raise click.ClickException(str(error)) from error
    for line in report.reasons:
        click.echo(f"line {line.number}: {line.reason}", err=True)
    click.echo(f"tagged {report.tagged}, skipped {report.bad}", err=True)


@click.command()
@click.argument("text")
@engine_option
@domain_option
def explain(text: str, engine: str, domain: str | None) -> None:
    """Show what the engine understands of TEXT, in colours."""
    Console().print(explained(text, analyse(text, engine=engine, domain=domain)))
