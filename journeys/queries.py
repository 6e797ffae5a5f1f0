"""Reads of stages and touchpoints."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from journeys.models import Stage, Touchpoint


def touchpoint(session: Session, code: str) -> Touchpoint | None:
    """Return the touchpoint with this code, or None."""
    return session.get(Touchpoint, code)


def touchpoints(session: Session) -> Sequence[Touchpoint]:
    """Return all touchpoints with their stages, in the order of the journey."""
    return session.scalars(
        select(Touchpoint).options(joinedload(Touchpoint.stage)).order_by(Touchpoint.position)
    ).all()


def stages(session: Session) -> Sequence[Stage]:
    """Return the stages in the order of the journey."""
    return session.scalars(select(Stage).order_by(Stage.position)).all()
