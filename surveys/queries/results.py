"""Reads of the results page that are no columns: versions, links, who stopped on the way, and the words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core import clock
from core.errors import NotFoundError
from core.sentences import N_
from surveys.models import (
    Answer,
    Invitation,
    OpenLink,
    OpenLinkDay,
    Response,
    Sitting,
    Survey,
    SurveyQuota,
    SurveyVersion,
    Suspect,
)
from surveys.rules.definition import Definition
from surveys.rules.summaries.asked import Version
from surveys.rules.summaries.narrowing import Wanted

_kept: dict[int, Definition] = {}


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote to one question, as it was written; whoever shows it masks it."""

    response_id: int
    submitted_at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Stop:
    """How many stopped on a page without finishing; ``over`` says that they can no longer come back."""

    page: str
    by_link: bool
    over: bool
    n: int


@dataclass(frozen=True, slots=True)
class Openings:
    """What is known of open links: how often they were opened and begun, how many answers wait for somebody's eye.

    ``opened`` and ``started`` are counted by link and day and nothing else; None where only some versions are meant.
    """

    links: int
    opened: int | None
    started: int | None
    suspected: int


def survey(session: Session, survey_id: int) -> Survey:
    """Return a survey; raise NotFoundError if there is none."""
    found = session.get(Survey, survey_id)
    if found is None:
        raise NotFoundError(N_("没有这份问卷"))
    return found


def versions(session: Session, survey_id: int) -> dict[int, Version]:
    """Return the versions of a survey that were ever published, by id; their definitions are kept."""
    rows = session.execute(
        select(SurveyVersion.id, SurveyVersion.number)
        .where(SurveyVersion.survey_id == survey_id, SurveyVersion.state.in_(["published", "retired"]))
        .order_by(SurveyVersion.number)
    ).all()
    new = [row.id for row in rows if row.id not in _kept]
    if new:
        found = session.execute(
            select(SurveyVersion.id, SurveyVersion.definition).where(SurveyVersion.id.in_(new))
        )
        _kept.update((row.id, Definition.model_validate(row.definition)) for row in found)
    return {row.id: Version(row.id, row.number, _kept[row.id]) for row in rows}


def links(session: Session, survey_id: int, regions: frozenset[int] | None) -> Sequence[OpenLink]:
    """Return the open links of a survey that stand in these regions (None: in all), by name."""
    query = select(OpenLink).where(OpenLink.survey_id == survey_id).order_by(OpenLink.name, OpenLink.id)
    if regions is not None:
        query = query.where(OpenLink.region_id.in_(regions))
    return session.scalars(query).all()


def openings(session: Session, links: Iterable[OpenLink], wanted: Wanted) -> Openings:
    """Return what happened at these links in the days wanted, from the counters that the list of links shows too.

    A sitting tells nothing here: it is gone once somebody has finished, or was away for long.
    """
    ids = [
        link.id
        for link in links
        if (wanted.link is None or link.id == wanted.link)
        and (wanted.regions is None or link.region_id in wanted.regions)
        and (wanted.touchpoint is None or link.touchpoint_code == wanted.touchpoint)
        and (wanted.channel is None or link.kind == wanted.channel)
    ]
    days: list[ColumnElement[bool]] = [OpenLinkDay.link_id.in_(ids)]
    if wanted.first is not None:
        days.append(OpenLinkDay.day >= wanted.first)
    if wanted.last is not None:
        days.append(OpenLinkDay.day <= wanted.last)
    opened, started = session.execute(
        select(
            func.coalesce(func.sum(OpenLinkDay.opened), 0), func.coalesce(func.sum(OpenLinkDay.started), 0)
        ).where(*days)
    ).one()
    waiting = [
        Suspect.link_id.in_(ids),
        Suspect.state == "waiting",
        *_between(Suspect.received_at, wanted.first, wanted.last),
    ]
    if wanted.versions is not None:
        waiting.append(Suspect.version_id.in_(wanted.versions))
    suspected = session.scalar(select(func.count(Suspect.id)).where(*waiting)) or 0
    if wanted.versions is not None:
        return Openings(len(ids), None, None, suspected)
    return Openings(len(ids), int(opened), int(started), suspected)


def stops(session: Session, versions: Iterable[int], wanted: Wanted) -> list[Stop]:
    """Return on which page those stopped who did not finish, as far as the filters know of them.

    Nobody who stopped has answered, so filters on answers and languages do not narrow these.
    """
    over = or_(
        and_(Invitation.id.is_not(None), Invitation.expires_at <= clock.now()),
        and_(OpenLink.id.is_not(None), Sitting.updated_at <= clock.now() - timedelta(days=1)),
    )
    sides = (Sitting.page_id, Sitting.link_id.is_not(None), over)
    rows = session.execute(_unfinished(select(*sides, func.count()), versions, wanted).group_by(*sides))
    return [Stop(row[0], bool(row[1]), bool(row[2]), row[3]) for row in rows]


def passes(session: Session, versions: Iterable[int], wanted: Wanted) -> dict[str, int]:
    """Return by page how many of those who did not finish had gone on from it to another."""
    page = func.jsonb_object_keys(Sitting.page_seconds).column_valued("page")
    query = _unfinished(select(page, func.count()), versions, wanted).where(page != Sitting.page_id)
    return {row[0]: row[1] for row in session.execute(query.group_by(page))}


def _unfinished(
    query: Select[*tuple[Any, ...]], versions: Iterable[int], wanted: Wanted
) -> Select[*tuple[Any, ...]]:
    query = (
        query.select_from(Sitting)
        .outerjoin(Invitation, Invitation.id == Sitting.invitation_id)
        .outerjoin(OpenLink, OpenLink.id == Sitting.link_id)
        .where(
            Sitting.version_id.in_(list(versions)),
            ~Sitting.finished,
            *_between(Sitting.started_at, wanted.first, wanted.last),
        )
    )
    if wanted.regions is not None:
        query = query.where(func.coalesce(Invitation.region_id, OpenLink.region_id).in_(wanted.regions))
    if wanted.touchpoint is not None:
        touchpoint = func.coalesce(Invitation.touchpoint_code, OpenLink.touchpoint_code)
        query = query.where(touchpoint == wanted.touchpoint)
    if wanted.channel is not None:
        query = query.where(Invitation.channel == wanted.channel)
    if wanted.link is not None:
        query = query.where(Sitting.link_id == wanted.link)
    return query


def turned_away(session: Session, survey_id: int) -> int:
    """Return how many answers came when the survey or their quota was full, since it began."""
    return int(
        session.scalar(
            select(func.coalesce(func.sum(SurveyQuota.turned_away), 0)).where(
                SurveyQuota.survey_id == survey_id
            )
        )
        or 0
    )


def words(session: Session, key: str, response_ids: Sequence[int]) -> list[Words]:
    """Return what these responses wrote to a question, the newest first."""
    rows = session.execute(
        select(Answer.response_id, Response.submitted_at, Answer.words)
        .join(Response, Response.id == Answer.response_id)
        .where(Answer.response_id.in_(response_ids), Answer.question_id == key, Answer.words.is_not(None))
        .order_by(Answer.response_id.desc())
    )
    return [Words(row.response_id, row.submitted_at, row.words) for row in rows]


def _between(
    column: InstrumentedAttribute[datetime], first: date | None, last: date | None
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(column >= clock.day_start(first))
    if last is not None:
        found.append(column < clock.day_end(last))
    return found
