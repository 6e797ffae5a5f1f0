"""The states of a message, the reasons for which one is not sent, and what an attempt's end leads to."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core import clock
from customers.rules import masked_email, masked_mobile, normal_mobile

MOST_ATTEMPTS = 8
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)
_LONGEST_ANSWER = 500
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_MOBILE = re.compile(r"(?<!\d)(?:(?:\+|00)?86[ -]?)?(1[3-9]\d)[ -]?(\d{4})[ -]?(\d{4})(?!\d)", re.ASCII)
_PERSONAL_LINK = re.compile(r"(\\?/[so]\\?/)[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])")
_ONE_SEGMENT, _LONG_SEGMENT = 70, 67


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
    """A way to reach a customer; WeChat has no adapter yet, so no rule can choose it."""

    EMAIL = "email"
    SMS = "sms"
    WECHAT = "wechat"


class Reason(StrEnum):
    """Why a message was not sent; every non-send has one."""

    NOT_SAMPLED = "not_sampled"
    TOO_LATE = "too_late"
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


def text_number(mobile: str) -> str:
    """Return a mobile number as the SMS platform takes it: eleven digits; raise ValueError for any other."""
    digits = normal_mobile(mobile)
    if digits is None:
        raise ValueError("no SMS can go to this number")
    return digits


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of a Beijing day in which a channel may be used: from ``start`` until before ``end``."""

    start: int
    end: int

    def next(self, instant: datetime) -> datetime:
        """Return ``instant`` if it lies within the hours, else the next time at which they begin."""
        here = clock.beijing(instant)
        if self.start <= here.hour < self.end:
            return instant
        days = 0 if here.hour < self.start else 1
        return clock.day_start(here.date() + timedelta(days=days)) + timedelta(hours=self.start)


def segments(text: str) -> int:
    """Return as how many messages a platform sends and charges a text.

    The brackets of the signature make every text one of 16-bit units: 70 of them in one message, 67 in each
    where there are several, for then six bytes say which part it is (3GPP TS 23.040). An emoji takes two.
    """
    units = len(text.encode("utf-16-be")) // 2
    return 1 if units <= _ONE_SEGMENT else -(-units // _LONG_SEGMENT)


def kept_answer(text: str) -> str:
    """Return a provider's answer as it is stored: one line of 500 characters at the most.

    Addresses and mobile numbers are masked, and links that open a customer's page are cut: whoever reads the
    answer is not the customer.
    """
    line = _CONTROLS.sub(" ", text).strip()
    line = _ADDRESS.sub(lambda found: masked_email(found.group()), line)
    line = _PERSONAL_LINK.sub(r"\1…", line)
    return _MOBILE.sub(lambda found: masked_mobile("".join(found.groups())), line)[:_LONGEST_ANSWER]
