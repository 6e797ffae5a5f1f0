"""Storing a response with its answers, its event, its places in quotas and its files: all of it or nothing.

Two statements do it. The short way (:func:`store_at_once`) finds the personal link and stores in one statement that is
a transaction of its own; it serves the surveys that most people get: one page, no quota, not anonymous, no files
(``docs/adr/0003-one-statement-per-answer.md``). Every other survey takes :func:`store` inside the transaction of
its edge. In both a unique constraint decides between parallel submissions, never a look before.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock, crypto, db, logs
from surveys.events import ResponseSubmitted
from surveys.models import Invitation, Sitting
from surveys.queries.answering import Kept
from surveys.rules import logic
from surveys.rules.judging import scores
from surveys.rules.seats import Attempt, Seat
from surveys.services import files, quotas

EMPTY = "{}"

_COLUMNS = """
    INSERT INTO responses (invitation_id, version_id, touchpoint_code, customer_id, region_id, channel, link_id,
                           key_hash, language, submitted_at, started_at, page_seconds, ending, variables,
                           nps, csat, ces)
"""
_GIVEN = """
           :language, :submitted_at, {started_at}, CAST(:page_seconds AS jsonb), :ending, CAST(:variables AS jsonb),
           CAST(:nps AS smallint), CAST(:csat AS smallint), CAST(:ces AS smallint)
"""
_REST = """
    RETURNING id, touchpoint_code, region_id
), stored AS (
    INSERT INTO answers (response_id, question_id, number, option_ids, words, secret)
    SELECT response.id, a.question_id, a.number, a.option_ids, a.words, decode(a.secret, 'hex')
    FROM response, jsonb_to_recordset(CAST(:answers AS jsonb))
                   AS a(question_id text, number numeric, option_ids text[], words text, secret text)
), published AS (
    INSERT INTO events (kind, payload, occurred_at, request_id)
    SELECT :kind, jsonb_build_object('response_id', id, 'touchpoint_code', touchpoint_code,
                                     'region_id', region_id, 'day', CAST(:day AS text)), :submitted_at, :request_id
    FROM response
)
SELECT id FROM response
"""

# One statement checks the link, stores the answers and publishes the event: one round trip instead of seven,
# and nothing of it can be there without the rest. A survey that got a quota meanwhile takes the other way.
_AT_ONCE = db.bare(
    text(
        f"""
WITH response AS ({_COLUMNS}
    SELECT id, version_id, touchpoint_code, customer_id, region_id, channel, NULL, NULL,
           {_GIVEN.format(started_at="COALESCE(CAST(:started_at AS timestamptz), opened_at)")}
    FROM invitations
    WHERE token_hash = :token_hash AND version_id = :version_id AND reason IS NULL AND expires_at > :now
      AND NOT EXISTS (SELECT FROM survey_quotas WHERE survey_id = :survey_id)
    ON CONFLICT (invitation_id) DO NOTHING
{_REST}"""  # noqa: S608 - put together of constants
    )
)

_FROM_SEAT = text(
    f"""
WITH response AS ({_COLUMNS}
    VALUES (CAST(:invitation_id AS bigint), :version_id, :touchpoint_code, CAST(:customer_id AS bigint), :region_id,
            :channel, CAST(:link_id AS bigint), CAST(:key_hash AS bytea),
            {_GIVEN.format(started_at="CAST(:started_at AS timestamptz)")})
    ON CONFLICT DO NOTHING
{_REST}"""
)


def store_at_once(connection: Connection, *, token: str, kept: Kept, attempt: Attempt) -> int | None:
    """Store the answers given by a personal link to a simple survey; return the id of the response.

    None: nothing was stored, for the link is unknown, spent or over, leads to another version, or the survey
    has a quota. Must not be called for a survey that is not simple.
    """
    now = clock.now()
    values = _values(kept, attempt, now)
    values["token_hash"] = crypto.token_hash(token)
    values["version_id"] = kept.version_id
    values["survey_id"] = kept.survey_id
    values["now"] = now
    row = db.run_bare(connection, _AT_ONCE, values)
    return None if row is None else int(row[0])


def store(session: Session, seat: Seat, kept: Kept, attempt: Attempt) -> int | None:
    """Store accepted answers from any seat; return the id of the response, None if there was one before.

    Whether the seat may still answer is the caller's business, in the same transaction. Raises QuotaFullError
    when enough people like this one have answered: the transaction must then be rolled back.
    """
    anonymous = kept.definition.anonymous
    if anonymous and not _spend(session, seat, attempt):
        return None
    values = _values(kept, attempt, clock.now()) | {
        "invitation_id": None if anonymous else seat.invitation_id,
        "version_id": kept.version_id,
        "touchpoint_code": seat.touchpoint_code,
        "customer_id": None if anonymous else seat.customer_id,
        "region_id": seat.region_id,
        "channel": seat.channel,
        "link_id": seat.link_id,
        "key_hash": None if anonymous or seat.link_id is None else seat.key_hash,
    }
    response_id = session.execute(_FROM_SEAT, values).scalar()
    if response_id is None:
        return None
    walked = attempt.verdict.walk
    asked = (
        walked.readings[question.id]
        for question in kept.definition.questions
        if question.type == "file" and question.id in walked.readings
    )
    files.claim(session, asked, response_id, anonymous=anonymous)
    # Last of all, for everybody who answers this survey queues at these rows until this transaction ends.
    quotas.take(session, kept.survey_id, logic.look_in(walked, kept.definition, attempt.facts))
    return int(response_id)


def _values(kept: Kept, attempt: Attempt, now: datetime) -> dict[str, Any]:
    """Return what both statements store of the answers; of an anonymous survey nothing that tells the minute."""
    definition, walked = kept.definition, attempt.verdict.walk
    anonymous = definition.anonymous
    seconds = {page: round(took) if anonymous else took for page, took in attempt.page_seconds.items()}
    return {
        "language": attempt.language,
        "submitted_at": _hour(now) if anonymous else now,
        "started_at": None if anonymous else attempt.started_at,
        "page_seconds": json.dumps(seconds) if seconds else None,
        "ending": walked.ending.id if walked.ending else None,
        "variables": json.dumps(walked.variables, ensure_ascii=False) if walked.variables else None,
        "answers": json.dumps(_answers(kept, attempt), ensure_ascii=False),
        "kind": ResponseSubmitted.__name__,
        "day": clock.beijing_day(now).isoformat(),
        "request_id": None if anonymous else logs.request_id(),
        **scores(definition, walked.readings),
    }


def _answers(kept: Kept, attempt: Attempt) -> list[dict[str, Any]]:
    rows = []
    by_id = kept.definition.by_id
    for key, reading in attempt.verdict.readings.items():
        secret = by_id[key.partition(".")[0]].secret and reading.words is not None
        rows.append(
            {
                "question_id": key,
                "number": reading.number,
                "option_ids": reading.options,
                "words": None if secret else reading.words,
                "secret": crypto.ring().encrypt(reading.words or "", _COLUMN).hex() if secret else None,
            }
        )
    return rows


_COLUMN = "answers.secret"  # under this name core.crypto encrypts the column Answer.secret


def _hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


def _spend(session: Session, seat: Seat, attempt: Attempt) -> bool:
    """Mark an anonymous survey as answered from this seat, and forget how; return whether it was not yet.

    Which response it was is written nowhere: the mark and the response meet only in this transaction.
    """
    if seat.invitation_id is not None:
        spent = session.execute(
            update(Invitation)
            .where(Invitation.id == seat.invitation_id, Invitation.spent.is_(False))
            .values(spent=True)
            .returning(Invitation.id)
        ).scalar()
        return spent is not None
    if seat.link_id is None:
        return True  # put aside before: the invitation was marked then, and is not known any more
    now = _hour(clock.now()) + timedelta(hours=1)
    mark = insert(Sitting).values(
        link_id=seat.link_id,
        key_hash=seat.key_hash,
        version_id=seat.version_id,
        language=attempt.language,
        sent=EMPTY,
        page_id="",
        started_at=now,
        shown_at=now,
        updated_at=now,
        finished=True,
    )
    marked = session.execute(
        mark.on_conflict_do_update(
            index_elements=["key_hash"],
            set_={name: mark.excluded[name] for name in ("sent", "page_id", "updated_at", "finished")}
            | {"page_seconds": text("'{}'::jsonb"), "started_at": now, "shown_at": now},
            where=Sitting.finished.is_(False),
        ).returning(Sitting.id)
    ).scalar()
    return marked is not None
