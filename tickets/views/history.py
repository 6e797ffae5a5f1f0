"""A ticket's history as people read it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from core import clock
from feedback import labels as feedback_labels
from tickets import labels
from tickets.models import Ticket, TicketEvent
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
    Happening.SAID_AGAIN: ("voice", "mid"),
    Happening.RAISED: ("warning", "bad"),
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


def later_risks(ticket: Ticket) -> list[str]:
    """Return the risks that the customer first spoke of when they answered again."""
    heard = {risk for event in ticket.history for risk in event.detail.get("risks", ())}
    return sorted(heard.difference(ticket.feedback.risks))


def _who(event: TicketEvent) -> str:
    if event.staff is not None:
        return event.staff.name
    by = str(event.detail.get("by", ""))
    return str(_("接口 %(name)s", name=by.removeprefix("key:")) if by else _("系统"))


def _title(event: TicketEvent, causes: dict[str, str]) -> str:
    kind = Happening(event.kind)
    teller = _TELLERS.get(kind)
    told = teller(event.detail, causes) if teller else ""
    return told or labels.happenings()[kind]


def _opened(detail: dict[str, Any], _causes: dict[str, str]) -> str:
    why = labels.triggers().get(detail.get("trigger", ""), "")
    priority, due = _priority(detail), _minute(detail.get("due_at"))
    if not (why and due):
        return ""
    if "suspect" in detail:
        return str(
            _(
                "客户又提交了一份回答，据此建立工单（%(why)s，优先级%(priority)s），承诺 %(due)s 前办结",
                why=why,
                priority=priority,
                due=due,
            )
        )
    return str(
        _("建立工单（%(why)s，优先级%(priority)s），承诺 %(due)s 前办结", why=why, priority=priority, due=due)
    )


def _assigned(detail: dict[str, Any], _causes: dict[str, str]) -> str:
    return str(_("分派给 %(name)s", name=detail["name"])) if detail.get("name") else ""


def _called(detail: dict[str, Any], _causes: dict[str, str]) -> str:
    outcome = labels.contacts().get(detail.get("outcome", ""), "")
    call_at = _minute(detail.get("call_at"))
    if outcome and call_at:
        return str(_("回访电话：%(outcome)s，约定 %(at)s 再次致电", outcome=outcome, at=call_at))
    return str(_("回访电话：%(outcome)s", outcome=outcome)) if outcome else ""


def _resolved(detail: dict[str, Any], causes: dict[str, str]) -> str:
    if not detail.get("told_how"):
        return ""
    cause = causes.get(detail.get("root_cause", ""), detail.get("root_cause", ""))
    how = labels.told().get(detail["told_how"], "")
    return str(_("办结（%(cause)s），已通过%(how)s告知客户", cause=cause, how=how))


def _said_again(detail: dict[str, Any], _causes: dict[str, str]) -> str:
    plain = labels.happenings()[Happening.SAID_AGAIN]
    risks = [feedback_labels.risks().get(risk, risk) for risk in detail.get("risks", ())]
    why = str(_("、")).join(risks) or labels.triggers().get(detail.get("trigger", ""), "")
    return str(_("%(what)s（%(why)s）", what=plain, why=why)) if why else ""


def _raised(detail: dict[str, Any], _causes: dict[str, str]) -> str:
    due = _minute(detail.get("due_at"))
    return str(_("优先级提高为%(priority)s，承诺 %(due)s 前办结", priority=_priority(detail), due=due))


def _promised(what: Happening) -> Callable[[dict[str, Any], dict[str, str]], str]:
    def told(detail: dict[str, Any], _causes: dict[str, str]) -> str:
        due, plain = _minute(detail.get("due_at")), labels.happenings()[what]
        return str(_("%(what)s，承诺 %(due)s 前办结", what=plain, due=due)) if due else ""

    return told


_TELLERS: dict[Happening, Callable[[dict[str, Any], dict[str, str]], str]] = {
    Happening.OPENED: _opened,
    Happening.ASSIGNED: _assigned,
    Happening.CALLED: _called,
    Happening.RESOLVED: _resolved,
    Happening.SAID_AGAIN: _said_again,
    Happening.RAISED: _raised,
    Happening.REOPENED: _promised(Happening.REOPENED),
    Happening.PROMISED: _promised(Happening.PROMISED),
}
"""What tells the kinds of line that say more than their name; an empty sentence leaves the name alone."""


def _priority(detail: dict[str, Any]) -> str:
    return labels.priorities().get(detail.get("priority", ""), "")


def _minute(text: str | None) -> str:
    return clock.short(datetime.fromisoformat(text)) if text else ""
