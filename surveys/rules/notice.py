"""The privacy notice that a new installation starts with; the insurer publishes editions of its own after it."""

import tomllib
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parents[1] / "data" / "notice.toml"


def starting_point(company: str, phone: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return title and body by language, the insurer's name and service number filled in."""
    titles, bodies = {}, {}
    for language, said in _texts().items():
        contact = said["phone"].format(phone=phone) if phone else said["no_phone"]
        titles[language] = said["title"]
        bodies[language] = said["body"].strip().format(company=company, contact=contact)
    return titles, bodies


@cache
def _texts() -> dict[str, dict[str, str]]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)
