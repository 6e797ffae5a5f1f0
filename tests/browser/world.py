"""A small insurer in which every page has something to show, and what each kind of link leads to."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock, db
from customers.models import Customer
from dashboards import services as dashboards
from delivery.models import Message
from delivery.rules import Channel, Reason
from delivery.rules import State as Sent
from feedback.models import Feedback
from grid import queries as grid
from grid import services as grid_services
from grid.models import Region, Staff
from grid.rules import Role, Scope
from surveys.models import AskRule
from tickets.models import RootCause, TicketEvent
from tickets.rules import Happening, Priority, State, Told, Trigger

STAFF = {
    "admin": (Role.ADMINISTRATOR, "HQ"),
    "manager": (Role.CX_MANAGER, "33"),
    "agent": (Role.AGENT, "3301"),
    "auditor": (Role.AUDITOR, "HQ"),
}
LONG = (
    "理赔材料交了三次，每次都说还缺一份，电话打过去要么占线要么说不清楚，网点又让我打热线，来来回回一个多月，"
    "再这样我就去投诉12378。SHENZHEN-BRANCH-2026-CLAIM-NO-0000123456789-WITHOUT-A-BREAK"
)
SAID = (LONG, "赔得很快，两天就到账了，客服态度也好。", "一般吧，流程还能再简单点。", "")


@dataclass(frozen=True)
class World:
    """Where the pages of single things are."""

    places: dict[str, str]

    def path(self, page: str) -> str:
        """Return the address of a page, ``{…}`` filled in."""
        return page.format(**self.places)


def build() -> World:
    """Write the insurer into the current database."""
    with db.transaction() as session:
        tree = factories.region_tree(session)
        for login, (role, region) in STAFF.items():
            person = factories.make_staff(
                session, login=login, name="欧阳建国", role=role, region_id=tree[region].id
            )
        city = tree["3301"]
        customer = factories.make_customer(session, region_id=city.id)
        voices = [_voice(session, customer, city, number) for number in range(60)]
        tickets = _tickets(session, voices)
        grid_services.create_key(
            session, name="理赔核心系统", scopes=list(Scope), region=grid.root(session), by=None
        )
        letter = _letters(session, customer, city)
        rule = session.scalars(select(AskRule.id).order_by(AskRule.id)).first()
        version = factories.published(session)
        links = _links(session, customer)
        today = clock.beijing_day(clock.now())
        dashboards.recount_all(session, today - timedelta(days=100), today)
        places = {
            "voice": voices[0].id, "ticket": tickets[State.CONTACTED], "new": tickets[State.NEW],
            "closed": tickets[State.CLOSED], "letter": letter, "rule": rule, "person": person.id, "version": version.id,
            "survey": version.survey_id, "customer": customer.id,
        } | links  # fmt: skip
    return World({name: str(value) for name, value in places.items()})


def _voice(session: Session, customer: Customer, city: Region, number: int) -> Feedback:
    at = factories.days_ago(number * 1.4 + 0.1)
    words = SAID[number % len(SAID)]
    bad, nps = words == LONG, number % 3 != 0
    score: dict[str, Any] = {"nps": 2 if bad else 9} if nps else {"csat": 1 if bad else 5}
    point = "claim_closed" if nps else "hotline_call"
    response = factories.make_response(
        session, region_id=city.id, touchpoint_code=point, submitted_at=at, **score
    )
    tags = {
        "sentiment": "negative" if bad else "positive", "score": -0.9 if bad else 0.8,
        "risks": ["regulator"] if bad else [],
        "topics": {"claim_speed": "negative", "hotline": "negative", "attitude": "negative"} if bad else {},
        "evidence": [{"kind": "risk", "code": "regulator", "start": LONG.index("投诉"), "end": LONG.index("。SH")}]
        if bad else [],
    } if words else {"sentiment": None, "score": None, "engine": None}  # fmt: skip
    return factories.make_feedback(
        session, source="survey", source_id=str(response.id), response_id=response.id, words=words,
        region_id=city.id, customer_id=customer.id, touchpoint_code=point, occurred_at=at, received_at=at,
        **tags, **score,
    )  # fmt: skip


def _tickets(session: Session, voices: list[Feedback]) -> dict[State, int]:
    """Make a ticket in every state, one of them overdue, one due soon; return their ids by state."""
    agent = session.scalars(select(Staff).where(Staff.login == "agent")).one()
    cause = session.scalars(select(RootCause.code)).first()
    bad = [voice for voice in voices if voice.words == LONG]
    found = {}
    for voice, state in zip(bad, State, strict=False):
        done = {
            "root_cause_code": cause, "resolution": "已补齐材料，赔款到账。", "told_how": Told.PHONE,
            "resolved_at": clock.now(), "told_at": clock.now(),
        } if state in {State.RESOLVED, State.CLOSED} else {}  # fmt: skip
        ticket = factories.make_ticket(
            session, feedback=voice, state=state, trigger=Trigger.RISK, priority=Priority.URGENT,
            assignee_id=None if state is State.NEW else agent.id, opened_at=voice.occurred_at,
            due_at=clock.now() + timedelta(hours=-3 if state is State.CONTACTED else 1),
            closed_at=clock.now() if state is State.CLOSED else None, **done,
        )  # fmt: skip
        for kind in (Happening.OPENED, Happening.NOTED):
            session.add(
                TicketEvent(ticket_id=ticket.id, at=clock.now(), kind=kind, staff_id=agent.id, note=LONG)
            )
        found[state] = ticket.id
    return found


def _letters(session: Session, customer: Customer, city: Region) -> int:
    """Make a letter that went out, one whose end is unknown and one withheld; return the unknown one's id."""
    ids = []
    for number, (state, reason) in enumerate(
        [(Sent.SENT, None), (Sent.UNCERTAIN, None), (Sent.WITHHELD, Reason.CAPPED)]
    ):
        invitation, _token = factories.make_invitation(session, customer=customer)
        letter = Message(
            key=f"test:{number}", kind="survey_invitation", subject_id=invitation.id, channel=Channel.EMAIL,
            customer_id=customer.id, region_id=city.id, due_at=clock.now(), state=state, reason=reason,
            attempts=1, message_id=f"<{number}-a-rather-long-message-id-0123456789@mail.huisheng.example>",
            provider_answer="connection closed after DATA", tried_at=clock.now(),
            sent_at=clock.now() if state is Sent.SENT else None,
        )  # fmt: skip
        session.add(letter)
        session.flush()
        ids.append(letter.id)
    return ids[1]


def _links(session: Session, customer: Customer) -> dict[str, str]:
    past = clock.now() - timedelta(days=30)
    _open, nps = factories.make_invitation(session, customer=customer)
    _open, csat = factories.make_invitation(session, customer=customer, survey="service_csat")
    _over, expired = factories.make_invitation(session, customer=customer, due_at=past)
    answered, used = factories.make_invitation(session, customer=customer)
    factories.make_response(session, invitation_id=answered.id, nps=9)
    return {"nps": nps, "csat": csat, "expired": expired, "used": used}
