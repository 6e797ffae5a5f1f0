"""Reads of open links: what a slug leads to, the links of a survey with their figures, answers put aside."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, bindparam, func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.errors import NotFoundError
from core.sentences import N_
from grid.models import Region, Staff
from grid.queries import in_sight
from grid.rules import Viewer
from journeys.models import Touchpoint
from surveys.models import OpenLink, OpenLinkDay, Response, Survey, SurveyVersion, Suspect

LINKS_PAGE = 50
SUSPECTS_PAGE = 30

# Whoever opened the page in time and reads slowly is not turned away at midnight.
TIME_TO_FINISH = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Door:
    """What a slug leads to: an open link, whether it is open, and the version that it asks."""

    link_id: int
    slug: str
    kind: str
    survey_id: int
    version_id: int
    touchpoint_code: str
    region_id: int
    parameters: dict[str, str]
    per_device: int | None
    host: str | None
    active: bool
    expires_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Say whether somebody may begin to answer."""
        return self.active and (self.expires_at is None or now < self.expires_at)

    def may_finish(self, now: datetime, begun_at: datetime) -> bool:
        """Say whether somebody who was shown the page at ``begun_at`` may still send it.

        Whoever began in time has a day to finish; a link that was switched off takes nothing more.
        """
        if self.expires_at is None or not self.active:
            return self.active
        return begun_at < self.expires_at and now < self.expires_at + TIME_TO_FINISH


_LINK = (
    select(
        OpenLink.id,
        OpenLink.slug,
        OpenLink.kind,
        OpenLink.survey_id,
        SurveyVersion.id,
        OpenLink.touchpoint_code,
        OpenLink.region_id,
        OpenLink.parameters,
        OpenLink.per_device,
        OpenLink.host,
        OpenLink.active,
        OpenLink.expires_at,
    )
    .join(SurveyVersion, SurveyVersion.survey_id == OpenLink.survey_id)
    .where(OpenLink.slug == bindparam("slug"))
)
_DOOR = _LINK.where(SurveyVersion.state == "published")
_LAST_DOOR = _LINK.order_by((SurveyVersion.state == "retired").desc(), SurveyVersion.number.desc()).limit(1)


def door(connection: Connection, slug: str) -> Door | None:
    """Return what a slug leads to, open or not; None for one that nobody made.

    Where the survey asks nothing now, that is what it asked last, or is going to ask first, switched off. Takes the
    connection, not a session: this runs for every page of every answer.
    """
    row = connection.execute(_DOOR, {"slug": slug}).first()
    if row is not None:
        return Door(*row)
    last = connection.execute(_LAST_DOOR, {"slug": slug}).first()
    return replace(Door(*last), active=False) if last else None


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a key so far: the version it was begun with, if at all, and how it ended.

    ``ending`` is that of the stored response.
    """

    version_id: int | None
    begun: bool
    finished: bool
    answered: bool
    suspected: bool
    ending: str | None


_STANDING = text("""
SELECT COALESCE(sitting.version_id, response.version_id, suspect.version_id) AS version_id,
       sitting.version_id IS NOT NULL AS begun, COALESCE(sitting.finished, false) AS finished,
       response.version_id IS NOT NULL AS answered, suspect.version_id IS NOT NULL AS suspected,
       response.ending AS ending
FROM (SELECT CAST(:key_hash AS bytea) AS key_hash) AS asked
LEFT JOIN sittings AS sitting USING (key_hash)
LEFT JOIN responses AS response USING (key_hash)
LEFT JOIN suspects AS suspect USING (key_hash)
""")


def standing(connection: Connection, key_hash: bytes) -> Standing:
    """Return what became of a key of an open link; a key that never sent anything has begun nothing."""
    return Standing(*connection.execute(_STANDING, {"key_hash": key_hash}).one())


@dataclass(frozen=True, slots=True)
class Aside:
    """What was put aside for a key: why, and what was sent, nothing once somebody has counted it."""

    reasons: Sequence[str]
    sent: dict[str, list[str]]


def aside(connection: Connection, key_hash: bytes) -> Aside | None:
    """Return what was put aside for a key, whatever was decided since."""
    row = connection.execute(
        select(Suspect.reasons, Suspect.sent).where(Suspect.key_hash == key_hash)
    ).first()
    return None if row is None else Aside(row.reasons, json.loads(row.sent))


def was_asked(connection: Connection, survey_id: int, version_id: int) -> bool:
    """Say whether a version belongs to a survey and is or was published: a page of it may still be open."""
    found = connection.scalar(
        select(SurveyVersion.id).where(
            SurveyVersion.id == version_id,
            SurveyVersion.survey_id == survey_id,
            SurveyVersion.state.in_(["published", "retired"]),
        )
    )
    return found is not None


def visible_to(viewer: Viewer) -> Select[OpenLink]:
    """Return the open links of the viewer's regions."""
    return select(OpenLink).where(in_sight(OpenLink.region_id, viewer))


def survey(session: Session, survey_id: int) -> Survey:
    """Return a survey; raise NotFoundError if there is none."""
    found = session.get(Survey, survey_id)
    if found is None:
        raise NotFoundError(N_("没有这份问卷"))
    return found


def link(session: Session, link_id: int, viewer: Viewer) -> OpenLink:
    """Return an open link that the viewer sees; raise NotFoundError otherwise."""
    found = session.scalar(visible_to(viewer).where(OpenLink.id == link_id))
    if found is None:
        raise NotFoundError(N_("没有找到这个链接"))
    return found


def links(session: Session, ids: Sequence[int], viewer: Viewer) -> Sequence[OpenLink]:
    """Return those of the links with these ids that the viewer sees, in the order they were made."""
    return session.scalars(visible_to(viewer).where(OpenLink.id.in_(ids)).order_by(OpenLink.id)).all()


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One open link in a list: where it stands and what came of it.

    There is no response rate: how many people saw a poster nobody knows.
    """

    link: OpenLink
    region: str
    touchpoint: str
    opened: int
    started: int
    completed: int
    waiting: int


def _row_query() -> Select[Any, Any, Any, Any, Any, Any, Any]:
    def days(column: InstrumentedAttribute[int]) -> ScalarSelect[Any]:
        return (
            select(func.coalesce(func.sum(column), 0))
            .where(OpenLinkDay.link_id == OpenLink.id)
            .correlate(OpenLink)
            .scalar_subquery()
        )

    return (
        select(
            OpenLink,
            Region.name,
            Touchpoint.name,
            days(OpenLinkDay.opened),
            days(OpenLinkDay.started),
            select(func.count()).where(Response.link_id == OpenLink.id).correlate(OpenLink).scalar_subquery(),
            select(func.count())
            .where(Suspect.link_id == OpenLink.id, Suspect.state == "waiting")
            .correlate(OpenLink)
            .scalar_subquery(),
        )
        .join(Region, Region.id == OpenLink.region_id)
        .join(Touchpoint, Touchpoint.code == OpenLink.touchpoint_code)
    )


ON_PAPER = ("web", "qr", "poster")


@dataclass(frozen=True, slots=True)
class LinkFilter:
    """Which links of a survey to list; empty fields narrow nothing."""

    words: str = ""
    kind: str = ""
    active: bool | None = None

    def conditions(self, survey_id: int, viewer: Viewer) -> list[ColumnElement[bool]]:
        """Return what a link must satisfy, the viewer's regions first of all."""
        found: list[ColumnElement[bool]] = [
            in_sight(OpenLink.region_id, viewer),
            OpenLink.survey_id == survey_id,
        ]
        if self.words:
            named = OpenLink.name.contains(self.words, autoescape=True)
            found.append(named | (OpenLink.slug == self.words))
        if self.kind:
            found.append(OpenLink.kind == self.kind)
        if self.active is not None:
            found.append(OpenLink.active.is_(self.active))
        return found


def links_page(
    session: Session, survey_id: int, viewer: Viewer, wanted: LinkFilter, *, page: int = 1
) -> tuple[list[LinkRow], int]:
    """Return one page of a survey's links that the viewer sees, the newest first, and how many there are."""
    conditions = wanted.conditions(survey_id, viewer)
    total = session.scalar(select(func.count()).select_from(OpenLink).where(*conditions)) or 0
    rows = session.execute(
        _row_query()
        .where(*conditions)
        .order_by(OpenLink.id.desc())
        .limit(LINKS_PAGE)
        .offset(LINKS_PAGE * (page - 1))
    )
    return [LinkRow(*row) for row in rows], total


def links_to_print(
    session: Session, survey_id: int, viewer: Viewer, wanted: LinkFilter, *, most: int
) -> Sequence[OpenLink]:
    """Return the links of a filter that work and belong on paper, in the order of the network, at most so many."""
    return session.scalars(
        select(OpenLink)
        .join(Region, Region.id == OpenLink.region_id)
        .where(*wanted.conditions(survey_id, viewer), OpenLink.active, OpenLink.kind.in_(ON_PAPER))
        .order_by(Region.path, OpenLink.id)
        .limit(most)
    ).all()


def link_row(session: Session, link_id: int, viewer: Viewer) -> LinkRow:
    """Return one link with its figures; raise NotFoundError if the viewer does not see it."""
    row = session.execute(
        _row_query().where(OpenLink.id == link_id, in_sight(OpenLink.region_id, viewer))
    ).first()
    if row is None:
        raise NotFoundError(N_("没有找到这个链接"))
    return LinkRow(*row)


def region_names(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Return the names of regions by id, for sheets that are printed for branches."""
    rows = session.execute(select(Region.id, Region.name).where(Region.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def touchpoints(session: Session) -> Sequence[Touchpoint]:
    """Return the touchpoints in the order of the journey, for choosing one."""
    return session.scalars(select(Touchpoint).order_by(Touchpoint.position, Touchpoint.code)).all()


@dataclass(frozen=True, slots=True)
class SuspectFilter:
    """Which answers put aside to list; empty fields narrow nothing."""

    state: str = "waiting"
    survey_id: int | None = None
    link_id: int | None = None
    reason: str = ""

    def conditions(self, viewer: Viewer) -> list[ColumnElement[bool]]:
        """Return what a suspect must satisfy, the viewer's regions first of all."""
        found: list[ColumnElement[bool]] = [in_sight(Suspect.region_id, viewer)]
        if self.state:
            found.append(Suspect.state == self.state)
        if self.survey_id is not None:
            of_survey = select(SurveyVersion.id).where(SurveyVersion.survey_id == self.survey_id)
            found.append(Suspect.version_id.in_(of_survey))
        if self.link_id is not None:
            found.append(Suspect.link_id == self.link_id)
        if self.reason:
            found.append(Suspect.reasons.contains([self.reason]))
        return found


@dataclass(frozen=True, slots=True)
class SuspectRow:
    """One answer put aside, with where it came from and who decided; by a personal link if there is no open one."""

    suspect: Suspect
    link: OpenLink | None
    survey: str
    region: str
    decided_by: str | None


def suspects_page(
    session: Session, viewer: Viewer, wanted: SuspectFilter, *, page: int = 1
) -> tuple[list[SuspectRow], int]:
    """Return one page of the answers put aside that the viewer sees, the newest first, and how many there are."""
    conditions = wanted.conditions(viewer)
    total = session.scalar(select(func.count(Suspect.id)).where(*conditions)) or 0
    rows = session.execute(
        select(Suspect, OpenLink, Survey.name, Region.name, Staff.name)
        .outerjoin(OpenLink, OpenLink.id == Suspect.link_id)
        .join(SurveyVersion, SurveyVersion.id == Suspect.version_id)
        .join(Survey, Survey.id == SurveyVersion.survey_id)
        .join(Region, Region.id == Suspect.region_id)
        .outerjoin(Staff, Staff.id == Suspect.decided_by)
        .where(*conditions)
        .order_by(Suspect.received_at.desc(), Suspect.id.desc())
        .limit(SUSPECTS_PAGE)
        .offset(SUSPECTS_PAGE * (page - 1))
    )
    return [SuspectRow(*row) for row in rows], total


def waiting_suspects(
    session: Session, viewer: Viewer, wanted: SuspectFilter, *, most: int
) -> Sequence[Suspect]:
    """Return, locked, the oldest ``most`` waiting answers of a filter: whoever decides has them alone."""
    return session.scalars(
        select(Suspect)
        .where(*wanted.conditions(viewer), Suspect.state == "waiting")
        .order_by(Suspect.received_at, Suspect.id)
        .limit(most)
        .with_for_update(of=Suspect)
    ).all()


def suspect(session: Session, suspect_id: int, viewer: Viewer) -> Suspect:
    """Return, locked, an answer put aside that the viewer sees; raise NotFoundError otherwise."""
    found = session.scalar(
        select(Suspect)
        .where(Suspect.id == suspect_id, in_sight(Suspect.region_id, viewer))
        .with_for_update(of=Suspect)
    )
    if found is None:
        raise NotFoundError(N_("没有找到这份答卷"))
    return found


def surveys_with_suspects(session: Session, viewer: Viewer) -> list[tuple[int, str]]:
    """Return id and name of the surveys that have answers put aside in the viewer's regions."""
    rows = session.execute(
        select(Survey.id, Survey.name)
        .join(SurveyVersion, SurveyVersion.survey_id == Survey.id)
        .join(Suspect, Suspect.version_id == SurveyVersion.id)
        .where(in_sight(Suspect.region_id, viewer))
        .distinct()
        .order_by(Survey.name)
    )
    return [(row[0], row[1]) for row in rows]
