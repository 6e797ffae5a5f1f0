"""Writing blocks of columns, and taking away those that no longer say what the tables say.

A block is sealed once its rows can no longer change. Ids are given before rows are committed, so a row with a
lower id may appear after one with a higher: rows are sealed only some minutes later, when the longest
statement that the database allows (60 s) is over, and the last blocks are counted again at every run.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock, logs
from surveys.counting import codec
from surveys.counting.building import build
from surveys.models import SurveyBlock, SurveyVersion
from surveys.queries import columns as reads
from surveys.queries.columns import Kind
from surveys.rules.summaries import narrowing
from surveys.rules.summaries.values import Values

log = logs.get(__name__)

SIZE = 4_096
"""Rows of a full block: small enough to be built in a moment, large enough that a thousand compress well."""

MOST_AT_ONCE = 1_000_000
"""No cut: how many rows a block has was decided by its range; a gap may hold several blocks' worth."""

STEP = 256
"""The last block grows by at least this many rows at a time; fewer are read live, which costs a moment."""

SETTLED_AFTER = timedelta(minutes=10)
"""Ten times the longest statement."""

SETTLED_AFTER_ANONYMOUS = timedelta(minutes=70)
"""Anonymous responses say the hour only, so they may look up to an hour older than they are."""

SETTLED_AFTER_EXPIRY = timedelta(days=1)
"""An invitation that ended yesterday is no longer opened, answered or sent."""

WATCHED = 3
"""How many of the latest blocks are counted again at every run; the nightly check counts them all."""


def versions(session: Session) -> list[tuple[int, bool]]:
    """Return the versions that may have been answered, and whether their answers are anonymous."""
    rows = session.execute(
        select(
            SurveyVersion.id,
            SurveyVersion.definition["anonymous"].as_boolean(),
        )
        .where(SurveyVersion.state.in_(["published", "retired"]))
        .order_by(SurveyVersion.id)
    )
    return [(row[0], bool(row[1])) for row in rows]


def seal_next(session: Session, kind: Kind, version_id: int, *, anonymous: bool) -> bool:
    """Seal the next block of a version if enough rows wait; return whether there may be more to do.

    Gaps, where a block was taken away, are filled first.
    """
    heads = reads.heads(session, kind, [version_id])
    expected = 1
    for head in heads:
        if head.first_id > expected:
            _seal(session, kind, version_id, head.number - 1, expected, head.first_id - 1)
            return True
        expected = head.last_id + 1
    number, first, before = (heads[-1].number + 1 if heads else 0), expected, 0
    if heads and heads[-1].n < SIZE:
        number, first, before = heads[-1].number, heads[-1].first_id, heads[-1].n
    last, n = reads.settled(session, kind, version_id, first, SIZE, _settled(kind, anonymous=anonymous))
    if n - before < STEP:
        return False
    reads.forget(session, kind, version_id, number)
    _seal(session, kind, version_id, number, first, last)
    return n == SIZE


def drop_changed(session: Session, kind: Kind, version_id: int, *, watched: int | None = WATCHED) -> int:
    """Take away the blocks (the last few, or all for None) that hold another number of rows than the table.

    Returns how many. Their rows are read live until they are sealed again.
    """
    heads = reads.heads(session, kind, [version_id])
    since = heads[-1].number - watched + 1 if heads and watched is not None else 0
    wrong = reads.changed(session, kind, [version_id], since)
    for _version, number in wrong:
        reads.forget(session, kind, version_id, number)
    if wrong:
        log.warning(
            "column_blocks_dropped", version_id=version_id, kind=kind.name, numbers=[n for _v, n in wrong]
        )
    return len(wrong)


def drop_holding(session: Session, response_ids: Sequence[int]) -> int:
    """Take away the blocks that hold these responses, for whoever changes or deletes answers; return how many."""
    rows = session.execute(
        text("""
            DELETE FROM survey_blocks b USING responses r
            WHERE r.id = ANY(:ids) AND b.version_id = r.version_id AND r.id BETWEEN b.first_id AND b.last_id
              AND NOT starts_with(b.key, '@asks')
            RETURNING b.version_id, b.number
        """),
        {"ids": list(response_ids)},
    )
    return len(set(rows.all()))


def _settled(kind: Kind, *, anonymous: bool) -> datetime:
    if kind is Kind.ASKS:
        return clock.now() - SETTLED_AFTER_EXPIRY
    return clock.now() - (SETTLED_AFTER_ANONYMOUS if anonymous else SETTLED_AFTER)


def _seal(session: Session, kind: Kind, version_id: int, number: int, first: int, last: int) -> None:
    built = build(session, kind, version_id, first, last, MOST_AT_ONCE)
    n = built[narrowing.ID].n if built else 0
    built.setdefault(narrowing.ID, Values(0, np.zeros(0, np.int8)))
    session.execute(
        insert(SurveyBlock),
        [
            {
                "version_id": version_id,
                "number": number,
                "key": f"{kind.value}{key}",
                "n": n,
                "first_id": first,
                "last_id": last,
                "data": codec.pack(values),
            }
            for key, values in built.items()
        ],
    )
