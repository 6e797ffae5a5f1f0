"""How often the same thing was seen today, without keeping what it was.

A thing is an address, a set of answers, or a key whose sum went wrong. It is hashed twice before it is counted:
here with a key of ours, so that it never leaves the process, then in the database with a salt that is made anew
every Beijing day and thrown away with the counts in the night. For an anonymous survey not even that is written
down: counts stay in the memory of this process, which makes the limit as many times weaker as there are processes.
"""

import hmac
import secrets
from collections import OrderedDict
from datetime import date
from threading import Lock

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from core import clock, crypto

_SEE = text("""
WITH made AS (
    INSERT INTO sighting_salts (day, salt) VALUES (:day, :salt) ON CONFLICT (day) DO NOTHING RETURNING salt
), salt AS (
    SELECT salt FROM made UNION ALL SELECT salt FROM sighting_salts WHERE day = :day LIMIT 1
)
INSERT INTO sightings (day, mark, n) SELECT :day, sha256(salt || :mark), 1 FROM salt
ON CONFLICT (day, mark) DO UPDATE SET n = sightings.n + 1
RETURNING n
""")

_LOOK = text("""
SELECT n FROM sightings, sighting_salts
WHERE sighting_salts.day = :day AND sightings.day = :day AND mark = sha256(salt || :mark)
""")

MOST_REMEMBERED = 20_000


class Memory:
    """Counts of this process for one day; the oldest go when there are too many, so it cannot be filled up."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._day: date | None = None
        self._counts: OrderedDict[bytes, int] = OrderedDict()

    def see(self, day: date, mark: bytes) -> int:
        """Count ``mark`` once more and return how often it was seen on ``day``."""
        with self._lock:
            if day != self._day:
                self._day = day
                self._counts.clear()
            n = self._counts.pop(mark, 0) + 1
            self._counts[mark] = n
            if len(self._counts) > MOST_REMEMBERED:
                self._counts.popitem(last=False)
            return n

    def look(self, day: date, mark: bytes) -> int:
        """Return how often ``mark`` was seen on ``day`` without counting."""
        with self._lock:
            return self._counts.get(mark, 0) if day == self._day else 0


_memory = Memory()


def see(connection: Connection, *, kind: str, link_id: int, thing: bytes, written: bool) -> int:
    """Count a thing of a link once more and return how often it was seen today, this time included.

    ``written`` says whether the count may be written down; it may not for anonymous surveys.
    """
    day, mark = _marked(kind, link_id, thing)
    if not written:
        return _memory.see(day, mark)
    n = connection.execute(_SEE, {"day": day, "salt": secrets.token_bytes(32), "mark": mark}).scalar()
    # Two first sightings of a day at once: one makes the salt, the other does not see it yet.
    return 1 if n is None else int(n)


def look(connection: Connection, *, kind: str, link_id: int, thing: bytes, written: bool) -> int:
    """Return how often a thing was seen today without counting this time."""
    day, mark = _marked(kind, link_id, thing)
    if not written:
        return _memory.look(day, mark)
    return int(connection.execute(_LOOK, {"day": day, "mark": mark}).scalar() or 0)


def _marked(kind: str, link_id: int, thing: bytes) -> tuple[date, bytes]:
    key = crypto.ring().derive("sightings")
    mark = hmac.digest(key, f"{kind}:{link_id}:".encode() + thing, "sha256")
    return clock.beijing_day(clock.now()), mark


def forget(session: Session) -> None:
    """Throw away all counts and salts; the pages of the tables are freed, not only marked as free."""
    session.execute(text("TRUNCATE sightings, sighting_salts"))
