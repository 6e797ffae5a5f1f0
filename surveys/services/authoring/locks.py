"""Who writes a survey now: one person at a time, free again when they are silent, open to take-over.

The lock keeps two people from working against each other; what keeps them from losing words is the revision
of the draft. So a lock that is lost by bad luck costs a sentence on the screen, never an answer or a word.
"""

from datetime import timedelta

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFoundError
from core.sentences import N_, Sentence, said
from grid.models import Staff
from surveys.models import Survey, SurveyLock
from surveys.services.authoring.errors import LockedError

SILENCE = timedelta(seconds=90)
"""After this long without a sign of life a lock is free for anybody."""


def take_lock(session: Session, *, survey_id: int, staff_id: int) -> SurveyLock:
    """Take the lock of a survey, or keep it; raise LockedError naming who holds it, NotFoundError."""
    if session.get(Survey, survey_id) is None:
        raise NotFoundError(N_("没有这份问卷"))
    now = clock.now()
    taken = insert(SurveyLock).values(survey_id=survey_id, staff_id=staff_id, taken_at=now, seen_at=now)
    mine = SurveyLock.staff_id == staff_id
    lock = session.scalars(
        taken.on_conflict_do_update(
            index_elements=["survey_id"],
            set_={
                "staff_id": staff_id,
                "seen_at": now,
                "taken_at": case((mine, SurveyLock.taken_at), else_=now),
                "taken_from": case((mine, SurveyLock.taken_from), else_=None),
            },
            where=or_(mine, SurveyLock.seen_at < now - SILENCE),
        )
        .returning(SurveyLock)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if lock is None:
        raise LockedError(_who_holds(session, survey_id, staff_id))
    return lock


def keep_lock(session: Session, *, survey_id: int, staff_id: int) -> None:
    """Give a sign of life; raise LockedError if somebody else holds the lock by now.

    Whoever was silent for too long gets their lock back if nobody wanted it meanwhile.
    """
    take_lock(session, survey_id=survey_id, staff_id=staff_id)


def release_lock(session: Session, *, survey_id: int, staff_id: int) -> None:
    """Give one's own lock back; nothing happens to anybody else's."""
    session.execute(
        delete(SurveyLock).where(SurveyLock.survey_id == survey_id, SurveyLock.staff_id == staff_id)
    )


def take_over(session: Session, *, survey_id: int, staff_id: int) -> int | None:
    """Take the lock from whoever holds it; return the id of that person, None if it was free or one's own.

    The person it was taken from is told with their next save, for ``taken_from`` remembers them.
    """
    try:
        take_lock(session, survey_id=survey_id, staff_id=staff_id)
    except LockedError:
        now = clock.now()
        former = session.scalars(
            select(SurveyLock.staff_id).where(SurveyLock.survey_id == survey_id).with_for_update()
        ).one_or_none()
        if former is None:  # given back between the two statements
            take_lock(session, survey_id=survey_id, staff_id=staff_id)
            return None
        session.execute(
            update(SurveyLock)
            .where(SurveyLock.survey_id == survey_id)
            .values(staff_id=staff_id, taken_at=now, seen_at=now, taken_from=former)
        )
        return former
    return None


def _who_holds(session: Session, survey_id: int, staff_id: int) -> Sentence:
    row = session.execute(
        select(Staff.name, SurveyLock.taken_at, SurveyLock.taken_from)
        .join(Staff, Staff.id == SurveyLock.staff_id)
        .where(SurveyLock.survey_id == survey_id)
    ).one_or_none()
    if row is None:  # given back between the two statements
        return said(N_("刚才有人在编辑这份问卷，请再试一次"))
    at = f"{clock.beijing(row.taken_at):%H:%M}"
    if row.taken_from == staff_id:
        return said(N_("%(name)s 已于 %(at)s 接管编辑，您之后的改动没有保存"), name=row.name, at=at)
    return said(N_("%(name)s 正在编辑这份问卷（%(at)s 开始）"), name=row.name, at=at)
