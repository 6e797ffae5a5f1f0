"""Reads of the survey editor: the draft, who is writing it, which names were ever given."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core import clock
from grid.models import Staff
from surveys.models import DraftStep, PrivacyNotice, Survey, SurveyImage, SurveyLock, SurveyVersion


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody else who is writing the survey now."""

    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Steps:
    """Whether the draft can go a step back or forward, and when it was saved last."""

    back: bool
    forward: bool
    saved_at: datetime | None


def survey(session: Session, survey_id: int) -> Survey | None:
    """Return a survey, if there is one of this id."""
    return session.get(Survey, survey_id)


def draft(session: Session, survey_id: int) -> SurveyVersion | None:
    """Return the version that can be written now, if there is one."""
    return session.scalars(
        select(SurveyVersion).where(SurveyVersion.survey_id == survey_id, SurveyVersion.state == "draft")
    ).one_or_none()


def latest(session: Session, survey_id: int) -> SurveyVersion | None:
    """Return the newest version of a survey in whatever state."""
    return session.scalars(
        select(SurveyVersion)
        .where(SurveyVersion.survey_id == survey_id)
        .order_by(SurveyVersion.number.desc())
        .limit(1)
    ).first()


def writer(session: Session, survey_id: int, *, but: int | None, silence: timedelta) -> Writer | None:
    """Return who writes the survey now, unless it is the person ``but`` or nobody was heard of lately."""
    row = session.execute(
        select(Staff.name, SurveyLock.taken_at)
        .join(Staff, Staff.id == SurveyLock.staff_id)
        .where(
            SurveyLock.survey_id == survey_id,
            SurveyLock.staff_id != (but or 0),
            SurveyLock.seen_at > clock.now() - silence,
        )
    ).one_or_none()
    return Writer(row.name, row.taken_at) if row else None


def steps(session: Session, version_id: int) -> Steps:
    """Return where the draft stands among its steps."""
    mine = DraftStep.version_id == version_id
    now = session.execute(select(DraftStep.number, DraftStep.at).where(mine, DraftStep.current)).one_or_none()
    if now is None:
        return Steps(back=False, forward=False, saved_at=None)
    first, last = session.execute(
        select(func.min(DraftStep.number), func.max(DraftStep.number)).where(mine)
    ).one()
    return Steps(back=first < now.number, forward=last > now.number, saved_at=now.at)


_NAMES = text("""
WITH written AS (
    SELECT definition FROM survey_versions WHERE survey_id = :survey_id
    UNION ALL
    SELECT s.definition FROM survey_draft_steps s JOIN survey_versions v ON v.id = s.version_id
    WHERE v.survey_id = :survey_id
), asked AS (
    SELECT jsonb_path_query(definition, 'lax $.pages[*].questions[*]') AS question FROM written
    UNION ALL
    SELECT jsonb_path_query(definition, 'lax $.questions[*]') FROM written
)
SELECT jsonb_path_query(definition, 'lax $.pages[*].id') #>> '{}' FROM written
UNION SELECT jsonb_path_query(definition, 'lax $.endings[*].id') #>> '{}' FROM written
UNION SELECT jsonb_path_query(definition, 'lax $.variables[*].id') #>> '{}' FROM written
UNION SELECT question ->> 'id' FROM asked
UNION SELECT (question ->> 'id') || '.' ||
             (jsonb_path_query(question, 'lax $.keyvalue() ? (@.key == "options" || @.key == "rows" ||
                                          @.key == "columns").value[*].id') #>> '{}') FROM asked
""")


def names_ever(session: Session, survey_id: int) -> frozenset[str]:
    """Return every name that any version or kept step of the survey gave: ``q`` or ``q.o`` for a line."""
    return frozenset(name for name in session.scalars(_NAMES, {"survey_id": survey_id}) if name)


def has_notice(session: Session) -> bool:
    """Say whether any privacy notice was published, without which no survey can go out."""
    return session.scalar(select(PrivacyNotice.id).limit(1)) is not None


def image(session: Session, token: str, survey_id: int) -> SurveyImage | None:
    """Return a picture of this survey, if its token is one."""
    return session.scalars(
        select(SurveyImage).where(SurveyImage.token == token, SurveyImage.survey_id == survey_id)
    ).one_or_none()
