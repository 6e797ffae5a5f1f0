"""Reads behind the columns of results: which blocks are stored, their bytes, and the rows no block holds yet.

Responses and invitations ("asks") are kept alike; of an invitation the outcome is kept: how far it went, and
why no further. ``docs/adr/0011-results-from-columns.md`` says why columns at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, text
from sqlalchemy.orm import Session


class Kind(StrEnum):
    """What a block is made of. The value begins the names of its columns in the table."""

    RESPONSES = ""
    ASKS = "@asks"

    @property
    def catalogue(self) -> str:
        """The column that every block of this kind has: the ids of its rows."""
        return f"{self.value}@id"


@dataclass(frozen=True, slots=True)
class Head:
    """A stored block without its bytes: which ids it covers, how many rows it holds, and the stamp of its writing."""

    version_id: int
    number: int
    n: int
    first_id: int
    last_id: int
    stamp: str


# The system column xmin is the transaction that wrote the row: a block built again has another one, so no
# process can go on counting with the bytes of the block before.
_HEADS = text("""
    SELECT version_id, number, n, first_id, last_id, xmin::text
    FROM survey_blocks WHERE version_id = ANY(:versions) AND key = :key ORDER BY version_id, first_id
""")

_DATA = text("""
    SELECT version_id, number, key, data FROM survey_blocks
    WHERE version_id = ANY(:versions) AND number BETWEEN :first AND :last AND key = ANY(:keys)
""")

# All rows of a stretch as one row of glued texts: ten thousand rows one by one cost twenty times as much. Codes
# and ids hold no blank; what is empty stays as an empty word, or as nan where it is a number.
_RESPONSES = text("""
    SELECT count(*) AS n, string_agg(id::text, ' ') AS id,
           string_agg(floor(extract(epoch FROM submitted_at))::bigint::text, ' ') AS at,
           string_agg(region_id::text, ' ') AS region_id,
           string_agg(COALESCE(link_id::text, 'nan'), ' ') AS link,
           string_agg(COALESCE(round(extract(epoch FROM submitted_at - started_at))::bigint::text, 'nan'), ' ')
               AS seconds,
           string_agg(touchpoint_code, ' ') AS touchpoint, string_agg(channel, ' ') AS channel,
           string_agg(language, ' ') AS language, string_agg(COALESCE(ending, ''), ' ') AS ending,
           jsonb_agg(page_seconds) AS page_seconds, jsonb_agg(variables) AS variables
    FROM (
        SELECT * FROM responses WHERE version_id = :version_id AND id BETWEEN :first AND :last ORDER BY id LIMIT :most
    ) AS r
""")

# One row per question, its answers glued together: forty thousand rows one by one cost ten times as much. Ids
# of options hold neither blank nor comma.
_ANSWERS = text("""
    SELECT a.question_id, string_agg(a.response_id::text, ' ') AS rows,
           string_agg(COALESCE(a.number::float8::text, 'nan'), ' ') AS numbers, count(a.number) AS with_number,
           string_agg(array_to_string(COALESCE(a.option_ids, '{}'), ' '), ',') AS options,
           count(a.option_ids) AS with_options,
           string_agg(CASE WHEN a.words IS NULL AND a.secret IS NULL THEN '0' ELSE '1' END, '') AS said
    FROM responses r JOIN answers a ON a.response_id = r.id
    WHERE r.version_id = :version_id AND r.id BETWEEN :first AND :last
    GROUP BY a.question_id
""")

# How far an invitation went and why no further. Who answered has opened, and who opened was reached, whatever
# became of the provider's word: mail clients load no pictures, and outcomes of messages may stay unknown.
_ASKS = text("""
    SELECT count(*) AS n, string_agg(id::text, ' ') AS id, string_agg(at::text, ' ') AS at,
           string_agg(region_id::text, ' ') AS region_id, string_agg(touchpoint_code, ' ') AS touchpoint,
           string_agg(channel, ' ') AS channel, string_agg(outcome, ' ') AS outcome
    FROM (
        SELECT i.id, floor(extract(epoch FROM i.created_at))::bigint AS at, i.region_id, i.touchpoint_code, i.channel,
               CASE
                   WHEN i.spent OR r.id IS NOT NULL THEN 'completed'
                   WHEN s.id IS NOT NULL
                       THEN CASE WHEN i.expires_at > :now THEN 'started:open' ELSE 'started:left' END
                   WHEN i.opened_at IS NOT NULL
                       THEN CASE WHEN i.expires_at > :now THEN 'opened:open' ELSE 'opened:expired' END
                   WHEN m.state = 'sent'
                       THEN CASE WHEN i.expires_at > :now THEN 'delivered:open' ELSE 'delivered:expired' END
                   WHEN i.reason IS NOT NULL THEN 'offered:' || i.reason
                   WHEN m.state IS NULL THEN 'asked:no_message'
                   WHEN m.reason IS NOT NULL THEN 'asked:' || m.reason
                   WHEN m.state = 'uncertain' THEN 'asked:uncertain'
                   ELSE 'asked:waiting'
               END AS outcome
        FROM (
            SELECT * FROM invitations WHERE version_id = :version_id AND id BETWEEN :first AND :last
            ORDER BY id LIMIT :most
        ) AS i
        LEFT JOIN responses r ON r.invitation_id = i.id
        LEFT JOIN sittings s ON s.invitation_id = i.id
        LEFT JOIN messages m ON m.kind = 'survey_invitation' AND m.subject_id = i.id
    ) AS outcomes
""")

_NEXT_RESPONSES = text("""
    SELECT count(*) AS n, max(id) AS last, min(id) FILTER (WHERE submitted_at >= :settled) AS unsettled
    FROM (
        SELECT id, submitted_at FROM responses WHERE version_id = :version_id AND id >= :first ORDER BY id LIMIT :most
    ) AS following
""")

_NEXT_ASKS = text("""
    SELECT count(*) AS n, max(id) AS last, min(id) FILTER (WHERE expires_at >= :settled) AS unsettled
    FROM (
        SELECT id, expires_at FROM invitations WHERE version_id = :version_id AND id >= :first ORDER BY id LIMIT :most
    ) AS following
""")

_CHANGED = {
    kind: text(f"""
        SELECT b.version_id, b.number FROM survey_blocks b
        WHERE b.key = :key AND b.version_id = ANY(:versions) AND b.number >= :since AND b.n <> (
            SELECT count(*) FROM {table} t
            WHERE t.version_id = b.version_id AND t.id BETWEEN b.first_id AND b.last_id
        )
    """)  # noqa: S608 - one of two names of ours
    for kind, table in ((Kind.RESPONSES, "responses"), (Kind.ASKS, "invitations"))
}


def heads(session: Session, kind: Kind, versions: Iterable[int]) -> list[Head]:
    """Return the stored blocks of some versions, by version and id."""
    rows = session.execute(_HEADS, {"versions": list(versions), "key": kind.catalogue})
    return [Head(*row) for row in rows]


def data(session: Session, heads: Sequence[Head], keys: Sequence[str]) -> dict[tuple[int, int, str], bytes]:
    """Return the bytes of some columns of some blocks by (version, number, name in the table)."""
    if not heads:
        return {}
    numbers = [head.number for head in heads]
    rows = session.execute(
        _DATA,
        {
            "versions": sorted({head.version_id for head in heads}),
            "first": min(numbers),
            "last": max(numbers),
            "keys": list(keys),
        },
    )
    return {(row.version_id, row.number, row.key): row.data for row in rows}


def responses(session: Session, version_id: int, first: int, last: int, most: int) -> Row[Any]:
    """Return the first ``most`` responses of a version with ids from ``first`` to ``last``, glued into one row."""
    return session.execute(
        _RESPONSES, {"version_id": version_id, "first": first, "last": last, "most": most}
    ).one()


def answers(session: Session, version_id: int, first: int, last: int) -> Sequence[Row[Any]]:
    """Return the answers of these responses, one row per question with all its answers glued together."""
    return session.execute(_ANSWERS, {"version_id": version_id, "first": first, "last": last}).all()


def asks(session: Session, version_id: int, first: int, last: int, most: int, now: datetime) -> Row[Any]:
    """Return the first ``most`` invitations of a version with the outcome of each, glued into one row."""
    return session.execute(
        _ASKS, {"version_id": version_id, "first": first, "last": last, "most": most, "now": now}
    ).one()


def settled(
    session: Session, kind: Kind, version_id: int, first: int, most: int, settled: datetime
) -> tuple[int, int]:
    """Return up to which id from ``first`` on rows can be sealed, and how many; (first - 1, 0) if none.

    At most ``most`` rows, and none from the first on that is younger than ``settled``: a response submitted,
    or an invitation expired, after that instant may yet change or get a neighbour with a lower id.
    """
    row = session.execute(
        _NEXT_RESPONSES if kind is Kind.RESPONSES else _NEXT_ASKS,
        {"version_id": version_id, "first": first, "most": most, "settled": settled},
    ).one()
    if row.unsettled is None:
        return (int(row.last), int(row.n)) if row.n else (first - 1, 0)
    table = "responses" if kind is Kind.RESPONSES else "invitations"
    last, n = session.execute(
        text(f"SELECT max(id), count(*) FROM {table} WHERE version_id = :v AND id >= :first AND id < :until"),  # noqa: S608
        {"v": version_id, "first": first, "until": row.unsettled},
    ).one()
    return (int(last), int(n)) if n else (first - 1, 0)


def changed(session: Session, kind: Kind, versions: Sequence[int], since: int = 0) -> list[tuple[int, int]]:
    """Return the blocks, from number ``since`` on, that hold another number of rows than the table does."""
    rows = session.execute(
        _CHANGED[kind], {"key": kind.catalogue, "versions": list(versions), "since": since}
    )
    return [(int(row.version_id), int(row.number)) for row in rows]


_FORGET = text("""
    DELETE FROM survey_blocks
    WHERE version_id = :version_id AND number = :number AND starts_with(key, '@asks') = :asks
""").bindparams(bindparam("asks"))


def forget(session: Session, kind: Kind, version_id: int, number: int) -> None:
    """Take a block away; its rows are read live until it is built again."""
    session.execute(_FORGET, {"version_id": version_id, "number": number, "asks": kind is Kind.ASKS})
