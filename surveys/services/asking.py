"""Use cases of asking: invite on an event as the rules say."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock, crypto, settings
from core.errors import InvalidInputError, NotFoundError
from core.sentences import N_
from customers.models import Customer
from delivery import services as delivery
from delivery.rules import Reason
from journeys.models import TouchpointEvent
from surveys.models import AskRule, Invitation
from surveys.queries import asking as queries
from surveys.rules import asking
from surveys.rules.asking import AskBy

MESSAGE_KIND = "survey_invitation"
REMINDER_KIND = "survey_reminder"


def invite(session: Session, *, touchpoint_event_id: int) -> list[int]:
    """Invite the customer of an event as the active rules of its touchpoint say.

    Each (rule, event) makes one invitation however often this runs. Who is not sampled gets one with the reason
    and no message; who is too late to be asked gets one with the reason and a message that is withheld. Returns
    the ids of the invitations made now.
    """
    event = session.get_one(TouchpointEvent, touchpoint_event_id)
    made = []
    for rule in queries.rules_of(session, event.touchpoint_code):
        version_id = queries.published_version_id(session, rule.survey_id)
        if version_id is not None:
            invitation_id = _invite_by_rule(session, rule, version_id, event)
            if invitation_id is not None:
                made.append(invitation_id)
    return made


def _invite_by_rule(session: Session, rule: AskRule, version_id: int, event: TouchpointEvent) -> int | None:
    seed = secrets.token_bytes(16)
    now = clock.now()
    customer = session.get_one(Customer, event.customer_id)
    channel = asking.channel_of(
        AskBy(rule.channel), mobile=customer.mobile is not None, email=customer.email is not None
    )
    wanted_at = event.occurred_at + timedelta(minutes=rule.delay_minutes)
    # A link lives from the morning on if its text has to wait for one.
    due_at = delivery.earliest(channel, max(now, wanted_at))
    reason = _reason_not_to_ask(rule, event, wanted_at, now)
    invitation_id = session.execute(
        insert(Invitation)
        .values(
            seed=seed,
            token_hash=crypto.token_hash(asking.token_of(seed)),
            version_id=version_id,
            rule_id=rule.id,
            event_id=event.id,
            touchpoint_code=event.touchpoint_code,
            customer_id=event.customer_id,
            region_id=event.region_id,
            channel=channel,
            reason=reason,
            created_at=now,
            due_at=due_at,
            expires_at=asking.expiry(due_at, rule.valid_days),
        )
        .on_conflict_do_nothing(index_elements=["rule_id", "event_id"])
        .returning(Invitation.id)
    ).scalar()
    if invitation_id is None or reason == Reason.NOT_SAMPLED:
        return invitation_id
    letters = {MESSAGE_KIND: due_at if reason is None else wanted_at}
    if rule.remind_days is not None and reason is None:
        letters[REMINDER_KIND] = delivery.earliest(channel, due_at + timedelta(days=rule.remind_days))
    for kind, at in letters.items():
        delivery.schedule(
            session,
            key=f"{kind}:{invitation_id}",
            kind=kind,
            subject_id=invitation_id,
            channel=channel,
            customer_id=event.customer_id,
            region_id=event.region_id,
            due_at=at,
            reason=reason,
        )
    return invitation_id


def _reason_not_to_ask(
    rule: AskRule, event: TouchpointEvent, wanted_at: datetime, now: datetime
) -> Reason | None:
    if not asking.is_sampled(rule.id, event.id, rule.sample_percent):
        return Reason.NOT_SAMPLED
    late = asking.is_too_late(wanted_at, now, settings.current().ask_within_days)
    return Reason.TOO_LATE if late else None


def make_rule(
    session: Session,
    *,
    name: str,
    touchpoint_code: str,
    survey_id: int,
    delay_minutes: int,
    sample_percent: int,
    rest_days: int,
    valid_days: int,
    remind_days: int | None = None,
    channel: AskBy = AskBy.EMAIL,
    score_in_sms: bool = False,
) -> AskRule:
    """Make a rule that asks from now on; raise InvalidInputError if the name is taken."""
    made = session.scalars(
        insert(AskRule)
        .values(
            name=name.strip(),
            touchpoint_code=touchpoint_code,
            survey_id=survey_id,
            channel=channel,
            score_in_sms=score_in_sms,
            delay_minutes=delay_minutes,
            sample_percent=sample_percent,
            rest_days=rest_days,
            valid_days=valid_days,
            remind_days=remind_days,
        )
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(AskRule)
    ).one_or_none()
    if made is None:
        raise InvalidInputError(N_("已有同名规则"), {"name": [N_("已有同名规则，请换一个名称")]})
    return made


def change_rule(
    session: Session,
    *,
    rule_id: int,
    survey_id: int,
    delay_minutes: int,
    sample_percent: int,
    rest_days: int,
    valid_days: int,
    active: bool,
    remind_days: int | None = None,
    channel: AskBy = AskBy.EMAIL,
    score_in_sms: bool = False,
) -> AskRule:
    """Change what a rule asks with, how, when and how often; raise NotFoundError if there is no such rule.

    Invitations already made keep the version, the channel and the time they were made with.
    """
    rule = session.get(AskRule, rule_id)
    if rule is None:
        raise NotFoundError(N_("没有这条规则"))
    rule.survey_id, rule.delay_minutes, rule.sample_percent = survey_id, delay_minutes, sample_percent
    rule.rest_days, rule.valid_days, rule.active = rest_days, valid_days, active
    rule.remind_days, rule.channel, rule.score_in_sms = remind_days, channel, score_in_sms
    return rule
