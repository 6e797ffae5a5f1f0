"""Use cases of asking: invite on an event, note that a link was opened, store answers exactly once."""

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock, crypto, logs
from core.errors import DomainError, NotFoundError
from delivery import services as delivery
from delivery.rules import Channel, Reason
from journeys.models import TouchpointEvent
from surveys import queries
from surveys.events import ResponseSubmitted
from surveys.models import AskRule, Invitation, SurveyVersion
from surveys.queries import OpenLink
from surveys.rules import asking
from surveys.rules.definition import Definition, read_answers, scores

MESSAGE_KIND = "survey_invitation"


class UnknownLinkError(DomainError):
    """No questionnaire lies behind the link."""

    status = 404


class OtherVersionError(DomainError):
    """The link leads to another version than the one the answers were given to."""


class LinkSpentError(DomainError):
    """The questionnaire behind the link was answered before."""


class LinkExpiredError(DomainError):
    """The time to answer is over."""

    status = 410


def invite(session: Session, *, touchpoint_event_id: int) -> list[int]:
    """Invite the customer of an event as the active rules of its touchpoint say.

    Each (rule, event) makes one invitation however often this runs; who is not sampled gets one with the
    reason and no message. Returns the ids of the invitations made now.
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
    due_at = max(now, event.occurred_at + timedelta(minutes=rule.delay_minutes))
    sampled = asking.is_sampled(rule.id, event.id, rule.sample_percent)
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
            channel=rule.channel,
            reason=None if sampled else Reason.NOT_SAMPLED,
            created_at=now,
            due_at=due_at,
            expires_at=asking.expiry(due_at, rule.valid_days),
        )
        .on_conflict_do_nothing(index_elements=["rule_id", "event_id"])
        .returning(Invitation.id)
    ).scalar()
    if invitation_id is not None and sampled:
        delivery.schedule(
            session,
            key=f"{MESSAGE_KIND}:{invitation_id}",
            kind=MESSAGE_KIND,
            subject_id=invitation_id,
            channel=Channel(rule.channel),
            customer_id=event.customer_id,
            region_id=event.region_id,
            due_at=due_at,
        )
    return invitation_id


def note_opened(connection: Connection, link: OpenLink) -> None:
    """Remember when the page was first shown; mail scanners open links too, so it is no more than a hint."""
    if not link.opened:
        connection.execute(
            update(Invitation)
            .where(Invitation.id == link.invitation_id, Invitation.opened_at.is_(None))
            .values(opened_at=clock.now())
        )


# One statement checks the link, stores the answers and publishes the event: one round trip instead of seven,
# and nothing of it can be there without the rest. The unique invitation decides between parallel submissions.
_STORE = text("""
WITH response AS (
    INSERT INTO responses (invitation_id, version_id, touchpoint_code, customer_id, region_id, channel, language,
                           submitted_at, nps, csat, ces)
    SELECT id, version_id, touchpoint_code, customer_id, region_id, channel, :language,
           :now, CAST(:nps AS smallint), CAST(:csat AS smallint), CAST(:ces AS smallint)
    FROM invitations
    WHERE token_hash = :token_hash AND version_id = :version_id AND reason IS NULL AND expires_at > :now
    ON CONFLICT (invitation_id) DO NOTHING
    RETURNING id, touchpoint_code, region_id
), stored AS (
    INSERT INTO answers (response_id, question_id, number, words)
    SELECT response.id, a.question_id, a.number, a.words
    FROM response, jsonb_to_recordset(CAST(:answers AS jsonb)) AS a(question_id text, number numeric, words text)
), published AS (
    INSERT INTO events (kind, payload, occurred_at, request_id)
    SELECT :kind, jsonb_build_object('response_id', id, 'touchpoint_code', touchpoint_code,
                                     'region_id', region_id, 'day', CAST(:day AS text)), :now, :request_id
    FROM response
)
SELECT id FROM response
""")


def submit(
    connection: Connection,
    *,
    token: str,
    version_id: int,
    definition: Definition,
    sent: Mapping[str, str],
    language: str,
) -> int:
    """Store a customer's answers and publish ResponseSubmitted; return the id of the response.

    ``version_id`` and its ``definition`` are those of the page on which the answers were given. Raises
    RefusedAnswersError naming every answer that cannot be accepted, UnknownLinkError, LinkSpentError if there
    is a response already, LinkExpiredError, and OtherVersionError; then nothing is stored.
    """
    readings = read_answers(definition, sent)
    now = clock.now()
    answers = [
        {"question_id": name, "number": reading.number, "words": reading.words}
        for name, reading in readings.items()
    ]
    response_id = connection.execute(
        _STORE,
        {
            "token_hash": crypto.token_hash(token),
            "version_id": version_id,
            "language": language,
            "now": now,
            "answers": json.dumps(answers, ensure_ascii=False),
            "kind": ResponseSubmitted.__name__,
            "day": clock.beijing_day(now).isoformat(),
            "request_id": logs.request_id(),
            **scores(definition, readings),
        },
    ).scalar()
    if response_id is None:
        open_link(connection, token)
        raise OtherVersionError("问卷已经更新，请重新打开链接")
    return int(response_id)


def open_link(connection: Connection, token: str) -> OpenLink:
    """Return the link if it can be answered now; raise UnknownLinkError, LinkSpentError or LinkExpiredError."""
    link = queries.link(connection, token) if asking.looks_like_token(token) else None
    if link is None:
        raise UnknownLinkError("没有这份问卷")
    if queries.is_answered(connection, link):
        raise LinkSpentError("这份问卷已经回答过了")
    if clock.now() >= link.expires_at:
        raise LinkExpiredError("这份问卷已经结束")
    return link


def has_no_version(session: Session, survey_id: int) -> bool:
    """Say whether nothing was ever written for a survey."""
    return (
        session.scalar(select(SurveyVersion.id).where(SurveyVersion.survey_id == survey_id).limit(1)) is None
    )


def publish_version(session: Session, *, survey_id: int, definition: Definition) -> SurveyVersion:
    """Publish ``definition`` as the next version of a survey; the one before is retired.

    Invitations already made keep the version they were made with.
    """
    last = session.scalar(
        select(SurveyVersion)
        .where(SurveyVersion.survey_id == survey_id)
        .order_by(SurveyVersion.number.desc())
        .limit(1)
    )
    if last is not None and last.state == "published":
        last.state = "retired"
        session.flush()  # one published version at a time: the old one must be gone before the new one comes
    version = SurveyVersion(
        survey_id=survey_id,
        number=last.number + 1 if last else 1,
        state="published",
        definition=definition.model_dump(mode="json", exclude_none=True),
        published_at=clock.now(),
    )
    session.add(version)
    return version


def change_rule(
    session: Session, *, rule_id: int, delay_minutes: int, sample_percent: int, rest_days: int, active: bool
) -> AskRule:
    """Change when and how often a rule asks; raise NotFoundError if there is no such rule."""
    rule = session.get(AskRule, rule_id)
    if rule is None:
        raise NotFoundError("没有这条规则")
    rule.delay_minutes, rule.sample_percent = delay_minutes, sample_percent
    rule.rest_days, rule.active = rest_days, active
    return rule
