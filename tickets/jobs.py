"""What tickets do on their own: open where a rule says so, and make provisional promises certain."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from core import db, logs
from feedback.events import FeedbackTagged, SaidAgain
from tickets import services
from tickets.rules import Heard

log = logs.get(__name__)


def open_where_needed(session: Session, events: Sequence[FeedbackTagged]) -> None:
    """Open a ticket for each utterance that a rule says must be answered; the same event twice opens one."""
    opened = services.open_needed(session, [event.feedback_id for event in events])
    if opened:
        log.info("tickets_opened", tickets=opened)


def hear_again(session: Session, events: Sequence[SaidAgain]) -> None:
    """Bring other answers of customers who had answered to the tickets of their utterances, each once."""
    for event in events:
        heard = Heard(
            event.nps, event.csat, event.ces, event.sentiment, event.risks, call_back=event.call_back
        )
        services.come_back(session, feedback_id=event.feedback_id, suspect_id=event.suspect_id, heard=heard)


def settle_promises() -> None:
    """Compute provisional promises again once the days off of the next year are known."""
    with db.transaction() as session:
        settled = services.settle_promises(session)
    if settled:
        log.info("promises_settled", tickets=settled)
