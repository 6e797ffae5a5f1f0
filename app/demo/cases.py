"""The demo's tickets: opened by the product's own rules, worked by its agents, in every state there is."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core import clock
from core.worktime import WorkCalendar
from feedback.models import Feedback
from grid.models import Region, Staff
from grid.rules import Role
from tickets.models import SlaTarget, Ticket, TicketEvent
from tickets.rules import Contact, Happening, Heard, Priority, Promises, State, Target, Told, reason

Row = dict[str, Any]

CAUSES = {
    "claim_closed": ("slow_process", "claim_dispute", "too_many_documents", "unclear_explanation"),
    "hotline_call": ("slow_process", "staff_attitude", "unclear_explanation"),
    "policy_change_done": ("system_fault", "too_many_documents", "slow_process"),
    "branch_visit": ("slow_process", "staff_attitude"),
    "renewal_done": ("charge_dispute", "disturbance", "unclear_explanation"),
    "policy_issued": ("sales_promise", "unclear_explanation", "customer_misunderstanding"),
    "roadside_assistance": ("third_party", "slow_process"),
}

RESOLUTIONS = (
    "已电话致歉并说明处理经过，补齐材料后当日完成，客户表示理解。",
    "与客户逐条核对条款和金额，重新出具说明函，客户接受。",
    "协调理赔岗加急处理，款项已到账并短信告知。",
    "核实为系统延迟，已修复并为客户补办，客户满意。",
    "已反馈至网点整改，安排主管回访致歉。",
    "解释扣费日与宽限期规则，并为客户调整缴费提醒方式。",
)

NOTES = ("客户情绪较激动，先倾听再解释。", "已调取通话录音核对。", "等待理赔岗回复。", "客户希望下午联系。")


def write(session: Session, dice: random.Random, staff: Sequence[Staff], tree: dict[str, Region]) -> None:
    """Open tickets where the rules ask for one, and play the year's work on them until now."""
    promises = Promises(
        WorkCalendar(),
        [Target(t.priority, t.valid_from, t.working_minutes) for t in session.scalars(select(SlaTarget))],
    )
    agents = _agents(staff, tree)
    tickets: list[Row] = []
    histories: list[list[Row]] = []
    for heard in session.scalars(
        select(Feedback).where(Feedback.source == "survey").order_by(Feedback.occurred_at)
    ):
        why = reason(
            Heard(heard.nps, heard.csat, heard.ces, heard.sentiment, heard.risks, call_back=heard.call_back)
        )
        if why is None:
            continue
        opened = heard.occurred_at + timedelta(seconds=2)
        due = promises.due(why.priority, opened)
        ticket: Row = {
            "feedback_id": heard.id, "trigger": why.trigger, "priority": why.priority, "state": State.NEW,
            "customer_id": heard.customer_id, "region_id": heard.region_id,
            "touchpoint_code": heard.touchpoint_code,
            "opened_at": opened, "due_at": due.at, "due_exact": due.exact, "assignee_id": None,
            "first_contact_at": None, "resolved_at": None, "closed_at": None, "reopened": 0,
            "root_cause_code": None, "resolution": None, "told_at": None, "told_how": None,
        }  # fmt: skip
        history = [_line(opened, Happening.OPENED)]
        _work(dice, ticket, history, dice.choice(agents[heard.region_id]), promises)
        tickets.append(ticket)
        histories.append(history)
    statement = insert(Ticket).returning(Ticket.id, sort_by_parameter_order=True)
    ids = session.scalars(statement, tickets, execution_options={"render_nulls": True}).all()
    lines = [
        line | {"ticket_id": ticket_id}
        for ticket_id, history in zip(ids, histories, strict=True)
        for line in history
    ]
    session.execute(insert(TicketEvent), lines, execution_options={"render_nulls": True})


def _work(
    dice: random.Random,
    ticket: dict[str, Any],
    history: list[Row],
    agent: Staff,
    promises: Promises,
) -> None:
    """Let the agent take, call, resolve and close the ticket, as far as time allows."""
    now = clock.now()
    calendar = promises.calendar
    length = calendar.between(ticket["opened_at"], ticket["due_at"])
    # Most promises are kept; the slow tail is what the dashboard is for.
    pace = dice.lognormvariate(-0.8, 0.55)
    if dice.random() < 0.015:
        # A matter that hangs on a hospital or a garage: on every day some of these are open and overdue.
        pace *= 9
    taken = calendar.add(ticket["opened_at"], length * min(pace * 0.25, 3)).at
    # Now and then a taken ticket waits for a file or for a better hour to call.
    waited = length * dice.uniform(0.1, 0.5) if dice.random() < 0.15 else timedelta(minutes=3)
    called = calendar.add(taken, length * pace * 0.2 + waited).at
    resolved = calendar.add(called, length * pace * 0.55 + timedelta(minutes=5)).at
    closed = calendar.add(resolved, timedelta(minutes=dice.randint(60, 900))).at
    # Of the newest tickets some lie where they are, so that a visitor finds one in every state.
    halted = dice.choice((State.ASSIGNED, State.CONTACTED, None)) if _is_new(ticket, now) else None
    if taken >= now:
        return
    ticket |= {"state": State.ASSIGNED, "assignee_id": agent.id}
    history.append(_line(taken, Happening.TAKEN, agent))
    if dice.random() < 0.25 and taken + timedelta(minutes=2) < called < now:
        history.append(_line(taken + timedelta(minutes=2), Happening.NOTED, agent, dice.choice(NOTES)))
    if called >= now or halted is State.ASSIGNED:
        return
    if dice.random() < 0.3:
        missed = _line(called - timedelta(minutes=2), Happening.CALLED, agent)
        history.append(missed | {"detail": {"outcome": Contact.NO_ANSWER}})
    ticket |= {"state": State.CONTACTED, "first_contact_at": called}
    history.append(_line(called, Happening.CALLED, agent) | {"detail": {"outcome": Contact.REACHED}})
    if resolved >= now or halted is State.CONTACTED:
        return
    _resolve(dice, ticket, history, agent, resolved)
    if dice.random() < 0.05 and resolved + timedelta(days=3) < now:
        _reopen(ticket, history, agent, resolved + timedelta(days=2), promises)
        again = calendar.add(resolved + timedelta(days=2), length * 0.6).at
        if again >= now:
            return
        _resolve(dice, ticket, history, agent, again)
        closed = calendar.add(again, timedelta(minutes=120)).at
    if closed < now and dice.random() < 0.97:
        ticket |= {"state": State.CLOSED, "closed_at": closed}
        history.append(_line(closed, Happening.CLOSED, agent))


def _is_new(ticket: Row, now: datetime) -> bool:
    return bool(now - ticket["opened_at"] < timedelta(hours=72))


def _resolve(dice: random.Random, ticket: Row, history: list[Row], agent: Staff, at: datetime) -> None:
    cause = dice.choice(CAUSES[ticket["touchpoint_code"]])
    how = dice.choices((Told.PHONE, Told.SMS, Told.WECHAT), (8, 1, 1))[0]
    ticket |= {
        "state": State.RESOLVED, "resolved_at": at, "root_cause_code": cause,
        "resolution": dice.choice(RESOLUTIONS), "told_at": at, "told_how": how,
    }  # fmt: skip
    detail = {"root_cause": cause, "told_how": how, "told_at": at.isoformat()}
    history.append(_line(at, Happening.RESOLVED, agent, ticket["resolution"]) | {"detail": detail})


def _reopen(ticket: Row, history: list[Row], agent: Staff, at: datetime, promises: Promises) -> None:
    due = promises.due(Priority.HIGH, at)
    ticket |= {
        "state": State.ASSIGNED, "resolved_at": None, "root_cause_code": None, "resolution": None,
        "told_at": None, "told_how": None, "reopened": 1, "due_at": due.at, "due_exact": due.exact,
    }  # fmt: skip
    history.append(_line(at, Happening.REOPENED, agent, "客户再次来电，表示问题没有解决。"))


def _line(at: datetime, kind: Happening, agent: Staff | None = None, note: str = "") -> Row:
    return {"at": at, "kind": kind, "staff_id": agent.id if agent else None, "note": note, "detail": {}}


def _agents(staff: Sequence[Staff], tree: dict[str, Region]) -> dict[int, list[Staff]]:
    agents = [person for person in staff if person.role is Role.AGENT]
    everywhere = [person for person in agents if person.region_id == tree["HQ"].id]
    return {
        region.id: [person for person in agents if person.region_id == region.id] or everywhere
        for region in tree.values()
    }
