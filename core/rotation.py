"""Rotation of encryption keys: rewrite every value that an older key of the ring encrypted."""

from collections.abc import Iterator

from sqlalchemy import Column, LargeBinary, MetaData, Table, and_, func, select, type_coerce, update
from sqlalchemy.orm import Session

from core import crypto

BATCH = 500


def encrypted_columns(metadata: MetaData) -> Iterator[tuple[Table, Column[str], str]]:
    """Yield every encrypted column with its table and the name its values are bound to."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, crypto.Encrypted):
                yield table, column, column.type.column


def rotate_batch(session: Session, table: Table, column: Column[str], name: str) -> int:
    """Re-encrypt up to BATCH values of one column under the active key; return how many there were.

    Each batch is one transaction of the caller's, so a rotation of millions of rows can be stopped and run
    again. Rows somebody else is changing are skipped and found by the next run.
    """
    ring = crypto.ring()
    keys = list(table.primary_key.columns)
    stored = type_coerce(column, LargeBinary)
    # The header of a value under the active key: version, length of the id, the id.
    header = bytes([1, len(ring.active)]) + ring.active.encode()
    rows = session.execute(
        select(*keys, stored)
        .where(column.is_not(None), func.substr(stored, 1, len(header)) != header)
        .order_by(*keys)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for *row_keys, value in rows:
        fresh = ring.encrypt(ring.decrypt(bytes(value), name), name)
        same_row = and_(*(key == row_key for key, row_key in zip(keys, row_keys, strict=True)))
        session.execute(update(table).where(same_row).values({column: type_coerce(fresh, LargeBinary)}))
    return len(rows)
