"""Data that every installation has: the region root, stages, touchpoints, templates, causes, targets."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import settings
from grid.models import Region
from grid.rules import RegionKind
from journeys import reference as journeys_reference
from surveys import reference as surveys_reference
from tickets import reference as tickets_reference


def install(session: Session, company: str | None = None, phone: str | None = None) -> None:
    """Bring in what is missing; safe to run at every start, also by several processes one after another."""
    name = company or settings.current().huisheng_company
    if session.scalar(select(Region.id).where(Region.parent_id.is_(None))) is None:
        region = Region(
            parent_id=None, kind=RegionKind.HEADQUARTERS, code="HQ", name=f"{name}总部", path="/0/"
        )
        session.add(region)
        session.flush()  # the path is made of the id that the database just gave
        region.path = f"/{region.id}/"
    journeys_reference.install(session)
    tickets_reference.install(session)
    surveys_reference.install(session, name, settings.current().huisheng_phone if phone is None else phone)
