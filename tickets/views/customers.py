"""One customer on a page: what was said, promised and sent, and whether they want to be asked at all."""

import re
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import db
from customers import queries as customers
from customers import rules as customer_rules
from customers import services as customer_services
from customers.models import Customer, OptOut
from delivery import forms as messages
from delivery import queries as delivery
from delivery import subjects
from feedback import labels as feedback_labels
from feedback import queries as feedback
from grid import access
from grid.rules import Permission
from tickets import queries
from tickets.views.base import bp, words

LATEST = 20
"""So many tickets, utterances and messages stand on a customer's page, the latest of each."""

MOST_FOUND = 20

_TICKET = re.compile(r"[Tt]\s*-?\s*(\d{1,18})", re.ASCII)


@bp.get("/customers/<int:customer_id>")
@access.needs(Permission.TICKET_VIEW)
def customer(customer_id: int) -> str:
    """Show what a customer said, what was promised, what was sent, and whether they refuse questionnaires."""
    return _page(customer_id)


@bp.post("/customers/<int:customer_id>/reveal")
@access.needs(Permission.PERSONAL_REVEAL)
def customer_reveal(customer_id: int) -> str:
    """Show name, number and address in full, once, and note who looked."""
    viewer = access.viewer()
    with db.transaction() as session:
        customer_services.reveal(session, customers.customer(session, customer_id, viewer), viewer)
    return _page(customer_id, revealed=True)


@bp.post("/customers/<int:customer_id>/refusal")
@access.needs(Permission.TICKET_WORK)
def customer_refusal(customer_id: int) -> ResponseReturnValue:
    """Note that a customer wants no more questionnaires, or (``refuses=no``) wants them again."""
    refuses = request.form.get("refuses") != "no"
    viewer = access.viewer()
    with db.transaction() as session:
        found = customers.customer(session, customer_id, viewer)
        customer_services.note_refusal(session, customer=found, refuses=refuses, by=viewer)
    flash(
        _("已登记，不再向这位客户发送问卷。") if refuses else _("已恢复，可以再向这位客户发送问卷。"),
        "success",
    )
    return redirect(url_for(".customer", customer_id=customer_id))


@bp.route("/customers/find", methods=["GET", "POST"])
@access.needs(Permission.TICKET_VIEW)
def customer_find() -> ResponseReturnValue:
    """Lead to a ticket or a customer by a number; what is written goes into no address, for it may be a mobile.

    Whoever comes back to the address alone is shown where to write a number.
    """
    if request.method == "GET":
        return redirect(url_for(".queue"))
    written = request.form.get("number", "").strip()[:254].replace("\0", "")
    ticket = _TICKET.fullmatch(written)
    if ticket is not None:
        return redirect(url_for(".ticket", ticket_id=int(ticket[1])))
    with db.reading() as session:
        found = customers.find(session, written, access.viewer(), limit=MOST_FOUND) if written else ()
        if len(found) == 1:
            return redirect(url_for(".customer", customer_id=found[0].id))
        return render_template("tickets/found.html", found=[_masked(one) | {"id": one.id} for one in found])


def _page(customer_id: int, *, revealed: bool = False) -> str:
    viewer = access.viewer()
    with db.reading() as session:
        found = customers.customer(session, customer_id, viewer)
        sent = delivery.of_customer(session, viewer, customer_id, limit=LATEST)
        refusals = customers.refusals(session, customer_id)
        return render_template(
            "tickets/customer.html",
            customer=_masked(found) | {"id": found.id, "region": found.region.name},
            revealed=found if revealed else None,
            refusal=next((one for one in refusals if one.withdrawn_at is None), None),
            refused_how=_refused_how(refusals),
            tickets=queries.of_customer(session, customer_id, viewer, LATEST),
            voices=feedback.of_customer(session, viewer, customer_id, limit=LATEST)
            if viewer.may(Permission.FEEDBACK_VIEW)
            else (),
            messages=sent,
            about=subjects.told(session, sent),
            latest=LATEST,
            sending={"states": messages.STATES, "kinds": messages.KINDS, "channels": messages.CHANNELS},
            sentiments=feedback_labels.sentiments(),
            may_reveal=viewer.may(Permission.PERSONAL_REVEAL),
            may_work=viewer.may(Permission.TICKET_WORK),
            may_messages=viewer.may(Permission.MESSAGE_VIEW),
            **words(),
        )


def _masked(found: Customer) -> dict[str, object]:
    return {
        "external_id": found.external_id,
        "name": customer_rules.masked_name(found.name),
        "mobile": customer_rules.masked_mobile(found.mobile),
        "email": customer_rules.masked_email(found.email),
        "region": found.region.name,
    }


def _refused_how(refusals: Sequence[OptOut]) -> str:
    """Return how the refusal in force came to us."""
    source = next((one.source for one in refusals if one.withdrawn_at is None), "")
    return (
        _("由员工登记") if source.startswith("staff:") else _("客户自行选择") if source == "link" else source
    )
