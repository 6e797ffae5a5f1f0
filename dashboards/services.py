"""Recounting the rollups: always a day of a region whole, so that doing it twice changes nothing.

Recounts of one cell wait for each other (an advisory lock until the transaction ends): the second counts
with a snapshot taken after the first has committed, so none can overwrite a newer count with an older one.
Locks are taken in the order of their numbers, so two batches never wait for each other in a circle. A
recount of many days shuts out all of them at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock
from dashboards.counting import ASKS, PROMISES, ROLLUPS, SCORES, VOICES, Rollup
from dashboards.models import RollupMark

MOST_CELL_LOCKS = 500
"""PostgreSQL has room for some thousand locks in all; who recounts more cells shuts everybody out instead."""

RECENT_DAYS = 3
"""Messages go out and pages are opened mostly within this many days of the invitation."""

OVERLAP = timedelta(minutes=3)
"""A tag is stamped before its transaction commits; looking back this far misses none."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A Beijing day of a region: what is recounted at once."""

    day: date
    region_id: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of a rollup that does not say what a recount says; None where one of them has no such row."""

    table: str
    key: dict[str, Any]
    stored: dict[str, int] | None
    counted: dict[str, int] | None


def recount_scores(session: Session, cells: Iterable[Cell]) -> None:
    """Count the scores of these cells again."""
    _recount_cells(session, SCORES, cells)


def recount_asks_answered_by(session: Session, response_ids: Sequence[int]) -> None:
    """Count the cells again in which the invitations behind these responses were made."""
    rows = session.execute(
        text("""
            SELECT DISTINCT (i.created_at AT TIME ZONE 'Asia/Shanghai')::date, i.region_id
            FROM responses r JOIN invitations i ON i.id = r.invitation_id WHERE r.id = ANY(:ids)
        """),
        {"ids": list(response_ids)},
    )
    _recount_cells(session, ASKS, (Cell(*row) for row in rows))


def recount_voices(session: Session) -> int:
    """Count the cells again in which something was tagged since the last time; return how many.

    Imported words are tagged without an event for each, so the mark of the last run tells what is new.
    """
    now = clock.now()
    mark = session.scalar(select(RollupMark.counted_until).where(RollupMark.name == VOICES.table))
    rows = session.execute(
        text("""
            SELECT DISTINCT (occurred_at AT TIME ZONE 'Asia/Shanghai')::date, region_id
            FROM feedback WHERE tagged_at >= :since
        """),
        {"since": mark - OVERLAP if mark else datetime(1970, 1, 1, tzinfo=clock.BEIJING)},
    ).all()
    cells = [Cell(*row) for row in rows]
    _recount_cells(session, VOICES, cells)
    _set_mark(session, VOICES, now)
    return len(cells)


def recount_voices_of(session: Session, places: Iterable[tuple[date, int]]) -> None:
    """Count again what was said on these Beijing days in these regions, of which something was taken away."""
    _recount_cells(session, VOICES, (Cell(*place) for place in places))


def recount_recent(session: Session) -> None:
    """Count asks and promises of the last days again, which change without an event to say so."""
    today = clock.beijing_day(clock.now())
    for rollup in (ASKS, PROMISES):
        _recount_days(session, rollup, today - timedelta(days=RECENT_DAYS - 1), today)


def recount_all(session: Session, first: date, last: date) -> None:
    """Count every rollup again for the Beijing days from ``first`` to ``last``, both included."""
    for rollup in ROLLUPS:
        _recount_days(session, rollup, first, last)


def check(session: Session, first: date, last: date) -> list[Difference]:
    """Return where the rollups of these Beijing days differ from a recount; empty when all is right."""
    return [difference for rollup in ROLLUPS for difference in _check(session, rollup, first, last)]


def _recount_cells(session: Session, rollup: Rollup, cells: Iterable[Cell]) -> None:
    wanted = sorted(set(cells))
    if not wanted:
        return
    # Locks are statements of their own: what counts next must take its snapshot after they are held.
    if len(wanted) > MOST_CELL_LOCKS:
        _shut_out_others(session, rollup)
    else:
        session.execute(
            text("SELECT pg_advisory_xact_lock_shared(hashtext(:table))"), {"table": rollup.table}
        )
        session.execute(
            text("""
                SELECT pg_advisory_xact_lock(number) FROM (
                    SELECT DISTINCT hashtextextended(name, 0) AS number
                    FROM unnest(CAST(:names AS text[])) AS name ORDER BY number
                ) AS ordered
            """),
            {"names": [f"{rollup.table}:{cell.day}:{cell.region_id}" for cell in wanted]},
        )
    session.execute(
        text(_CELLS[rollup.table]),
        {
            "days": [cell.day for cell in wanted],
            "regions": [cell.region_id for cell in wanted],
            "since": [clock.day_start(cell.day) for cell in wanted],
            "until": [clock.day_end(cell.day) for cell in wanted],
            "now": clock.now(),
        },
    )


def _shut_out_others(session: Session, rollup: Rollup) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:table))"), {"table": rollup.table})
    # Ten million answers take longer than a page may.
    session.execute(text("SET LOCAL statement_timeout = '30min'"))


def _recount_days(session: Session, rollup: Rollup, first: date, last: date) -> None:
    _shut_out_others(session, rollup)
    session.execute(
        text(f"DELETE FROM {rollup.table} WHERE day BETWEEN :first AND :last"),  # noqa: S608 - our own name
        {"first": first, "last": last},
    )
    session.execute(text(_DAYS[rollup.table]), _bounds(first, last))


def _check(session: Session, rollup: Rollup, first: date, last: date) -> list[Difference]:
    session.execute(text("SET LOCAL statement_timeout = '30min'"))
    rows = session.execute(text(_CHECKS[rollup.table]), _bounds(first, last)).mappings()
    return [
        Difference(
            rollup.table,
            {name: row[name] for name in rollup.key},
            {name: row[f"stored_{name}"] for name in rollup.counts} if row["is_stored"] else None,
            {name: row[f"counted_{name}"] for name in rollup.counts} if row["is_counted"] else None,
        )
        for row in rows
    ]


def _bounds(first: date, last: date) -> dict[str, Any]:
    return {
        "first": first,
        "last": last,
        "since": clock.day_start(first),
        "until": clock.day_end(last),
        "now": clock.now(),
    }


def _set_mark(session: Session, rollup: Rollup, until: datetime) -> None:
    statement = insert(RollupMark).values(name=rollup.table, counted_until=until)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"counted_until": statement.excluded.counted_until}
        )
    )


def _cells_statement(rollup: Rollup) -> str:
    """Write what is new or different and remove what is no longer counted, in one statement."""
    key, same = ", ".join(rollup.key), " AND ".join(f"c.{name} = t.{name}" for name in rollup.key)
    stored = ", ".join(f"t.{name}" for name in rollup.counts)
    fresh = ", ".join(f"excluded.{name}" for name in rollup.counts)
    setting = ", ".join(f"{name} = excluded.{name}" for name in rollup.counts)
    return f"""
        WITH cell AS (
            SELECT * FROM unnest(
                CAST(:days AS date[]), CAST(:regions AS bigint[]),
                CAST(:since AS timestamptz[]), CAST(:until AS timestamptz[])
            ) AS cell(day, region_id, since, until)
        ), counted AS MATERIALIZED ({rollup.of_cells()}), gone AS (
            DELETE FROM {rollup.table} t USING cell
            WHERE t.day = cell.day AND t.region_id = cell.region_id
            AND NOT EXISTS (SELECT FROM counted c WHERE {same})
        )
        INSERT INTO {rollup.table} AS t ({rollup.columns}) SELECT {rollup.columns} FROM counted
        ON CONFLICT ({key}) DO UPDATE SET {setting} WHERE ({stored}) IS DISTINCT FROM ({fresh})
    """  # noqa: S608 - only names and fragments of ours


def _days_statement(rollup: Rollup) -> str:
    return f"""
        INSERT INTO {rollup.table} ({rollup.columns}) SELECT {rollup.columns} FROM ({rollup.of_days()}) AS c
    """  # noqa: S608 - only names and fragments of ours


def _check_statement(rollup: Rollup) -> str:
    key = ", ".join(rollup.key)
    stored = ", ".join(f"t.{name} AS stored_{name}" for name in rollup.counts)
    counted = ", ".join(f"c.{name} AS counted_{name}" for name in rollup.counts)
    unequal = (
        ", ".join(f"t.{name}" for name in rollup.counts),
        ", ".join(f"c.{name}" for name in rollup.counts),
    )
    return f"""
        SELECT {key}, t.day IS NOT NULL AS is_stored, c.day IS NOT NULL AS is_counted, {stored}, {counted}
        FROM (SELECT * FROM {rollup.table} WHERE day BETWEEN :first AND :last) AS t
        FULL JOIN ({rollup.of_days()}) AS c USING ({key})
        WHERE ({unequal[0]}) IS DISTINCT FROM ({unequal[1]})
        ORDER BY {key}
    """  # noqa: S608 - only names and fragments of ours


_CELLS = {rollup.table: _cells_statement(rollup) for rollup in ROLLUPS}
_DAYS = {rollup.table: _days_statement(rollup) for rollup in ROLLUPS}
_CHECKS = {rollup.table: _check_statement(rollup) for rollup in ROLLUPS}
