"""Handlers and jobs that keep the rollups true."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from core import clock, db, logs
from dashboards import services
from dashboards.services import Cell
from surveys.events import ResponseSubmitted

log = logs.get(__name__)

VERIFIED_DAYS = 400
"""How far the nightly check looks back: the longest period of the page and the one before a month of it."""


def recount(session: Session, events: Sequence[ResponseSubmitted]) -> None:
    """Count the days again on which these answers were given."""
    services.recount_scores(
        session, {Cell(date.fromisoformat(event.day), event.region_id) for event in events}
    )
    services.recount_asks_answered_by(session, [event.response_id for event in events])


def recount_voices() -> None:
    """Count what was tagged since the last time; for a bell of every minute."""
    with db.transaction() as session:
        services.recount_voices(session)


def recount_recent() -> None:
    """Count the asks and promises of the last days again; for a bell of every few minutes."""
    with db.transaction() as session:
        services.recount_recent(session)


def verify_rollups() -> None:
    """Compare all rollups with a recount, repair what differs and say so; for a bell at night.

    Days are compared month by month, each in a transaction of its own, so nobody waits long. Differences in
    scores mean that something changed answers without an event; in the others that it came late.
    """
    last = clock.beijing_day(clock.now())
    for back in range(0, VERIFIED_DAYS, 31):
        newest = last - timedelta(days=back)
        oldest = newest - timedelta(days=30)
        with db.transaction() as session:
            differences = services.check(session, oldest, newest)
            if differences:
                tables = sorted({difference.table for difference in differences})
                log.warning(
                    "rollups_repaired",
                    first=oldest.isoformat(),
                    last=newest.isoformat(),
                    rows=len(differences),
                    tables=tables,
                )
                services.recount_all(session, oldest, newest)
