"""When a page was shown, said by the page itself in a form nobody can make up.

The stamp travels in a hidden field, so showing a page writes nothing to the database, and the seconds between
showing and sending are the server's own on both ends.
"""

import base64
import hmac
from datetime import UTC, datetime

from core import crypto

_TIME_BYTES = 6
_SEAL_BYTES = 8
_LENGTH = 20  # base64 of 14 bytes, padded

# Who lets a page lie for a day was not answering it all the while.
LONGEST_SECONDS = 86_400.0


def stamp(key_hash: bytes, page_id: str, now: datetime) -> str:
    """Return what a page of this seat carries that is shown ``now``."""
    body = int(now.timestamp() * 1000).to_bytes(_TIME_BYTES, "big")
    return base64.urlsafe_b64encode(body + _seal(key_hash, page_id, body)).decode()


def shown_at(text: str, key_hash: bytes, page_id: str) -> datetime | None:
    """Return when the page was shown; None if the stamp is missing, invented, or of another seat or page."""
    if len(text) != _LENGTH or not text.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(text)
    except ValueError:
        return None
    if len(raw) != _TIME_BYTES + _SEAL_BYTES:
        return None
    body, seal = raw[:_TIME_BYTES], raw[_TIME_BYTES:]
    if not hmac.compare_digest(seal, _seal(key_hash, page_id, body)):
        return None
    return datetime.fromtimestamp(int.from_bytes(body, "big") / 1000, UTC)


def seconds_since(shown: datetime | None, now: datetime) -> float | None:
    """Return the seconds from showing to ``now``, a day at the most; None if showing is not known."""
    if shown is None:
        return None
    return round(min(max((now - shown).total_seconds(), 0.0), LONGEST_SECONDS), 1)


def _seal(key_hash: bytes, page_id: str, body: bytes) -> bytes:
    key = crypto.ring().derive("page-shown")
    return hmac.digest(key, key_hash + page_id.encode() + b"\0" + body, "sha256")[:_SEAL_BYTES]
