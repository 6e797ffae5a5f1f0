"""The demo's year: as large as promised, the same every time, and consistent with the product's own rules."""

import random
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import String, cast, extract, func, or_, select

from app.demo import factories, story, year
from core import clock, db, settings
from core.models import AuditEntry
from customers.models import Customer
from dashboards import services as dashboards
from delivery.models import Message
from feedback.models import Feedback
from grid.models import Region, Staff
from grid.rules import RegionKind
from surveys.models import Invitation, Response, Sitting, Survey
from tickets.models import Ticket
from tickets.rules import State

END = date(2026, 6, 9)

pytestmark = pytest.mark.timeout(400)  # the year takes forty seconds where nothing else runs


def test_the_same_day_gives_the_same_plan() -> None:
    people = [{"id": number, "region_id": number % 12, "email": "x"} for number in range(500)]
    cities = dict(
        enumerate(
            ("3301", "3302", "3303", "3201", "3202", "3205", "5101", "5107", "5115", "4401", "4403", "4406")
        )
    )
    first, second = (year.plan(random.Random(5), people, cities, END) for _ in range(2))
    assert first == second
    assert len(first) == year.VISITS


@pytest.fixture
def told(fresh_database: str) -> None:
    """Tell the whole story once."""
    story.tell(end=END)


def test_the_year_is_as_large_as_promised_and_holds_together(told: None) -> None:
    with db.reading() as session:

        def count(table: type, *conditions: object) -> int:
            return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0  # type: ignore[arg-type]

        assert count(Region, Region.kind == RegionKind.PROVINCE) == 4
        assert count(Region, Region.kind == RegionKind.CITY) == 12
        assert count(Customer) == 5_000
        assert count(Invitation) == 20_000
        assert count(Message) == 20_000
        assert count(Response, Response.invitation_id.is_not(None)) == 6_000
        assert count(Response, Response.link_id.is_not(None)) >= 12 * 25
        assert count(Feedback) == count(Response)
        assert count(Feedback, Feedback.tagged_at.is_(None)) == 0
        texts = select(Message.subject_id).where(Message.channel == "sms")
        assert (
            count(Invitation, Invitation.channel == "sms") == count(Message, Message.channel == "sms") > 4_000
        )
        assert count(Response, Response.channel == "sms", Response.invitation_id.in_(texts)) > 1_000
        assert count(Message, Message.state == "waiting") == 0
        hour = extract("hour", func.timezone("Asia/Shanghai", Message.due_at))
        assert count(Message, Message.channel == "sms", or_(hour < 9, hour > 20)) == 0
        states = dict(session.execute(select(Ticket.state, func.count()).group_by(Ticket.state)).all())
        assert set(states) == set(State)
        # Nobody who answered was unasked, and nothing happens after the story's end.
        over = clock.day_end(END)
        assert count(Response, Response.submitted_at >= over) == 0
        assert count(Ticket, Ticket.opened_at >= over) == 0
        withheld = select(Message.subject_id).where(Message.state == "withheld")
        assert count(Response, Response.invitation_id.in_(withheld)) == 0
        # Some went away midway, at more than one place, and what they had sent is forgotten once it is over.
        stopped = dict(
            session.execute(
                select(Sitting.page_id, func.count()).where(~Sitting.finished).group_by(Sitting.page_id)
            ).all()
        )
        assert set(stopped) == {"steps", "trouble"}
        assert min(stopped.values()) >= 20
        assert count(Sitting, Sitting.started_at >= over) == 0
        # What was published was written by one person and published by another, and the audit log says so.
        steps = session.scalars(
            select(AuditEntry.action)
            .join(Survey, cast(Survey.id, String) == AuditEntry.object_id)
            .where(AuditEntry.object_type == "survey", Survey.code == "motor_claim")
            .order_by(AuditEntry.id)
        ).all()
        assert steps == ["survey.create", "survey.submit", "survey.publish"]
        claims = factories.published(session, "motor_claim")
        assert claims.published_by is not None
        assert not claims.published_by_author
        assert count(Staff) > 30
        assert dashboards.check(session, date(2025, 6, 1), END) == []
        said = session.scalars(select(Feedback.words).where(Feedback.words != "")).all()
        assert len(set(said)) > 0.57 * len(said)  # many voices, few of them twice
    note = settings.current().huisheng_home / "demo-logins.txt"
    assert note.stat().st_mode & 0o077 == 0
    assert Path(note).read_text(encoding="utf-8").count("密码") == 1
