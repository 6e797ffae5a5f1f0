"""Commands that understand texts; training runs in a process of its own, serving needs none of its libraries."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

from sentiment import analyse
from sentiment.engines import ENGINES
from sentiment.explain import explain as explained
from sentiment.tagging import tag_file


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--engine", default="huisheng", show_default=True, type=click.Choice(ENGINES))
def tag(source: Path, target: Path, jobs: int, engine: str) -> None:
    """Tag the JSON lines {"id","text"} of SOURCE into TARGET; bad lines are named and skipped."""
    columns = ("{task.description}", BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(source.name, total=source.stat().st_size)
        try:
            report = tag_file(
                source,
                target,
                jobs=jobs,
                engine=engine,
                progress=lambda done: bar.update(task, completed=done),
            )
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    for line in report.reasons:
        click.echo(f"line {line.number}: {line.reason}", err=True)
    click.echo(f"tagged {report.tagged}, skipped {report.bad}", err=True)


@click.command()
@click.argument("text")
@click.option("--engine", default="huisheng", show_default=True, type=click.Choice(ENGINES))
def explain(text: str, engine: str) -> None:
    """Show what the engine understands of TEXT, in colours."""
    Console().print(explained(text, analyse(text, engine=engine)))


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def train(arguments: tuple[str, ...]) -> None:
    """Train the text model anew: cx train [--data DIR] [--out FILE]."""
    _beside("train", arguments)


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def correct(arguments: tuple[str, ...]) -> None:
    """Learn from people's corrections: cx correct CORRECTIONS OUT [--data DIR]."""
    _beside("correct", arguments)


def _beside(command: str, arguments: tuple[str, ...]) -> None:
    if importlib.util.find_spec("sklearn") is None:
        raise click.ClickException('training needs more libraries: pip install -e ".[train]"')
    done = subprocess.run([sys.executable, "-m", "sentiment", command, *arguments], check=False)  # noqa: S603 - our own module
    sys.exit(done.returncode)


COMMANDS = (tag, explain, train, correct)
