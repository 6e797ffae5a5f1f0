"""Use cases of what customers said: take it in once, understand it, note that somebody dealt with it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select, text, update
from sqlalchemy.orm import Session

import sentiment
from core import audit, clock, events
from core.errors import InvalidInputError
from core.jobs import engine
from core.sentences import N_, Value, said
from customers import services as customers
from customers.services import Profile
from feedback import rules
from feedback.events import FeedbackTagged
from feedback.models import Feedback
from grid import queries as grid
from grid.rules import Viewer
from journeys import queries as journeys
from surveys.queries.again import Again

TAG_JOB = "feedback.tag_waiting"
"""The job that tags what waits, by name: jobs stand above services."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What another system says a customer said; ``region`` is the insurer's own code."""

    source: str
    source_id: str
    channel: str
    words: str
    occurred_at: datetime
    rating: float | None = None
    customer: Profile | None = None
    touchpoint: str | None = None
    region: str | None = None
    history: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """The row that holds the utterance, and whether it came in now or was known."""

    id: int
    new: bool


@dataclass(frozen=True, slots=True)
class Row:
    """An utterance whose names were looked up: what the table stores of it.

    ``tagged_at`` is given only for a score without words, which no engine has to read. ``received_at`` is now, but
    for what was said anonymously: of that no more than the hour is written down.
    """

    source: str
    source_id: str
    channel: str
    words: str
    occurred_at: datetime
    region_id: int
    rating: float | None = None
    customer_id: int | None = None
    touchpoint_code: str | None = None
    response_id: int | None = None
    nps: int | None = None
    csat: int | None = None
    ces: int | None = None
    history: bool = False
    call_back: bool = False
    import_id: int | None = None
    tagged_at: datetime | None = None
    received_at: datetime | None = None


# The whole batch is one parameter: as quick for one row as for thousands, and no limit on parameters.
_TAKE_IN = text("""
INSERT INTO feedback (source, source_id, channel, words, masked_words, occurred_at, received_at, rating, customer_id,
                      touchpoint_code, region_id, response_id, nps, csat, ces, history, import_id,
                      tagged_at, call_back)
SELECT r.source, r.source_id, r.channel, r.words, r.masked_words, r.occurred_at,
       COALESCE(r.received_at, :now), r.rating, r.customer_id,
       r.touchpoint_code, r.region_id, r.response_id, r.nps, r.csat, r.ces, r.history, r.import_id, r.tagged_at,
       r.call_back
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
    source text, source_id text, channel text, words text, masked_words text, occurred_at timestamptz,
    rating double precision, customer_id bigint, touchpoint_code text, region_id bigint, response_id bigint,
    nps smallint, csat smallint, ces smallint, history boolean, import_id bigint, tagged_at timestamptz,
    received_at timestamptz, call_back boolean)
ON CONFLICT DO NOTHING
RETURNING id, source, source_id
""")


def take_in(session: Session, utterance: Utterance, *, viewer: Viewer) -> Receipt:
    """Take in one utterance, once for each (source, source_id), and ask for its tagging.

    A repeated utterance changes nothing, whatever else it says. Raises InvalidInputError naming every
    field that is wrong: unusable words, unknown touchpoint or region, impossible time.
    """
    row = resolve(session, utterance, viewer=viewer)
    if isinstance(row, Receipt):
        return row
    taken = take_in_many(session, [row])
    if not taken:
        # The same utterance came in between our look and our insert.
        return Receipt(known(session, row.source, row.source_id) or 0, new=False)
    engine.defer(session, TAG_JOB, key=TAG_JOB)
    return Receipt(taken[row.source, row.source_id], new=True)


def take_in_many(session: Session, rows: Sequence[Row]) -> dict[tuple[str, str], int]:
    """Store the rows that are not known yet; return the new ids by (source, source_id).

    Masks the words on the way in. The caller decides when they are tagged.
    """
    if not rows:
        return {}
    values = [asdict(row) | {"masked_words": sentiment.mask(row.words)} for row in rows]
    stored = session.execute(
        _TAKE_IN,
        {"now": clock.now(), "rows": json.dumps(values, ensure_ascii=False, default=datetime.isoformat)},
    )
    return {(row.source, row.source_id): int(row.id) for row in stored}


def resolve(session: Session, utterance: Utterance, *, viewer: Viewer) -> Row | Receipt:
    """Return the row for an utterance with its names looked up, or the receipt of the one that is known.

    Looks first: a repeated utterance must not bring an old customer record back.
    """
    wrong: dict[str, list[Value]] = {}
    words = ""
    try:
        words = rules.clean_words(utterance.words)
    except rules.UnusableWordsError as error:
        wrong["text"] = [error.args[0]]
    if not rules.EARLIEST <= utterance.occurred_at <= clock.now() + rules.AHEAD:
        wrong["occurred_at"] = [N_("发生时间不能晚于现在，也不能早于 1990 年")]
    if utterance.touchpoint is not None and journeys.touchpoint(session, utterance.touchpoint) is None:
        wrong["touchpoint"] = [said(N_("没有名为 %(name)s 的触点"), name=utterance.touchpoint)]
    if utterance.customer is not None:
        for name, sentences in customers.problems(utterance.customer).items():
            wrong[f"customer.{name}"] = [*sentences]
    region_id = viewer.region_id
    if utterance.region is not None:
        region = grid.region_by_code(session, utterance.region)
        if region is None or not viewer.sees(region.path):
            wrong["region"] = [said(N_("没有编码为 %(code)s 的机构"), code=utterance.region)]
        else:
            region_id = region.id
    if wrong:
        raise InvalidInputError(N_("客户原声有误"), wrong)
    known_id = known(session, utterance.source, utterance.source_id)
    if known_id is not None:
        return Receipt(known_id, new=False)
    customer_id = (
        customers.take_in(session, utterance.customer, region_id=region_id) if utterance.customer else None
    )
    return Row(
        source=utterance.source,
        source_id=utterance.source_id,
        channel=utterance.channel,
        words=words,
        occurred_at=utterance.occurred_at,
        region_id=region_id,
        rating=utterance.rating,
        customer_id=customer_id,
        touchpoint_code=utterance.touchpoint,
        history=utterance.history,
    )


def known(session: Session, source: str, source_id: str) -> int | None:
    """Return the id of an utterance that came in before, or None."""
    return session.scalar(
        select(Feedback.id).where(Feedback.source == source, Feedback.source_id == source_id)
    )


_TAG = text("""
UPDATE feedback f
SET sentiment = t.sentiment, score = t.score, risks = t.risks, keywords = t.keywords, evidence = t.evidence,
    engine = t.engine, tagged_at = :now
FROM jsonb_to_recordset(CAST(:tags AS jsonb)) AS t(
    id bigint, sentiment text, score double precision, risks text[], keywords text[], evidence jsonb, engine text)
WHERE f.id = t.id
""")

_TAG_TOPICS = text("""
INSERT INTO feedback_topics (feedback_id, code, polarity)
SELECT t.id, t.code, t.polarity
FROM jsonb_to_recordset(CAST(:topics AS jsonb)) AS t(id bigint, code text, polarity text)
ON CONFLICT (feedback_id, code) DO UPDATE SET polarity = excluded.polarity
""")


def forget_minutes(session: Session) -> int:
    """Cut the instants at which anonymous words were understood to the hour; return how many there were.

    Until then they tell the counting of voices what is new, which it asks for every minute.
    """
    hour = func.date_trunc("hour", Feedback.tagged_at)
    done = session.execute(
        update(Feedback)
        .where(
            Feedback.told_by_the_hour,
            Feedback.tagged_at < clock.now() - timedelta(hours=1),
            Feedback.tagged_at > hour,
        )
        .values(tagged_at=hour)
        .returning(Feedback.id)
    )
    return len(done.all())


def tag_batch(session: Session, *, limit: int = 500) -> int:
    """Understand up to ``limit`` utterances that wait, new ones before history; return how many there were.

    Rows that another transaction holds are left to it, so any number of workers may do this at once.
    """
    ids = session.scalars(
        select(Feedback.id)
        .where(Feedback.tagged_at.is_(None))
        .order_by(Feedback.history, Feedback.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    tag(session, ids)
    return len(ids)


def tag(session: Session, ids: Sequence[int]) -> None:
    """Understand these utterances and announce those that are not history.

    Rows tagged before and rows without words are announced as they are.
    """
    if not ids:
        return
    rows = session.execute(
        select(
            Feedback.id,
            Feedback.words,
            Feedback.masked_words,
            Feedback.history,
            case((Feedback.tagged_at.is_(None), True), else_=False).label("waits"),
        )
        .where(Feedback.id.in_(ids))
        .order_by(Feedback.id)
    ).all()
    waiting = [row for row in rows if row.waits]
    tags: list[dict[str, Any]] = []
    topics: list[dict[str, Any]] = []
    understood = sentiment.analyse_many((row.words for row in waiting), domain=rules.DOMAIN)
    for row, found in zip(waiting, understood, strict=True):
        tags.append(_tag_row(row.id, row.words, row.masked_words, found))
        topics.extend(
            {"id": row.id, "code": topic.code, "polarity": topic.polarity} for topic in found.topics
        )
    if tags:
        session.execute(_TAG, {"now": clock.now(), "tags": json.dumps(tags, ensure_ascii=False)})
    if topics:
        session.execute(_TAG_TOPICS, {"topics": json.dumps(topics)})
    events.publish(session, *(FeedbackTagged(feedback_id=row.id) for row in rows if not row.history))


def _tag_row(feedback_id: int, words: str, masked: str, found: sentiment.Analysis) -> dict[str, Any]:
    # Masking keeps the length, so places in the words are places in the masked words; what a mask covers
    # is no evidence that may be shown.
    marks = [
        {"kind": kind, "code": code, "start": start, "end": end}
        for kind, code, start, end in _spans(found)
        if masked[start:end] == words[start:end]
    ]
    return {
        "id": feedback_id,
        "sentiment": found.sentiment,
        "score": max(-1.0, min(1.0, round(found.score, 4))),
        "risks": sorted({risk.kind for risk in found.risks}),
        "keywords": [phrase for phrase in found.key_phrases if phrase in masked and rules.storable(phrase)],
        "evidence": marks,
        "engine": found.engine,
    }


def _spans(found: sentiment.Analysis) -> list[tuple[str, str, int, int]]:
    spans = [("risk", risk.kind, risk.start, risk.end) for risk in found.risks]
    spans += [
        ("topic", topic.code, cause.start, cause.end) for topic in found.topics for cause in topic.causes
    ]
    return spans


def mark_handled(session: Session, feedback: Feedback, *, handled: bool, actor: str) -> None:
    """Note that somebody dealt with an utterance, or that it is open again; saying so twice changes nothing."""
    if (feedback.handled_at is not None) == handled:
        return
    feedback.handled_at = clock.now() if handled else None
    _audit(session, actor, "feedback.handled" if handled else "feedback.reopened", feedback.id)


def say_again(session: Session, second: Again) -> int | None:
    """Note on the utterance of the answer that counts that its customer answered again; return the utterance's id.

    Whoever had dealt with the utterance has to look again, so it waits once more. If the first answer is no
    utterance, for it said nothing or was put aside, this one becomes one; None if nothing is to be heard in it
    either. Doing it again for the same answer changes nothing.
    """
    known_id = _utterance_of(session, second)
    if known_id is None:
        scores = [score for score in (second.nps, second.csat, second.ces) if score is not None]
        if not (second.words or second.call_back or scores):
            return None
        tag(session, sorted(take_in_many(session, [_row_of(second, scores)]).values()))
        known_id = _utterance_of(session, second)
    found = session.scalars(select(Feedback).where(Feedback.id == known_id).with_for_update()).one()
    if found.said_again_at is None or found.said_again_at < second.received_at:
        # No line in the audit log: that is for what staff do, and appending to it is one at a time for the whole house.
        found.said_again_at, found.handled_at = second.received_at, None
        session.flush()  # whoever reads the list next must find it waiting
    return found.id


def _utterance_of(session: Session, second: Again) -> int | None:
    if second.response_id is not None:
        of_first = select(Feedback.id).where(Feedback.response_id == second.response_id)
        found = session.scalar(of_first)
        if found is not None:
            return found
    return known(session, rules.SAID_AGAIN, str(second.invitation_id))


def _row_of(second: Again, scores: Sequence[int]) -> Row:
    # Scores of what is not counted stand outside the columns by which answers are counted and listed.
    return Row(
        source=rules.SAID_AGAIN,
        source_id=str(second.invitation_id),
        channel="survey",
        words=second.words,
        occurred_at=second.received_at,
        region_id=second.region_id,
        rating=float(scores[0]) if scores else None,
        customer_id=second.customer_id,
        touchpoint_code=second.touchpoint_code,
        tagged_at=None if second.words else clock.now(),
        call_back=second.call_back,
    )


def reveal(session: Session, feedback: Feedback, *, actor: str) -> str:
    """Return the words as the customer wrote them and leave a line in the audit log."""
    _audit(session, actor, "feedback.reveal", feedback.id)
    return feedback.words


def note_export(session: Session, *, actor: str, filters: Mapping[str, str], rows: int) -> None:
    """Leave a line in the audit log that a list of feedback was taken out."""
    _audit(session, actor, "feedback.export", "list", {"filters": dict(filters), "rows": rows})


def _audit(
    session: Session, actor: str, action: str, object_id: int | str, detail: Mapping[str, Any] | None = None
) -> None:
    audit.record(
        session, actor=actor, action=action, object_type="feedback", object_id=object_id, detail=detail
    )
