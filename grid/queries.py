"""Reads of regions and staff, and the one condition that narrows every table to what a viewer may see."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload

from core.errors import NotFoundError
from core.sentences import N_
from core.worktime import WorkCalendar
from grid.models import ApiKey, CalendarDay, Region, Staff
from grid.rules import Viewer

STAFF_PAGE = 100


def in_sight(
    region_id: InstrumentedAttribute[int] | ColumnElement[Any], viewer: Viewer
) -> ColumnElement[bool]:
    """Return the condition that a row's region lies in the viewer's subtree."""
    if viewer.everywhere:
        # Headquarters see everything; sparing the join keeps their pages fast.
        return true()
    return region_id.in_(select(Region.id).where(Region.path.startswith(viewer.region_path)))


def root(session: Session) -> Region:
    """Return headquarters, where everything belongs that names no region."""
    region = session.scalar(select(Region).where(Region.parent_id.is_(None)))
    if region is None:
        raise NotFoundError("no regions have been set up")
    return region


def region_by_code(session: Session, code: str) -> Region | None:
    """Return the region with the insurer's own code, or None."""
    return session.scalar(select(Region).where(Region.code == code))


def regions_in_sight(session: Session, viewer: Viewer) -> Sequence[Region]:
    """Return the viewer's region and all below it, each before those below it, sisters by their codes.

    Paths are made of numbers that tell nothing; people look for their region where its code puts it, on every page.
    """
    found = session.scalars(select(Region).where(in_sight(Region.id, viewer))).all()
    codes = {region.id: region.code for region in found}
    return sorted(
        found, key=lambda region: [codes.get(int(part), "") for part in region.path.strip("/").split("/")]
    )


def subtree_ids(session: Session, region_id: int, viewer: Viewer) -> list[int]:
    """Return the ids of a region and all below it, as far as the viewer sees them; empty if not at all."""
    top = aliased(Region)
    query = (
        select(Region.id)
        .join(top, Region.path.startswith(top.path))
        .where(top.id == region_id, in_sight(Region.id, viewer))
    )
    return list(session.scalars(query))


def region(session: Session, region_id: int, viewer: Viewer) -> Region:
    """Return a region that the viewer sees; raise NotFoundError otherwise."""
    found = session.scalar(select(Region).where(Region.id == region_id, in_sight(Region.id, viewer)))
    if found is None:
        raise NotFoundError(N_("没有找到这个机构"))
    return found


def staff_in_sight(session: Session, viewer: Viewer) -> Sequence[Staff]:
    """Return the members of staff whose region the viewer sees, by name."""
    return session.scalars(
        select(Staff)
        .where(in_sight(Staff.region_id, viewer))
        .order_by(Staff.active.desc(), Staff.name, Staff.id)
    ).all()


def staff_page(
    session: Session, viewer: Viewer, *, words: str = "", page: int = 1
) -> tuple[Sequence[Staff], int]:
    """Return one page of the staff whom the viewer sees and how many there are in all.

    ``words`` is looked for in names and logins; active people come first, then by login.
    """
    condition = in_sight(Staff.region_id, viewer)
    if words:
        condition &= Staff.name.contains(words, autoescape=True) | Staff.login.contains(
            words.lower(), autoescape=True
        )
    total = session.scalar(select(func.count()).select_from(Staff).where(condition)) or 0
    people = session.scalars(
        select(Staff)
        .where(condition)
        .options(joinedload(Staff.region))
        .order_by(Staff.active.desc(), Staff.login)
        .limit(STAFF_PAGE)
        .offset(STAFF_PAGE * (page - 1))
    ).all()
    return people, total


def staff(session: Session, staff_id: int, viewer: Viewer) -> Staff:
    """Return a member of staff whom the viewer sees; raise NotFoundError otherwise."""
    found = session.scalar(
        select(Staff)
        .where(Staff.id == staff_id, in_sight(Staff.region_id, viewer))
        .options(joinedload(Staff.region))
    )
    if found is None:
        raise NotFoundError(N_("没有找到这位人员"))
    return found


def staff_counts(session: Session, viewer: Viewer) -> dict[int, int]:
    """Return how many active people stand in each region in sight; regions without are left out."""
    rows = session.execute(
        select(Staff.region_id, func.count())
        .where(Staff.active, in_sight(Staff.region_id, viewer))
        .group_by(Staff.region_id)
    )
    return {row[0]: row[1] for row in rows}


def keys_in_sight(session: Session, viewer: Viewer) -> Sequence[ApiKey]:
    """Return the API keys of the regions that the viewer sees, the ones in force first."""
    return session.scalars(
        select(ApiKey)
        .where(in_sight(ApiKey.region_id, viewer))
        .options(joinedload(ApiKey.region))
        .order_by(ApiKey.revoked_at.is_not(None), ApiKey.name)
    ).all()


def key(session: Session, key_id: int, viewer: Viewer) -> ApiKey:
    """Return an API key of a region that the viewer sees; raise NotFoundError otherwise."""
    found = session.scalar(select(ApiKey).where(ApiKey.id == key_id, in_sight(ApiKey.region_id, viewer)))
    if found is None:
        raise NotFoundError(N_("没有找到这个接口密钥"))
    return found


def calendar_days(session: Session) -> Sequence[CalendarDay]:
    """Return the days that an administrator entered, the latest first."""
    return session.scalars(select(CalendarDay).order_by(CalendarDay.day.desc())).all()


def work_calendar(session: Session) -> WorkCalendar:
    """Return the office calendar that knows the days an administrator entered; promised times count in it."""
    return WorkCalendar(known_days={day.day: day.worked for day in session.scalars(select(CalendarDay))})
