"""Use cases of a sitting: somebody on the way through a questionnaire of several pages.

Whatever a page sends is kept, encrypted, before anything is said about it, so that going back, a mistake, a dead
battery or another device lose nothing. The row is locked while a page is taken in: twenty sends at once come one
after the other, and nineteen of them find it finished.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import LargeBinary, delete, exists, func, select, type_coerce, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock
from surveys.models import Invitation, Sitting, SurveyVersion
from surveys.queries.answering import sitting_of
from surveys.rules.opening import KEY_LIVES
from surveys.rules.seats import Progress, Seat
from surveys.services.storing import EMPTY

BATCH = 500

# How far people came is counted from these rows; what they wrote is long gone from them by then.
KEPT = timedelta(days=400)


def take_seat(
    session: Session, seat: Seat, *, language: str, page_id: str, since: datetime | None
) -> Progress:
    """Return how far the person in a seat has come, and hold the row until the transaction ends.

    Whoever sends a first page begins a sitting; ``since`` is when that page was shown, if that is known.
    """
    now = clock.now()
    begun = insert(Sitting).values(
        invitation_id=seat.invitation_id,
        link_id=seat.link_id,
        key_hash=None if seat.link_id is None else seat.key_hash,
        version_id=seat.version_id,
        language=language,
        sent=EMPTY,
        page_id=page_id,
        started_at=since or now,
        shown_at=now,
        updated_at=now,
    )
    # On the connection, for the ORM has nothing to add and costs as much as the statement.
    row = (
        session.connection()
        .execute(
            begun.on_conflict_do_update(
                index_elements=["key_hash" if seat.invitation_id is None else "invitation_id"],
                set_={"updated_at": now},
            ).returning(
                Sitting.sent,
                Sitting.language,
                Sitting.page_id,
                Sitting.page_seconds,
                Sitting.started_at,
                Sitting.shown_at,
                Sitting.finished,
            )
        )
        .one()
    )
    return Progress(
        sent=json.loads(row.sent),
        language=row.language,
        page_id=row.page_id,
        page_seconds=row.page_seconds,
        started_at=row.started_at,
        saved_at=row.shown_at,
        finished=row.finished,
    )


def save(
    session: Session,
    seat: Seat,
    *,
    sent: Mapping[str, Sequence[str]],
    language: str,
    page_id: str,
    page_seconds: Mapping[str, float],
) -> None:
    """Keep what was sent so far and the page that comes next."""
    now = clock.now()
    session.connection().execute(
        update(Sitting)
        .where(sitting_of(seat))
        .values(
            sent=json.dumps(sent, ensure_ascii=False),
            language=language,
            page_id=page_id,
            page_seconds=dict(page_seconds),
            shown_at=now,
            updated_at=now,
        )
    )


def finish(
    session: Session, seat: Seat, *, anonymous: bool, page_seconds: Mapping[str, float] | None = None
) -> None:
    """End a sitting: what was sent is in the response now, or put aside.

    ``page_seconds`` with those of the last page are kept for answers that may be counted later; of an anonymous
    survey they are not, for with the beginning they would tell the minute of the end. The sitting of an anonymous
    survey under a personal link is removed; the invitation says that it is spent.
    """
    if anonymous and seat.invitation_id is not None:
        session.connection().execute(delete(Sitting).where(sitting_of(seat)))
        return
    times: dict[str, Any] = {"updated_at": Sitting.updated_at if anonymous else clock.now()}
    if page_seconds is not None and not anonymous:
        times["page_seconds"] = dict(page_seconds)
    session.connection().execute(
        update(Sitting).where(sitting_of(seat)).values(sent=EMPTY, finished=True, **times)
    )


def leave(session: Session, key_hash: bytes) -> None:
    """End the unfinished sitting behind a key and forget what was sent: its person has gone."""
    session.execute(
        update(Sitting)
        .where(Sitting.key_hash == key_hash, Sitting.finished.is_(False))
        .values(sent=EMPTY, finished=True)
    )


def forget(session: Session) -> int:
    """Empty or remove up to a batch of sittings that lead nowhere any more; return how many.

    Once the link is over nobody can come back, so what was sent and never finished is emptied; of an anonymous
    survey the whole row goes. What is left says how far people came, and goes after 400 days.
    """
    now = clock.now()
    over = ((Sitting.link_id.is_not(None)) & (Sitting.updated_at < now - KEY_LIVES)) | exists().where(
        Invitation.id == Sitting.invitation_id, Invitation.expires_at < now
    )
    anonymous = exists().where(
        SurveyVersion.id == Sitting.version_id,
        SurveyVersion.definition["anonymous"].as_boolean(),
    )
    gone = select(Sitting.id).where((over & anonymous) | (Sitting.updated_at < now - KEPT)).limit(BATCH)
    removed = session.scalars(delete(Sitting).where(Sitting.id.in_(gone)).returning(Sitting.id)).all()
    # Encrypted values are as long as their text, their key's name, and 30 bytes more (core.crypto).
    stored = type_coerce(Sitting.sent, LargeBinary)
    length = func.octet_length(stored) - func.get_byte(stored, 1) - 30
    full = select(Sitting.id).where(over, length > len(EMPTY)).limit(BATCH)
    emptied = session.scalars(
        update(Sitting).where(Sitting.id.in_(full)).values(sent=EMPTY).returning(Sitting.id)
    ).all()
    return len(removed) + len(emptied)
