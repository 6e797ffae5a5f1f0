"""Reads for asking: rules, published versions, the catalogue with its funnel."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from delivery.models import Message
from delivery.rules import State
from grid.queries import in_sight
from grid.rules import Viewer
from journeys.models import Touchpoint
from surveys.models import (
    AskRule,
    Invitation,
    OpenLink,
    Response,
    Sitting,
    Survey,
    SurveyQuota,
    SurveyVersion,
)
from surveys.rules.scores import response_rate

_LETTER = "survey_invitation"
"""The kind of message that brings an invitation; reminders are another kind."""


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


def surveys_to_send(session: Session, *, besides: int | None = None) -> Sequence[Survey]:
    """Return the surveys with a published version, and the one with the id ``besides``, by name."""
    published = select(SurveyVersion.survey_id).where(SurveyVersion.state == "published")
    return session.scalars(
        select(Survey).where(or_(Survey.id.in_(published), Survey.id == besides)).order_by(Survey.name)
    ).all()


def quotas_of(session: Session, survey_id: int) -> Sequence[SurveyQuota]:
    """Return the quotas of a survey in the order in which places are taken."""
    return session.scalars(
        select(SurveyQuota).where(SurveyQuota.survey_id == survey_id).order_by(SurveyQuota.id)
    ).all()


def version_to_show(session: Session, survey_id: int) -> SurveyVersion | None:
    """Return the version that tells best what a survey asks: the published one, else the newest."""
    return session.scalars(
        select(SurveyVersion)
        .where(SurveyVersion.survey_id == survey_id)
        .order_by((SurveyVersion.state == "published").desc(), SurveyVersion.number.desc())
        .limit(1)
    ).first()


def names_of_versions(session: Session, version_ids: Collection[int]) -> dict[int, tuple[str, int]]:
    """Return the survey's code and the number of these versions, by their ids."""
    rows = session.execute(
        select(SurveyVersion.id, Survey.code, SurveyVersion.number)
        .join(Survey, Survey.id == SurveyVersion.survey_id)
        .where(SurveyVersion.id.in_(version_ids))
    )
    return {row.id: (row.code, row.number) for row in rows}


def visible_to(viewer: Viewer) -> Select[Response]:
    """Return the responses of the viewer's regions."""
    return select(Response).where(in_sight(Response.region_id, viewer))


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One survey in the list: what is asked now, what is being written, and its funnel over the viewer's regions.

    Of those whom a rule chose (``offered``) so many were reached (``delivered``) and finished (``answered``, also
    anonymously), counted as the results page counts them; ``by_links`` are answers by open links.
    """

    survey: Survey
    version: SurveyVersion | None
    writing: SurveyVersion | None
    offered: int
    delivered: int
    answered: int
    by_links: int

    @property
    def rate(self) -> float | None:
        """The response rate: finished of delivered; None under ten."""
        return response_rate(self.answered, self.delivered)


def catalogue(session: Session, viewer: Viewer, since: datetime) -> list[CatalogueRow]:
    """Return all surveys with their published version, and what came of asking since an instant."""
    versions = session.scalars(select(SurveyVersion).where(SurveyVersion.state != "retired")).all()
    published = {version.survey_id: version for version in versions if version.state == "published"}
    writing = {version.survey_id: version for version in versions if version.state != "published"}
    answered = or_(Response.id.is_not(None), Invitation.spent)
    # Who answered or opened was reached, whatever became of the provider's word.
    delivered = or_(
        answered, Sitting.id.is_not(None), Invitation.opened_at.is_not(None), Message.state == State.SENT
    )
    funnel = {
        row.survey_id: (row.offered, row.delivered, row.answered)
        for row in session.execute(
            select(
                SurveyVersion.survey_id,
                func.count(Invitation.id).label("offered"),
                func.count().filter(delivered).label("delivered"),
                func.count().filter(answered).label("answered"),
            )
            .join(Invitation, Invitation.version_id == SurveyVersion.id)
            .outerjoin(Response, Response.invitation_id == Invitation.id)
            .outerjoin(Sitting, Sitting.invitation_id == Invitation.id)
            .outerjoin(Message, (Message.kind == _LETTER) & (Message.subject_id == Invitation.id))
            .where(
                Invitation.created_at >= since,
                in_sight(Invitation.region_id, viewer),
            )
            .group_by(SurveyVersion.survey_id)
        )
    }
    by_links = dict(
        session.execute(
            select(SurveyVersion.survey_id, func.count(Response.id))
            .join(Response, Response.version_id == SurveyVersion.id)
            .where(
                Response.link_id.is_not(None),
                Response.submitted_at >= since,
                in_sight(Response.region_id, viewer),
            )
            .group_by(SurveyVersion.survey_id)
        ).all()
    )
    return [
        CatalogueRow(
            survey,
            published.get(survey.id),
            writing.get(survey.id),
            *funnel.get(survey.id, (0, 0, 0)),
            by_links.get(survey.id, 0),
        )
        for survey in session.scalars(select(Survey).order_by(Survey.name))
    ]


@dataclass(frozen=True, slots=True)
class WaysIn:
    """How a survey reaches people now: the names of the touchpoints whose rules send it, and its open links."""

    touchpoints: tuple[str, ...]
    links: int


def ways_in(session: Session, survey_id: int, viewer: Viewer) -> WaysIn:
    """Return the active rules and open links of a survey, links as far as the viewer may see them."""
    names = session.scalars(
        select(Touchpoint.name)
        .join(AskRule, AskRule.touchpoint_code == Touchpoint.code)
        .where(AskRule.survey_id == survey_id, AskRule.active)
        .group_by(Touchpoint.code)
        .order_by(Touchpoint.position)
    ).all()
    links = session.scalar(
        select(func.count(OpenLink.id)).where(
            OpenLink.survey_id == survey_id, OpenLink.active, in_sight(OpenLink.region_id, viewer)
        )
    )
    return WaysIn(tuple(names), links or 0)


def ask_rules(session: Session) -> Sequence[tuple[AskRule, Touchpoint]]:
    """Return every rule with its touchpoint, in the order of the journey."""
    rows = session.execute(
        select(AskRule, Touchpoint)
        .join(Touchpoint, Touchpoint.code == AskRule.touchpoint_code)
        .options(joinedload(AskRule.survey))
        .order_by(Touchpoint.position, AskRule.id)
    )
    return [(rule, touchpoint) for rule, touchpoint in rows]
