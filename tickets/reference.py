"""Root causes and promised hours of ``data/reference.toml``, brought in whenever the database is upgraded."""

import tomllib
from pathlib import Path

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tickets.models import RootCause, SlaTarget

FILE = Path(__file__).parent / "data" / "reference.toml"


def install(session: Session) -> None:
    """Add missing root causes and targets; what an administrator changed since stays as it is."""
    with FILE.open("rb") as file:
        data = tomllib.load(file)
    for position, cause in enumerate(data["root_cause"]):
        values = {"code": cause["code"], "name": cause["name"], "position": position}
        session.execute(insert(RootCause).values(values).on_conflict_do_nothing())
    for target in data["sla"]:
        session.execute(insert(SlaTarget).values(target).on_conflict_do_nothing())
