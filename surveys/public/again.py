"""Another answer by a personal link that has been answered: the first one counts, what this one adds is kept for staff.

Two windows, a phone and a computer, husband and wife: nobody is thanked for words that are stored nowhere. The same
answer once more, from a double click or a reload, leads to the same thank-you.
"""

from collections.abc import Sequence
from io import SEEK_END

from flask import request
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import crypto
from surveys.public.hosts import Posted
from surveys.queries import answering
from surveys.queries import opening as aside
from surveys.rules import turning
from surveys.rules.definition import Definition
from surveys.rules.questions import Question
from surveys.rules.readings import Sent
from surveys.rules.seats import Attempt, Seat
from surveys.rules.second_answers import Second, compare, readable
from surveys.services import suspects

NOT_ADDED, KEPT, FIRST_COUNTS = "1", "kept", "first"
"""What the thank-you says of the answer just sent: it was not added, it was kept for staff, only the first counts."""


def looked_at(connection: Connection, seat: Seat, definition: Definition, page: Posted) -> str | None:
    """Return what is said to a page sent by a link that was answered; None for plain thanks, as it says nothing new.

    KEPT says that it is to be kept, by :func:`keep`. Of an anonymous survey nobody can say which answer was whose, so
    nothing is compared or kept: whoever sends again is told that the first answer counts.
    """
    if definition.anonymous:
        return FIRST_COUNTS
    questions = turning.questions_of(definition, page.page_id)
    found = _compared(connection, seat, definition, questions, page.sent)
    if found is Second.SAME:
        return NOT_ADDED if _has_other_files(connection, seat, questions, page.sent) else None
    only_turned = page.go in {turning.BACK, turning.STAY} or page.go.startswith(turning.DROP)
    return NOT_ADDED if found is Second.UNREADABLE or only_turned else KEPT


def another(session: Session, seat: Seat, definition: Definition, page: Posted) -> str | None:
    """Return what is said to a page after the answer that counts; by a personal link another answer is kept.

    An open link has no second answer: nobody knows whose it would be. It is only said that this one was not added.
    """
    if seat.link_id is not None:
        return NOT_ADDED if _differs(session.connection(), seat, definition, page) else None
    found = looked_at(session.connection(), seat, definition, page)
    return keep(session, seat, definition, page) if found == KEPT else found


def keep(session: Session, seat: Seat, definition: Definition, page: Posted) -> str:
    """Keep aside what a page says otherwise; return what is said to that: NOT_ADDED if there is too much already."""
    merged = turning.merged(definition, {}, page.page_id, page.sent, page.asked)
    files = {question.id for question in definition.questions if question.type == "file"}
    sent = {name: values for name, values in merged.items() if name not in files}  # nobody could open them
    kept = suspects.put_beside(session, seat=seat, sent=sent, language=page.language, seconds=page.seconds)
    return KEPT if kept else NOT_ADDED


def keep_another(session: Session, seat: Seat, definition: Definition, attempt: Attempt) -> bool:
    """Keep accepted answers beside those of the same link that were put aside; return whether all of them are kept."""
    found = _compared(session.connection(), seat, definition, definition.questions, attempt.sent)
    return found is not Second.OTHER or suspects.put_beside(
        session, seat=seat, sent=attempt.sent, language=attempt.language, seconds=attempt.seconds
    )


def _differs(connection: Connection, seat: Seat, definition: Definition, page: Posted) -> bool:
    """Say whether a page says anything that is not stored from its seat; what is stored encrypted is not compared.

    Of an anonymous survey nothing can be.
    """
    if definition.anonymous:
        return False
    stored, _variables = answering.stored(connection, seat)
    questions = [one for one in turning.questions_of(definition, page.page_id) if not one.secret]
    return compare(questions, page.sent, stored) is not Second.SAME


def _has_other_files(connection: Connection, seat: Seat, questions: Sequence[Question], sent: Sent) -> bool:
    """Say whether files come with a page that the response did not take; those in the form are known by their sizes."""
    asked = [question.id for question in questions if question.type == "file"]
    tokens = [token for name in asked for token in sent.get(name, ())]
    coming = [file for name in asked for file in request.files.getlist(name) if file.filename]
    if not tokens and not coming:
        return False
    hashes, sizes = answering.files_taken(connection, seat)
    return any(crypto.token_hash(token) not in hashes for token in tokens) or any(
        file.stream.seek(0, SEEK_END) not in sizes for file in coming
    )


def _compared(
    connection: Connection, seat: Seat, definition: Definition, questions: Sequence[Question], sent: Sent
) -> Second:
    """Compare a page with the response of its link, or with what was put aside where there is none."""
    stored, _variables = answering.stored(connection, seat, secrets=True)
    if not stored:
        before = aside.aside(connection, seat.key_hash)
        stored = readable(definition.questions, before.sent) if before else {}
    return compare(questions, sent, stored)
