"""What tickets do on their own: open where a rule says so, and make provisional promises certain."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from core import db, logs
from feedback.events import FeedbackTagged
from tickets import services

log = logs.get(__name__)


def open_where_needed(session: Session, events: Sequence[FeedbackTagged]) -> None:
    """Open a ticket for each utterance that a rule says must be answered; the same event twice opens one."""
    opened = services.open_needed(session, [event.feedback_id for event in events])
    if opened:
        log.info("tickets_opened", tickets=opened)


def settle_promises() -> None:
    """Compute provisional promises again once the days off of the next year are known."""
    with db.transaction() as session:
        settled = services.settle_promises(session)
    if settled:
        log.info("promises_settled", tickets=settled)
