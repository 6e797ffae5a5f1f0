"""What the pages of this package share: the blueprint, words for codes, time that is left of a promise."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session

from feedback import labels as feedback_labels
from grid import queries as grid
from grid.rules import Viewer
from tickets import labels, rules
from tickets.models import Ticket
from tickets.rules import OPEN, Promises

bp = Blueprint("tickets", __name__, template_folder="../templates")


def words() -> dict[str, Any]:
    """Return the words for codes, as every template of this package takes them."""
    return {
        "states": labels.states(),
        "priorities": labels.priorities(),
        "triggers": labels.triggers(),
        "told": labels.told(),
        "risks": feedback_labels.risks(),
        "topics": feedback_labels.topics(),
        "number": rules.number,
        "open_states": OPEN,
    }


def left(tickets: Iterable[Ticket], promises: Promises, now: datetime) -> dict[int, timedelta]:
    """Return the working time that is left of each promise still running."""
    return {
        one.id: promises.calendar.between(now, one.due_at)
        for one in tickets
        if one.state in OPEN and one.due_at >= now
    }


def region_options(session: Session, viewer: Viewer) -> list[tuple[int, str]]:
    """Return the regions in sight for a select, indented as the tree is."""
    regions = grid.regions_in_sight(session, viewer)
    top = min((region.path.count("/") for region in regions), default=0)
    return [(region.id, "　" * (region.path.count("/") - top) + region.name) for region in regions]
