"""Whom to ask, until when, and with which secret link."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from core import clock, crypto

_TOKEN_BYTES = 16


def is_sampled(rule_id: int, event_id: int, percent: int) -> bool:
    """Say whether an event falls into the sample of a rule.

    A stable hash, never a dice throw: however often the question is put, the answer is the same.
    """
    digest = hashlib.sha256(f"{rule_id}:{event_id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < percent


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
