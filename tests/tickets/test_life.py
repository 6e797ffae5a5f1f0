"""A ticket lives through whatever people do in whatever order; what must always hold, holds."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.clock import FixedClock
from core.errors import DomainError
from grid import services as grid
from tickets import rules, services
from tickets.models import Ticket, TicketEvent
from tickets.rules import NEXT, OPEN, Contact, Happening, State, Told
from tickets.services import Asked

STATE_AFTER = {
    Happening.OPENED: State.NEW,
    Happening.TAKEN: State.ASSIGNED,
    Happening.RESOLVED: State.RESOLVED,
    Happening.CLOSED: State.CLOSED,
    Happening.REOPENED: State.ASSIGNED,
}


class Life(RuleBasedStateMachine):
    """One ticket of a rolled-back database, three people, and a clock that moves on."""

    session: ClassVar[Session]
    clock: ClassVar[FixedClock]

    def __init__(self) -> None:
        super().__init__()
        self.clock.instant = datetime(2026, 6, 10, 4, 0, tzinfo=UTC)
        about = factories.make_feedback(self.session, nps=1)
        [self.id] = services.open_needed(self.session, [about.id])
        roles = ("agent", "agent", "cx_manager")
        self.people = [factories.make_staff(self.session, role=role) for role in roles]
        self.promises = 1
        self.states = [State.NEW]
        self.acts = 1

    @property
    def ticket(self) -> Ticket:
        return self.session.get_one(Ticket, self.id)

    def attempt(self, who: int, act: Any, **given: Any) -> bool:  # noqa: ANN401
        asked = Asked(self.id, grid.viewer_of(self.people[who]))
        try:
            with self.session.begin_nested():
                act(self.session, asked, **given)
        except DomainError:
            self.session.expire_all()
            return False
        finally:
            self.states.append(State(self.ticket.state))
        self.acts += 1
        return True

    @rule(minutes=st.integers(1, 5000))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    @rule(who=st.integers(0, 2))
    def take(self, who: int) -> None:
        self.attempt(who, services.take)

    @rule(who=st.integers(0, 2), whom=st.integers(0, 2))
    def assign(self, who: int, whom: int) -> None:
        self.attempt(who, services.assign, staff_id=self.people[whom].id)

    @rule(who=st.integers(0, 2))
    def note(self, who: int) -> None:
        assert self.attempt(who, services.note, text="备注")

    @rule(who=st.integers(0, 2), outcome=st.sampled_from(Contact))
    def call(self, who: int, outcome: Contact) -> None:
        self.attempt(who, services.call, outcome=outcome)

    @rule(
        who=st.integers(0, 2),
        cause=st.sampled_from(["slow_process", "slow_process", "made_up"]),
        words=st.sampled_from(["已处理", "已处理", " "]),
        ago=st.sampled_from([0, 0, 1, -1, 10_000]),
    )
    def resolve(self, who: int, cause: str, words: str, ago: int) -> None:
        done = self.attempt(
            who,
            services.resolve,
            root_cause=cause,
            resolution=words,
            told_how=Told.PHONE,
            told_at=clock.now() - timedelta(minutes=ago),
        )
        assert not done or (cause != "made_up" and words.strip() and ago >= 0)

    @rule(who=st.integers(0, 2))
    def close(self, who: int) -> None:
        self.attempt(who, services.close)

    @rule(who=st.integers(0, 2))
    def reopen(self, who: int) -> None:
        self.promises += self.attempt(who, services.reopen, why="客户来电")

    @invariant()
    def each_step_is_one_that_a_ticket_may_take(self) -> None:
        for before, after in zip(self.states, self.states[1:], strict=False):
            assert before == after or after in NEXT[before]

    @invariant()
    def what_the_state_says_is_there(self) -> None:
        one = self.ticket
        assert (one.state == State.NEW) == (one.assignee_id is None)
        done = one.state not in OPEN
        assert done == (one.resolved_at is not None)
        assert not done or (one.root_cause_code and one.resolution and one.told_at and one.told_how)
        assert (one.state == State.CLOSED) == (one.closed_at is not None)
        assert one.state != State.CONTACTED or one.first_contact_at is not None
        assert one.due_at > one.opened_at
        assert one.reopened == self.promises - 1

    @invariant()
    def the_history_tells_everything_in_order(self) -> None:
        query = select(TicketEvent).where(TicketEvent.ticket_id == self.id).order_by(TicketEvent.id)
        lines = list(self.session.scalars(query))
        assert len(lines) == self.acts
        assert [one.at for one in lines] == sorted(one.at for one in lines)
        assert sum(one.kind in {Happening.OPENED, Happening.REOPENED} for one in lines) == self.promises
        told = State.NEW
        for one in lines:
            told = STATE_AFTER.get(Happening(one.kind), told)
            if one.kind == Happening.ASSIGNED and told == State.NEW:
                told = State.ASSIGNED
            if one.kind == Happening.CALLED and one.detail["outcome"] == Contact.REACHED:
                told = State.CONTACTED
        assert told == self.ticket.state

    @invariant()
    def whoever_looks_is_offered_something_to_do(self) -> None:
        state = State(self.ticket.state)
        offered = rules.offered(state, works=True, mine=True, directs=True)
        assert offered - {"note"}


@pytest.mark.timeout(120)
def test_a_ticket_stays_true_whatever_people_do(session: Session, clock_at: FixedClock) -> None:
    run_state_machine_as_test(
        type("LifeHere", (Life,), {"session": session, "clock": clock_at}),
        settings=settings(
            max_examples=25,
            stateful_step_count=16,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
