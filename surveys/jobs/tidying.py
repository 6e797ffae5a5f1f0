"""What surveys throw away at night: answers nobody finished, files nobody claimed, marks that could tell a person."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from core import db, logs
from surveys.services import anonymity, files, sittings

log = logs.get(__name__)


def tidy_answering() -> None:
    """Empty what is over, batch by batch, each in its own transaction; for a bell at night."""
    for name, batch in _BATCHES.items():
        rows = 0
        while True:
            with db.transaction() as session:
                done = batch(session)
            if not done:
                break
            rows += done
        log.info("tidied", what=name, rows=rows)
    with db.transaction() as session:
        anonymity.blur(session)


_BATCHES: dict[str, Callable[[Session], int]] = {"sittings": sittings.forget, "files": files.tidy}
