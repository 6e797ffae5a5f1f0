"""The columns of some versions, put together from sealed blocks and from what no block holds yet.

Decoded blocks are kept in the process, the least recently used leave when there are too many bytes. They are
found by the stamp of their writing, so a block that was built again is never mistaken for the one before.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

import numpy as np
from sqlalchemy.orm import Session

from core import clock
from surveys.counting import codec
from surveys.counting.building import Built, build
from surveys.queries import columns as reads
from surveys.queries.columns import Head, Kind
from surveys.rules.summaries import narrowing
from surveys.rules.summaries.values import Flags, Values, joined, missing

KEPT_BYTES = 64 * 2**20
"""How much decoded answers a process keeps: about a million responses of a survey of ten questions."""

LIVE = 16_384
"""Rows read live at a time."""

ASKS_KEPT_FOR = timedelta(minutes=1)

_ENDLESS = 2**62

_Place = tuple[int, int, str, str]


class Kept:
    """Decoded columns by (version, number, name, stamp), never more than ``most`` bytes of them."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most = most
        self._bytes = 0
        self._columns: OrderedDict[_Place, Values] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Place) -> Values | None:
        """Return the column if it is kept."""
        with self._lock:
            found = self._columns.get(key)
            if found is not None:
                self._columns.move_to_end(key)
            return found

    def put(self, key: _Place, values: Values) -> None:
        """Keep a column; the least recently used leave for it."""
        with self._lock:
            before = self._columns.pop(key, None)
            if before is not None:
                self._bytes -= _size(before)
            self._columns[key] = values
            self._bytes += _size(values)
            while self._bytes > self._most and len(self._columns) > 1:
                _oldest, gone = self._columns.popitem(last=False)
                self._bytes -= _size(gone)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._columns.clear()
            self._bytes = 0

    @property
    def size(self) -> int:
        """Bytes kept now."""
        return self._bytes


def _size(values: Values) -> int:
    return values.size + 400  # what Python takes for the objects themselves


kept = Kept()


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of rows: a sealed block, or rows read live with all their columns."""

    version_id: int
    n: int
    head: Head | None = None
    live: Built | None = None


class Lately:
    """Invitations that can still be answered, as they were up to a minute ago.

    There are ten thousand of them in a busy survey, and their funnel need not be right to the second; answers
    are never kept so.
    """

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._found: OrderedDict[tuple[int, int, int], tuple[datetime, list[_Part]]] = OrderedDict()
        self._lock = Lock()

    def get(self, place: tuple[int, int, int]) -> list[_Part] | None:
        """Return the rows if they were read less than a minute ago."""
        with self._lock:
            at, parts = self._found.get(place, (None, None))
            return parts if at is not None and timedelta() <= clock.now() - at < ASKS_KEPT_FOR else None

    def put(self, place: tuple[int, int, int], parts: list[_Part]) -> None:
        """Keep rows for a minute."""
        with self._lock:
            self._found[place] = (clock.now(), parts)
            self._found.move_to_end(place)
            while len(self._found) > self._most:
                self._found.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._found.clear()


lately = Lately()

one_at_a_time = Lock()
"""Held while a page is counted. Counting holds the interpreter anyway, so two at once are no quicker, but the
arrays of six pages at once would be what a process's memory grows to, and stays at."""


class Columns:
    """The columns of the responses (or invitations) of some versions, version by version in the order of ids.

    Good for one request: rows that come in later are not in it.
    """

    def __init__(self, session: Session, kind: Kind, versions: Iterable[int]) -> None:
        self._session = session
        self._kind = kind
        self._versions = sorted(set(versions))
        self._parts = self._read_parts()
        self._joined: dict[tuple[str, frozenset[int] | None], Values] = {}
        self._loaded: dict[_Place, Values] = {}

    @property
    def n(self) -> int:
        """How many rows there are."""
        return sum(part.n for part in self._parts)

    @property
    def live(self) -> int:
        """How many of them no block holds yet."""
        return sum(part.n for part in self._parts if part.live is not None)

    def within(self, versions: frozenset[int]) -> Flags:
        """Return which rows belong to these versions."""
        parts = [np.full(part.n, part.version_id in versions, bool) for part in self._parts]
        return np.concatenate(parts) if parts else np.zeros(0, bool)

    def versions(self) -> Values:
        """Return the version of each row as a column."""
        parts = [Values(part.n, np.full(part.n, part.version_id, np.int64)) for part in self._parts]
        return joined(parts) if parts else missing(0)

    def load(self, keys: Sequence[str]) -> None:
        """Read these columns of all blocks at once, as far as they are not kept; one query, however many."""
        wanted: list[tuple[Head, str]] = []
        for head in self._heads():
            for name in map(self._stored, keys):
                place = _place(head, name)
                if place not in self._loaded:
                    found = kept.get(place)
                    if found is None:
                        wanted.append((head, name))
                    else:
                        self._loaded[place] = found
        if not wanted:
            return
        heads = list({(head.version_id, head.number): head for head, _name in wanted}.values())
        stored = reads.data(self._session, heads, sorted({name for _head, name in wanted}))
        for head, name in wanted:
            data = stored.get((head.version_id, head.number, name))
            values = missing(head.n) if data is None else codec.unpack(data)
            self._loaded[_place(head, name)] = values
            kept.put(_place(head, name), values)

    def values(self, key: str, versions: frozenset[int] | None = None) -> Values:
        """Return a column; outside ``versions`` nobody has an answer in it."""
        found = self._joined.get((key, versions))
        if found is None:
            self.load([key])
            parts = [self._part(part, key, versions) for part in self._parts]
            found = joined(parts) if parts else missing(0)
            self._joined[key, versions] = found
        return found

    def _part(self, part: _Part, key: str, versions: frozenset[int] | None) -> Values:
        if versions is not None and part.version_id not in versions:
            return missing(part.n)
        if part.live is not None:
            return part.live.get(key) or missing(part.n)
        assert part.head is not None  # noqa: S101 - a part is one or the other
        return self._loaded[_place(part.head, self._stored(key))]

    def _heads(self) -> list[Head]:
        return [part.head for part in self._parts if part.head is not None]

    def _stored(self, key: str) -> str:
        return f"{self._kind.value}{key}"

    def _read_parts(self) -> list[_Part]:
        heads = reads.heads(self._session, self._kind, self._versions)
        parts: list[_Part] = []
        for version_id in self._versions:
            following = 1
            for head in (head for head in heads if head.version_id == version_id):
                if head.first_id > following:
                    parts += self._read_live(version_id, following, head.first_id - 1)
                parts.append(_Part(version_id, head.n, head=head))
                following = head.last_id + 1
            parts += self._read_live(version_id, following, _ENDLESS)
        return parts

    def _read_live(self, version_id: int, first: int, last: int) -> list[_Part]:
        if self._kind is Kind.RESPONSES:
            return self._read_now(version_id, first, last)
        parts = lately.get((version_id, first, last))
        if parts is None:
            parts = self._read_now(version_id, first, last)
            lately.put((version_id, first, last), parts)
        return parts

    def _read_now(self, version_id: int, first: int, last: int) -> list[_Part]:
        parts: list[_Part] = []
        while True:
            built = build(self._session, self._kind, version_id, first, last, LIVE)
            if not built:
                return parts
            ids = built[narrowing.ID]
            assert ids.numbers is not None  # noqa: S101 - every row has an id
            parts.append(_Part(version_id, ids.n, live=built))
            if ids.n < LIVE:
                return parts
            first = int(ids.numbers[-1]) + 1


def _place(head: Head, name: str) -> _Place:
    return (head.version_id, head.number, name, head.stamp)
