"""Events: what happened, in the past tense, written in the transaction in which it happened.

A package declares its events as frozen dataclasses below :class:`Event` in its ``events.py`` and calls
:func:`publish`. ``app/flow.py`` says which handlers an event wakes. The row in ``events`` is the outbox:
workers relay waiting rows in batches to the job engine (``docs/adr/0002-job-engine.md`` has the figures),
so publishing costs one INSERT and a rolled-back transaction publishes nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Self

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core import clock, logs
from core.models import EventRow


@dataclass(frozen=True, slots=True)
class Event:
    """The ancestor of all events. Fields are ids, numbers and short texts: whatever JSON can say."""

    kinds: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Remember the class by its name, which is the ``kind`` in the table."""
        super(Event, cls).__init_subclass__(**kwargs)
        Event.kinds[cls.__name__] = cls

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """Rebuild the event; fields that a newer version of the class dropped are ignored."""
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in payload.items() if name in names})


def publish(session: Session, *events: Event) -> None:
    """Write events of one kind or several into the outbox of the open transaction."""
    if events:
        session.execute(insert(EventRow), rows_of(events))


def rows_of(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return the rows of the outbox that say ``events``."""
    request_id, now = logs.request_id(), clock.now()
    return [
        {"kind": type(event).__name__, "payload": asdict(event), "occurred_at": now, "request_id": request_id}
        for event in events
    ]


def load(session: Session, ids: Sequence[int]) -> list[Event]:
    """Return the events with these ids, oldest first."""
    rows = session.scalars(select(EventRow).where(EventRow.id.in_(ids)).order_by(EventRow.id))
    return [Event.kinds[row.kind].from_payload(row.payload) for row in rows]
