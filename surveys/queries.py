"""Reads of surveys, rules, invitations and responses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, exists, func, select
from sqlalchemy.orm import Session, joinedload

from core import crypto
from customers.models import Customer
from grid.queries import in_sight
from grid.rules import Viewer
from journeys.models import Touchpoint
from surveys.models import AskRule, Invitation, Response, Survey, SurveyVersion
from surveys.rules.definition import Definition


@dataclass(frozen=True, slots=True)
class OpenLink:
    """What a valid personal link leads to."""

    invitation_id: int
    version_id: int
    expires_at: datetime
    opened: bool
    language: str | None


_LINK = select(
    Invitation.id,
    Invitation.version_id,
    Invitation.expires_at,
    Invitation.opened_at.is_not(None),
    select(Customer.language).where(Customer.id == Invitation.customer_id).scalar_subquery(),
).where(Invitation.reason.is_(None), Invitation.token_hash == bindparam("token_hash"))


def link(connection: Connection, token: str) -> OpenLink | None:
    """Return what the personal link with ``token`` leads to, answered and expired ones too, or None.

    Takes the connection, not a session: this runs for every answer, and the ORM has nothing to add to it.
    """
    row = connection.execute(_LINK, {"token_hash": crypto.token_hash(token)}).first()
    return OpenLink(*row) if row else None


def customer_of(connection: Connection, link: OpenLink) -> int:
    """Return the id of the customer whose link it is."""
    return connection.scalars(select(Invitation.customer_id).where(Invitation.id == link.invitation_id)).one()


def is_answered(connection: Connection, link: OpenLink) -> bool:
    """Say whether there is a response; pages ask, submitting need not, for the unique invitation decides there."""
    return bool(connection.scalar(select(exists().where(Response.invitation_id == link.invitation_id))))


_kept: dict[int, Definition] = {}


def definition(connection: Connection, version_id: int) -> Definition:
    """Return the definition of a version; raise LookupError if there is no such version.

    Published ones are kept in the process, for they never change.
    """
    known = _kept.get(version_id)
    if known is None:
        row = connection.execute(
            select(SurveyVersion.definition, SurveyVersion.state).where(SurveyVersion.id == version_id)
        ).first()
        if row is None:
            raise LookupError(f"no survey version {version_id}")
        known = Definition.model_validate(row.definition)
        if row.state != "draft":
            _kept[version_id] = known
    return known


def published_version_id(session: Session, survey_id: int) -> int | None:
    """Return the version of a survey that is asked now, or None if none is published."""
    return session.scalar(
        select(SurveyVersion.id).where(
            SurveyVersion.survey_id == survey_id, SurveyVersion.state == "published"
        )
    )


def rules_of(session: Session, touchpoint_code: str) -> Sequence[AskRule]:
    """Return the active rules of a touchpoint."""
    return session.scalars(
        select(AskRule).where(AskRule.touchpoint_code == touchpoint_code, AskRule.active).order_by(AskRule.id)
    ).all()


def visible_to(viewer: Viewer) -> Select[Response]:
    """Return the responses of the viewer's regions."""
    return select(Response).where(in_sight(Response.region_id, viewer))


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One survey in the list, with its funnel over the viewer's regions."""

    survey: Survey
    version: SurveyVersion | None
    invited: int
    answered: int


def catalogue(session: Session, viewer: Viewer, since: datetime) -> list[CatalogueRow]:
    """Return all surveys with their published version, invitations and answers since an instant."""
    published = {
        version.survey_id: version
        for version in session.scalars(select(SurveyVersion).where(SurveyVersion.state == "published"))
    }
    funnel = {
        row.survey_id: (row.invited, row.answered)
        for row in session.execute(
            select(
                SurveyVersion.survey_id,
                func.count(Invitation.id).label("invited"),
                func.count(Response.id).label("answered"),
            )
            .join(Invitation, Invitation.version_id == SurveyVersion.id)
            .outerjoin(Response, Response.invitation_id == Invitation.id)
            .where(
                Invitation.created_at >= since,
                Invitation.reason.is_(None),
                in_sight(Invitation.region_id, viewer),
            )
            .group_by(SurveyVersion.survey_id)
        )
    }
    return [
        CatalogueRow(survey, published.get(survey.id), *funnel.get(survey.id, (0, 0)))
        for survey in session.scalars(select(Survey).order_by(Survey.name))
    ]


def ask_rules(session: Session) -> Sequence[tuple[AskRule, Touchpoint]]:
    """Return every rule with its touchpoint, in the order of the journey."""
    rows = session.execute(
        select(AskRule, Touchpoint)
        .join(Touchpoint, Touchpoint.code == AskRule.touchpoint_code)
        .options(joinedload(AskRule.survey))
        .order_by(Touchpoint.position, AskRule.id)
    )
    return [(rule, touchpoint) for rule, touchpoint in rows]
