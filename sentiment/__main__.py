"""The engine from the command line: `python -m sentiment tag|explain|train|correct`."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

from sentiment.engines import ENGINES, analyse
from sentiment.explain import explain
from sentiment.models.store import SHIPPED
from sentiment.tagging import tag_file
from sentiment.train import train
from sentiment.train.corrections import learn_corrections

FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def main() -> None:
    """Understand Chinese customer feedback."""


@main.command()
@click.argument("source", type=EXISTING)
@click.argument("target", type=FILE)
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1, 64), help="processes")
@click.option("--engine", default="huisheng", show_default=True, type=click.Choice(ENGINES))
def tag(source: Path, target: Path, jobs: int, engine: str) -> None:
    """Tag the JSON lines {"id","text"} of SOURCE into TARGET."""
    console = Console(stderr=True)
    columns = ("{task.description}", BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(source.name, total=source.stat().st_size)
        report = tag_file(
            source, target, jobs=jobs, engine=engine, progress=lambda done: bar.update(task, completed=done)
        )
    for line in report.reasons:
        click.echo(f"line {line.number}: {line.reason}", err=True)
    click.echo(f"tagged {report.tagged}, skipped {report.bad}", err=True)


@main.command("explain")
@click.argument("text")
@click.option("--engine", default="huisheng", show_default=True, type=click.Choice(ENGINES))
def explain_text(text: str, engine: str) -> None:
    """Show what the engine understands of TEXT, in colours."""
    Console().print(explain(text, analyse(text, engine=engine)))


@main.command("train")
@click.option("--data", type=FOLDER, help="folder of NAME.train.jsonl and NAME.dev.jsonl")
@click.option("--out", type=FILE, default=SHIPPED, help="model file to write [default: the shipped one]")
def train_model(data: Path | None, out: Path) -> None:
    """Train the model anew."""
    train(data, out, say=click.echo)


@main.command()
@click.argument("corrections", type=EXISTING)
@click.argument("out", type=FILE)
@click.option("--data", type=FOLDER, help="folder of NAME.train.jsonl and NAME.dev.jsonl")
@click.option("--report", "report_to", type=FILE, help="write the whole comparison as JSON")
def correct(corrections: Path, out: Path, data: Path | None, report_to: Path | None) -> None:
    """Learn from CORRECTIONS; write the better model to OUT only if it is not worse anywhere that matters."""
    report = learn_corrections(corrections, out, data=data, say=click.echo)
    if report_to:
        report_to.write_text(json.dumps(report.to_dict(), ensure_ascii=False, indent=1), encoding="utf-8")
    click.echo(report.to_text())


if __name__ == "__main__":
    main()
