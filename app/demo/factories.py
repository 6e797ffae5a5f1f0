"""Makers of single rows with sensible defaults, for tests and for the demo.

Each takes the open session and keyword arguments for whatever matters to the caller; everything else is
filled in, different for every row. Rows are added and flushed, so their ids are there.
"""

import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, crypto
from core.worktime import WorkCalendar
from customers import queries as customers
from customers.models import Customer
from feedback.models import Feedback, FeedbackTopic
from grid import queries as grid
from grid.models import Region, Staff
from grid.rules import RegionKind, Role
from grid.services.secrets_of_staff import hash_password
from journeys.models import TouchpointEvent
from surveys.models import Answer, Invitation, Response, Survey, SurveyVersion
from surveys.rules import asking
from tickets.models import Ticket
from tickets.rules import Priority, State, Trigger

PASSWORD = "hui-sheng-2026"  # noqa: S105 - of invented people only
_number = count(1)

Row = TypeVar("Row")

NETWORK: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("33", "浙江分公司"): (
        ("3301", "杭州中心支公司"),
        ("3302", "宁波中心支公司"),
        ("3303", "温州中心支公司"),
    ),
    ("32", "江苏分公司"): (
        ("3201", "南京中心支公司"),
        ("3202", "无锡中心支公司"),
        ("3205", "苏州中心支公司"),
    ),
    ("51", "四川分公司"): (
        ("5101", "成都中心支公司"),
        ("5107", "绵阳中心支公司"),
        ("5115", "宜宾中心支公司"),
    ),
    ("44", "广东分公司"): (
        ("4401", "广州中心支公司"),
        ("4403", "深圳中心支公司"),
        ("4406", "佛山中心支公司"),
    ),
}
"""Four provinces with three cities each, by administrative code (GB/T 2260)."""


def region_tree(session: Session) -> dict[str, Region]:
    """Return the demo network by code, making what is not there yet."""
    top = grid.root(session)
    tree = {top.code: top}
    for (code, name), cities in NETWORK.items():
        province = make_region(session, parent=top, code=code, name=name)
        tree[code] = province
        for city_code, city_name in cities:
            tree[city_code] = make_region(
                session, parent=province, code=city_code, name=city_name, kind=RegionKind.CITY
            )
    return tree


def make_region(
    session: Session, *, parent: Region | None = None, code: str | None = None, name: str = "测试机构",
    kind: RegionKind = RegionKind.PROVINCE,
) -> Region:  # fmt: skip
    """Return the region with ``code``, made below ``parent`` (headquarters by default) if it is new."""
    known = grid.region_by_code(session, code) if code else None
    if known is not None:
        return known
    above = parent or grid.root(session)
    region = Region(parent_id=above.id, kind=kind, code=code or f"R{next(_number)}", name=name, path="/0/")
    region.path = f"/0/{next(_number)}/"
    session.add(region)
    session.flush()  # the path is made of the id that the database just gave
    region.path = f"{above.path}{region.id}/"
    session.flush()  # whoever looks below this region needs the path now
    return region


@lru_cache(maxsize=1)
def password_hash() -> str:
    """Return the hash of PASSWORD, computed once: hashing is slow on purpose."""
    return hash_password(PASSWORD)


def make_staff(session: Session, **given: Any) -> Staff:  # noqa: ANN401
    """Make a member of staff who logs in with PASSWORD."""
    number = next(_number)
    region_id = given.pop("region_id", None) or grid.root(session).id
    values = {
        "login": f"staff{number}",
        "name": f"员工{number}",
        "role": Role.AGENT,
        "password_hash": password_hash(),
        "region_id": region_id,
    } | given
    return _added(session, Staff(**values))


def customer_values(**given: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the columns of a customer with a name, a mobile and an e-mail address; needs ``region_id``."""
    number = next(_number)
    values: dict[str, Any] = {
        "external_id": f"C{number:08d}",
        "name": "陈思远",
        "mobile": f"139{number:08d}",
        "email": f"customer{number}@example.com",
    } | given
    values["mobile_index"] = customers.mobile_index(values["mobile"]) if values["mobile"] else None
    values["email_index"] = customers.email_index(values["email"]) if values["email"] else None
    return values


def make_customer(session: Session, **given: Any) -> Customer:  # noqa: ANN401
    """Make a customer with a name, a mobile and an e-mail address."""
    given.setdefault("region_id", grid.root(session).id)
    return _added(session, Customer(**customer_values(**given)))


def event_values(**given: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the columns of a business event; needs ``customer_id`` and ``region_id``."""
    now = clock.now()
    return {
        "source": "core-system",
        "event_id": f"E{next(_number)}",
        "touchpoint_code": "claim_closed",
        "occurred_at": now,
        "received_at": now,
        "attributes": {},
    } | given


def make_event(session: Session, *, customer: Customer | None = None, **given: Any) -> TouchpointEvent:  # noqa: ANN401
    """Make a business event that reached a touchpoint."""
    person = customer or make_customer(session)
    values = {"customer_id": person.id, "region_id": person.region_id} | given
    return _added(session, TouchpointEvent(**event_values(**values)))


def published(session: Session, code: str = "transactional_nps") -> SurveyVersion:
    """Return the published version of a survey template."""
    return session.scalars(
        select(SurveyVersion).join(Survey).where(Survey.code == code, SurveyVersion.state == "published")
    ).one()


def invitation_values(*, seed: bytes | None = None, **given: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the columns of an invitation; needs ``version_id``, ``customer_id`` and ``region_id``."""
    seed = seed or secrets.token_bytes(16)
    due_at = given.get("due_at") or clock.now()
    return {
        "seed": seed,
        "token_hash": crypto.token_hash(asking.token_of(seed)),
        "touchpoint_code": "claim_closed",
        "channel": "email",
        "created_at": due_at,
        "due_at": due_at,
        "expires_at": asking.expiry(due_at, 14),
    } | given


def make_invitation(
    session: Session,
    *,
    customer: Customer | None = None,
    survey: str = "transactional_nps",
    **given: Any,  # noqa: ANN401
) -> tuple[Invitation, str]:
    """Make an invitation and return it with the token of its link."""
    person = customer or make_customer(session)
    known = {
        "version_id": published(session, survey).id,
        "customer_id": person.id,
        "region_id": person.region_id,
    }
    invitation = _added(session, Invitation(**invitation_values(**(known | given))))
    return invitation, asking.token_of(invitation.seed)


def make_response(session: Session, *, why: str | None = None, **given: Any) -> Response:  # noqa: ANN401
    """Make a stored response with its answers, as ``surveys.services.submit`` leaves it, without events."""
    values = {
        "version_id": given.pop("version_id", None) or published(session).id,
        "touchpoint_code": "claim_closed",
        "region_id": given.pop("region_id", None) or grid.root(session).id,
        "channel": "email",
        "language": "zh-Hans",
        "submitted_at": clock.now(),
    } | given
    response = _added(session, Response(**values))
    for name in ("nps", "csat", "ces"):
        if getattr(response, name) is not None:
            session.add(Answer(response_id=response.id, question_id=name, number=getattr(response, name)))
    if why:
        session.add(Answer(response_id=response.id, question_id="why", words=why))
    session.flush()  # callers read the answers back
    return response


def make_feedback(session: Session, *, topics: dict[str, str] | None = None, **given: Any) -> Feedback:  # noqa: ANN401
    """Make a tagged utterance; ``topics`` maps codes to polarities."""
    now = clock.now()
    words = given.pop("words", "理赔等了一个月还没有结果，没人告诉我为什么。")
    values = {
        "source": "test",
        "source_id": f"F{next(_number)}",
        "channel": "survey",
        "words": words,
        "masked_words": words,
        "occurred_at": now,
        "received_at": now,
        "region_id": given.pop("region_id", None) or grid.root(session).id,
        "sentiment": "negative",
        "score": -0.8,
        "engine": "test",
        "tagged_at": now,
        "topics": [FeedbackTopic(code=code, polarity=polarity) for code, polarity in (topics or {}).items()],
    } | given
    return _added(session, Feedback(**values))


def make_ticket(session: Session, *, feedback: Feedback | None = None, **given: Any) -> Ticket:  # noqa: ANN401
    """Make an open ticket on an utterance."""
    about = feedback or make_feedback(session, region_id=given.get("region_id"))
    now = clock.now()
    due = WorkCalendar().add(now, timedelta(minutes=450))
    values = {
        "feedback_id": about.id,
        "trigger": Trigger.DETRACTOR,
        "customer_id": about.customer_id,
        "region_id": about.region_id,
        "touchpoint_code": about.touchpoint_code,
        "priority": Priority.NORMAL,
        "state": State.NEW,
        "opened_at": now,
        "due_at": due.at,
        "due_exact": due.exact,
    } | given
    return _added(session, Ticket(**values))


def days_ago(days: float) -> datetime:
    """Return the instant ``days`` before now."""
    return clock.now() - timedelta(days=days)


def _added(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()  # callers need the id
    return row
