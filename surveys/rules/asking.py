"""Whom to ask, until when, and with which secret link."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from enum import StrEnum

from core import clock, crypto
from delivery.rules import Channel

_TOKEN_BYTES = 16


class AskBy(StrEnum):
    """How a rule reaches customers: by one channel, or by whichever it finds an address for first."""

    EMAIL = "email"
    SMS = "sms"
    SMS_FIRST = "sms_first"
    EMAIL_FIRST = "email_first"

    @property
    def may_text(self) -> bool:
        """Whether customers may get an SMS."""
        return self != AskBy.EMAIL


def channel_of(by: AskBy, *, mobile: bool, email: bool) -> Channel:
    """Return the channel for a customer of whom a mobile number or an e-mail address is known, or both.

    Only addresses count, never refusals: who refused one channel is not to be written to by another.
    """
    match by:
        case AskBy.EMAIL:
            return Channel.EMAIL
        case AskBy.SMS:
            return Channel.SMS
        case AskBy.SMS_FIRST:
            return Channel.EMAIL if email and not mobile else Channel.SMS
        case AskBy.EMAIL_FIRST:
            return Channel.SMS if mobile and not email else Channel.EMAIL


def is_sampled(rule_id: int, event_id: int, percent: int) -> bool:
    """Say whether an event falls into the sample of a rule.

    A stable hash, never a dice throw: however often the question is put, the answer is the same.
    """
    digest = hashlib.sha256(f"{rule_id}:{event_id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < percent


def is_too_late(wanted_at: datetime, now: datetime, within_days: int) -> bool:
    """Say whether asking now would come more than ``within_days`` after the rule wanted it.

    Who is asked about "this service" weeks later does not know which; and a system that brings its old
    events in at once must not write to everybody.
    """
    return now - wanted_at > timedelta(days=within_days)


def expiry(due_at: datetime, valid_days: int) -> datetime:
    """Return the end of the Beijing day ``valid_days`` after the invitation is due."""
    return clock.day_end(clock.beijing_day(due_at) + timedelta(days=valid_days))


def token_of(seed: bytes) -> str:
    """Return the 128-bit token of an invitation: 22 characters that fit an address.

    It is computed from the seed with a key derived from the secret, so mails and reminders carry the same
    link while the database holds only the token's hash.
    """
    mac = hmac.digest(crypto.ring().derive("invitation-token"), seed, "sha256")
    return base64.urlsafe_b64encode(mac[:_TOKEN_BYTES]).rstrip(b"=").decode()


def looks_like_token(text: str) -> bool:
    """Say whether ``text`` could be a token at all, before the database is asked."""
    return len(text) == 22 and text.isascii() and text.replace("-", "a").replace("_", "a").isalnum()
