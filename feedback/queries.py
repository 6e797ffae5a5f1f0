"""Reads of what customers said: the list with its filters, one utterance, and what waits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload, selectinload

from core import clock
from core.errors import NotFoundError
from core.sentences import N_
from customers.models import Customer
from feedback.models import Feedback, FeedbackTopic, ImportRun
from feedback.rules import SAID_AGAIN, SCORES, Place, ScoreGroup
from grid.models import Region
from grid.queries import in_sight
from grid.rules import Viewer
from surveys.queries import again as second_answers

COUNTED = 100_000
"""Lists are counted up to here: beyond, nobody needs the exact number and everybody would wait for it."""

EXPORT_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; None leaves it as it is. Days are Beijing days, both ends included.

    ``region`` is the code of a region and stands for it with all below it.
    """

    sentiment: str | None = None
    topic: str | None = None
    polarity: str | None = None
    risk: str | None = None
    touchpoint: str | None = None
    channel: str | None = None
    source: str | None = None
    region: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    score: ScoreGroup | None = None
    words: str | None = None
    spoken: bool | None = None
    handled: bool | None = None
    again: bool | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, newest first, with the places before and after it where there is more."""

    rows: Sequence[Feedback]
    newer: Place | None
    older: Place | None


def visible_to(viewer: Viewer) -> Select[Feedback]:
    """Return the feedback of the viewer's regions."""
    return select(Feedback).where(in_sight(Feedback.region_id, viewer))


def page(
    session: Session,
    viewer: Viewer,
    filters: Filters,
    *,
    after: Place | None = None,
    before: Place | None = None,
    size: int = 50,
) -> Page:
    """Return the page that goes on ``after`` a place or ends ``before`` one; the newest page without both."""
    query = _details(visible_to(viewer).where(*conditions(filters)))
    if before is not None:
        rows = list(
            session.scalars(
                query.where(_order > _at(before)).order_by(Feedback.occurred_at, Feedback.id).limit(size + 1)
            )
        )
        more = len(rows) > size
        rows = rows[:size][::-1]
        return Page(rows, _place(rows[0]) if more else None, _place(rows[-1]) if rows else None)
    if after is not None:
        query = query.where(_order < _at(after))
    rows = list(
        session.scalars(query.order_by(Feedback.occurred_at.desc(), Feedback.id.desc()).limit(size + 1))
    )
    more = len(rows) > size
    rows = rows[:size]
    return Page(
        rows,
        _place(rows[0]) if rows and after is not None else None,
        _place(rows[-1]) if more else None,
    )


def count(session: Session, viewer: Viewer, filters: Filters) -> int:
    """Return how many rows the whole list has, at most COUNTED + 1."""
    matching = (
        select(Feedback.id)
        .where(in_sight(Feedback.region_id, viewer), *conditions(filters))
        .limit(COUNTED + 1)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(matching)) or 0


def all_rows(session: Session, viewer: Viewer, filters: Filters) -> Iterator[Feedback]:
    """Return every row of the list, newest first, reading a thousand at a time."""
    after: Place | None = None
    while True:
        part = page(session, viewer, filters, after=after, size=EXPORT_CHUNK)
        yield from part.rows
        session.expunge_all()  # an export of a million rows must not hold them all
        after = part.older
        if after is None:
            return


def one(session: Session, viewer: Viewer, feedback_id: int) -> Feedback:
    """Return an utterance that the viewer sees; raise NotFoundError otherwise."""
    found = session.scalar(
        _details(visible_to(viewer).where(Feedback.id == feedback_id)).options(joinedload(Feedback.customer))
    )
    if found is None:
        raise NotFoundError(N_("没有找到这条原声"))
    return found


def invitation_of(session: Session, found: Feedback) -> int | None:
    """Return the invitation by whose link the customer answered again; None for an utterance without such answers."""
    if found.said_again_at is None:
        return None
    if found.source == SAID_AGAIN:
        return int(found.source_id)
    return second_answers.invitation_of(session, found.response_id)


def of_customer(session: Session, viewer: Viewer, customer_id: int, *, limit: int) -> Sequence[Feedback]:
    """Return the latest of what a customer said in the viewer's regions."""
    return session.scalars(
        _details(visible_to(viewer).where(Feedback.customer_id == customer_id))
        .order_by(Feedback.occurred_at.desc(), Feedback.id.desc())
        .limit(limit)
    ).all()


def channels(session: Session) -> Sequence[str]:
    """Return the channels that ever brought something, skipping from one to the next along the index."""
    found: list[str] = []
    while True:
        query = select(func.min(Feedback.channel))
        channel = session.scalar(query.where(Feedback.channel > found[-1]) if found else query)
        if channel is None:
            return found
        found.append(channel)


def waiting(session: Session) -> int:
    """Return how many utterances wait to be understood."""
    return session.scalar(select(func.count()).where(Feedback.tagged_at.is_(None))) or 0


def import_runs(session: Session, limit: int = 20) -> Sequence[ImportRun]:
    """Return the latest file imports."""
    return session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(limit)).all()


def customer_ids(session: Session, external_ids: Sequence[str]) -> dict[str, int]:
    """Return the ids of those of these customers who are known, by the insurer's own number."""
    rows = session.execute(
        select(Customer.external_id, Customer.id).where(Customer.external_id.in_(external_ids))
    )
    return {row.external_id: row.id for row in rows}


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """Return what a row must fulfil to be in the list; dashboards count with the same conditions."""
    found: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (Feedback.sentiment, filters.sentiment),
            (Feedback.touchpoint_code, filters.touchpoint),
            (Feedback.channel, filters.channel),
            (Feedback.source, filters.source),
        )
        if value is not None
    ]
    if filters.topic is not None or filters.polarity is not None:
        found.append(_has_topic(filters.topic, filters.polarity))
    if filters.risk is not None:
        # The second half lets the small index of risky rows be used.
        some: ColumnElement[bool] = Feedback.risks != []
        found.append(and_(Feedback.risks.contains([filters.risk]), some))
    if filters.region is not None:
        top = select(Region.path).where(Region.code == filters.region).scalar_subquery()
        found.append(Feedback.region_id.in_(select(Region.id).where(func.starts_with(Region.path, top))))
    if filters.first_day is not None:
        found.append(Feedback.occurred_at >= clock.day_start(filters.first_day))
    if filters.last_day is not None:
        found.append(Feedback.occurred_at < clock.day_end(filters.last_day))
    if filters.score is not None:
        column, least, greatest = SCORES[filters.score]
        found.append(getattr(Feedback, column).between(least, greatest))
    if filters.words is not None:
        found.append(_contains(filters.words))
    found += [
        condition if wanted else ~condition
        for condition, wanted in (
            (Feedback.words != "", filters.spoken),
            (Feedback.handled_at.is_not(None), filters.handled),
            (Feedback.said_again_at.is_not(None), filters.again),
        )
        if wanted is not None
    ]
    return found


def _has_topic(code: str | None, polarity: str | None) -> ColumnElement[bool]:
    told = [FeedbackTopic.feedback_id == Feedback.id]
    if code is not None:
        told.append(FeedbackTopic.code == code)
    if polarity is not None:
        told.append(FeedbackTopic.polarity == polarity)
    return exists().where(*told)


def _contains(words: str) -> ColumnElement[bool]:
    # ILIKE folds every row and costs four times as much; Chinese has no case, and Latin words in reviews are
    # written in one of these ways (APP, app, App).
    spellings = sorted({words, words.lower(), words.upper(), words.capitalize()})
    return or_(*(Feedback.masked_words.contains(spelling, autoescape=True) for spelling in spellings))


def _details(query: Select[Feedback]) -> Select[Feedback]:
    return query.options(
        joinedload(Feedback.region), joinedload(Feedback.touchpoint), selectinload(Feedback.topics)
    )


_order = tuple_(Feedback.occurred_at, Feedback.id)


def _at(place: Place) -> Any:  # noqa: ANN401 - SQLAlchemy's tuple of bound values
    return tuple_(place.occurred_at, place.id)


def _place(row: Feedback) -> Place:
    return Place(row.occurred_at, row.id)
