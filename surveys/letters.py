"""The invitation e-mail: composed at send time, in the customer's language, with the score in it.

The links prefill a score and record nothing: mail scanners and prefetching clients follow every link.
"""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core import clock, settings
from customers import queries as customers
from customers.models import Customer
from delivery import queries as delivery
from delivery.letters import Letter
from delivery.models import Message
from delivery.rules import Reason
from surveys import queries
from surveys.models import AskRule, Invitation, Response
from surveys.queries import answering
from surveys.rules import asking, logic, piping
from surveys.rules.definition import Definition
from surveys.rules.logic import Facts
from surveys.rules.questions import CesQuestion, CsatQuestion, NpsQuestion, Question
from surveys.rules.texts import DEFAULT_LANGUAGE, say

INVITATION = "survey_invitation"
_HERE = Path(__file__).parent
_WORDS: dict[str, dict[str, str]] = tomllib.loads(
    (_HERE / "data" / "letter.toml").read_text(encoding="utf-8")
)
_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates" / "surveys"), autoescape=True, undefined=StrictUndefined
)


def compose(session: Session, message: Message) -> Letter | Reason:
    """Write the invitation that ``message`` is about, or say why it must not go out any more."""
    invitation = session.get_one(Invitation, message.subject_id)
    return _obstacle(session, message, invitation) or _written(session, invitation, again=False)


def remind(session: Session, message: Message) -> Letter | Reason:
    """Write the one reminder of an invitation, with the same link, or say why it must not go out.

    Only who got the invitation is reminded of it.
    """
    invitation = session.get_one(Invitation, message.subject_id)
    reason = _done_with(session, message, invitation)
    if reason is None and not delivery.was_sent(session, f"{INVITATION}:{invitation.id}"):
        reason = Reason.NOT_INVITED
    return reason or _written(session, invitation, again=True)


def _obstacle(session: Session, message: Message, invitation: Invitation) -> Reason | None:
    reason = _done_with(session, message, invitation)
    if reason is None and _was_asked_lately(session, message, invitation):
        reason = Reason.CAPPED
    return reason


def _done_with(session: Session, message: Message, invitation: Invitation) -> Reason | None:
    """Return why nothing more may be sent about an invitation, whatever the letter."""
    customer = session.get_one(Customer, invitation.customer_id)
    if invitation.spent or session.scalar(select(exists().where(Response.invitation_id == invitation.id))):
        return Reason.ALREADY_ANSWERED
    if clock.now() >= invitation.expires_at:
        return Reason.EXPIRED
    if customers.has_opted_out(session, customer.id, message.channel):
        return Reason.OPTED_OUT
    return None if customer.email else Reason.NO_ADDRESS


def _written(session: Session, invitation: Invitation, *, again: bool) -> Letter:
    customer = session.get_one(Customer, invitation.customer_id)
    definition = queries.definition(session.connection(), invitation.version_id)
    token = asking.token_of(invitation.seed)
    return write(definition, customer, token, invitation, _facts(session, definition, token), again=again)


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


def write(
    definition: Definition,
    customer: Customer,
    token: str,
    invitation: Invitation,
    facts: Facts = logic.NO_FACTS,
    *,
    again: bool = False,
) -> Letter:
    """Return the letter for a customer; its language is the customer's where the survey has it.

    If the first thing the survey asks is a score, its numbers stand in the letter.
    """
    config = settings.current()
    language = customer.language if customer.language in definition.languages() else DEFAULT_LANGUAGE
    words = _WORDS.get(language, _WORDS[DEFAULT_LANGUAGE])

    known = {f"event.{name}": str(value) for name, value in facts.event.items()}
    known |= {f"customer.{name}": str(value) for name, value in facts.customer.items()}

    def piped(text: str) -> str:
        return piping.pipe(text, known.get)

    title = piped(definition.title_in(language))
    first = _first_asked(definition, facts)
    url = f"{config.huisheng_base_url}/s/{token}"
    # Links end at midnight; people read the last day better than the first minute after it.
    until = clock.beijing(invitation.expires_at - timedelta(minutes=1)).strftime("%Y-%m-%d")
    company = config.huisheng_company
    parts: dict[str, Any] = {
        "language": language,
        "company": company,
        "title": title,
        "greeting": words["greeting"].format(name=customer.name) if customer.name else words["nobody"],
        "lead": words["lead_again" if again else "lead"].format(company=company),
        "question": piped(say(first.title, language)) if first else title,
        "choose": words["choose"],
        "score_links": [],
        "scale_note": "",
        "url": url,
        "button": words["button"],
        "until": words["until"].format(until=until),
        "opt_out": words["opt_out"],
        "opt_out_url": f"{config.huisheng_base_url}/o/{token}",
        "sign": words["sign"].format(company=company),
    }
    if isinstance(first, NpsQuestion | CsatQuestion | CesQuestion):
        scale = range(first.lowest, first.highest + 1)
        parts["score_links"] = [{"label": str(score), "url": f"{url}?{first.id}={score}"} for score in scale]
    if isinstance(first, NpsQuestion):
        parts["scale_note"] = f"0 {say(first.low, language)} · 10 {say(first.high, language)}"
    return Letter(
        to=customer.email or "",
        subject=words["subject_again" if again else "subject"].format(company=company, title=title),
        text=_text(parts),
        html=_templates.get_template("letter.html").render(parts),
        opt_out_url=parts["opt_out_url"],
    )


def _first_asked(definition: Definition, facts: Facts) -> Question | None:
    """Return the first question that the customer will see."""
    steps = logic.walk(definition, {}, facts).steps
    asked = (question for step in steps for question in step.questions if question.asks)
    return next(asked, None)


def _text(parts: dict[str, Any]) -> str:
    lines = [parts["greeting"], "", parts["lead"], "", parts["question"], parts["url"], "", parts["until"], "",
             parts["sign"], f"{parts['opt_out']}: {parts['opt_out_url']}"]  # fmt: skip
    return "\n".join(lines) + "\n"
