"""Invitations and reminders: composed at send time, in the customer's language, for the message's channel.

The links prefill a score and record nothing: mail scanners and prefetching clients follow every link.
"""

from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core import clock
from customers import queries as customers
from customers.models import Customer
from delivery import queries as delivery
from delivery.letters import Words
from delivery.models import Message
from delivery.rules import Channel, Reason
from surveys import queries
from surveys.letters import mail, sms
from surveys.letters.occasion import Occasion, spoken_to
from surveys.models import AskRule, Invitation, Response, Suspect
from surveys.queries import answering
from surveys.rules import asking, logic
from surveys.rules.definition import Definition
from surveys.rules.logic import Facts

INVITATION = "survey_invitation"


def compose(session: Session, message: Message) -> Words | Reason:
    """Write the invitation that ``message`` is about, or say why it must not go out any more."""
    invitation = session.get_one(Invitation, message.subject_id)
    return _obstacle(session, message, invitation) or _written(session, message, invitation, again=False)


def remind(session: Session, message: Message) -> Words | Reason:
    """Write the one reminder of an invitation, with the same link, or say why it must not go out.

    Only who got the invitation is reminded of it.
    """
    invitation = session.get_one(Invitation, message.subject_id)
    reason = _done_with(session, message, invitation)
    if reason is None and not delivery.was_sent(session, f"{INVITATION}:{invitation.id}"):
        reason = Reason.NOT_INVITED
    return reason or _written(session, message, invitation, again=True)


def _obstacle(session: Session, message: Message, invitation: Invitation) -> Reason | None:
    reason = _done_with(session, message, invitation)
    if reason is None and _was_asked_lately(session, message, invitation):
        reason = Reason.CAPPED
    return reason


def _done_with(session: Session, message: Message, invitation: Invitation) -> Reason | None:
    """Return why nothing more may be sent about an invitation, whatever the letter."""
    customer = session.get_one(Customer, invitation.customer_id)
    answered = exists().where(Response.invitation_id == invitation.id)
    put_aside = exists().where(Suspect.key_hash == invitation.token_hash)
    if invitation.spent or session.scalar(select(answered | put_aside)):
        return Reason.ALREADY_ANSWERED
    if clock.now() >= invitation.expires_at:
        return Reason.EXPIRED
    if customers.has_opted_out(session, customer.id, message.channel):
        return Reason.OPTED_OUT
    address = customer.mobile if message.channel == Channel.SMS else customer.email
    return None if address else Reason.NO_ADDRESS


def _written(session: Session, message: Message, invitation: Invitation, *, again: bool) -> Words:
    customer = session.get_one(Customer, invitation.customer_id)
    definition = queries.definition(session.connection(), invitation.version_id)
    token = asking.token_of(invitation.seed)
    occasion = Occasion(
        definition,
        token,
        invitation.expires_at,
        spoken_to(customer.language, definition),
        _facts(session, definition, token),
        again,
    )
    if message.channel != Channel.SMS:
        return mail.write(occasion, customer)
    with_scores = session.scalar(select(AskRule.score_in_sms).where(AskRule.id == invitation.rule_id))
    return sms.write(occasion, customer.mobile or "", with_scores=bool(with_scores))


def _was_asked_lately(session: Session, message: Message, invitation: Invitation) -> bool:
    """Say whether another invitation reached the customer within the days of rest that the rule grants."""
    rest_days = session.scalar(select(AskRule.rest_days).where(AskRule.id == invitation.rule_id)) or 0
    since = clock.now() - timedelta(days=rest_days)
    return rest_days > 0 and delivery.sent_since(
        session, message.customer_id, message.kind, since, other_than=message.id
    )


def _facts(session: Session, definition: Definition, token: str) -> Facts:
    """Return what texts may say about the event and the customer, looked up only if one does."""
    found = answering.personal_link(session.connection(), token) if definition.looks_beyond else None
    if found is None:
        return logic.NO_FACTS
    return answering.facts(session.connection(), found.seat, anonymous=definition.anonymous)
