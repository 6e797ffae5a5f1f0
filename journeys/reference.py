"""The stages and touchpoints of ``data/stages.toml``, brought into the database whenever it is upgraded."""

import tomllib
from pathlib import Path

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from journeys.models import Stage, Touchpoint

FILE = Path(__file__).parent / "data" / "stages.toml"


def install(session: Session) -> None:
    """Add what is missing and rename what was renamed; nothing is removed, for answers point at it."""
    with FILE.open("rb") as file:
        stages = tomllib.load(file)["stage"]
    # Positions are unique: move all out of the way before the new order is written.
    for stage in session.query(Stage):
        stage.position = -stage.position - 1
    session.flush()  # the unique positions must be free before they are taken
    position = 0
    for number, stage in enumerate(stages):
        row = {"code": stage["code"], "name": stage["name"], "position": number}
        session.execute(insert(Stage).values(row).on_conflict_do_update(index_elements=["code"], set_=row))
        for touchpoint in stage["touchpoints"]:
            position += 1
            values = {
                "code": touchpoint["code"],
                "stage_code": stage["code"],
                "name": touchpoint["name"],
                "position": position,
            }
            session.execute(
                insert(Touchpoint).values(values).on_conflict_do_update(index_elements=["code"], set_=values)
            )
