"""Sending what is due: claim, mark, talk to the provider outside any transaction, write back.

Each channel is drained by a job of its own, with a breaker of its own: a mail server that is down holds up
no SMS, and the other way round.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import BoundedSemaphore

from sqlalchemy.exc import InterfaceError, OperationalError

from core import clock, db, logs, metrics, settings
from core.jobs import engine
from core.settings import Settings
from delivery import channels, services
from delivery.breaker import Breaker
from delivery.channels import Carrier
from delivery.crash import crash_point
from delivery.rules import Channel, Outcome, State, Verdict, kept_answer
from delivery.services import Claim

log = logs.get(__name__)

# Under the time that a worker is given to stop; what is still due is taken up by the next run.
LONGEST_RUN_SECONDS = 8.0

_WRITE_BACK_TRIES = 5


@dataclass(slots=True)
class _Way:
    """What the runs of one channel share in this process: how many there may be, and their breaker."""

    places: BoundedSemaphore
    breaker: Breaker = field(default_factory=Breaker)


# So many runs keep slow providers busy and leave the worker's other places to other work.
_ways = {Channel.EMAIL: _Way(BoundedSemaphore(2)), Channel.SMS: _Way(BoundedSemaphore(1))}


def send_due() -> None:
    """Send the e-mails that are due, for some seconds at the most; ask for another run if more are due."""
    _run(Channel.EMAIL, send_due)


def send_due_texts() -> None:
    """Send the SMS that are due, for some seconds at the most; ask for another run if more are due."""
    _run(Channel.SMS, send_due_texts)


def _run(channel: Channel, job: Callable[[], None]) -> None:
    way = _ways[channel]
    if not way.places.acquire(blocking=False):
        return
    try:
        config = settings.current()
        more = drain(channels.chosen(config, channel), config, breaker=way.breaker)
    finally:
        way.places.release()
    if more:
        with db.transaction() as session:
            engine.defer(session, job, key=engine.name_of(job))


def drain(
    carrier: Carrier, config: Settings, *, breaker: Breaker, seconds: float = LONGEST_RUN_SECONDS
) -> bool:
    """Send batch after batch until nothing is due, the time is over or the provider is in trouble.

    Outside the channel's hours nothing is claimed; what is due waits until they begin. Returns whether more
    may be due now.
    """
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            with db.transaction() as session:
                services.recover(session)
            if breaker.rests or _out_of_hours(carrier.channel):
                return False
            with db.transaction() as session:
                batch = services.claim(
                    session, channel=carrier.channel, lease=timedelta(seconds=config.lease_seconds)
                )
            if not batch:
                return False
            crash_point("claimed")
            for reason, number in batch.withheld.items():
                metrics.messages.labels(carrier.channel, State.WITHHELD).inc(number)
                log.info("messages_withheld", channel=carrier.channel, reason=reason, number=number)
            if not _send_batch(carrier, config, batch.claims, breaker, until):
                return not breaker.is_open
    finally:
        carrier.close()
    return True


def _out_of_hours(channel: Channel) -> bool:
    """Say whether the channel may not be used now; what is due then waits until its hours begin."""
    if _in_hours(channel):
        return False
    begins = services.earliest(channel, clock.now())
    with db.transaction() as session:
        held = services.hold(session, channel=channel, until=begins)
    if held:
        log.info("messages_held", channel=channel, number=held, until=begins.isoformat())
    return True


def _in_hours(channel: Channel) -> bool:
    now = clock.now()
    return services.earliest(channel, now) == now


def _send_batch(
    carrier: Carrier, config: Settings, claims: list[Claim], breaker: Breaker, until: float
) -> bool:
    """Send the claimed messages one by one; say whether to go on with the next batch."""
    for position, claimed in enumerate(claims):
        if not _in_hours(carrier.channel):
            # The clock struck in the middle of the batch; the next look at the hours holds the rest.
            with db.transaction() as session:
                services.release(session, claims[position:])
            return True
        outcome = _send(carrier, config, claimed)
        if outcome is not None:
            breaker.note(outcome.verdict)
            _write_back(carrier.channel, claimed, outcome)
        broken = outcome is not None and breaker.is_open
        if broken or time.monotonic() >= until:
            with db.transaction() as session:
                services.release(session, claims[position + 1 :])
            if outcome is not None and broken:
                log.error(
                    "provider_in_trouble",
                    channel=carrier.channel,
                    failures=breaker.failures,
                    answer=kept_answer(outcome.answer),
                )
            return False
    return True


def _send(carrier: Carrier, config: Settings, claimed: Claim) -> Outcome | None:
    """Send one message; None if the claim was lost before anything was said to the provider."""
    message_id = carrier.mark(services.number_of(claimed.key))
    try:
        packed = carrier.pack(claimed.words, message_id)
    except Exception as error:
        # Nothing has left. One message that cannot be packed must not end the run for all others.
        log.exception("words_not_packed", message=claimed.id)
        return Outcome(Verdict.POSTPONED, f"the words could not be packed: {type(error).__name__}")
    # Connecting comes first: who dies or fails here has certainly sent nothing.
    unreachable = carrier.open()
    if unreachable is not None:
        return unreachable
    with db.transaction() as session:
        begun = services.begin(session, claimed, message_id=message_id, lease=_sending_lease(carrier, config))
    if not begun:
        log.info("claim_lost", message=claimed.id)
        return None
    crash_point("sending")
    return carrier.send(claimed.words, packed)


def _sending_lease(carrier: Carrier, config: Settings) -> timedelta:
    """Return a lease that outlasts one conversation with the provider."""
    return timedelta(seconds=max(config.lease_seconds, carrier.longest_seconds))


def _write_back(channel: Channel, claimed: Claim, outcome: Outcome) -> None:
    """Store how the attempt ended; a database that is just restarting is waited for.

    If it does not come back the lease runs out and the message becomes uncertain.
    """
    for attempt in range(1, _WRITE_BACK_TRIES + 1):
        try:
            with db.transaction() as session:
                state = services.finish(session, claimed, outcome)
                crash_point("before_commit")
        except (OperationalError, InterfaceError):
            if attempt == _WRITE_BACK_TRIES:
                raise
            time.sleep(0.2 * 2**attempt)
        else:
            break
    if state is None:
        log.warning("write_back_too_late", message=claimed.id, verdict=outcome.verdict)
        return
    metrics.messages.labels(channel, state).inc()
    write = log.info if state == State.SENT else log.warning
    write(
        "message_attempted",
        message=claimed.id,
        channel=channel,
        state=state,
        answer=kept_answer(outcome.answer),
    )
