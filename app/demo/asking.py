"""The demo's year of asking in rows: events, invitations, messages, responses and the words in them."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.demo import factories, questionnaires
from app.demo.voices import Voices
from app.demo.year import Visit
from core import clock
from customers.models import OptOut
from delivery.models import Message
from delivery.rules import Channel, Reason, State
from feedback.models import Feedback
from journeys.models import TouchpointEvent
from sentiment import mask
from surveys.models import Answer, AskRule, Invitation, Response
from surveys.services import MESSAGE_KIND

_REFUSED = {"no_address", "opted_out", "capped"}

# How the providers of each channel speak: of a message they took, of one they refused, and where the line broke.
_ANSWERS = {
    Channel.EMAIL: ("250 OK", "550 5.1.1 mailbox unavailable", "connection closed after DATA"),
    Channel.SMS: (
        "200 accepted",
        "200 rejected 空号",
        "after the body: TimeoutError: the answer took too long",
    ),
}


def write(session: Session, dice: random.Random, visits: Sequence[Visit]) -> None:
    """Write everything that the plan says about asking and answering."""
    event_ids = _events(session, visits)
    rules = {rule.touchpoint_code: rule.id for rule in session.scalars(select(AskRule))}
    versions = {visit.survey: 0 for visit in visits}
    for code in versions:
        versions[code] = factories.published(session, code).id
    rows = [
        factories.invitation_values(
            seed=dice.randbytes(16),
            version_id=versions[visit.survey],
            rule_id=rules[visit.touchpoint],
            event_id=event_id,
            touchpoint_code=visit.touchpoint,
            customer_id=visit.customer["id"],
            region_id=visit.customer["region_id"],
            created_at=visit.at,
            due_at=visit.due_at,
            channel=visit.channel,
            opened_at=_opened(dice, visit),
        )
        for visit, event_id in zip(visits, event_ids, strict=True)
    ]
    invitation_ids = _ids(session, Invitation, rows)
    messages = [_message(*pair) for pair in zip(visits, invitation_ids, strict=True)]
    session.execute(insert(Message), messages, execution_options={"render_nulls": True})
    _opt_outs(session, visits)
    _responses(session, dice, visits, invitation_ids, versions)


def _events(session: Session, visits: Sequence[Visit]) -> list[int]:
    rows = [
        factories.event_values(
            event_id=f"DEMO-{number:06d}",
            touchpoint_code=visit.touchpoint,
            occurred_at=visit.at,
            received_at=visit.at + timedelta(seconds=20),
            customer_id=visit.customer["id"],
            region_id=visit.customer["region_id"],
        )
        for number, visit in enumerate(visits)
    ]
    return _ids(session, TouchpointEvent, rows)


def _message(visit: Visit, invitation_id: int) -> dict[str, Any]:
    taken, refused, broken = _ANSWERS[visit.channel]
    mark = f"demo-{invitation_id}"
    row: dict[str, Any] = {
        "key": f"{MESSAGE_KIND}:{invitation_id}",
        "kind": MESSAGE_KIND,
        "subject_id": invitation_id,
        "channel": visit.channel,
        "customer_id": visit.customer["id"],
        "region_id": visit.customer["region_id"],
        "due_at": visit.due_at,
        "created_at": visit.at,
        "state": State.SENT,
        "reason": None,
        "attempts": 1,
        "message_id": f"<{mark}@huisheng.example>" if visit.channel == Channel.EMAIL else mark,
        "provider_answer": taken,
        "tried_at": visit.due_at,
        "sent_at": visit.due_at + timedelta(seconds=4),
    }
    nothing_sent = {"message_id": None, "provider_answer": None, "tried_at": None, "sent_at": None}
    if visit.outcome in _REFUSED:
        row |= nothing_sent | {"state": State.WITHHELD, "reason": Reason(visit.outcome), "attempts": 0}
    elif visit.outcome == "rejected":
        row |= nothing_sent | {"state": State.FAILED, "reason": Reason.REJECTED}
        row |= {"provider_answer": refused, "tried_at": visit.due_at}
    elif visit.outcome == "uncertain":
        row |= {"state": State.UNCERTAIN, "provider_answer": broken, "sent_at": None}
    return row


def _opened(dice: random.Random, visit: Visit) -> Any:  # noqa: ANN401 - an instant or None
    if visit.answered_at is not None:
        return visit.answered_at - timedelta(seconds=dice.randint(20, 200))
    opened = visit.due_at + timedelta(minutes=dice.lognormvariate(4.2, 1.4))
    return opened if visit.outcome == "sent" and dice.random() < 0.3 and opened < clock.now() else None


def _opt_outs(session: Session, visits: Sequence[Visit]) -> None:
    first = {visit.customer["id"]: visit.at for visit in reversed(visits) if visit.outcome == "opted_out"}
    rows = [
        {"customer_id": customer_id, "channel": "*", "source": "link", "at": at - timedelta(days=2)}
        for customer_id, at in first.items()
    ]
    if rows:
        session.execute(insert(OptOut), rows)


def _responses(
    session: Session,
    dice: random.Random,
    visits: Sequence[Visit],
    invitation_ids: Sequence[int],
    versions: dict[str, int],
) -> None:
    answered = [pair for pair in zip(visits, invitation_ids, strict=True) if pair[0].answered_at is not None]
    answered.sort(key=lambda pair: (pair[0].answered_at, pair[1]))
    rows = [
        {
            "invitation_id": invitation_id,
            "version_id": versions[visit.survey],
            "touchpoint_code": visit.touchpoint,
            "customer_id": visit.customer["id"],
            "region_id": visit.customer["region_id"],
            "channel": visit.channel,
            "language": "zh-Hans",
            "submitted_at": visit.answered_at,
            "nps": visit.nps,
            "csat": visit.csat,
        }
        | _on_the_way(dice, visit)
        for visit, invitation_id in answered
    ]
    response_ids = _ids(session, Response, rows)
    voices = Voices(dice)
    answers: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []
    for (visit, _), response_id in zip(answered, response_ids, strict=True):
        question = "nps" if visit.nps is not None else "csat"
        score = visit.nps if visit.nps is not None else visit.csat
        given: list[dict[str, Any]] = [{"question_id": question, "number": score}]
        if visit.survey == questionnaires.CLAIMS and visit.nps is not None:
            given += questionnaires.claim_details(dice, visit.nps)
        words = _words(dice, voices, visit)
        if words:
            given.append({"question_id": "why", "words": words})
        answers += [
            {"number": None, "option_ids": None, "words": None} | one | {"response_id": response_id}
            for one in given
        ]
        to_call = any(one["question_id"] == "callback" and one.get("option_ids") == ["yes"] for one in given)
        said.append(_feedback(visit, response_id, words) | {"call_back": to_call})
    session.execute(insert(Answer), answers, execution_options={"render_nulls": True})
    session.execute(insert(Feedback), said, execution_options={"render_nulls": True})


def _on_the_way(dice: random.Random, visit: Visit) -> dict[str, Any]:
    if visit.survey != questionnaires.CLAIMS or visit.nps is None or visit.answered_at is None:
        return {"started_at": None, "page_seconds": None, "ending": None}
    seconds = questionnaires.page_seconds(dice, visit.nps)
    started = visit.answered_at - timedelta(seconds=sum(seconds.values()))
    return {"started_at": started, "page_seconds": seconds, "ending": "sorry" if visit.nps <= 6 else "thanks"}


def _words(dice: random.Random, voices: Voices, visit: Visit) -> str:
    """Return what the customer writes: the unhappy write most, and mostly what fits their score."""
    good = (visit.nps or 0) >= 9 or visit.csat == 5
    bad = (visit.nps is not None and visit.nps <= 6) or (visit.csat is not None and visit.csat <= 2)
    if dice.random() > (0.66 if good else 0.88 if bad else 0.6):
        return ""
    mood = (0.02, 0.08, 0.9) if good else (0.91, 0.07, 0.02) if bad else (0.22, 0.38, 0.4)
    feeling = dice.choices(("negative", "neutral", "positive"), mood)[0]
    return voices.say(visit.touchpoint, feeling).text[:1000]


def _feedback(visit: Visit, response_id: int, words: str) -> dict[str, Any]:
    return {
        "source": "survey",
        "source_id": str(response_id),
        "channel": "survey",
        "words": words,
        "masked_words": mask(words) if words else "",
        "occurred_at": visit.answered_at,
        "received_at": visit.answered_at,
        "customer_id": visit.customer["id"],
        "touchpoint_code": visit.touchpoint,
        "region_id": visit.customer["region_id"],
        "response_id": response_id,
        "nps": visit.nps,
        "csat": visit.csat,
        # Who wrote nothing has nothing left to be understood.
        "tagged_at": None if words else visit.answered_at,
    }


def _ids(session: Session, table: Any, rows: list[dict[str, Any]]) -> list[int]:  # noqa: ANN401
    statement = insert(table).returning(table.id, sort_by_parameter_order=True)
    # Without this option every row that lacks a value begins a statement of its own, and joining the ids of thousands
    # of statements takes longer than all the rest of the year.
    return list(session.scalars(statement, rows, execution_options={"render_nulls": True}))
