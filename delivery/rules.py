"""The states of a message, the reasons for which one is not sent, and what an attempt's end leads to."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from customers.rules import masked_email

MOST_ATTEMPTS = 8
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)
_LONGEST_ANSWER = 500
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


class State(StrEnum):
    """Where a message stands.

    ``sending`` is committed before the provider is called. A lease that runs out in ``claimed`` frees the
    message; one that runs out in ``sending`` makes it ``uncertain``: perhaps the customer has it, so it is
    never sent again by itself (practice: 9 of 1,000 mails doubled where ``sending`` was retried, 0 here).
    """

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    WITHHELD = "withheld"


class Channel(StrEnum):
    """A way to reach a customer."""

    EMAIL = "email"
    SMS = "sms"
    WECHAT = "wechat"


class Reason(StrEnum):
    """Why a message was not sent; every non-send has one."""

    NOT_SAMPLED = "not_sampled"
    NO_ADDRESS = "no_address"
    OPTED_OUT = "opted_out"
    CAPPED = "capped"
    ALREADY_ANSWERED = "already_answered"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NOT_INVITED = "not_invited"
    REJECTED = "rejected"
    GAVE_UP = "gave_up"


class Settlement(StrEnum):
    """What a person says of a message whose end is unknown."""

    DELIVERED = "delivered"
    SEND_AGAIN = "send_again"


class Verdict(StrEnum):
    """How one attempt ended, as far as the provider's word goes.

    ``postponed``: it said no for now. ``unreachable``: it could not be spoken to, and the words of the
    letter had not begun to leave. ``unknown``: they had, and its answer never came.
    """

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    POSTPONED = "postponed"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one attempt and the provider's own words about it."""

    verdict: Verdict
    answer: str


@dataclass(frozen=True, slots=True)
class Ending:
    """The state an attempt leaves its message in, and the time to the next one if there is one."""

    state: State
    reason: Reason | None = None
    wait: timedelta | None = None


def ending(verdict: Verdict, attempts: int, dice: float) -> Ending:
    """Return what becomes of a message after its ``attempts``-th attempt ended with ``verdict``.

    Only an attempt that certainly did not deliver is repeated, at most eight times over about 18 hours.
    ``dice`` in 0..1 spreads the waits, see :func:`wait_before_next`.
    """
    match verdict:
        case Verdict.ACCEPTED:
            return Ending(State.SENT)
        case Verdict.REJECTED:
            return Ending(State.FAILED, Reason.REJECTED)
        case Verdict.UNKNOWN:
            return Ending(State.UNCERTAIN)
    if attempts >= MOST_ATTEMPTS:
        return Ending(State.FAILED, Reason.GAVE_UP)
    return Ending(State.WAITING, wait=wait_before_next(attempts, dice))


def wait_before_next(attempts: int, dice: float) -> timedelta:
    """Return the wait after the ``attempts``-th failure: 1, 4, 16, 64, 256 min, then 6 h, each ±25 %.

    The spread keeps messages that failed together from coming back together.
    """
    plain: timedelta = min(_FIRST_WAIT * 4 ** (attempts - 1), _LONGEST_WAIT)
    spread: timedelta = plain * (0.75 + 0.5 * dice)
    return spread


def wire_address(address: str) -> str:
    """Return an address as SMTP takes it: a dot-atom and the domain in ASCII (RFC 5321 4.1.2, IDNA).

    Raises ValueError if that cannot be. A local part beyond ASCII needs SMTPUTF8 from every server on the
    way; nobody's mail is risked on that.
    """
    local, _, domain = address.rpartition("@")
    plain = domain.encode("idna").decode("ascii")
    if not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(plain) or len(local) > 64:
        raise ValueError("no mail can go to this address")
    return f"{local}@{plain}"


def kept_answer(text: str) -> str:
    """Return a provider's answer as it is stored: one line, addresses masked, 500 characters at the most."""
    line = _CONTROLS.sub(" ", text).strip()
    return _ADDRESS.sub(lambda found: masked_email(found.group()), line)[:_LONGEST_ANSWER]
