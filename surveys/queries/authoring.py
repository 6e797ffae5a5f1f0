"""Reads of authoring: a survey with its versions and its history, the privacy notices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, func, select, union_all
from sqlalchemy.orm import Session, aliased, joinedload

from core.models import AuditEntry
from grid.models import Staff
from grid.queries import in_sight
from grid.rules import Viewer
from surveys.models import OpenLink, PrivacyNotice, Response, Survey, SurveyVersion

LONGEST_HISTORY = 50


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version with the names of the people behind it, its notice, and how many answered it."""

    version: SurveyVersion
    created_by: str | None
    submitted_by: str | None
    published_by: str | None
    notice: int | None
    answered: int


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a survey's history: when, who, which action, and what the audit log noted beside it.

    ``name`` is what the quota or the first open link is called that it was done to, empty if that is not known;
    ``links`` is how many links were made at once.
    """

    at: datetime
    who: str
    action: str
    detail: Mapping[str, Any]
    name: str = ""
    links: int = 0


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One edition of the privacy notice, who published it, and how many versions in force go with it."""

    notice: PrivacyNotice
    published_by: str | None
    in_force: int


def survey(session: Session, survey_id: int) -> Survey | None:
    """Return a survey, None if there is none with this id."""
    return session.get(Survey, survey_id)


def version(session: Session, version_id: int) -> SurveyVersion | None:
    """Return a version with its survey, None if there is none with this id."""
    return session.get(SurveyVersion, version_id, options=[joinedload(SurveyVersion.survey)])


def versions(session: Session, survey_id: int) -> list[VersionRow]:
    """Return the versions of a survey, the newest first."""
    author, sender, publisher = aliased(Staff), aliased(Staff), aliased(Staff)
    answered = (
        select(func.count())
        .where(Response.version_id == SurveyVersion.id)
        .correlate(SurveyVersion)
        .scalar_subquery()
    )
    rows = session.execute(
        select(SurveyVersion, author.name, sender.name, publisher.name, PrivacyNotice.number, answered)
        .outerjoin(author, author.id == SurveyVersion.created_by)
        .outerjoin(sender, sender.id == SurveyVersion.submitted_by)
        .outerjoin(publisher, publisher.id == SurveyVersion.published_by)
        .outerjoin(PrivacyNotice, PrivacyNotice.id == SurveyVersion.notice_id)
        .where(SurveyVersion.survey_id == survey_id)
        .order_by(SurveyVersion.number.desc())
    )
    return [VersionRow(*row) for row in rows]


def neighbours(session: Session, found: SurveyVersion) -> tuple[SurveyVersion | None, SurveyVersion | None]:
    """Return the versions just before and just after one."""
    same = select(SurveyVersion).where(SurveyVersion.survey_id == found.survey_id)
    before = same.where(SurveyVersion.number < found.number).order_by(SurveyVersion.number.desc()).limit(1)
    after = same.where(SurveyVersion.number > found.number).order_by(SurveyVersion.number).limit(1)
    return session.scalars(before).first(), session.scalars(after).first()


def history(session: Session, survey_id: int, viewer: Viewer) -> list[Happening]:
    """Return what people did to a survey and to its open links, the newest first, from the audit log.

    Links out of the viewer's sight are not named.
    """
    entry = select(
        AuditEntry.id,
        AuditEntry.at,
        AuditEntry.actor,
        AuditEntry.action,
        AuditEntry.detail,
        AuditEntry.object_type,
        AuditEntry.object_id,
    )
    # Two reads put together: an OR over both would read the whole log instead of its index.
    both = union_all(
        entry.where(AuditEntry.object_type == "survey", AuditEntry.object_id == str(survey_id)),
        entry.join(OpenLink, cast(OpenLink.id, Text) == AuditEntry.object_id).where(
            AuditEntry.object_type == "open_link", OpenLink.survey_id == survey_id
        ),
    ).subquery()
    rows = session.execute(select(both).order_by(both.c.id.desc()).limit(LONGEST_HISTORY)).all()
    people = _names(session, [row.actor for row in rows])
    ids = [
        [int(row.object_id)] if row.object_type == "open_link" else row.detail.get("links", [])
        for row in rows
    ]
    links = _link_names(session, {each[0] for each in ids if each}, viewer)
    return [
        Happening(
            row.at,
            people.get(row.actor, row.actor),
            row.action,
            row.detail,
            links.get(each[0], "") if each else str(row.detail.get("name", "")),
            len(each),
        )
        for row, each in zip(rows, ids, strict=True)
    ]


def notices(session: Session) -> list[NoticeRow]:
    """Return the editions of the privacy notice, the newest first."""
    in_force = (
        select(func.count())
        .where(SurveyVersion.notice_id == PrivacyNotice.id, SurveyVersion.state == "published")
        .correlate(PrivacyNotice)
        .scalar_subquery()
    )
    rows = session.execute(
        select(PrivacyNotice, Staff.name, in_force)
        .outerjoin(Staff, Staff.id == PrivacyNotice.published_by)
        .order_by(PrivacyNotice.number.desc())
    )
    return [NoticeRow(*row) for row in rows]


def latest_notice(session: Session) -> PrivacyNotice | None:
    """Return the newest edition of the privacy notice, None if nobody has published one."""
    return session.scalars(select(PrivacyNotice).order_by(PrivacyNotice.number.desc()).limit(1)).first()


def notice_of(session: Session, version: SurveyVersion) -> PrivacyNotice | None:
    """Return the edition of the privacy notice that goes with a version; a draft goes with the newest."""
    if version.notice_id is not None and version.state != "draft":
        return session.get(PrivacyNotice, version.notice_id)
    return latest_notice(session)


def _names(session: Session, actors: Sequence[str]) -> dict[str, str]:
    ids = {int(actor[6:]) for actor in actors if actor.startswith("staff:") and actor[6:].isdigit()}
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(ids)))
    return {f"staff:{row.id}": row.name for row in rows}


def _link_names(session: Session, ids: Collection[int], viewer: Viewer) -> dict[int, str]:
    rows = session.execute(
        select(OpenLink.id, OpenLink.name).where(OpenLink.id.in_(ids), in_sight(OpenLink.region_id, viewer))
    )
    return {row.id: row.name for row in rows}
