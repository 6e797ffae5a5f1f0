"""The day's work: whose tickets, what is overdue, what is due soon, then the rest."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core import clock, db
from core.shapes import row_id
from feedback import rules as feedback_rules
from grid import access
from grid import queries as grid
from grid.rules import Permission, Role, Viewer
from journeys import queries as journeys
from tickets import labels, queries
from tickets.forms import OpenForm
from tickets.models import Ticket
from tickets.queries import ANY_STATE, OPEN_STATES, Counts, Hurry, Place, Tab, Wanted
from tickets.rules import Priority, State, Trigger
from tickets.views.base import bp, left, region_options, words

Code = TypeVar("Code", bound=StrEnum)


@bp.get("/tickets")
@access.needs(Permission.TICKET_VIEW)
def queue() -> str | Response:
    """Show one page of tickets; of an utterance that has one ticket, the ticket itself."""
    viewer, now = access.viewer(), clock.now()
    with db.reading() as session:
        wanted = _wanted(session, viewer, request.args)
        promises = queries.promises(session)
        soon = queries.soon_until(promises)
        page = queries.queue(session, viewer, wanted, place=_place(request.args), soon=soon)
        if wanted.feedback_id is not None and len(page.tickets) == 1:
            return redirect(url_for("tickets.ticket", ticket_id=page.tickets[0].id))
        counts = queries.counts(session, viewer, soon=soon)
        options = _options(session, viewer)
        return render_template(
            "tickets/queue.html",
            page=page,
            sections=_sections(page.tickets, wanted, now, soon),
            counts=counts,
            attainment=queries.attainment(session, viewer),
            tab_items=_tabs(wanted, counts),
            chosen=_chosen(wanted),
            options=options,
            chips=_chips(options, wanted),
            left=left(page.tickets, promises, now),
            now=now,
            previous_url=_turn(page.previous),
            next_url=_turn(page.next),
            narrowed=bool(_narrowing()),
            by_promise=wanted.by_promise,
            directs=viewer.may(Permission.TICKET_ASSIGN),
            works=viewer.may(Permission.TICKET_WORK),
            news=queries.news(session, viewer.staff_id),
            opening=_opening(session, viewer, wanted),
            **words(),
        )


def _wanted(session: Session, viewer: Viewer, args: Mapping[str, str]) -> Wanted:
    # A filter that is not one of ours is left out, so an old link still shows a list.
    feedback_id = row_id(args.get("feedback"))
    region_id = row_id(args.get("region"))
    state = args.get("state", "")
    usual = ANY_STATE if feedback_id is not None else OPEN_STATES
    tab = Tab.MINE if viewer.role is Role.AGENT and not _narrowing() else Tab.ALL
    return Wanted(
        tab=_code(Tab, args.get("tab")) or tab,
        state=state if state in {ANY_STATE, OPEN_STATES, *State} else usual,
        hurry=_code(Hurry, args.get("due")),
        priority=_code(Priority, args.get("priority")),
        trigger=_code(Trigger, args.get("trigger")),
        touchpoint=args.get("touchpoint", "").replace("\0", "")[:128] or None,
        region_ids=grid.subtree_ids(session, region_id, viewer) if region_id is not None else None,
        feedback_id=feedback_id,
        said_again=args.get("again") == "yes",
    )


def _code(kind: type[Code], text: str | None) -> Code | None:
    return kind(text) if text in list(kind) else None


def _place(args: Mapping[str, str]) -> Place | None:
    for name in ("after", "before"):
        found = feedback_rules.Place.parse(args.get(name, ""))
        if found is not None:
            return Place(found.occurred_at, found.id, backwards=name == "before")
    return None


def _narrowing() -> dict[str, str]:
    names = ("state", "due", "priority", "trigger", "again", "touchpoint", "region", "feedback")
    return {name: request.args[name] for name in names if request.args.get(name)}


def _turn(place: Place | None) -> str | None:
    if place is None:
        return None
    kept = _narrowing() | ({"tab": request.args["tab"]} if request.args.get("tab") else {})
    cursor = str(feedback_rules.Place(place.at, place.id))
    return url_for("tickets.queue", **kept, **{"before" if place.backwards else "after": cursor})  # type: ignore[arg-type]


def _sections(
    tickets: Sequence[Ticket], wanted: Wanted, now: datetime, soon: datetime
) -> list[tuple[str, str, list[Ticket]]]:
    """Cut a day's work into what is overdue, what is due soon and the rest; other lists stay whole."""
    if not wanted.by_promise:
        return [("", _("工单"), list(tickets))]
    overdue = [one for one in tickets if one.due_at < now]
    near = [one for one in tickets if now <= one.due_at <= soon]
    rest = [one for one in tickets if one.due_at > soon]
    parts = [("bad", _("已超时"), overdue), ("mid", _("两个工作小时内到期"), near), ("", _("其余工单"), rest)]
    return [part for part in parts if part[2]]


def _tabs(wanted: Wanted, counts: Counts) -> list[dict[str, Any]]:
    kept = _narrowing()
    entries = [
        (Tab.MINE, _("我的"), counts.mine),
        (Tab.UNASSIGNED, _("待认领"), counts.unassigned),
        (Tab.ALL, _("全部"), counts.open),
    ]
    return [
        {
            "label": label,
            "url": url_for("tickets.queue", tab=tab.value, **kept),  # type: ignore[arg-type]
            "active": wanted.tab is tab,
            # The counts are of all open tickets; beside a narrowed list they would contradict it.
            "count": None if kept else count,
        }
        for tab, label, count in entries
    ]


def _chosen(wanted: Wanted) -> dict[str, str]:
    return {
        "tab": wanted.tab.value,
        "state": wanted.state,
        "due": wanted.hurry or "",
        "priority": wanted.priority or "",
        "trigger": wanted.trigger or "",
        "touchpoint": wanted.touchpoint or "",
        "region": request.args.get("region", ""),
        "feedback": str(wanted.feedback_id or ""),
        "again": "yes" if wanted.said_again else "",
    }


def _options(session: Session, viewer: Viewer) -> dict[str, list[tuple[Any, str]]]:
    everything = [("", _("全部"))]
    return {
        "state": [(OPEN_STATES, _("未办结")), *labels.states().items(), (ANY_STATE, _("全部"))],
        "due": [
            *everything,
            (Hurry.OVERDUE.value, _("已超时")),
            (Hurry.SOON.value, _("两个工作小时内到期")),
            (Hurry.CALL.value, _("到了约定的回电时间")),
        ],
        "priority": [*everything, *labels.priorities().items()],
        "trigger": [*everything, *labels.triggers().items()],
        "again": [*everything, ("yes", _("客户又答了，待回应"))],
        "touchpoint": [*everything, *((one.code, one.name) for one in journeys.touchpoints(session))],
        "region": [*everything, *region_options(session, viewer)],
    }


def _chips(options: Mapping[str, list[tuple[Any, str]]], wanted: Wanted) -> list[dict[str, str]]:
    kept = _narrowing()
    tab = {"tab": wanted.tab.value}
    found = []
    for name, value in kept.items():
        label = {str(code): text.strip() for code, text in options.get(name, [])}.get(value)
        if name == "feedback":
            label = _("原声 %(id)s", id=value)
        if label:
            rest = {other: text for other, text in kept.items() if other != name}
            found.append({"label": label, "url": url_for("tickets.queue", **tab, **rest)})  # type: ignore[arg-type]
    return found


def _opening(session: Session, viewer: Viewer, wanted: Wanted) -> dict[str, Any] | None:
    """Return what the form needs that opens a ticket for an utterance without one."""
    if wanted.feedback_id is None or not viewer.may(Permission.TICKET_WORK):
        return None
    form = OpenForm(prefix="open-", priority=Priority.NORMAL.value)
    form.priority.choices = list(labels.priorities().items())
    return {"form": form, "feedback": queries.feedback(session, wanted.feedback_id, viewer)}
