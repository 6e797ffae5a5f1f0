"""Rows that were not taken in because their id is known: the same again, or something else."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from feedback.imports.utterances import Found
from feedback.models import Feedback


@dataclass(slots=True)
class Known:
    """What became of rows with an id that is known.

    ``same`` rows were in already. ``clashing`` rows have the id of another row of the same file and other content.
    ``differing`` counts, by import, rows that came in earlier and differ; what came in is never changed.
    """

    same: int = 0
    clashing: list[Found] = field(default_factory=list)
    differing: Counter[int | None] = field(default_factory=Counter)


def compare(session: Session, found: Sequence[Found], new: Collection[tuple[str, str]], run: int) -> Known:
    """Compare those of the rows that are not ``new`` with what is stored; ``run`` is the import that reads them."""
    left = set(new)
    old: list[Found] = []
    for one in found:
        key = (one.row.source, one.row.source_id)
        if key in left:
            left.remove(key)
        else:
            old.append(one)
    known = Known()
    if not old:
        return known
    stored = {
        row.source_id: row
        for row in session.execute(
            select(
                Feedback.source_id,
                Feedback.words,
                Feedback.rating,
                Feedback.occurred_at,
                Feedback.channel,
                Feedback.region_id,
                Feedback.import_id,
            ).where(
                Feedback.source == old[0].row.source,
                Feedback.source_id.in_([one.row.source_id for one in old]),
            )
        )
    }
    for one in old:
        row = stored.get(one.row.source_id)
        if row is None or _same(one, row):
            known.same += 1
        elif row.import_id == run:
            known.clashing.append(one)
        else:
            known.differing[row.import_id] += 1
    return known


def _same(one: Found, row: Row[str, str, float | None, datetime, str, int, int | None]) -> bool:
    given = one.row
    return (
        (given.words, given.rating, given.channel, given.region_id)
        == (row.words, row.rating, row.channel, row.region_id)
    ) and (not one.timed or given.occurred_at == row.occurred_at)
