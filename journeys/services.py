"""Use cases of the journey: take in a business event of another system, exactly once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock, events
from core.errors import InvalidInputError
from core.sentences import N_, Value, said
from customers import services as customers
from customers.services import Profile
from grid import queries as grid
from grid.rules import Viewer
from journeys import queries
from journeys.events import TouchpointReached
from journeys.models import TouchpointEvent

AHEAD = timedelta(minutes=5)
"""How far another system's clock may run ahead of ours before an event counts as future."""


EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No system of an insurer reports older events; an earlier time is a wrong unit or a wrong field."""


@dataclass(frozen=True, slots=True)
class Report:
    """A business event as another system reports it; ``region`` is the insurer's own code."""

    source: str
    event_id: str
    touchpoint: str
    occurred_at: datetime
    customer: Profile
    region: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The row that holds the event, and whether it came in now or was known."""

    id: int
    new: bool


def report_event(session: Session, report: Report, *, viewer: Viewer) -> Receipt:
    """Take in ``report`` and publish TouchpointReached, once for each (source, event_id).

    A repeated report changes nothing, whatever else it says. Raises InvalidInputError naming every field
    that is wrong: unknown touchpoint, future time, a region that is unknown or outside the key's own.
    """
    region_id = _check(session, report, viewer)
    # Look first: a repeated report must not bring an old customer record back.
    known = _known(session, report)
    if known is not None:
        return Receipt(known, new=False)
    customer_id = customers.take_in(session, report.customer, region_id=region_id)
    row_id = session.execute(
        insert(TouchpointEvent)
        .values(
            source=report.source,
            event_id=report.event_id,
            touchpoint_code=report.touchpoint,
            occurred_at=report.occurred_at,
            received_at=clock.now(),
            customer_id=customer_id,
            region_id=region_id,
            attributes=dict(report.attributes),
        )
        .on_conflict_do_nothing(index_elements=["source", "event_id"])
        .returning(TouchpointEvent.id)
    ).scalar()
    if row_id is None:
        # The same report came in between our look and our insert.
        return Receipt(_known(session, report) or 0, new=False)
    events.publish(session, TouchpointReached(touchpoint_event_id=row_id, touchpoint_code=report.touchpoint))
    return Receipt(row_id, new=True)


def _known(session: Session, report: Report) -> int | None:
    return session.scalar(
        select(TouchpointEvent.id).where(
            TouchpointEvent.source == report.source, TouchpointEvent.event_id == report.event_id
        )
    )


def _check(session: Session, report: Report, viewer: Viewer) -> int:
    wrong: dict[str, list[Value]] = {
        f"customer.{name}": [*text] for name, text in customers.problems(report.customer).items()
    }
    touchpoint = queries.touchpoint(session, report.touchpoint)
    if touchpoint is None or not touchpoint.active:
        wrong["touchpoint"] = [said(N_("没有名为 %(name)s 的触点"), name=report.touchpoint)]
    if report.occurred_at > clock.now() + AHEAD:
        wrong["occurred_at"] = [N_("发生时间不能晚于现在")]
    if report.occurred_at < EARLIEST:
        wrong["occurred_at"] = [N_("发生时间过早，请检查年份")]
    region_id = viewer.region_id
    if report.region is not None:
        region = grid.region_by_code(session, report.region)
        if region is None or not region.path.startswith(viewer.region_path):
            wrong["customer.region"] = [said(N_("没有编码为 %(code)s 的机构"), code=report.region)]
        else:
            region_id = region.id
    if wrong:
        raise InvalidInputError(N_("触点事件有误"), wrong)
    return region_id
