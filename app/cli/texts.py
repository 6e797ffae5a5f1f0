"""Commands that understand texts; training runs in a process of its own, serving needs none of its libraries."""

import importlib.util
import subprocess
import sys

import click

from sentiment.commands import explain, tag


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
