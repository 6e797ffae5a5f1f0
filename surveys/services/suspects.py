"""Use cases of answers put aside, in doubt, too late or beside another: keep them, and later accept or reject them.

Nothing is thrown away and nothing is counted before a person has said so. Accepting stores the answers as if they
had never been in doubt: at the instant they came, with their event, their files and their places in quotas. What
was sent is then in the response, and its copy here is emptied.
"""

import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import audit, clock, crypto, events
from core.errors import DomainError
from core.sentences import N_, said
from grid.rules import Viewer
from surveys.events import AnsweredAgain
from surveys.models import AnswerFile, Invitation, Sitting, Suspect
from surveys.queries import answering
from surveys.queries import opening as queries
from surveys.queries.opening import SuspectFilter
from surveys.rules.judging import Verdict, judge
from surveys.rules.logic import NO_FACTS
from surveys.rules.readings import Sent
from surveys.rules.seats import Attempt, Seat
from surveys.rules.suspicion import ANSWERED_BEFORE
from surveys.services import storing

# One decision over a filter takes so many at once; the rest is decided by pressing again.
MOST_AT_ONCE = 500

# So many different answers by one personal link are kept beside the first: enough for a family, too little for a flood.
MOST_BESIDE = 20

EMPTY = "{}"


class AlreadyDecidedError(DomainError):
    """Somebody was faster."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision: how many were accepted or rejected, and how many could not be stored.

    Those stay where they are: a quota is full, or the questionnaire takes such answers no more.
    """

    done: int
    left: int


def put_aside(
    session: Session,
    *,
    seat: Seat,
    attempt: Attempt,
    reasons: Sequence[str],
    seconds: float | None,
    anonymous: bool,
) -> bool:
    """Keep answers aside for ``reasons``; return whether they were not there yet: sending again changes nothing.

    Of an anonymous survey only the hour is kept, as of its responses, and nothing that leads to an invitation.
    """
    key_hash = seat.key_hash
    if anonymous and seat.invitation_id is not None:
        if not _spend(session, seat.invitation_id):
            return False
        key_hash = _forget_seat_of_files(session, seat)
    sent = _own(attempt.sent) | {name: [value] for name, value in seat.given.items()}
    row = _row(seat, sent, attempt.language, reasons, seconds) | {"key_hash": key_hash}
    if anonymous:
        row |= {"invitation_id": None, "received_at": clock.now().replace(minute=0, second=0, microsecond=0)}
    return _insert(session, row) is not None


def put_beside(session: Session, *, seat: Seat, sent: Sent, language: str, seconds: float | None) -> bool:
    """Keep what came by a personal link after the answer that counts, once for each content; return whether it is kept.

    It is not once there are :data:`MOST_BESIDE` others. What is new is announced, so that whoever calls the customer
    back hears of it. Must not be called for an anonymous survey: the row names the invitation, and its key is made
    of the link and the content.
    """
    own = _own(sent)
    content = json.dumps(own, ensure_ascii=False, sort_keys=True)
    # Under a key of ours: the hash of a few taps or of a mobile number alone would tell what they were.
    secret = crypto.ring().derive("second-answers")
    key_hash = hmac.digest(secret, seat.key_hash + content.encode("utf-8", "replace"), "sha256")
    beside = session.scalar(
        select(func.count(Suspect.id)).where(
            Suspect.invitation_id == seat.invitation_id,
            Suspect.key_hash != key_hash,
            Suspect.reasons.contains([ANSWERED_BEFORE]),
        )
    )
    if (beside or 0) >= MOST_BESIDE:
        return False
    row = _row(seat, own, language, [ANSWERED_BEFORE], seconds) | {"key_hash": key_hash}
    suspect_id = _insert(session, row)
    if suspect_id is not None:
        events.publish(session, AnsweredAgain(suspect_id))
    return True


def _own(sent: Sent) -> dict[str, list[str]]:
    """Return what was sent without the page's own fields."""
    return {name: list(values) for name, values in sent.items() if not name.startswith("_")}


def _row(
    seat: Seat, sent: Sent, language: str, reasons: Sequence[str], seconds: float | None
) -> dict[str, Any]:
    return {
        "link_id": seat.link_id,
        "invitation_id": seat.invitation_id,
        "version_id": seat.version_id,
        "touchpoint_code": seat.touchpoint_code,
        "region_id": seat.region_id,
        "channel": seat.channel,
        "language": language,
        "sent": json.dumps(sent, ensure_ascii=False),
        "reasons": [str(reason) for reason in reasons],
        "seconds": None if seconds is None else min(round(seconds), 86_400),
        "received_at": clock.now(),
    }


def _insert(session: Session, row: Mapping[str, Any]) -> int | None:
    """Keep a row and return its id, None if its key is known: the unique key decides between copies at once."""
    once = insert(Suspect).values(row).on_conflict_do_nothing(index_elements=["key_hash"])
    return session.execute(once.returning(Suspect.id)).scalar()


def _spend(session: Session, invitation_id: int) -> bool:
    """Mark an invitation to an anonymous survey as used; return whether it was not yet."""
    spent = update(Invitation).where(Invitation.id == invitation_id, Invitation.spent.is_(False))
    return session.execute(spent.values(spent=True).returning(Invitation.id)).scalar() is not None


def _forget_seat_of_files(session: Session, seat: Seat) -> bytes:
    """Return a random key in place of the seat's, and give it to the files that were sent from there."""
    key_hash = secrets.token_bytes(32)
    session.execute(
        update(AnswerFile)
        .where(AnswerFile.key_hash == seat.key_hash, AnswerFile.response_id.is_(None))
        .values(key_hash=key_hash)
    )
    return key_hash


def is_put_aside(connection: Connection, key_hash: bytes) -> bool:
    """Say whether the answers behind a key were put aside, whatever was decided since."""
    return bool(connection.scalar(select(exists().where(Suspect.key_hash == key_hash))))


def accept(session: Session, *, viewer: Viewer, suspect_id: int) -> int:
    """Store an answer that was put aside as a response; return the response's id.

    Raises NotFoundError out of the viewer's sight, AlreadyDecidedError, QuotaFullError, and DomainError if the
    answers are none that the questionnaire accepts.
    """
    suspect = queries.suspect(session, suspect_id, viewer)
    if suspect.state != "waiting":
        raise AlreadyDecidedError(said(N_("这份答卷已经有人处理过了")))
    response_id = _store(session, suspect)
    _decide(suspect, viewer, "accepted")
    suspect.sent = EMPTY
    audit.record(
        session,
        actor=viewer.signature,
        action="suspect.accept",
        object_type="suspect",
        object_id=suspect.id,
        detail={"response": response_id, "reasons": suspect.reasons},
    )
    return response_id


def reject(session: Session, *, viewer: Viewer, suspect_id: int) -> None:
    """Note that an answer was not meant; it stays and is never counted. Raises as :func:`accept` does."""
    suspect = queries.suspect(session, suspect_id, viewer)
    if suspect.state != "waiting":
        raise AlreadyDecidedError(said(N_("这份答卷已经有人处理过了")))
    _decide(suspect, viewer, "rejected")
    audit.record(
        session,
        actor=viewer.signature,
        action="suspect.reject",
        object_type="suspect",
        object_id=suspect.id,
        detail={"reasons": suspect.reasons},
    )


def decide_all(session: Session, *, viewer: Viewer, wanted: SuspectFilter, accepted: bool) -> Decided:
    """Accept or reject the waiting answers of a filter, the oldest first, up to :data:`MOST_AT_ONCE`.

    Those that cannot be stored stay waiting, the others are decided; one audit line names all of them.
    """
    done, left, responses = [], 0, []
    for suspect in queries.waiting_suspects(session, viewer, wanted, most=MOST_AT_ONCE):
        if accepted:
            try:
                with session.begin_nested():
                    responses.append(_store(session, suspect))
            except DomainError:
                left += 1
                continue
            suspect.sent = EMPTY
        _decide(suspect, viewer, "accepted" if accepted else "rejected")
        done.append(suspect.id)
    if done:
        audit.record(
            session,
            actor=viewer.signature,
            action="suspect.accept" if accepted else "suspect.reject",
            object_type="suspect",
            object_id=f"{done[0]}…{done[-1]}" if len(done) > 1 else done[0],
            detail={"suspects": done, "responses": responses},
        )
    return Decided(len(done), left)


def _decide(suspect: Suspect, viewer: Viewer, state: str) -> None:
    suspect.state = state
    suspect.decided_by = viewer.staff_id
    suspect.decided_at = clock.now()


def _store(session: Session, suspect: Suspect) -> int:
    if ANSWERED_BEFORE in suspect.reasons:
        raise DomainError(said(N_("同一链接已经交过一份，以先提交的为准；这一份只供查看，不能计入结果")))
    connection = session.connection()
    kept = answering.kept(connection, suspect.version_id)
    anonymous = kept.definition.anonymous
    seat = _seat(session, suspect)
    page_seconds = session.scalar(select(Sitting.page_seconds).where(answering.sitting_of(seat)))
    if anonymous:
        # Its finished sitting says "answered"; from now on the response does, and the sitting that storing makes.
        session.execute(delete(Sitting).where(Sitting.key_hash == suspect.key_hash))
    facts = (
        answering.facts(connection, seat, anonymous=anonymous) if kept.definition.looks_beyond else NO_FACTS
    )
    sent = json.loads(suspect.sent)
    verdict = judge(kept.definition, sent, facts)
    if verdict.mistakes:
        raise DomainError(said(N_("答卷内容不完整，无法计入结果")))
    seconds = suspect.seconds or 0
    attempt = Attempt(
        sent=sent,
        verdict=verdict,
        language=suspect.language,
        seconds=seconds,
        started_at=suspect.received_at - timedelta(seconds=seconds),
        page_seconds=_page_seconds(suspect, verdict, {} if anonymous else page_seconds or {}),
        facts=facts,
    )
    # Storing asks the clock when it is; for these answers it is when they came.
    with clock.use(clock.FixedClock(suspect.received_at)):
        response_id = storing.store(session, seat, kept, attempt)
    if response_id is None:
        raise DomainError(said(N_("这份答卷已经计入结果了")))
    return response_id


def _page_seconds(suspect: Suspect, verdict: Verdict, of_sitting: Mapping[str, float]) -> Mapping[str, float]:
    """Return how long each page took: as the sitting noted it, or all of the time for the only page there was."""
    steps = verdict.walk.steps
    if len(steps) == 1 and suspect.seconds is not None:
        return {steps[0].id: suspect.seconds}
    return of_sitting


def _seat(session: Session, suspect: Suspect) -> Seat:
    """Return where the answers came from, as it was then."""
    invitation = session.get(Invitation, suspect.invitation_id) if suspect.invitation_id is not None else None
    return Seat(
        key_hash=suspect.key_hash,
        version_id=suspect.version_id,
        touchpoint_code=suspect.touchpoint_code,
        region_id=suspect.region_id,
        channel=suspect.channel,
        link_id=suspect.link_id,
        invitation_id=suspect.invitation_id,
        customer_id=invitation.customer_id if invitation else None,
        event_id=invitation.event_id if invitation else None,
    )
