"""No telephone rings at night: what is due then waits for the morning, also in the middle of a batch."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core import clock
from core.settings import Settings
from delivery import services
from delivery.rules import Channel, Hours, Reason, State
from tests.delivery import post
from tests.delivery.gateway import Gateway, gateway

MORNING = datetime(2026, 6, 11, 1, 0, tzinfo=UTC)
"""Thursday, 9:00 in Beijing."""
HOURS = Hours(9, 21)


def beijing(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, second, tzinfo=clock.BEIJING)


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        (beijing(10, 20, 59, 59), beijing(10, 20, 59, 59)),
        (beijing(10, 21), MORNING),
        (beijing(10, 23, 59), MORNING),
        (beijing(11, 0), MORNING),
        (beijing(11, 8, 59, 59), MORNING),
        (beijing(11, 9), beijing(11, 9)),
        (beijing(30, 22), datetime(2026, 7, 1, 1, 0, tzinfo=UTC)),
    ],
)
def test_the_night_lasts_from_21_to_9(at: datetime, allowed: datetime) -> None:
    assert HOURS.next(at) == allowed


@given(
    at=st.integers(0, 20 * 365 * 86_400).map(
        lambda n: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=n)
    ),
    start=st.integers(8, 20),
    length=st.integers(1, 13),
)
def test_the_next_time_is_the_first_one_within_the_hours(at: datetime, start: int, length: int) -> None:
    hours = Hours(start, min(start + length, 22))
    found = hours.next(at)
    assert hours.start <= clock.beijing(found).hour < hours.end
    assert at <= found < at + timedelta(days=1)
    assert hours.next(found) == found
    if found != at:
        before = found - timedelta(seconds=1)
        assert hours.next(before) == found


def text_due(session: Session, key: str = "text:1") -> int:
    return post.plan(session, key, channel=Channel.SMS)


def drain(server: Gateway) -> bool:
    return post.drain(post.sms_config(server.url), channel=Channel.SMS)


def test_at_night_no_text_leaves_and_the_morning_is_its_time(session: Session) -> None:
    planned, mail = text_due(session), post.plan(session, "letter:1")
    # What waits is due by the database's clock, so the night begins now and the morning is some hours away.
    night = clock.day_start(clock.beijing_day(datetime.now(UTC))) + timedelta(hours=22)  # noqa: TID251
    with gateway() as server, clock.use(clock.FixedClock(night)):
        assert not drain(server)
        post.drain(post.config())
        assert server.connections == 0
    held = post.look(planned)
    assert (held.state, held.attempts) == (State.WAITING, 0)
    assert held.due_at == night + timedelta(hours=11)
    assert post.look(mail).state == State.SENT

    post.make_due(planned)
    with gateway() as server, clock.use(clock.FixedClock(night + timedelta(hours=11))):
        drain(server)
        assert sum(server.taken.values()) == 1
    assert post.look(planned).state == State.SENT


def test_a_batch_stops_when_the_clock_strikes(session: Session) -> None:
    planned = [text_due(session, f"text:{number}") for number in range(5)]
    today = clock.day_start(clock.beijing_day(datetime.now(UTC)))  # noqa: TID251 - the database's day
    ticking = clock.FixedClock(today + timedelta(hours=20, minutes=59, seconds=58))

    class Striking(Gateway):
        def _end(self, wire: object, number: str) -> None:
            super()._end(wire, number)  # type: ignore[arg-type]
            if len(self.taken) == 2:
                ticking.advance(seconds=2)

    server = Striking()
    with clock.use(ticking):
        assert not drain(server)
    server.stop()
    # The platform moves the clock while its second answer is on the way: at most one more slips through.
    assert 2 <= len(server.taken) <= 3
    assert set(server.taken.values()) == {1}
    waiting = [found for number in planned if (found := post.look(number)).state == State.WAITING]
    assert len(waiting) == 5 - len(server.taken)
    assert all(found.due_at == today + timedelta(days=1, hours=9) for found in waiting)


def test_the_hours_are_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: Settings = post.config(sms_from_hour=10, sms_until_hour=18)
    monkeypatch.setattr("core.settings.current", lambda: wanted)
    assert services.earliest(Channel.SMS, beijing(10, 18)) == beijing(11, 10)
    assert services.earliest(Channel.EMAIL, beijing(10, 18)) == beijing(10, 18)


def test_what_is_no_longer_wanted_in_the_morning_is_withheld_with_its_reason(session: Session) -> None:
    planned = text_due(session)
    post.compose_with(lambda _session, _message: Reason.EXPIRED)
    with gateway() as server, clock.use(post.AroundNoon()):
        drain(server)
        assert server.connections == 0
    assert post.look(planned).reason == Reason.EXPIRED
