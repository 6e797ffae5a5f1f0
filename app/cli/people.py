"""Commands that let people and other systems in."""

import click

from app import start
from grid import cli as grid_cli
from grid.rules import Role, Scope


@click.group()
def user() -> None:
    """Look after staff accounts."""


@user.command("add")
@click.argument("login")
@click.option("--name", required=True, help="Name as colleagues read it.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--region", "region_code", help="Code of the region; headquarters by default.")
def add_user(login: str, name: str, role: str, region_code: str | None) -> None:
    """Create an account and print its generated password once."""
    start.prepare("user")
    click.echo(grid_cli.add_user(login, name, Role(role), region_code))


@click.group()
def key() -> None:
    """Look after API keys."""


@key.command("add")
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope])
)
@click.option(
    "--region", "region_code", help="Code of the region the key is good for; headquarters by default."
)
def add_key(name: str, scopes: tuple[str, ...], region_code: str | None) -> None:
    """Issue an API key and print it once."""
    start.prepare("key")
    click.echo(grid_cli.add_key(name, [Scope(scope) for scope in scopes], region_code))


COMMANDS = (user, key)
