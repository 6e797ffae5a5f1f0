"""What happens to feedback in the background: answers become feedback, waiting words are understood."""

import time
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

import sentiment
from core import clock, db
from core.events import publish
from core.jobs import engine
from feedback import rules, services
from feedback.events import SaidAgain
from feedback.services import Row
from surveys import queries as surveys
from surveys.events import AnsweredAgain, ResponseSubmitted
from surveys.models import Answer, Response
from surveys.queries import again

SURVEY = "survey"

TAGGING_SECONDS = 20.0
"""A run of tagging ends after this long and asks for another, so that a worker may stop in between."""

BATCH = 500


def take_in_answers(session: Session, events: Sequence[ResponseSubmitted]) -> None:
    """Turn submitted responses into feedback and understand them at once.

    Every response comes in, also one that is a mere score or a mere wish to be called: a detractor who says nothing
    must be called back too, and a list of detractors must be as long as their number on the dashboard. The
    words are all answers in the order of the questions. A response that is feedback already is left as it is.
    """
    _take_in(session, [event.response_id for event in events])


def hear_again(session: Session, events: Sequence[AnsweredAgain]) -> None:
    """Let an utterance know that its customer answered again, and announce what that answer says.

    The answer that counts is taken in first if it waits for that still, so that nothing is ever taken for the first
    word of somebody who had spoken before.
    """
    seconds = again.heard(session, [event.suspect_id for event in events])
    _take_in(session, sorted({one.response_id for one in seconds if one.response_id is not None}))
    for one in seconds:
        feedback_id = services.say_again(session, one)
        if feedback_id is None:
            continue
        understood = sentiment.analyse(one.words, domain=rules.DOMAIN) if one.words else None
        publish(
            session,
            SaidAgain(
                feedback_id=feedback_id,
                suspect_id=one.suspect_id,
                nps=one.nps,
                csat=one.csat,
                ces=one.ces,
                sentiment=understood.sentiment if understood else None,
                risks=sorted({risk.kind for risk in understood.risks}) if understood else [],
                call_back=one.call_back,
            ),
        )


def _take_in(session: Session, response_ids: Sequence[int]) -> None:
    responses = session.scalars(
        select(Response).where(Response.id.in_(response_ids)).order_by(Response.id)
    ).all()
    words, to_call = _words(session, responses), _asking_for_a_call(session, responses)
    now = clock.now()

    def anonymous(response: Response) -> bool:
        return surveys.definition(session.connection(), response.version_id).anonymous

    rows = [
        Row(
            source=SURVEY,
            source_id=str(response.id),
            channel=SURVEY,
            words=words[response.id],
            occurred_at=response.submitted_at,
            region_id=response.region_id,
            customer_id=response.customer_id,
            touchpoint_code=response.touchpoint_code,
            response_id=response.id,
            nps=response.nps,
            csat=response.csat,
            ces=response.ces,
            tagged_at=None if words[response.id] else now,
            call_back=response.id in to_call,
            received_at=response.submitted_at if anonymous(response) else None,
        )
        for response in responses
        if words[response.id]
        or response.id in to_call
        or any(s is not None for s in (response.nps, response.csat, response.ces))
    ]
    services.tag(session, sorted(services.take_in_many(session, rows).values()))


def _words(session: Session, responses: Sequence[Response]) -> dict[int, str]:
    spoken: dict[int, dict[str, str]] = defaultdict(dict)
    for answer in session.execute(
        select(Answer.response_id, Answer.question_id, Answer.words).where(
            Answer.response_id.in_([response.id for response in responses]), Answer.words.is_not(None)
        )
    ):
        spoken[answer.response_id][answer.question_id] = answer.words
    found = {}
    for response in responses:
        questions = surveys.definition(session.connection(), response.version_id).spoken
        answers = (spoken[response.id].get(question_id, "").strip() for question_id in questions)
        found[response.id] = "\n".join(answer for answer in answers if answer)
    return found


def _asking_for_a_call(session: Session, responses: Sequence[Response]) -> set[int]:
    """Return which of these customers chose an option that asks for a call."""
    options = {
        response.id: surveys.definition(session.connection(), response.version_id).calls
        for response in responses
    }
    asked = {name for questions in options.values() for name in questions}
    if not asked:
        return set()
    chosen = session.execute(
        select(Answer.response_id, Answer.question_id, Answer.option_ids).where(
            Answer.response_id.in_([number for number, questions in options.items() if questions]),
            Answer.question_id.in_(asked),
            Answer.option_ids.is_not(None),
        )
    )
    return {
        answer.response_id
        for answer in chosen
        if not options[answer.response_id].get(answer.question_id, frozenset()).isdisjoint(answer.option_ids)
    }


def forget_minutes() -> None:
    """Let nothing tell at which minute of its hour somebody answered anonymously; for a bell at night."""
    with db.transaction() as session:
        services.forget_minutes(session)


def tag_waiting() -> None:
    """Understand the words that wait, batch by batch, each in its own transaction.

    After about 20 seconds the job asks for its own continuation instead of holding the worker.
    """
    until = time.monotonic() + TAGGING_SECONDS
    while True:
        with db.transaction() as session:
            tagged = services.tag_batch(session, limit=BATCH)
            if tagged < BATCH:
                return
            if time.monotonic() >= until:
                engine.defer(session, tag_waiting, key=services.TAG_JOB)
                return
