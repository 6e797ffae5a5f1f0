"""Days whose working or not the administrator knows better than the published calendar."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import audit
from core.errors import NotFoundError
from core.sentences import N_
from grid.models import CalendarDay
from grid.rules import Viewer
from grid.services.reach import headquarters_only, signature


def add_calendar_day(session: Session, *, day: date, worked: bool, note: str = "", by: Viewer | None) -> None:
    """Say that a day is worked or free, whatever the published calendar says."""
    headquarters_only(by)
    values = {"worked": worked, "note": note.strip()}
    session.execute(
        insert(CalendarDay)
        .values(day=day, **values)
        .on_conflict_do_update(index_elements=["day"], set_=values)
    )
    _note(session, by, "calendar.add", day, {"worked": worked})


def remove_calendar_day(session: Session, *, day: date, by: Viewer | None) -> None:
    """Let the published calendar speak for a day again."""
    headquarters_only(by)
    entered = session.get(CalendarDay, day)
    if entered is None:
        raise NotFoundError(N_("日历里没有这一天"))
    session.delete(entered)
    _note(session, by, "calendar.remove", day, {"worked": entered.worked})


def _note(session: Session, by: Viewer | None, action: str, day: date, detail: Mapping[str, object]) -> None:
    audit.record(
        session,
        actor=signature(by),
        action=action,
        object_type="calendar_day",
        object_id=day.isoformat(),
        detail=detail,
    )
