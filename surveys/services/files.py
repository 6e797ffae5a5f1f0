"""Use cases of files that customers send with their answers: keep, drop, take into a response, tidy up.

A file is kept the moment it comes, bound to the seat of whoever sent it; it belongs to nobody until the response
takes it, and what no response took within two days is removed. Files lie in the database beside the answer, so
that a backup holds both or neither; ``docs/adr/0012-sittings-and-storing.md`` has the reasons.
"""

import json
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from core import audit, clock, crypto
from surveys.models import AnswerFile, Invitation, Sitting, Suspect
from surveys.rules import sniffing
from surveys.rules.opening import KEY_LIVES
from surveys.rules.questions import FileQuestion, Question
from surveys.rules.readings import Mistake, Reading, UnreadableAnswerError
from surveys.rules.seats import Seat
from surveys.services import opening

UNCLAIMED_KEPT = timedelta(days=2)

# One person's uploads, dropped ones included: enough to change one's mind, too little to fill a disk.
MOST_FILES_PER_SEAT = 20
MOST_BYTES_PER_SEAT = 40 * 1024 * 1024
BATCH = 200

# Answers in doubt that nobody has decided about may yet claim their files.
_IN_DOUBT = exists().where(Suspect.key_hash == AnswerFile.key_hash, Suspect.state == "waiting")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file already kept for a question, as the page shows it again; ``size`` in bytes."""

    token: str
    name: str
    size: int


def keep(
    session: Session,
    seat: Seat,
    question: FileQuestion,
    *,
    name: str,
    data: bytes,
    held: Collection[str] | None = None,
) -> Upload:
    """Keep a file for a question and return it with its new token.

    ``held`` are the tokens that the customer's page has for this question; files that it lost, because they were
    removed there or the page was loaded anew, give way to the new one. Without it every file still counts.

    Raises UnreadableAnswerError for a file that is empty, too large, of a kind that the question does not
    allow, or one more than the question takes or a single person may send.
    """
    if not data:
        raise UnreadableAnswerError("file_empty")
    if len(data) > question.most_bytes:
        raise UnreadableAnswerError("file_size", megabytes=_megabytes(question.most_bytes))
    found = sniffing.sniff(data)
    if found is None or found.group not in question.kinds:
        raise UnreadableAnswerError("file_kind", kinds=list(question.kinds))
    # Two files of the same person that come at the same time would both find the last place empty.
    opening.hold(session.connection(), seat.key_hash)
    _make_room(session, seat, question, held)
    number, size = session.execute(
        select(func.count(), func.coalesce(func.sum(AnswerFile.size), 0)).where(
            AnswerFile.key_hash == seat.key_hash
        )
    ).one()
    if number >= MOST_FILES_PER_SEAT or size + len(data) > MOST_BYTES_PER_SEAT:
        raise UnreadableAnswerError("file_total", megabytes=MOST_BYTES_PER_SEAT // 1024 // 1024)
    token = secrets.token_urlsafe(16)
    kept = Upload(token, sniffing.clean_name(name, found), len(data))
    session.execute(
        insert(AnswerFile).values(
            token_hash=crypto.token_hash(token),
            key_hash=seat.key_hash,
            version_id=seat.version_id,
            question_id=question.id,
            name=kept.name,
            media_type=found.media_type,
            size=kept.size,
            data=data,
            uploaded_at=clock.now(),
        )
    )
    return kept


def _make_room(session: Session, seat: Seat, question: FileQuestion, held: Collection[str] | None) -> None:
    """See that the question can take one more file, dropping the oldest that the page lost; refuse it if it cannot."""
    waiting = session.execute(
        select(AnswerFile.id, AnswerFile.token_hash, _IN_DOUBT.label("in_doubt"))
        .where(
            AnswerFile.key_hash == seat.key_hash,
            AnswerFile.question_id == question.id,
            AnswerFile.response_id.is_(None),
        )
        .order_by(AnswerFile.id)
    ).all()
    too_many = len(waiting) + 1 - question.most_files
    if too_many <= 0:
        return
    shown = {crypto.token_hash(token) for token in held or ()}
    lost = [row.id for row in waiting if bytes(row.token_hash) not in shown and not row.in_doubt]
    if held is None or len(lost) < too_many:
        raise UnreadableAnswerError("file_many", most=question.most_files)
    session.execute(delete(AnswerFile).where(AnswerFile.id.in_(lost[:too_many])))


def too_large(questions: Iterable[Question]) -> Mistake:
    """Return what is wrong with a file that was not even read, for it is above what any of the questions takes."""
    largest = max((one.most_bytes for one in questions if isinstance(one, FileQuestion)), default=0)
    return Mistake("file_size", {"megabytes": _megabytes(largest)}) if largest else Mistake("file")


def _megabytes(size: int) -> float:
    return float(f"{size / 1024 / 1024:.3g}")


def drop(session: Session, seat: Seat, token: str) -> None:
    """Remove a file that the customer took back; somebody else's, or a claimed one, stays."""
    session.execute(
        delete(AnswerFile).where(
            AnswerFile.token_hash == crypto.token_hash(token),
            AnswerFile.key_hash == seat.key_hash,
            AnswerFile.response_id.is_(None),
        )
    )


def of_seat(
    connection: Connection, seat: Seat, tokens: Mapping[str, Sequence[str]]
) -> dict[str, list[Upload]]:
    """Return by question those of the named files that were sent from this seat and still wait.

    ``tokens`` maps question ids to the tokens that the page brought back; invented and foreign ones, and
    those of another question, are left out.
    """
    hashes = {crypto.token_hash(token): token for many in tokens.values() for token in many}
    if not hashes:
        return {}
    rows = connection.execute(
        select(AnswerFile.token_hash, AnswerFile.question_id, AnswerFile.name, AnswerFile.size).where(
            AnswerFile.token_hash.in_(hashes),
            AnswerFile.key_hash == seat.key_hash,
            AnswerFile.response_id.is_(None),
        )
    )
    known = {hashes[bytes(row.token_hash)]: row for row in rows}
    return {
        question_id: [
            Upload(token, known[token].name, known[token].size)
            for token in dict.fromkeys(many)
            if token in known and known[token].question_id == question_id
        ]
        for question_id, many in tokens.items()
    }


def claim(session: Session, readings: Iterable[Reading], response_id: int, *, anonymous: bool) -> None:
    """Give the files that the answers name to the response that was just stored.

    Of an anonymous survey nothing stays that leads back to the seat: neither its hash, nor the instant, nor
    the file's own name, which may be that of a person.
    """
    tokens = [token for reading in readings for token in json.loads(reading.words or "[]")]
    if not tokens:
        return
    claimed = update(AnswerFile).where(
        AnswerFile.token_hash.in_([crypto.token_hash(token) for token in tokens]),
        AnswerFile.response_id.is_(None),
    )
    if not anonymous:
        session.execute(claimed.values(response_id=response_id))
        return
    session.execute(
        claimed.values(
            response_id=response_id,
            key_hash=AnswerFile.token_hash,
            uploaded_at=func.date_trunc("hour", AnswerFile.uploaded_at),
            name=func.concat("file", func.substring(AnswerFile.name, r"\.[a-z]+$")),
        )
    )


def hand_out(session: Session, found: AnswerFile, *, by: str) -> None:
    """Note that a member of staff took a customer's file out of the house."""
    audit.record(
        session,
        actor=by,
        action="answer_file.download",
        object_type="answer_file",
        object_id=found.id,
        detail={"response_id": found.response_id, "question_id": found.question_id},
    )


def tidy(session: Session) -> int:
    """Remove up to a batch of files that no response took within two days; return how many.

    Whoever is still on the way through several pages may come back until their link is over: theirs stay. So do
    those of answers in doubt that nobody has decided about.
    """
    now = clock.now()
    wanted = or_(
        _IN_DOUBT,
        exists().where(
            Sitting.key_hash == AnswerFile.key_hash,
            Sitting.finished.is_(False),
            Sitting.updated_at > now - KEY_LIVES,
        ),
        exists().where(
            Invitation.token_hash == AnswerFile.key_hash,
            Invitation.expires_at > now,
            Sitting.invitation_id == Invitation.id,
            Sitting.finished.is_(False),
        ),
    )
    old = (
        select(AnswerFile.id)
        .where(AnswerFile.response_id.is_(None), AnswerFile.uploaded_at < now - UNCLAIMED_KEPT, ~wanted)
        .order_by(AnswerFile.id)
        .limit(BATCH)
    )
    return len(
        session.scalars(delete(AnswerFile).where(AnswerFile.id.in_(old)).returning(AnswerFile.id)).all()
    )


def endings(kinds: Collection[str]) -> list[str]:
    """Return the endings of the formats in the groups that a question allows, for the ``accept`` attribute."""
    return [known.ending for known in sniffing.FORMATS if known.group in kinds]
