"""Reads of what came by a personal link after its answer: what it says, and how it differs from the first."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from grid.queries import in_sight
from grid.rules import Viewer
from surveys.models import Invitation, Response, Suspect
from surveys.queries import answering
from surveys.queries.retelling import answers_of
from surveys.rules.definition import Definition
from surveys.rules.judging import scores
from surveys.rules.logic import NO_FACTS
from surveys.rules.questions import Question
from surveys.rules.readings import Reading
from surveys.rules.retelling import Given, Known, Line, retell
from surveys.rules.seats import Seat
from surveys.rules.second_answers import otherwise, readable
from surveys.rules.suspicion import ANSWERED_BEFORE
from surveys.rules.texts import DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class Again:
    """What somebody said after their answer, as far as others act on it, and where it came from.

    ``response_id`` is the answer that counts; none if it was itself put aside.
    """

    suspect_id: int
    invitation_id: int
    response_id: int | None
    customer_id: int
    region_id: int
    touchpoint_code: str
    received_at: datetime
    words: str
    nps: int | None
    csat: int | None
    ces: int | None
    call_back: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One question to which something else was said: what was said first, nothing if it was left out, and what now."""

    question_id: str
    title: str
    before: tuple[Line, ...]
    after: tuple[Line, ...]

    @property
    def personal(self) -> bool:
        """Whether something of it is shown only to those who ask for it."""
        return any(line.personal for line in (*self.before, *self.after))


@dataclass(frozen=True, slots=True)
class SaidAgain:
    """Another answer of somebody who had answered: when it came, and what it says otherwise."""

    suspect_id: int
    received_at: datetime
    changes: tuple[Change, ...]

    @property
    def personal(self) -> bool:
        """Whether something of it is shown only to those who ask for it."""
        return any(change.personal for change in self.changes)


def heard(session: Session, suspect_ids: Sequence[int]) -> list[Again]:
    """Return what these answers, kept beside others, say; nothing for what is none of them, or is no more there."""
    found = []
    for row in session.execute(_beside(Suspect.id.in_(suspect_ids))):
        definition = answering.definition(session.connection(), row.Suspect.version_id)
        readings = readable(definition.questions, json.loads(row.Suspect.sent))
        given = scores(definition, readings)
        found.append(
            Again(
                suspect_id=row.Suspect.id,
                invitation_id=row.Suspect.invitation_id,
                response_id=row.response_id,
                customer_id=row.customer_id,
                region_id=row.Suspect.region_id,
                touchpoint_code=row.Suspect.touchpoint_code,
                received_at=row.Suspect.received_at,
                words=_words(definition, readings),
                nps=given["nps"],
                csat=given["csat"],
                ces=given["ces"],
                call_back=_calls(definition, readings),
            )
        )
    return found


def said_again(
    session: Session, viewer: Viewer, invitation_id: int | None, *, revealed: bool = False
) -> tuple[SaidAgain, ...]:
    """Return the other answers by a link that the viewer sees, the newest first, masked unless ``revealed``.

    Each is told by what it says otherwise than the answer that counts. Nothing without an invitation.
    """
    if invitation_id is None:
        return ()
    rows = session.execute(
        _beside(Suspect.invitation_id == invitation_id, in_sight(Suspect.region_id, viewer))
    ).all()
    if not rows:
        return ()
    language = "en" if viewer.language.startswith("en") else DEFAULT_LANGUAGE
    connection = session.connection()
    first = answers_of(session, viewer, rows[0].response_id, revealed=revealed)
    before = {one.question_id: one.lines for one in first}
    stored, variables = answering.stored(connection, _seat(rows[0]), secrets=True)
    found = []
    for row in reversed(rows):
        definition = answering.definition(connection, row.Suspect.version_id)
        sent = json.loads(row.Suspect.sent)
        changed = otherwise(definition.questions, sent, stored)
        asked = [question for question in definition.questions if question.id in changed]
        facts = NO_FACTS
        if definition.looks_beyond:
            facts = answering.facts_of(connection, row.Suspect.touchpoint_code, row.customer_id, row.event_id)
        told = retell(
            definition, _given(asked, sent), {}, Known(variables, facts), language=language, revealed=revealed
        )
        changes = tuple(
            Change(one.question_id, one.title, before.get(one.question_id, ()), one.lines) for one in told
        )
        found.append(SaidAgain(row.Suspect.id, row.Suspect.received_at, changes))
    return tuple(found)


def invitation_of(session: Session, response_id: int | None) -> int | None:
    """Return the invitation that a response answers; None for what came by an open link or is no response."""
    if response_id is None:
        return None
    return session.scalar(select(Response.invitation_id).where(Response.id == response_id))


def _beside(*wanted: ColumnElement[bool]) -> Select[Any, Any, Any, Any]:
    return (
        select(Suspect, Response.id.label("response_id"), Invitation.customer_id, Invitation.event_id)
        .join(Invitation, Invitation.id == Suspect.invitation_id)
        .outerjoin(Response, Response.invitation_id == Suspect.invitation_id)
        .where(Suspect.reasons.contains([ANSWERED_BEFORE]), *wanted)
        .order_by(Suspect.id)
    )


def _seat(row: Any) -> Seat:  # noqa: ANN401 - a row of the query above
    """Return where the answers came from; whose answer counts is found by the invitation alone."""
    return Seat(
        key_hash=row.Suspect.key_hash,
        version_id=row.Suspect.version_id,
        touchpoint_code=row.Suspect.touchpoint_code,
        region_id=row.Suspect.region_id,
        channel=row.Suspect.channel,
        invitation_id=row.Suspect.invitation_id,
    )


def _words(definition: Definition, readings: Mapping[str, Reading]) -> str:
    spoken = ((readings.get(name, Reading()).words or "").strip() for name in definition.spoken)
    return "\n".join(words for words in spoken if words)


def _calls(definition: Definition, readings: Mapping[str, Reading]) -> bool:
    return any(
        not options.isdisjoint(readings.get(name, Reading()).options or ())
        for name, options in definition.calls.items()
    )


def _given(questions: Sequence[Question], sent: Mapping[str, Sequence[str]]) -> dict[str, Given]:
    """Return what was said to these questions in the shape of stored answers."""
    found = {}
    for question in questions:
        for key, reading in readable([question], sent).items():
            if not reading.empty:
                words, secret = (None, reading.words) if question.secret else (reading.words, None)
                found[key] = Given(reading.number, reading.options or (), words, secret)
    return found
