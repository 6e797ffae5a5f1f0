"""The staff's pages of sending: what went out, what did not and why, and what a person must decide."""

from enum import StrEnum
from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import clock, db
from core.shapes import row_id
from customers.rules import masked_email, masked_mobile, masked_name
from delivery import queries, services, subjects
from delivery.forms import CHANNELS, KINDS, REASONS, STATES, SettleForm
from delivery.models import Message
from delivery.rules import MOST_ATTEMPTS, Channel, Reason, Settlement, State
from delivery.telling import answer_said, reason_said
from grid import access
from grid.rules import Permission

bp = Blueprint("delivery", __name__, url_prefix="/messages", template_folder="templates")

_TONES = {
    State.UNCERTAIN: "bad",
    State.FAILED: "bad",
    State.SENT: "good",
    State.WITHHELD: "plain",
    State.WAITING: "info",
    State.CLAIMED: "info",
    State.SENDING: "info",
}

Choice = TypeVar("Choice", bound=StrEnum)


@bp.app_template_filter("message_tone")
def message_tone(state: str) -> str:
    """Return the badge tone of a state."""
    return _TONES[State(state)]


@bp.app_template_filter("message_reason")
def message_reason(message: Message) -> str:
    """Return why a message was not sent, as people read it."""
    return reason_said(message, REASONS)


@bp.get("")
@access.needs(Permission.MESSAGE_VIEW)
def messages() -> str:
    """List the messages in sight; those whose end nobody knows come first, with what to do."""
    state, reason, channel = _choice(State, "state"), _choice(Reason, "reason"), _choice(Channel, "channel")
    before = row_id(request.args.get("before"))
    first_page = state is None and reason is None and channel is None and before is None
    chosen: dict[str, Any] = {"state": state, "reason": reason, "channel": channel}
    viewer = access.viewer()
    with db.reading() as session:
        rows, older = queries.page(
            session, viewer, state=state, reason=reason, channel=channel, before=before
        )
        uncertain = queries.uncertain(session, viewer) if first_page else []
        return render_template(
            "delivery/messages.html",
            rows=rows,
            uncertain=uncertain,
            about=subjects.told(session, [row.message for row in (*rows, *uncertain)]),
            counts=queries.counts(session, viewer, channel),
            state=state,
            reason=reason,
            channel=channel,
            older=url_for("delivery.messages", **chosen, before=older) if older else None,
            newest=url_for("delivery.messages", **chosen) if before else None,
            states=STATES,
            reasons=REASONS,
            kinds=KINDS,
            channels=CHANNELS,
        )


@bp.get("/<int:message_id>")
@access.needs(Permission.MESSAGE_VIEW)
def message(message_id: int) -> str:
    """Show one message: its way so far, the server's words, and to whom, masked."""
    return _detail(message_id, SettleForm())


@bp.post("/<int:message_id>/settle")
@access.needs(Permission.MESSAGE_SETTLE)
def settle(message_id: int) -> ResponseReturnValue:
    """Say what became of a message whose end is unknown, or send a failed one again."""
    form = SettleForm()
    if not form.validate_on_submit():
        return _detail(message_id, form), 422
    outcome = Settlement(str(form.outcome.data))
    with db.transaction() as session:
        found = queries.message(session, message_id, access.viewer())
        settled = services.settle(session, found.id, outcome=outcome, by=access.actor())
        waits = settled.due_at > clock.now()
    if outcome == Settlement.DELIVERED:
        flash(_("已记为客户收到。"), "success")
    elif waits:
        flash(_("已重新排队。现在不在短信发送时段，到早上会再发一次。"), "success")
    else:
        flash(_("已重新排队，马上会再发一次。"), "success")
    return redirect(url_for("delivery.message", message_id=message_id))


def _detail(message_id: int, form: SettleForm) -> str:
    with db.reading() as session:
        found = queries.message(session, message_id, access.viewer())
        customer = queries.customer_of(session, found)
        about = subjects.told(session, [found]).get(found.id)
        capped = about is not None and found.reason == Reason.CAPPED
        before = (
            queries.asked_before(session, found, access.viewer(), about.rest_days)
            if about and capped
            else None
        )
        return render_template(
            "delivery/message.html",
            message=found,
            about=about,
            before=before,
            about_before=subjects.told(session, [before.message]).get(before.message.id) if before else None,
            answer=answer_said(found.provider_answer, Channel(found.channel)),
            may_see_surveys=access.may(Permission.SURVEY_VIEW),
            may_see_rules=access.may(Permission.SURVEY_EDIT),
            region=queries.region_name(session, found),
            name=masked_name(customer.name),
            address=masked_mobile(customer.mobile)
            if found.channel == Channel.SMS
            else masked_email(customer.email),
            settled_by=queries.settled_by(session, found),
            form=form,
            may_settle=access.may(Permission.MESSAGE_SETTLE),
            states=STATES,
            reasons=REASONS,
            kinds=KINDS,
            channels=CHANNELS,
            most_attempts=MOST_ATTEMPTS,
        )


def _choice(kind: type[Choice], name: str) -> Choice | None:
    """Return the filter of the address as one of its known values; anything else is no filter."""
    given = request.args.get(name)
    return kind(given) if given in set(kind) else None
