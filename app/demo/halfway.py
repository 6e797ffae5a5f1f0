"""The demo's customers who began a questionnaire of several pages and went away before its end."""

import random
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from surveys.models import Invitation, Response
from surveys.rules.seats import Seat
from surveys.services import sittings

CLAIMS = "motor_claim"
SEED = 7

_BEGIN = 0.5
_PAGES = ("steps", "steps", "steps", "trouble", "trouble")
"""Where they stop: most at the table, some where it is asked what went wrong."""


def leave(session: Session) -> int:
    """Let half of those who opened the claims questionnaire and never finished it begin it; return how many.

    They go the way of every customer: a page that is sent takes a seat, and what was sent waits there until the
    link is over. Dice of its own keep the rest of the year as it is.
    """
    dice = random.Random(SEED)
    version = factories.published(session, CLAIMS)
    opened = session.scalars(
        select(Invitation)
        .outerjoin(Response, Response.invitation_id == Invitation.id)
        .where(
            Invitation.version_id == version.id,
            Invitation.opened_at < clock.now() - timedelta(hours=1),
            Response.id.is_(None),
        )
        .order_by(Invitation.id)
    ).all()
    began = [invitation for invitation in opened if dice.random() < _BEGIN]
    for invitation in began:
        _begin(session, dice, invitation)
    while sittings.forget(session):
        pass
    return len(began)


def _begin(session: Session, dice: random.Random, invitation: Invitation) -> None:
    seat = Seat(
        key_hash=invitation.token_hash, version_id=invitation.version_id, touchpoint_code=invitation.touchpoint_code,
        region_id=invitation.region_id, channel=invitation.channel, invitation_id=invitation.id,
        customer_id=invitation.customer_id, event_id=invitation.event_id,
    )  # fmt: skip
    _send(session, dice, seat, invitation, dice.choice(_PAGES))


def _send(session: Session, dice: random.Random, seat: Seat, invitation: Invitation, stop: str) -> None:
    """Send one page after the other until the one at which the customer goes away."""
    shown = invitation.opened_at or clock.now()
    sent = {"nps": [str(dice.randint(0, 6) if stop == "trouble" else dice.randint(3, 10))]}
    seconds: dict[str, float] = {}
    for page, following in (("score", "steps"), ("steps", "trouble")):
        seconds[page] = round(26 * dice.lognormvariate(0, 0.5), 1)
        shown += timedelta(seconds=seconds[page])
        with clock.use(clock.FixedClock(shown)):
            sittings.take_seat(session, seat, language="zh-Hans", page_id=page, since=invitation.opened_at)
            sittings.save(
                session, seat, sent=sent, language="zh-Hans", page_id=following, page_seconds=seconds
            )
        if following == stop:
            return
        sent |= {f"steps.{row}": [str(dice.randint(1, 4))] for row in ("report", "survey", "papers")}
