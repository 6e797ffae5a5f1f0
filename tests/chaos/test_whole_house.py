"""Web, worker and clock are killed under load, at random moments and at every named point of sending.

Customers answer and systems report events all the while, each trying again until they are told it worked.
Afterwards every acknowledged answer and event is there once with all its consequences, nobody was mailed
twice, and the queue is empty within ten seconds after the last lease.
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import func, select, text, update

from app.demo import factories
from core import clock, crypto, db
from core.jobs import engine as job_engine
from core.jobs.rescue import DEAD_AFTER_SECONDS, LOOK_EVERY_SECONDS
from core.models import BellSlot
from delivery.models import Message
from delivery.rules import State
from feedback.models import Feedback
from grid import queries as grid
from grid import services as grid_services
from grid.rules import Scope
from journeys.models import TouchpointEvent
from surveys.models import AskRule, Invitation, Response
from tests.chaos.house import House
from tests.delivery.servers import Recorder, recorder
from tickets.models import Ticket

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]

ROUNDS = 30
POINTS = ("claimed", "before_connect", "after_data", "before_commit")
VICTIMS = ("web", "worker", "clock", *POINTS)
SENDING_LEASE_SECONDS = 6.0  # six replies of a second each


@pytest.fixture
def server() -> Iterator[Recorder]:
    with recorder(delay=0.01) as running:
        yield running


@pytest.fixture
def house(fresh_database: str, tmp_path: Path, server: Recorder) -> Iterator[House]:
    built = House(fresh_database, tmp_path, smtp_url=server.url)
    yield built
    built.stop()


class Load:
    """Customers who answer and a system that reports, each going on until they are told it worked."""

    def __init__(self, house: House, tokens: list[str], key: str) -> None:
        self.house = house
        self.tokens = tokens
        self.key = key
        self.answered: list[str] = []
        self.reported: list[str] = []
        self.refused: Counter[int] = Counter()
        self.stop = threading.Event()
        self._threads = [threading.Thread(target=self._answer), threading.Thread(target=self._report)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(20)

    def _answer(self) -> None:
        dice = random.Random(1)
        shown = page_fields()
        for token in self.tokens:
            score = str(dice.randrange(11))
            if not self._until(
                303,
                partial(self.house.post_form, f"/s/{token}", shown | {"nps": score, "why": "等太久了"}),
            ):
                return
            self.answered.append(token)

    def _report(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            body = {
                "source": "chaos",
                "event_id": f"E{number}",
                "touchpoint": "claim_closed",
                "occurred_at": clock.now().isoformat(),
                "customer": {"external_id": f"X{number}", "name": "陈思远", "email": f"x{number}@example.cn"},
            }
            sent = json.dumps(body)
            if not self._until(
                202, partial(self.house.post_json, "/api/v1/touchpoint-events", sent, self.key)
            ):
                return
            self.reported.append(f"E{number}")
            # Slow enough that the mails of a whole run fit into the seconds that the end allows for them.
            self.stop.wait(0.2)

    def _until(self, wanted: int, ask: Callable[[], int | None]) -> bool:
        while not self.stop.is_set():
            status = ask()
            if status == wanted:
                self.stop.wait(0.01)
                return True
            if status is not None:
                self.refused[status] += 1
            self.stop.wait(0.05)
        return False


def page_fields() -> dict[str, str]:
    """Return what the page says of itself when it is sent: with it an answer is stored by one statement."""
    with db.reading() as session:
        return {"_version": str(factories.published(session).id), "_language": "zh-Hans"}


def prepare() -> tuple[list[str], str]:
    """Make invitations to answer, a rule that asks at once, and a key."""
    with db.transaction() as session:
        tokens = [factories.make_invitation(session)[1] for _ in range(3000)]
        session.execute(update(AskRule).values(delay_minutes=0, valid_days=90))
        key = grid_services.create_key(
            session, name="chaos", scopes=[Scope.EVENTS_WRITE], region=grid.root(session), by=None
        )
    return tokens, key


def test_thirty_kills_lose_nothing_and_mail_nobody_twice(house: House, server: Recorder) -> None:
    tokens, key = prepare()
    dice = random.Random(7)
    for name in ("web", "worker", "clock"):
        house.start(name)
    house.wait_for_web()
    with Load(house, tokens, key) as load:
        victims = list(VICTIMS) * (ROUNDS // len(VICTIMS) + 1)
        for victim in victims[:ROUNDS]:
            if victim in POINTS:
                house.kill("worker")
                house.start("worker", HUISHENG_CRASH_AT=f"{victim}@{dice.randint(1, 3)}")
                if not house.died("worker", 8):
                    house.kill("worker")
                house.start("worker")
            else:
                time.sleep(dice.uniform(0.2, 1.2))
                house.kill(victim)
                house.start(victim)
        house.wait_for_web()
        time.sleep(1)
    assert len(load.answered) > 200
    assert len(load.reported) > 100
    assert set(load.refused) <= {502, 503}, load.refused
    # A lease may have begun with the last kill; ten seconds after the longest of them all is done on a quiet machine.
    wait_until_drained(max(SENDING_LEASE_SECONDS, DEAD_AFTER_SECONDS + LOOK_EVERY_SECONDS) + 60)
    assert_nothing_lost(load, server)


def test_of_twenty_parallel_submissions_over_http_one_is_stored(house: House) -> None:
    with db.transaction() as session:
        tokens = [factories.make_invitation(session)[1] for _ in range(5)]
    shown = page_fields()
    house.start("web")
    house.wait_for_web()
    with ThreadPoolExecutor(20) as pool:
        for token in tokens:
            send = partial(house.post_form, f"/s/{token}")
            # Half of them without what the page says of itself: both ways of storing meet.
            sent = [{"nps": str(n % 11)} | (shown if n % 2 else {}) for n in range(20)]
            statuses = list(pool.map(send, sent))
            assert statuses == [303] * 20  # everyone is thanked, one is stored
    with db.reading() as session:
        assert session.scalar(select(func.count(Response.id))) == len(tokens)


def wait_until_drained(seconds: float, *, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Wait until nothing waits anywhere; fail when it takes longer than ``seconds``."""
    began = time.monotonic()
    while True:
        meanwhile()
        with db.reading() as session:
            jobs, _lag = job_engine.waiting(session)
            doing = session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"))
            untagged = session.scalar(select(func.count()).where(Feedback.tagged_at.is_(None)))
            open_states = (State.WAITING, State.CLAIMED, State.SENDING)
            unsent = session.scalar(select(func.count()).where(Message.state.in_(open_states)))
        left = (jobs, doing, untagged, unsent)
        if not any(left):
            return
        assert time.monotonic() - began < seconds, f"jobs, doing, untagged, unsent: {left}"
        time.sleep(0.2)


def assert_nothing_lost(load: Load, server: Recorder) -> None:
    """Check every promise of the product against what the callers were told."""
    with db.reading() as session:
        rows = session.execute(
            select(Invitation.token_hash, Response.id).join(Response, Response.invitation_id == Invitation.id)
        ).all()
        answered = {crypto.token_hash(token) for token in load.answered}
        assert answered <= {row.token_hash for row in rows}
        assert len(rows) - len(answered) <= 1  # one answer may be stored whose acknowledgement was cut off
        responses = set(session.scalars(select(Response.id)))
        assert set(session.scalars(select(Feedback.response_id))) == responses
        low = set(session.scalars(select(Feedback.id).where((Feedback.nps <= 6) | (Feedback.risks != []))))
        assert sorted(session.scalars(select(Ticket.feedback_id))) == sorted(low)
        events = set(session.scalars(select(TouchpointEvent.event_id)))
        assert set(load.reported) <= events
        invited = session.scalars(select(Invitation.id).where(Invitation.event_id.is_not(None))).all()
        assert len(invited) == len(events)
        messages = {message.subject_id: message for message in session.scalars(select(Message))}
        assert set(messages) == set(invited)
        assert {message.state for message in messages.values()} <= {State.SENT, State.UNCERTAIN}
        sent = {message.message_id for message in messages.values() if message.state == State.SENT}
        uncertain = {message.message_id for message in messages.values() if message.state == State.UNCERTAIN}
    assert max(server.counts.values()) == 1
    assert sent <= set(server.counts)
    assert set(server.counts) <= sent | uncertain
    assert max(Counter(server.recipients).values()) == 1


def test_four_clocks_ring_each_slot_once(house: House) -> None:
    for number in range(1, 5):
        house.start(f"clock{number}")
    time.sleep(14)
    house.kill("clock2")
    house.start("clock2")
    time.sleep(12)
    with db.reading() as session:
        slots = session.execute(select(BellSlot.bell, BellSlot.planned_at, BellSlot.rung_at)).all()
    assert len({(slot.bell, slot.planned_at) for slot in slots}) == len(slots)
    fives = sorted(slot.planned_at for slot in slots if slot.bell == "send due messages")
    gaps = {(later - earlier).total_seconds() for earlier, later in pairwise(fives)}
    assert len(fives) >= 4
    assert gaps == {5.0}
    assert all(slot.planned_at <= slot.rung_at for slot in slots)
