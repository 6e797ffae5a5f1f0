"""The audit log: append-only, every line sealed with the line before it.

``seal = SHA-256(previous seal · canonical JSON of the line)``. Changing, removing or inserting a line
breaks the chain from there on; cutting lines off the end shows against any seal noted earlier. Lines are
numbered without gaps, so appending is serialised by an advisory lock until the transaction ends: audited
actions are those of staff, never the hot path of customers' answers.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import clock, logs
from core.models import AuditEntry

GENESIS = bytes(32)
_LOCK = 0x4855_4155  # one number for everybody who appends


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk along the chain found; ``broken_at`` is the first line that does not fit, if any."""

    lines: int
    broken_at: int | None
    last_seal: str


def record(
    session: Session,
    *,
    actor: str,
    action: str,
    object_type: str,
    object_id: int | str,
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Append a line saying that ``actor`` did ``action`` to an object, in the caller's transaction."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = session.execute(
        select(AuditEntry.id, AuditEntry.seal).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    entry = AuditEntry(
        id=last.id + 1 if last else 1,
        at=clock.now(),
        actor=actor,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        detail=dict(detail or {}),
        request_id=logs.request_id(),
        previous=last.seal if last else GENESIS,
    )
    entry.seal = _seal(entry)
    session.add(entry)
    session.flush()  # the next line of this transaction must see this one
    return entry


def verify(session: Session) -> Verdict:
    """Walk the whole chain and tell whether every line is as it was written."""
    expected_id, previous, lines = 1, GENESIS, 0
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)).yield_per(1000):
        if entry.id != expected_id or entry.previous != previous or entry.seal != _seal(entry):
            return Verdict(lines, expected_id, previous.hex())
        lines, expected_id, previous = lines + 1, entry.id + 1, entry.seal
    return Verdict(lines, None, previous.hex())


def _seal(entry: AuditEntry) -> bytes:
    line = [
        entry.id,
        entry.at.isoformat(timespec="microseconds"),
        entry.actor,
        entry.action,
        entry.object_type,
        entry.object_id,
        entry.detail,
        entry.request_id,
    ]
    canonical = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(entry.previous + canonical.encode()).digest()
