"""Senders are killed at every named point and at random moments; nobody gets two, nothing is lost.

Each round starts two processes that send the same queue through a real mail server or a real HTTP server,
kills one or both of them with SIGKILL, and starts others. In the end every message is sent or uncertain, the
server took each message at most once, and took every message that we call sent.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from core import db
from delivery.models import Message
from delivery.rules import Channel, State
from tests.delivery import post
from tests.delivery.gateway import gateway
from tests.delivery.servers import recorder

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]  # half a minute where nothing else runs

ROOT = Path(__file__).resolve().parents[2]
POINTS = ("claimed", "before_connect", "sending", "after_data", "before_commit")
LEASE_SECONDS = 1.5
REPLY_SECONDS = 1.0
SENDING_LEASE_SECONDS = 6 * REPLY_SECONDS  # a message that is being sent is given the time of six replies
PATIENCE_SECONDS = 60  # it drains in five where nothing else runs
LOAD = 150
ROUNDS_BY_POINT = {Channel.EMAIL: 2, Channel.SMS: 1}  # the states are the same for both


@dataclass(frozen=True, slots=True)
class Provider:
    """A server that takes messages: by which channel, how senders find it, how often it took each."""

    channel: Channel
    environment: dict[str, str]
    counts: Callable[[], Counter[str]]


@pytest.fixture(params=[Channel.EMAIL, Channel.SMS])
def server(request: pytest.FixtureRequest) -> Iterator[Provider]:
    if request.param == Channel.EMAIL:
        with recorder(delay=0.01) as mails:
            known = {"SMTP_URL": mails.url, "SMTP_TIMEOUT_SECONDS": str(REPLY_SECONDS)}
            yield Provider(Channel.EMAIL, known, lambda: mails.counts)
    else:
        with gateway(delay=0.01) as texts:
            known = {
                "SMS_URL": texts.url,
                "SMS_TIMEOUT_SECONDS": str(REPLY_SECONDS),
                "SMS_SECRET": post.SMS_SECRET,
            }
            yield Provider(Channel.SMS, known, lambda: texts.taken)


class Senders:
    """Sending processes of this test, by their own process ids."""

    def __init__(self, url: str, server: Provider, home: Path) -> None:
        self._channel = server.channel
        self._environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": db.plain_url(url),
            "LEASE_SECONDS": str(LEASE_SECONDS),
            "HUISHENG_HOME": str(home),
            "HUISHENG_SECRET": os.environ["HUISHENG_SECRET"],
            "HUISHENG_KEYS": os.environ["HUISHENG_KEYS"],
        } | server.environment
        self._running: list[subprocess.Popen[str]] = []
        self.kills = 0

    def start(self, crash_at: str = "") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.sender", self._channel],
            cwd=ROOT,
            env=self._environment | {"HUISHENG_CRASH_AT": crash_at},
            stdout=subprocess.PIPE,
            text=True,
        )
        self._running.append(process)
        return process

    def kill(self, process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGKILL)
        self.buried(process)

    def buried(self, process: subprocess.Popen[str], *, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait for the end of a process that was killed or kills itself."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while process.poll() is None:
            assert time.monotonic() < deadline, "it does not end"
            meanwhile()
            time.sleep(0.02)
        assert process.returncode == -signal.SIGKILL
        self.kills += 1
        self._forget(process)

    def stop(self) -> None:
        for process in list(self._running):
            process.kill()
            process.wait()
            self._forget(process)

    def _forget(self, process: subprocess.Popen[str]) -> None:
        self._running.remove(process)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def senders(fresh_database: str, server: Provider, tmp_path: Path) -> Iterator[Senders]:
    started = Senders(fresh_database, server, tmp_path)
    yield started
    started.stop()


def begun(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "sending\n"


def open_messages() -> int:
    return sum(
        number
        for state, number in post.states().items()
        if state in {State.WAITING, State.CLAIMED, State.SENDING}
    )


def test_kills_at_every_point_and_at_random_moments_write_to_nobody_twice(
    senders: Senders, server: Provider
) -> None:
    dice = random.Random(20261122)
    # A sender claims once a batch and connects once a run: only the first pass there is sure to come.
    passes = {"claimed": 1, "before_connect": 1}
    times = ROUNDS_BY_POINT[server.channel]
    rounds = [f"{point}@{passes.get(point) or dice.randint(1, 12)}" for point in POINTS * times]
    rounds += [""] * (2 * times)
    dice.shuffle(rounds)
    planned = post.plan_many(LOAD, channel=server.channel)
    bystander = senders.start()
    begun(bystander)

    def top_up() -> None:
        """Leave something to send for who has just come, however much the other has sent meanwhile."""
        if open_messages() < LOAD:
            planned.extend(post.plan_many(LOAD, kept_apart=f"{len(planned)}.", channel=server.channel))

    for wish in rounds:
        top_up()
        victim = senders.start(wish)
        if wish:
            senders.buried(victim, meanwhile=top_up)
        else:
            begun(victim)
            time.sleep(dice.uniform(0.05, 0.5))
            senders.kill(victim)
        if dice.random() < 0.3:
            senders.kill(bystander)
            bystander = senders.start()

    senders.kill(bystander)
    last = senders.start()
    begun(last)
    time.sleep(SENDING_LEASE_SECONDS)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (still_open := open_messages()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert still_open == 0, "the rest did not drain after the lease"
    senders.stop()

    with db.transaction() as session:
        messages = session.scalars(select(Message)).all()
    taken = server.counts()
    by_state = {state: [m for m in messages if m.state == state] for state in State}
    assert len(by_state[State.SENT]) + len(by_state[State.UNCERTAIN]) == len(planned) == len(messages)
    assert max(taken.values()) == 1, "somebody was written to twice"
    assert all(taken[str(m.message_id)] == 1 for m in by_state[State.SENT])
    assert set(taken) <= {m.message_id for m in messages}
    # Each process sends one letter at a time, so a kill leaves one message uncertain at the most.
    assert 0 < len(by_state[State.UNCERTAIN]) <= senders.kills
    assert senders.kills >= len(rounds) == 7 * times
    print(  # noqa: T201 - the figures of the run
        f"{len(planned)} messages by {server.channel}, {senders.kills} kills: {len(by_state[State.SENT])} sent, "
        f"{len(by_state[State.UNCERTAIN])} uncertain "
        f"({sum(taken[str(m.message_id)] for m in by_state[State.UNCERTAIN])} of them arrived), 0 twice"
    )


def test_an_uncertain_message_stays_so_however_long_senders_run(senders: Senders, server: Provider) -> None:
    [planned] = post.plan_many(1, channel=server.channel)
    senders.buried(senders.start("after_data"))
    begun(senders.start())
    time.sleep(SENDING_LEASE_SECONDS + 1)
    assert post.look(planned).state == State.UNCERTAIN
    assert sum(server.counts().values()) == 1


@pytest.mark.parametrize("point", ["claimed", "before_connect"])
def test_a_message_whose_sender_died_before_sending_goes_out_after_the_lease(
    senders: Senders, server: Provider, point: str
) -> None:
    [planned] = post.plan_many(1, channel=server.channel)
    senders.buried(senders.start(point))
    assert post.look(planned).state == State.CLAIMED
    begun(senders.start())
    deadline = time.monotonic() + LEASE_SECONDS + 10
    while post.look(planned).state != State.SENT and time.monotonic() < deadline:
        time.sleep(0.1)
    assert post.look(planned).state == State.SENT
    assert sum(server.counts().values()) == 1


def test_a_crash_point_that_does_not_exist_stops_the_start(senders: Senders) -> None:
    process = senders.start("somewhere")
    assert process.wait(20) == 1
