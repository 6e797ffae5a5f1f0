"""Jobs that keep the columns of results true: seal what is settled, drop what has changed."""

import time

from core import db, logs
from core.jobs import engine
from surveys.counting import sealing
from surveys.queries.columns import Kind

log = logs.get(__name__)

SEALING_SECONDS = 20.0
"""A run ends after this long and asks for another, so that a worker may stop in between."""


def seal_columns() -> None:
    """Seal the answers and invitations that can no longer change; for a bell of every few minutes.

    Each block is a transaction of its own: a run that is cut off has lost nothing.
    """
    until = time.monotonic() + SEALING_SECONDS
    with db.reading() as session:
        versions = sealing.versions(session)
    sealed = 0
    for version_id, anonymous in versions:
        for kind in Kind:
            with db.transaction() as session:
                sealing.drop_changed(session, kind, version_id)
            more = True
            while more:
                if time.monotonic() >= until:
                    with db.transaction() as session:
                        engine.defer(session, seal_columns, key="surveys.seal_columns")
                    return
                with db.transaction() as session:
                    more = sealing.seal_next(session, kind, version_id, anonymous=anonymous)
                sealed += more
    if sealed:
        log.info("columns_sealed", blocks=sealed)


def verify_columns() -> None:
    """Count every block again and take away those that are wrong, then seal anew; for a bell at night."""
    with db.reading() as session:
        versions = sealing.versions(session)
    for version_id, _anonymous in versions:
        for kind in Kind:
            with db.transaction() as session:
                sealing.drop_changed(session, kind, version_id, watched=None)
    seal_columns()
