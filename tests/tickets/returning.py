"""A customer with several windows open on one link, and a house that works on whatever they send."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import flow
from app.demo import factories
from core import events
from core.models import EventRow
from feedback.models import Feedback
from grid.models import Region, Staff
from grid.rules import Role
from surveys.events import AnsweredAgain
from tests.surveys.answering import Customer, Json, invite, nps, said, words
from tests.tickets.people import seen_by
from tickets import services
from tickets.models import Ticket
from tickets.services import Asked

CALL: Json = {
    "type": "choice", "id": "call", "title": said("要我们回电吗"),
    "options": [{"id": "yes", "label": said("要"), "call_back": True}, {"id": "no", "label": said("不要")}],
}  # fmt: skip
ASKED: Json = {
    "title": said("回访"),
    "questions": [
        nps(required=False),
        CALL,
        words(),
        words("mobile", format="mobile", title=said("回电号码")),
    ],
}
COMPLAINT = "再不处理我就去金融监管局投诉你们"


def work(session: Session) -> None:
    """Let every event wake its handlers, each twice: at least once is all that is promised."""
    done: set[int] = set()
    while True:
        rows = session.scalars(select(EventRow).order_by(EventRow.id)).all()
        waiting = [row for row in rows if row.id not in done]
        if not waiting:
            return
        for row in waiting:
            done.add(row.id)
            kind = events.Event.kinds[row.kind]
            for handler in flow.FLOW.get(kind, ()):
                if handler.__module__.startswith(("feedback", "tickets")):
                    handler(session, [kind.from_payload(row.payload)])
                    if kind is not AnsweredAgain:
                        handler(session, [kind.from_payload(row.payload)])
        session.expire_all()


class Story:
    """One customer with several windows open on the same link."""

    def __init__(self, session: Session, client: FlaskClient, region: Region | None = None) -> None:
        more = {"region_id": region.id} if region else {}
        self.session, self.client = session, client
        self.person = factories.make_customer(session, **more)
        self.invitation, self.token = invite(session, ASKED, customer=self.person)
        self.windows = [Customer(client, self.token) for _ in range(5)]

    def says(self, **sent: object) -> None:
        assert self.windows.pop().send("send", **sent).status_code == 303
        work(self.session)

    @property
    def row(self) -> Feedback:
        return self.session.scalars(select(Feedback).order_by(Feedback.id)).one()

    @property
    def ticket(self) -> Ticket:
        return self.session.scalars(select(Ticket)).one()


def card(page: str) -> str:
    """Return the text of the card of the other answer, without tags."""
    _before, there, rest = page.partition("<h2>客户又答了一次</h2>")
    return re.sub(r"<[^>]+>", "|", rest.partition("</section>")[0]) if there else ""


def owner_of(session: Session, ticket: Ticket, region: Region | None = None) -> Staff:
    person = factories.make_staff(session, role=Role.AGENT, region_id=region.id if region else None)
    services.take(session, Asked(ticket.id, seen_by(session, person)))
    return person
