"""Reads for answering: what a link leads to, the questionnaire behind it, what is known of the person."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, defer

from core import crypto
from customers.models import Customer
from grid.models import Region
from grid.queries import in_sight
from grid.rules import Permission, Viewer
from journeys.models import TouchpointEvent
from surveys.models import (
    Answer,
    AnswerFile,
    Invitation,
    PrivacyNotice,
    Response,
    Sitting,
    SurveyImage,
    SurveyVersion,
)
from surveys.rules.conditions import Value
from surveys.rules.definition import Definition
from surveys.rules.logic import Facts
from surveys.rules.readings import Reading
from surveys.rules.seats import Progress, Seat
from surveys.rules.texts import Localised


@dataclass(frozen=True, slots=True)
class Kept:
    """One version of a survey as this process keeps it: the definition, and what follows from it once for all.

    ``notice`` is the number of its privacy notice, ``final`` that it never changes again. ``several`` says that it
    is answered on more than one page, ``branching`` that how many depends on the answers, ``simple`` that one
    statement stores an answer to it: one page, a name to each answer, no files, nothing to look up beforehand.
    """

    version_id: int
    survey_id: int
    definition: Definition
    notice: int | None = None
    final: bool = False
    several: bool = field(init=False)
    simple: bool = field(init=False)
    branching: bool = field(init=False)

    def __post_init__(self) -> None:
        definition = self.definition
        parts = definition.pages if definition.layout == "page" else definition.questions
        seen = [part for part in parts if getattr(part, "type", "") != "hidden"]
        several = len(seen) > 1
        files = any(question.type == "file" for question in definition.questions)
        object.__setattr__(self, "several", several)
        object.__setattr__(self, "branching", next(definition.conditions(), None) is not None)
        simple = not (several or files or definition.anonymous or definition.looks_beyond)
        object.__setattr__(self, "simple", simple)


# By database and version: a process that works on one database after another must not mix them up.
_kept: dict[tuple[str | None, int], Kept] = {}


def kept(connection: Connection, version_id: int) -> Kept:
    """Return a version; raise LookupError if there is no such version.

    Published ones are kept in the process, for they never change.
    """
    place = (connection.engine.url.database, version_id)
    known = _kept.get(place)
    if known is None:
        row = connection.execute(
            select(
                SurveyVersion.survey_id,
                SurveyVersion.definition,
                SurveyVersion.state,
                PrivacyNotice.number,
            )
            .outerjoin(PrivacyNotice, PrivacyNotice.id == SurveyVersion.notice_id)
            .where(SurveyVersion.id == version_id)
        ).first()
        if row is None:
            raise LookupError(f"no survey version {version_id}")
        final = row.state in {"published", "retired"}
        definition = Definition.model_validate(row.definition)
        known = Kept(version_id, row.survey_id, definition, row.number, final)
        if final:
            _kept[place] = known
    return known


def definition(connection: Connection, version_id: int) -> Definition:
    """Return the definition of a version; raise LookupError if there is no such version."""
    return kept(connection, version_id).definition


@dataclass(frozen=True, slots=True)
class PersonalLink:
    """What a personal link leads to, answered and expired ones too; ``ending`` is how its response ended."""

    seat: Seat
    expires_at: datetime
    opened: bool
    answered: bool
    ending: str | None


_LINK = (
    select(
        Invitation.id,
        Invitation.version_id,
        Invitation.touchpoint_code,
        Invitation.region_id,
        Invitation.channel,
        Invitation.customer_id,
        Invitation.event_id,
        Invitation.expires_at,
        Invitation.opened_at,
        Invitation.spent,
        Customer.language,
        Response.id.label("response_id"),
        Response.ending,
    )
    .join(Customer, Customer.id == Invitation.customer_id)
    .outerjoin(Response, Response.invitation_id == Invitation.id)
    .where(Invitation.reason.is_(None), Invitation.token_hash == bindparam("token_hash"))
)


def personal_link(connection: Connection, token: str) -> PersonalLink | None:
    """Return what the personal link with ``token`` leads to, answered and expired ones too, or None.

    Takes the connection, not a session: this runs for every answer, and the ORM has nothing to add to it.
    """
    token_hash = crypto.token_hash(token)
    row = connection.execute(_LINK, {"token_hash": token_hash}).first()
    if row is None:
        return None
    seat = Seat(
        key_hash=token_hash,
        version_id=row.version_id,
        touchpoint_code=row.touchpoint_code,
        region_id=row.region_id,
        channel=row.channel,
        invitation_id=row.id,
        customer_id=row.customer_id,
        event_id=row.event_id,
        language=row.language,
    )
    answered = row.spent or row.response_id is not None
    return PersonalLink(seat, row.expires_at, row.opened_at is not None, answered, row.ending)


def facts(connection: Connection, seat: Seat, *, anonymous: bool) -> Facts:
    """Return what logic and texts may know of the event and the customer; never a name, number or address.

    An anonymous survey knows the touchpoint and nothing else: what it knew could be written into a variable
    or steer which questions were asked, and then the answers would tell whose they are.
    """
    customer_id = None if anonymous else seat.customer_id
    return facts_of(connection, seat.touchpoint_code, customer_id, seat.event_id)


def facts_of(
    connection: Connection, touchpoint_code: str, customer_id: int | None, event_id: int | None
) -> Facts:
    """Return what is known of a touchpoint, and of a customer and their event if there is a customer."""
    event: dict[str, Value] = {"touchpoint": touchpoint_code}
    if customer_id is None:
        return Facts(event, {})
    row = connection.execute(
        select(Customer.language, Customer.attributes, Region.code, TouchpointEvent.attributes.label("event"))
        .join(Region, Region.id == Customer.region_id)
        .outerjoin(TouchpointEvent, TouchpointEvent.id == event_id)
        .where(Customer.id == customer_id)
    ).one()
    customer = _plain(row.attributes) | {"region": row.code}
    if row.language:
        customer["language"] = row.language
    return Facts(_plain(row.event or {}) | event, customer)


def _plain(attributes: Mapping[str, Any]) -> dict[str, Value]:
    """Return the attributes that are numbers, words or yes and no; lists and objects say nothing to logic."""
    found: dict[str, Value] = {}
    for name, value in attributes.items():
        if isinstance(value, bool):
            found[name] = "yes" if value else "no"
        elif isinstance(value, int | float):
            found[name] = float(value)
        elif isinstance(value, str):
            found[name] = value
    return found


def sitting_of(seat: Seat) -> ColumnElement[bool]:
    """Return the condition that finds the sitting of a seat."""
    if seat.invitation_id is not None:
        return Sitting.invitation_id == seat.invitation_id
    return and_(Sitting.link_id == seat.link_id, Sitting.key_hash == seat.key_hash)


def progress(connection: Connection, seat: Seat) -> Progress | None:
    """Return how far the person in a seat has come; None for whoever has sent no page yet."""
    row = connection.execute(
        select(
            Sitting.sent,
            Sitting.language,
            Sitting.page_id,
            Sitting.page_seconds,
            Sitting.started_at,
            Sitting.shown_at,
            Sitting.finished,
        ).where(sitting_of(seat))
    ).first()
    if row is None:
        return None
    return Progress(
        sent=json.loads(row.sent),
        language=row.language,
        page_id=row.page_id,
        page_seconds=row.page_seconds,
        started_at=row.started_at,
        saved_at=row.shown_at,
        finished=row.finished,
    )


def is_answered(connection: Connection, seat: Seat) -> bool:
    """Say whether somebody answered from this seat; of an anonymous open link, that cannot be said here."""
    if seat.invitation_id is None:
        return bool(connection.scalar(select(exists().where(Response.key_hash == seat.key_hash))))
    spent = exists().where(Invitation.id == seat.invitation_id, Invitation.spent)
    return bool(
        connection.scalar(select(or_(spent, exists().where(Response.invitation_id == seat.invitation_id))))
    )


def stored(
    connection: Connection, seat: Seat, *, secrets: bool = False
) -> tuple[dict[str, Reading], dict[str, Value]]:
    """Return the stored answers and variables of whoever sat there, for the words of thanks or for comparing.

    Nothing of an anonymous survey. ``secrets`` reads those that are stored encrypted too; no thank-you repeats them.
    """
    mine = (
        Response.invitation_id == seat.invitation_id
        if seat.invitation_id is not None
        else Response.key_hash == seat.key_hash
    )
    rows = connection.execute(
        select(
            Response.variables,
            Answer.question_id,
            Answer.number,
            Answer.option_ids,
            Answer.words,
            *([Answer.secret] if secrets else []),
        )
        .outerjoin(Answer, Answer.response_id == Response.id)
        .where(mine)
    ).all()
    readings = {
        row.question_id: Reading(
            row.number,
            tuple(row.option_ids) if row.option_ids else None,
            row.secret if secrets and row.secret is not None else row.words,
        )
        for row in rows
        if row.question_id is not None
    }
    return readings, dict(rows[0].variables or {}) if rows else {}


def files_taken(connection: Connection, seat: Seat) -> tuple[set[bytes], set[int]]:
    """Return the hashes and the sizes of the files that the response from a seat took; none of an anonymous one."""
    rows = connection.execute(
        select(AnswerFile.token_hash, AnswerFile.size).where(
            AnswerFile.key_hash == seat.key_hash, AnswerFile.response_id.is_not(None)
        )
    ).all()
    return {bytes(row.token_hash) for row in rows}, {row.size for row in rows}


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of what customers are told about their data, in its languages."""

    number: int
    title: Localised
    body: Localised
    published_at: datetime


def notice(connection: Connection, number: int) -> Notice | None:
    """Return one version of the privacy notice, or None; they are public and never change."""
    row = connection.execute(
        select(
            PrivacyNotice.number, PrivacyNotice.title, PrivacyNotice.body, PrivacyNotice.published_at
        ).where(PrivacyNotice.number == number)
    ).first()
    return Notice(*row) if row else None


@dataclass(frozen=True, slots=True)
class Image:
    """A logo or an option's picture."""

    media_type: str
    data: bytes


def image(connection: Connection, token: str) -> Image | None:
    """Return the image with a token; its bytes never change."""
    row = connection.execute(
        select(SurveyImage.media_type, SurveyImage.data).where(SurveyImage.token == token)
    ).first()
    return Image(row.media_type, bytes(row.data)) if row else None


def files_of(session: Session, response_ids: Sequence[int]) -> Sequence[AnswerFile]:
    """Return the files that some responses took; their bytes are read only if somebody looks at them."""
    return session.scalars(
        select(AnswerFile)
        .options(defer(AnswerFile.data))
        .where(AnswerFile.response_id.in_(response_ids))
        .order_by(AnswerFile.id)
    ).all()


def file_visible_to(session: Session, viewer: Viewer, file_id: int) -> AnswerFile | None:
    """Return a file of a response in the viewer's regions, or None.

    Files of anonymous surveys are for those only who read the results of surveys: nobody is called back about them.
    """
    found = session.execute(
        select(AnswerFile, Response.version_id)
        .join(Response, Response.id == AnswerFile.response_id)
        .where(AnswerFile.id == file_id, in_sight(Response.region_id, viewer))
    ).first()
    if found is None:
        return None
    file: AnswerFile = found.AnswerFile
    anonymous = definition(session.connection(), found.version_id).anonymous
    return file if viewer.may(Permission.SURVEY_VIEW) or not anonymous else None
