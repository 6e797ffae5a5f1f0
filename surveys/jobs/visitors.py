"""The nightly end of everything that told one visitor of an open link from another."""

from core import db
from surveys.services import sightings


def forget_visitors() -> None:
    """Throw away yesterday's marks and their salt; for a bell just after midnight in Beijing."""
    with db.transaction() as session:
        sightings.forget(session)
