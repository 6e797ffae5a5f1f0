"""The survey templates that come with the product: worded, in three languages, ready to be published."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from surveys.rules.definition import Definition
from surveys.rules.texts import Localised

FOLDER = Path(__file__).parents[1] / "data" / "templates"


@dataclass(frozen=True, slots=True)
class Template:
    """One template: what it is called and for, at which stage, after which touchpoint if there is one."""

    code: str
    name: Localised
    purpose: Localised
    stage: str
    touchpoint: str | None

    def definition(self) -> Definition:
        """Return what the template asks."""
        return _definition(self.code)


@cache
def templates() -> tuple[Template, ...]:
    """Return all templates in the order in which they are offered."""
    with (FOLDER / "index.toml").open("rb") as file:
        listed = tomllib.load(file)["template"]
    return tuple(
        Template(one["code"], one["name"], one["purpose"], one["stage"], one.get("touchpoint"))
        for one in listed
    )


def template(code: str) -> Template:
    """Return the template with ``code``; raise LookupError if there is none."""
    for one in templates():
        if one.code == code:
            return one
    raise LookupError(f"no survey template {code!r}")


@cache
def _definition(code: str) -> Definition:
    return Definition.model_validate_json((FOLDER / f"{code}.json").read_text(encoding="utf-8"))
