"""The engine from the command line: `python -m sentiment tag|explain|train|correct`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sentiment.commands import explain, tag
from sentiment.models.store import SHIPPED
from sentiment.train import train
from sentiment.train.corrections import learn_corrections

FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def main() -> None:
    """Understand Chinese customer feedback."""


main.add_command(tag)
main.add_command(explain)


@main.command("train")
@click.option("--data", type=FOLDER, help="folder of NAME.train.jsonl and NAME.dev.jsonl")
@click.option(
    "--out", type=FILE, help=f"model file to write [with --data: the one in use, else ./{SHIPPED.name}]"
)
def train_model(data: Path | None, out: Path | None) -> None:
    """Train the model anew.

    Without labelled reviews of your own the model knows less than the one in use and does not take its place.
    """
    train(data, out or (SHIPPED if data else Path(SHIPPED.name)), say=click.echo)


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
