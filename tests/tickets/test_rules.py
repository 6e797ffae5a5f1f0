"""When a ticket opens, how soon it is due, who may do what: no database."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.worktime import WorkCalendar
from tickets import rules
from tickets.rules import (
    OPEN,
    Action,
    Attainment,
    Heard,
    NoTargetError,
    Priority,
    Promises,
    State,
    Target,
    Trigger,
)


def beijing(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC) - timedelta(hours=8)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("heard", "trigger", "priority"),
    [
        (Heard(nps=6), Trigger.DETRACTOR, Priority.NORMAL),
        (Heard(nps=6, sentiment="neutral"), Trigger.DETRACTOR, Priority.NORMAL),
        (Heard(nps=6, sentiment="negative"), Trigger.DETRACTOR, Priority.HIGH),
        (Heard(nps=4, sentiment="positive"), Trigger.DETRACTOR, Priority.NORMAL),
        (Heard(nps=3), Trigger.DETRACTOR, Priority.HIGH),
        (Heard(nps=0, sentiment="positive"), Trigger.DETRACTOR, Priority.HIGH),
        (Heard(csat=2), Trigger.LOW_CSAT, Priority.NORMAL),
        (Heard(csat=2, sentiment="negative"), Trigger.LOW_CSAT, Priority.HIGH),
        (Heard(csat=1), Trigger.LOW_CSAT, Priority.HIGH),
        (Heard(nps=5, csat=1), Trigger.DETRACTOR, Priority.HIGH),
        (Heard(ces=3), Trigger.HIGH_EFFORT, Priority.NORMAL),
        (Heard(ces=2, sentiment="negative"), Trigger.HIGH_EFFORT, Priority.HIGH),
        (Heard(ces=1), Trigger.HIGH_EFFORT, Priority.HIGH),
        (Heard(csat=2, ces=1), Trigger.LOW_CSAT, Priority.HIGH),
        (Heard(nps=10, sentiment="positive", call_back=True), Trigger.CALL_BACK, Priority.NORMAL),
        (Heard(call_back=True), Trigger.CALL_BACK, Priority.NORMAL),
        (Heard(nps=2, call_back=True), Trigger.DETRACTOR, Priority.HIGH),
        (Heard(risks=["churn"]), Trigger.RISK, Priority.HIGH),
        (Heard(nps=10, risks=["churn"]), Trigger.RISK, Priority.HIGH),
        (Heard(risks=["regulator"]), Trigger.RISK, Priority.URGENT),
        (Heard(risks=["harm"]), Trigger.RISK, Priority.URGENT),
        (Heard(nps=9, sentiment="positive", risks=["fraud"]), Trigger.RISK, Priority.URGENT),
        (Heard(nps=0, sentiment="negative", risks=["churn", "regulator"]), Trigger.RISK, Priority.URGENT),
        (Heard(risks=["a kind that a later engine knows"]), Trigger.RISK, Priority.HIGH),
    ],
)
def test_the_strongest_reason_opens_the_ticket(heard: Heard, trigger: Trigger, priority: Priority) -> None:
    found = rules.reason(heard)
    assert found is not None
    assert (found.trigger, found.priority) == (trigger, priority)


@pytest.mark.parametrize(
    "heard",
    [
        Heard(),
        Heard(nps=7),
        Heard(nps=10),
        Heard(csat=3),
        Heard(csat=5),
        Heard(ces=4),
        Heard(sentiment="negative"),
        Heard(nps=7, sentiment="negative"),
        Heard(csat=3, sentiment="negative"),
    ],
)
def test_what_is_neither_low_nor_risky_opens_no_ticket(heard: Heard) -> None:
    assert rules.reason(heard) is None


@given(
    nps=st.none() | st.integers(0, 10),
    csat=st.none() | st.integers(1, 5),
    feeling=st.sampled_from([None, "negative", "neutral", "positive"]),
    risks=st.sets(st.sampled_from(["harm", "regulator", "fraud", "churn"])),
)
def test_a_lower_score_is_never_less_urgent(
    nps: int | None, csat: int | None, feeling: str | None, risks: set[str]
) -> None:
    order = [Priority.NORMAL, Priority.HIGH, Priority.URGENT]
    now = rules.reason(Heard(nps, csat, None, feeling, risks))
    worse = rules.reason(Heard(0 if nps is not None else None, csat, None, feeling, risks))
    if now is not None:
        assert worse is not None
        assert order.index(worse.priority) >= order.index(now.priority)


TARGETS = [
    Target(Priority.URGENT, date(2020, 1, 1), 120),
    Target(Priority.HIGH, date(2020, 1, 1), 450),
    Target(Priority.NORMAL, date(2020, 1, 1), 900),
    Target(Priority.URGENT, date(2026, 7, 1), 60),
]
PROMISES = Promises(WorkCalendar(), TARGETS)


@pytest.mark.parametrize(
    ("priority", "opened", "due"),
    [
        # Wednesday; the lunch break from 12:00 to 13:30 does not count.
        (Priority.URGENT, beijing(2026, 6, 10, 9, 0), beijing(2026, 6, 10, 11, 0)),
        (Priority.URGENT, beijing(2026, 6, 10, 11, 0), beijing(2026, 6, 10, 14, 30)),
        (Priority.URGENT, beijing(2026, 6, 10, 17, 30), beijing(2026, 6, 11, 10, 30)),
        (Priority.URGENT, beijing(2026, 6, 10, 3, 0), beijing(2026, 6, 10, 11, 0)),
        (Priority.HIGH, beijing(2026, 6, 10, 10, 0), beijing(2026, 6, 11, 10, 0)),
        # Friday evening: the weekend does not count.
        (Priority.HIGH, beijing(2026, 6, 12, 18, 0), beijing(2026, 6, 15, 18, 0)),
        # The Dragon Boat holiday of 2026 is 19 to 21 June.
        (Priority.NORMAL, beijing(2026, 6, 18, 9, 0), beijing(2026, 6, 22, 18, 0)),
        # National Day 1 to 7 October; Saturday 10 October is worked in exchange (调休).
        (Priority.NORMAL, beijing(2026, 9, 30, 18, 0), beijing(2026, 10, 9, 18, 0)),
        (Priority.URGENT, beijing(2026, 10, 9, 17, 30), beijing(2026, 10, 10, 9, 30)),
        # From July on the target is shorter; what was opened before keeps its promise.
        (Priority.URGENT, beijing(2026, 6, 30, 17, 30), beijing(2026, 7, 1, 10, 30)),
        (Priority.URGENT, beijing(2026, 7, 1, 9, 0), beijing(2026, 7, 1, 10, 0)),
    ],
)
def test_a_promise_runs_in_working_time_only(priority: Priority, opened: datetime, due: datetime) -> None:
    found = PROMISES.due(priority, opened)
    assert (found.at, found.exact) == (due, True)


def test_a_day_that_the_administrator_entered_moves_the_promise() -> None:
    calendar = WorkCalendar(known_days={date(2026, 6, 11): False})
    found = Promises(calendar, TARGETS).due(Priority.URGENT, beijing(2026, 6, 10, 17, 30))
    assert found.at == beijing(2026, 6, 12, 10, 30)


def test_a_promise_into_a_year_without_a_published_calendar_is_provisional() -> None:
    found = PROMISES.due(Priority.HIGH, beijing(2031, 3, 5, 9, 0))
    assert not found.exact


def test_without_a_target_in_force_nothing_is_promised() -> None:
    with pytest.raises(NoTargetError):
        PROMISES.due(Priority.URGENT, beijing(2019, 12, 31, 9, 0))


def test_a_share_of_fewer_than_ten_tickets_is_not_shown() -> None:
    assert Attainment(9, 9).percent is None
    assert Attainment(10, 9).percent == 90


@pytest.mark.parametrize(
    ("state", "wanted", "allowed"),
    [
        (state, wanted, wanted in allowed)
        for (state, allowed), wanted in product(
            {
                State.NEW: {State.ASSIGNED},
                State.ASSIGNED: {State.ASSIGNED, State.CONTACTED, State.RESOLVED},
                State.CONTACTED: {State.ASSIGNED, State.CONTACTED, State.RESOLVED},
                State.RESOLVED: {State.CLOSED, State.ASSIGNED},
                State.CLOSED: {State.ASSIGNED},
            }.items(),
            State,
        )
    ],
)
def test_the_life_of_a_ticket(state: State, wanted: State, allowed: bool) -> None:
    assert rules.may_follow(state, wanted) is allowed


@pytest.mark.parametrize("state", State)
def test_who_may_not_work_is_offered_nothing(state: State) -> None:
    assert rules.offered(state, works=False, mine=False, directs=False) == frozenset()


@pytest.mark.parametrize(
    ("state", "mine", "directs", "actions"),
    [
        (State.NEW, False, False, {Action.NOTE, Action.TAKE}),
        (State.NEW, False, True, {Action.NOTE, Action.TAKE, Action.ASSIGN}),
        (State.ASSIGNED, False, False, {Action.NOTE}),
        (State.ASSIGNED, True, False, {Action.NOTE, Action.CALL, Action.RESOLVE}),
        (State.CONTACTED, True, False, {Action.NOTE, Action.CALL, Action.RESOLVE}),
        (State.CONTACTED, False, True, {Action.NOTE, Action.CALL, Action.RESOLVE, Action.ASSIGN}),
        (State.RESOLVED, False, False, {Action.NOTE, Action.REOPEN}),
        (State.RESOLVED, True, False, {Action.NOTE, Action.REOPEN, Action.CLOSE}),
        (State.CLOSED, True, True, {Action.NOTE, Action.REOPEN}),
    ],
)
def test_what_is_offered_in_each_state(state: State, mine: bool, directs: bool, actions: set[Action]) -> None:
    assert rules.offered(state, works=True, mine=mine, directs=directs) == actions


def test_nobody_is_told_in_the_future_or_before_the_ticket_was_there() -> None:
    opened, now = beijing(2026, 6, 10, 9, 0) + timedelta(seconds=40), beijing(2026, 6, 10, 15, 0)

    def fault(at: datetime) -> str | None:
        return rules.told_fault(at, promised_at=opened, now=now)

    assert fault(beijing(2026, 6, 10, 9, 0)) is None
    assert fault(now) is None
    assert "不能晚于现在" in (fault(now + timedelta(minutes=1)) or "")
    assert "不能早于" in (fault(beijing(2026, 6, 10, 8, 59)) or "")


def test_open_are_the_states_before_resolving() -> None:
    assert set(State) - OPEN == {State.RESOLVED, State.CLOSED}
