"""What invitations are about, for the list of messages."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from delivery.subjects import About
from journeys.models import Touchpoint, TouchpointEvent
from surveys.models import AskRule, Invitation, Survey, SurveyVersion


def of_invitations(session: Session, invitation_ids: Collection[int]) -> dict[int, About]:
    """Return survey, rule, touchpoint and event of these invitations, by their ids."""
    rows = session.execute(
        select(
            Invitation.id, Survey.id, Survey.name, Touchpoint.name, AskRule.id, AskRule.name, AskRule.rest_days,
            TouchpointEvent.source, TouchpointEvent.event_id, TouchpointEvent.occurred_at,
        )
        .join(SurveyVersion, SurveyVersion.id == Invitation.version_id)
        .join(Survey, Survey.id == SurveyVersion.survey_id)
        .join(Touchpoint, Touchpoint.code == Invitation.touchpoint_code)
        .outerjoin(AskRule, AskRule.id == Invitation.rule_id)
        .outerjoin(TouchpointEvent, TouchpointEvent.id == Invitation.event_id)
        .where(Invitation.id.in_(invitation_ids))
    )  # fmt: skip
    return {
        number: About(
            survey_id,
            survey,
            touchpoint,
            rule_id,
            rule,
            rest or 0,
            f"{source} · {event}" if event else None,
            at,
        )
        for number, survey_id, survey, touchpoint, rule_id, rule, rest, source, event, at in rows
    }
