"""Rows of a file as rows of the table: cells understood, names looked up, an id for those without one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from customers import services as customers
from customers.services import Profile
from feedback import queries, rules
from feedback.imports import columns, values
from feedback.imports.ratings import Ratings
from feedback.imports.readers import RawRow
from feedback.imports.values import UnreadableValueError
from feedback.services import Row
from grid.models import Region
from journeys.models import Touchpoint

Code = TypeVar("Code", int, str)


@dataclass(frozen=True, slots=True)
class Places:
    """What a file may name: regions and touchpoints by code and by name, folded."""

    regions: Mapping[str, int]
    touchpoints: Mapping[str, str]


def places(session: Session) -> Places:
    """Return all regions and touchpoints; of equal names the one higher up counts, codes before names."""
    regions: dict[str, int] = {}
    for region in session.execute(select(Region.id, Region.name).order_by(Region.path.desc())):
        regions[region.name.casefold()] = region.id
    for region in session.execute(select(Region.id, Region.code)):
        regions[region.code.casefold()] = region.id
    touchpoints: dict[str, str] = {}
    for touchpoint in session.execute(select(Touchpoint.code, Touchpoint.name)):
        touchpoints[touchpoint.name.casefold()] = touchpoint.code
        touchpoints[touchpoint.code.casefold()] = touchpoint.code
    return Places(regions, touchpoints)


@dataclass(frozen=True, slots=True)
class Found:
    """A good row of a file: what the table gets of it, the customer's number, and whether it has a time."""

    raw: RawRow
    row: Row
    customer: str
    timed: bool


@dataclass(slots=True)
class Reading:
    """How the rows of one run are read: what holds where the file says nothing, and what was seen.

    ``otherwise`` stands for a time that a row does not have, ``untimed`` counts such rows. ``scale`` is the highest
    rating that may be, if somebody said it. ``seen`` counts equal rows without an id, by the first eight bytes of
    their digest: some six megabytes for 100,000 rows.
    """

    source: str
    channel: str
    region_id: int
    places: Places
    channels: Collection[str]
    otherwise: datetime
    history: bool
    import_id: int
    scale: int = 100
    untimed: int = 0
    ratings: Ratings = field(default_factory=Ratings)
    seen: dict[int, int] = field(default_factory=dict)

    def row(self, raw: RawRow) -> Found:
        """Return the row for the table; raise ValueError with the reason if it is bad."""
        if raw.fault is not None:
            raise UnreadableValueError(raw.fault)
        cells = raw.fields
        words = rules.clean_words(values.text(cells.get("words")))
        said = values.instant(cells.get("occurred_at"))
        rating = values.rating(cells.get("rating"), self.scale)
        region_id = _found(cells.get("region"), "机构", self.places.regions)
        given = values.name(cells.get("id"), "编号")
        row = Row(
            source=self.source,
            source_id=given or "?",
            channel=self._channel(cells.get("channel")),
            words=words,
            occurred_at=said or self.otherwise,
            region_id=region_id if region_id is not None else self.region_id,
            rating=rating,
            touchpoint_code=_found(cells.get("touchpoint"), "触点", self.places.touchpoints),
            history=self.history,
            import_id=self.import_id,
        )
        customer = values.name(cells.get("customer"), "客户号")
        # Last of all: a row that is refused must not move the count of those like it.
        if not given:
            row = replace(row, source_id=self._content_id(words, cells))
        self.untimed += said is None
        self.ratings.note(rating, raw.line)
        return Found(raw, row, customer, timed=said is not None)

    def _channel(self, cell: object) -> str:
        name = values.name(cell, "渠道", 32)
        code = columns.channel_code(name) if name else self.channel
        if code not in self.channels:
            raise UnreadableValueError(
                f"没有名为 {name} 的渠道；若是新的渠道，导入时请加 --new-channel {name}"
            )
        return code

    def _content_id(self, words: str, cells: Mapping[str, object]) -> str:
        parts = [words, *(values.text(cells.get(name)).strip() for name in _IDENTIFYING)]
        first = rules.content_id(*parts)
        key = int(first[7:23], 16)
        count = self.seen.get(key, 0) + 1
        self.seen[key] = count
        return rules.content_id(*parts, occurrence=count)


_IDENTIFYING = ("occurred_at", "channel", "rating", "region", "touchpoint", "customer")


def _found(cell: object, what: str, known: Mapping[str, Code]) -> Code | None:
    name = values.name(cell, what)
    if not name:
        return None
    code = known.get(name.casefold())
    if code is None:
        raise UnreadableValueError(f"没有名为 {name[:40]} 的{what}")
    return code


def with_customers(session: Session, found: Sequence[Found]) -> list[Row]:
    """Return the rows tied to their customers; a number not known yet makes a customer without a name."""
    named = {one.customer: one.row.region_id for one in found if one.customer}
    if not named:
        return [one.row for one in found]
    known = queries.customer_ids(session, list(named))
    for number, region_id in named.items():
        if number not in known:
            known[number] = customers.take_in(session, Profile(external_id=number), region_id=region_id)
    return [replace(one.row, customer_id=known[one.customer]) if one.customer else one.row for one in found]
