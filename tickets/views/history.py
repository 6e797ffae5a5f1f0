"""A ticket's history as people read it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from core import clock
from tickets import labels
from tickets.models import TicketEvent
from tickets.rules import Contact, Happening

_LOOKS = {
    Happening.OPENED: ("ticket", "info"),
    Happening.TAKEN: ("user", "brand"),
    Happening.ASSIGNED: ("people", "brand"),
    Happening.NOTED: ("edit", "plain"),
    Happening.CALLED: ("phone", "mid"),
    Happening.RESOLVED: ("check", "good"),
    Happening.CLOSED: ("lock", "plain"),
    Happening.REOPENED: ("refresh", "bad"),
    Happening.PROMISED: ("calendar", "plain"),
}


def entries(history: Sequence[TicketEvent], causes: dict[str, str]) -> list[dict[str, Any]]:
    """Return the lines of the timeline, newest first; ``causes`` names root causes by code."""
    found = []
    for event in reversed(history):
        icon, tone = _LOOKS[Happening(event.kind)]
        if event.kind == Happening.CALLED and event.detail.get("outcome") == Contact.REACHED:
            tone = "good"
        found.append(
            {
                "at": event.at,
                "who": _who(event),
                "title": _title(event, causes),
                "text": event.note or None,
                "icon": icon,
                "tone": tone,
            }
        )
    return found


def _who(event: TicketEvent) -> str:
    if event.staff is not None:
        return event.staff.name
    by = str(event.detail.get("by", ""))
    return str(_("接口 %(name)s", name=by.removeprefix("key:")) if by else _("系统"))


def _title(event: TicketEvent, causes: dict[str, str]) -> Any:  # noqa: ANN401 - what gettext returns
    detail, plain = event.detail, labels.happenings()[Happening(event.kind)]
    if event.kind == Happening.OPENED:
        why = labels.triggers().get(detail.get("trigger", ""), "")
        priority = labels.priorities().get(detail.get("priority", ""), "")
        due = _minute(detail.get("due_at"))
        if why and due:
            return _(
                "建立工单（%(why)s，优先级%(priority)s），承诺 %(due)s 前办结",
                why=why,
                priority=priority,
                due=due,
            )
    if event.kind == Happening.ASSIGNED and detail.get("name"):
        return _("分派给 %(name)s", name=detail["name"])
    if event.kind == Happening.CALLED and detail.get("outcome"):
        outcome = labels.contacts().get(detail["outcome"], "")
        return _("回访电话：%(outcome)s", outcome=outcome)
    if event.kind == Happening.RESOLVED and detail.get("told_how"):
        return _(
            "办结（%(cause)s），已通过%(how)s告知客户",
            cause=causes.get(detail.get("root_cause", ""), detail.get("root_cause", "")),
            how=labels.told().get(detail["told_how"], ""),
        )
    if event.kind in {Happening.REOPENED, Happening.PROMISED} and _minute(detail.get("due_at")):
        return _("%(what)s，承诺 %(due)s 前办结", what=plain, due=_minute(detail.get("due_at")))
    return plain


def _minute(text: str | None) -> str:
    return clock.short(datetime.fromisoformat(text)) if text else ""
