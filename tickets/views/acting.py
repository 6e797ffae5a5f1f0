"""One ticket on a page, and each thing that people do to it."""

import re
import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TypeVar

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import TextAreaField

from core import clock, db
from core.errors import DomainError, InvalidInputError, NotFoundError
from core.sentences import N_
from core.shapes import row_id
from core.telling import refusal
from customers import queries as customers
from customers import rules as customer_rules
from feedback import queries as feedback_queries
from feedback import rules as feedback_rules
from feedback.rules import Mark
from grid import access
from grid.forms import HouseForm
from grid.rules import Permission, Viewer
from surveys.queries.again import said_again
from surveys.queries.retelling import answers_of
from tickets import labels, queries, rules, services
from tickets.forms import (
    AssignForm,
    CallForm,
    CloseForm,
    NoteForm,
    OpenForm,
    ReopenForm,
    ResolveForm,
    TakeForm,
)
from tickets.models import RootCause, Ticket
from tickets.queries import Candidate
from tickets.rules import Contact, Priority, State, Told
from tickets.services import Asked, Revealed
from tickets.views import history
from tickets.views.base import bp, left, words

Page = str | tuple[str, int] | Response
Sheet = TypeVar("Sheet", bound=HouseForm)

FORMS: dict[str, type[HouseForm]] = {
    "note": NoteForm,
    "call": CallForm,
    "resolve": ResolveForm,
    "close": CloseForm,
    "reopen": ReopenForm,
    "assign": AssignForm,
}
"""The forms of one ticket's page by the prefix of their fields: two of them share field names."""

_SUBMISSION = re.compile(r"[A-Za-z0-9_-]{8,40}")


@bp.get("/tickets/<int:ticket_id>")
@access.needs(Permission.TICKET_VIEW)
def ticket(ticket_id: int) -> Page:
    """Show what the customer said, what was promised, what happened and what can be done next."""
    return _page(ticket_id)


@bp.post("/tickets/<int:ticket_id>/take")
@access.needs(Permission.TICKET_WORK)
def take(ticket_id: int) -> Page:
    """Make a waiting ticket one's own."""
    return _act(ticket_id, TakeForm(), services.take, _("已认领，请尽快联系客户。"))


@bp.post("/tickets/<int:ticket_id>/assign")
@access.needs(Permission.TICKET_ASSIGN)
def assign(ticket_id: int) -> Page:
    """Give the ticket to somebody."""
    form = _sent("assign", AssignForm)
    return _act(
        ticket_id,
        form,
        lambda session, asked: services.assign(session, asked, staff_id=form.staff.data),
        _("已分派。"),
    )


@bp.post("/tickets/<int:ticket_id>/note")
@access.needs(Permission.TICKET_WORK)
def note(ticket_id: int) -> Page:
    """Leave a note for colleagues."""
    form = _sent("note", NoteForm)
    return _act(
        ticket_id,
        form,
        lambda session, asked: services.note(session, asked, text=form.text.data or ""),
        _("备注已保存。"),
    )


@bp.post("/tickets/<int:ticket_id>/call")
@access.needs(Permission.TICKET_WORK)
def call(ticket_id: int) -> Page:
    """Note how a call went."""
    form = _sent("call", CallForm)
    return _act(
        ticket_id,
        form,
        lambda session, asked: services.call(
            session,
            asked,
            outcome=Contact(form.outcome.data),
            text=form.text.data or "",
            call_at=form.call_at.data.replace(tzinfo=clock.BEIJING) if form.call_at.data else None,
        ),
        _("回访记录已保存。"),
    )


@bp.post("/tickets/<int:ticket_id>/resolve")
@access.needs(Permission.TICKET_WORK)
def resolve(ticket_id: int) -> Page:
    """Say what was done and how the customer was told."""
    form = _sent("resolve", ResolveForm)

    def act(session: Session, asked: Asked) -> None:
        if form.told_at.data is None:
            raise InvalidInputError(N_("缺少告知时间"), {"told_at": [N_("请填写告知客户的时间")]})
        services.resolve(
            session,
            asked,
            root_cause=form.root_cause.data or "",
            resolution=form.resolution.data or "",
            told_how=Told(form.told_how.data),
            told_at=form.told_at.data.replace(tzinfo=clock.BEIJING),
        )

    return _act(ticket_id, form, act, _("已办结，客户已告知。"))


@bp.post("/tickets/<int:ticket_id>/close")
@access.needs(Permission.TICKET_WORK)
def close(ticket_id: int) -> Page:
    """End a resolved ticket."""
    form = _sent("close", CloseForm)
    return _act(
        ticket_id,
        form,
        lambda session, asked: services.close(session, asked, text=form.text.data or ""),
        _("工单已结案。"),
    )


@bp.post("/tickets/<int:ticket_id>/reopen")
@access.needs(Permission.TICKET_WORK)
def reopen(ticket_id: int) -> Page:
    """Work a finished ticket again."""
    form = _sent("reopen", ReopenForm)
    return _act(
        ticket_id,
        form,
        lambda session, asked: services.reopen(session, asked, why=form.why.data or ""),
        _("工单已重新打开，办结时限从现在起重新计算。"),
    )


@bp.post("/tickets/<int:ticket_id>/reveal")
@access.needs(Permission.PERSONAL_REVEAL)
def reveal(ticket_id: int) -> Page:
    """Show the customer's name, numbers and answers in full, once, and note who looked."""
    with db.transaction() as session:
        seen = services.reveal(session, Asked(ticket_id, access.viewer()))
    return _page(ticket_id, revealed=seen)


@bp.post("/tickets")
@access.needs(Permission.TICKET_WORK)
def open_by_hand() -> Page:
    """Open a ticket for an utterance that no rule caught."""
    form = OpenForm(request.form, prefix="open-")
    form.priority.choices = list(labels.priorities().items())
    feedback_id = row_id(request.form.get("feedback"))
    if feedback_id is None:
        raise NotFoundError(N_("没有找到这条客户原声"))
    viewer = access.viewer()
    if not form.validate():
        with db.reading() as session:
            about = queries.feedback(session, feedback_id, viewer)
            return render_template("tickets/open.html", form=form, feedback=about), 422
    with db.transaction() as session:
        ticket_id = services.open_by_hand(
            session,
            feedback_id=feedback_id,
            priority=Priority(form.priority.data),
            why=form.why.data or "",
            by=viewer,
        )
    flash(_("工单已建立。"), "success")
    return redirect(url_for("tickets.ticket", ticket_id=ticket_id))


def _sent(name: str, kind: type[Sheet]) -> Sheet:
    form = kind(request.form, prefix=f"{name}-")
    _offer(form)
    return form


def _act(ticket_id: int, form: HouseForm, action: Callable[[Session, Asked], None], said: str) -> Page:
    """Do it and go back to the ticket; what is wrong comes back beside its field or above the ticket."""
    if not form.validate():
        return _page(ticket_id, sent=form, status=422)
    version = request.form.get("version", type=int)
    submission = request.form.get("submission", "")
    asked = Asked(
        ticket_id,
        access.viewer(),
        version=version,
        submission=submission if _SUBMISSION.fullmatch(submission) else None,
    )
    try:
        with db.transaction() as session:
            action(session, asked)
    except NotFoundError:
        raise
    except InvalidInputError as error:
        form.take(error)
        return _page(ticket_id, sent=form, status=422)
    except DomainError as error:
        return _page(ticket_id, sent=form, status=error.status, refused=refusal(error))
    flash(said, "success")
    return redirect(url_for("tickets.ticket", ticket_id=ticket_id))


def _page(
    ticket_id: int,
    *,
    sent: HouseForm | None = None,
    status: int = 200,
    refused: str | None = None,
    revealed: Revealed | None = None,
) -> tuple[str, int]:
    viewer, now = access.viewer(), clock.now()
    with db.reading() as session:
        found = queries.ticket(session, ticket_id, viewer)
        causes = queries.root_causes(session)
        offered = rules.offered(
            State(found.state),
            works=viewer.may(Permission.TICKET_WORK),
            mine=found.assignee_id == viewer.staff_id,
            directs=viewer.may(Permission.TICKET_ASSIGN),
        )
        able = queries.candidates(session, found.region.path) if "assign" in offered else []
        forms = _forms(sent)
        for form in forms.values():
            _name_choices(form, causes, [one for one in able if one.staff.id != found.assignee_id])
        page = render_template(
            "tickets/ticket.html",
            ticket=found,
            customer=_customer(found),
            pieces=_pieces(found),
            history=history.entries(found.history, {one.code: one.name for one in causes}),
            later_risks=history.later_risks(found),
            calls=sum(event.kind == "called" for event in found.history),
            others=_others(session, found, viewer),
            customer_url=_customer_url(session, found, viewer),
            offered=offered,
            forms=forms,
            sent=sent,
            refused=refused,
            unsaved=_unsaved(sent, offered) if refused else [],
            revealed=revealed.customer if revealed else None,
            answers=revealed.answers if revealed else answers_of(session, viewer, found.feedback.response_id),
            answers_revealed=revealed is not None,
            said_again=revealed.said_again
            if revealed
            else said_again(session, viewer, feedback_queries.invitation_of(session, found.feedback)),
            submission=secrets.token_urlsafe(12),
            left=left([found], queries.promises(session), now),
            now=now,
            feedback_url=_feedback_url(found, viewer),
            may_reveal=viewer.may(Permission.PERSONAL_REVEAL),
            **words(),
        )
    return page, status


def _unsaved(sent: HouseForm | None, offered: Collection[str]) -> list[str]:
    """Return what somebody wrote into a form that their page offers no more: it must not be lost with the form."""
    names = [name for name, kind in FORMS.items() if isinstance(sent, kind)]
    if sent is None or not names or names[0] in offered:
        return []
    return [field.data for field in sent if isinstance(field, TextAreaField) and field.data]


def _forms(sent: HouseForm | None) -> dict[str, HouseForm]:
    """Return every form of the page, empty except the one that came back."""
    forms: dict[str, HouseForm] = {}
    for name, kind in FORMS.items():
        if isinstance(sent, kind):
            forms[name] = sent
        else:
            forms[name] = kind(prefix=f"{name}-", told_at=_this_minute())
            _offer(forms[name])
    return forms


def _this_minute() -> datetime:
    """Return the Beijing wall time that a field for minutes begins with."""
    return clock.beijing(clock.now()).replace(second=0, microsecond=0, tzinfo=None)


def _offer(form: HouseForm) -> None:
    if isinstance(form, CallForm):
        form.outcome.choices = list(labels.contacts().items())
    elif isinstance(form, ResolveForm):
        form.told_how.choices = list(labels.told().items())


def _name_choices(form: HouseForm, causes: Sequence[RootCause], able: Sequence[Candidate]) -> None:
    if isinstance(form, ResolveForm):
        form.root_cause.choices = [("", _("请选择")), *((one.code, one.name) for one in causes)]
    elif isinstance(form, AssignForm):
        form.staff.choices = [
            (
                one.staff.id,
                _("%(name)s（%(place)s，在办 %(n)s 件）", name=one.staff.name, place=one.place, n=one.load),
            )
            for one in able
        ]


def _customer(ticket: Ticket) -> dict[str, str] | None:
    person = ticket.customer
    if person is None:
        return None
    return {
        "external_id": person.external_id,
        "name": customer_rules.masked_name(person.name),
        "mobile": customer_rules.masked_mobile(person.mobile),
        "email": customer_rules.masked_email(person.email),
    }


def _others(session: Session, ticket: Ticket, viewer: Viewer) -> list[Ticket]:
    """Return the customer's latest other tickets that the viewer sees, at most five."""
    if ticket.customer_id is None:
        return []
    latest = queries.of_customer(session, ticket.customer_id, viewer, 6)
    return [one for one in latest if one.id != ticket.id][:5]


def _customer_url(session: Session, ticket: Ticket, viewer: Viewer) -> str | None:
    """Return the way to the customer's page; none if the customer belongs to another branch, as may be after a move."""
    if ticket.customer_id is None or customers.visible(session, ticket.customer_id, viewer) is None:
        return None
    return url_for("tickets.customer", customer_id=ticket.customer_id)


def _pieces(ticket: Ticket) -> list[tuple[str, bool]]:
    """Return the masked words cut so that what made the engine speak of a risk is marked."""
    marks = [Mark(**one) for one in ticket.feedback.evidence if one.get("kind") == "risk"]
    cut = feedback_rules.pieces(ticket.feedback.masked_words, marks)
    return [(piece, mark is not None) for piece, mark in cut]


def _feedback_url(ticket: Ticket, viewer: Viewer) -> str | None:
    return f"/feedback/{ticket.feedback_id}" if viewer.may(Permission.FEEDBACK_VIEW) else None
