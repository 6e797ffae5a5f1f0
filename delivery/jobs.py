"""Sending what is due: claim, mark, talk to the mail server outside any transaction, write back."""

import time
from dataclasses import dataclass
from datetime import timedelta
from threading import BoundedSemaphore

from sqlalchemy.exc import InterfaceError, OperationalError

from core import db, logs, metrics, settings
from core.jobs import engine
from core.settings import Settings
from delivery import channels, services
from delivery.channels import MailChannel
from delivery.crash import crash_point
from delivery.rules import Channel, Outcome, State, Verdict
from delivery.services import Claim

log = logs.get(__name__)

# Under the time that a worker is given to stop; what is still due is taken up by the next run.
LONGEST_RUN_SECONDS = 8.0

# Two runs keep a slow mail server busy and leave the worker's other places to other work.
_places = BoundedSemaphore(2)

_WRITE_BACK_TRIES = 5


@dataclass(slots=True)
class Breaker:
    """Stops a run when the mail server is down, so that an outage does not use up everybody's attempts.

    Opens at the third failure in a row to reach the server. It stays half open from run to run: then the
    first failure ends the run, and the first success closes it.
    """

    limit: int = 3
    failures: int = 0

    @property
    def is_open(self) -> bool:
        """Whether to stop now."""
        return self.failures >= self.limit

    def note(self, verdict: Verdict) -> None:
        """Count a failure to reach the server, or forget those before."""
        self.failures = self.failures + 1 if verdict == Verdict.UNREACHABLE else 0


_breaker = Breaker()


def send_due() -> None:
    """Send the e-mails that are due, for some seconds at the most; ask for another run if more are due."""
    if not _places.acquire(blocking=False):
        return
    try:
        config = settings.current()
        more = drain(channels.chosen(config), config, breaker=_breaker)
    finally:
        _places.release()
    if more:
        with db.transaction() as session:
            engine.defer(session, send_due, key="delivery.send_due")


def drain(
    channel: MailChannel, config: Settings, *, breaker: Breaker, seconds: float = LONGEST_RUN_SECONDS
) -> bool:
    """Send batch after batch until nothing is due, the time is over or the server is down.

    Returns whether more may be due now.
    """
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            with db.transaction() as session:
                services.recover(session)
            with db.transaction() as session:
                batch = services.claim(
                    session, channel=Channel.EMAIL, lease=timedelta(seconds=config.lease_seconds)
                )
            if not batch:
                return False
            crash_point("claimed")
            for reason, number in batch.withheld.items():
                metrics.messages.labels(Channel.EMAIL, State.WITHHELD).inc(number)
                log.info("messages_withheld", reason=reason, number=number)
            if not _send_batch(channel, config, batch.claims, breaker, until):
                return not breaker.is_open
    finally:
        channel.close()
    return True


def _send_batch(
    channel: MailChannel, config: Settings, claims: list[Claim], breaker: Breaker, until: float
) -> bool:
    """Send the claimed messages one by one; say whether to go on with the next batch."""
    for position, claimed in enumerate(claims):
        outcome = _send(channel, config, claimed)
        if outcome is not None:
            breaker.note(outcome.verdict)
            _write_back(claimed, outcome)
        if (outcome is not None and breaker.is_open) or time.monotonic() >= until:
            with db.transaction() as session:
                services.release(session, claims[position + 1 :])
            if outcome is not None and breaker.is_open:
                log.error("mail_server_down", failures=breaker.failures, answer=outcome.answer)
            return False
    return True


def _send(channel: MailChannel, config: Settings, claimed: Claim) -> Outcome | None:
    """Send one message; None if the claim was lost before anything was said to the server."""
    message_id = services.message_id_of(claimed.key, config.mail_from)
    try:
        mail = channel.pack(claimed.letter, message_id)
    except Exception as error:
        # Nothing has left. One letter that makes no mail must not end the run for all others.
        log.exception("letter_makes_no_mail", message=claimed.id)
        return Outcome(Verdict.POSTPONED, f"the letter makes no mail: {type(error).__name__}")
    # Connecting comes first: who dies or fails here has certainly sent nothing.
    unreachable = channel.open()
    if unreachable is not None:
        return unreachable
    with db.transaction() as session:
        begun = services.begin(session, claimed, message_id=message_id, lease=_sending_lease(config))
    if not begun:
        log.info("claim_lost", message=claimed.id)
        return None
    crash_point("sending")
    return channel.send(claimed.letter, mail)


def _sending_lease(config: Settings) -> timedelta:
    """Return a lease that outlasts the five waits of one conversation and some sending."""
    return timedelta(seconds=max(config.lease_seconds, 6 * config.smtp_timeout_seconds))


def _write_back(claimed: Claim, outcome: Outcome) -> None:
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
    metrics.messages.labels(Channel.EMAIL, state).inc()
    write = log.info if state == State.SENT else log.warning
    write("message_attempted", message=claimed.id, state=state, answer=outcome.answer)
