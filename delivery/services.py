"""Use cases of sending: plan a message, claim what is due, begin, end, recover, settle.

Every step is one short transaction of the caller's; what happens on the wire happens between two of them.
A claim carries a fence, and whoever writes back must hold the fence of the latest claim.
"""

import hmac
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CursorResult, Update, bindparam, case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core import audit, clock, crypto, logs, settings
from core.errors import DomainError, NotFoundError
from core.sentences import N_
from delivery import letters
from delivery.letters import Words
from delivery.models import Message
from delivery.rules import (
    Channel,
    Hours,
    Outcome,
    Reason,
    Settlement,
    State,
    Verdict,
    ending,
    kept_answer,
)

log = logs.get(__name__)

BATCH = 50


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this worker may send until its lease ends, with the words to send."""

    id: int
    key: str
    fence: int
    attempts: int
    words: Words


@dataclass(frozen=True, slots=True)
class Batch:
    """What one claim found: messages to send, how many must not go out by reason, how many had no words."""

    claims: list[Claim]
    withheld: dict[Reason, int]
    unwritten: int

    def __bool__(self) -> bool:
        """Say whether anything was due."""
        return bool(self.claims or self.withheld or self.unwritten)


def schedule(
    session: Session,
    *,
    key: str,
    kind: str,
    subject_id: int,
    channel: Channel,
    customer_id: int,
    region_id: int,
    due_at: datetime,
    reason: Reason | None = None,
) -> int | None:
    """Plan a message; return its id, or None if ``key`` was planned before, whatever became of it.

    With a ``reason`` it is withheld from the first, and stands in the list for who asks why nothing was sent.
    """
    message_id = session.execute(
        insert(Message)
        .values(
            key=key,
            kind=kind,
            subject_id=subject_id,
            channel=channel,
            customer_id=customer_id,
            region_id=region_id,
            due_at=due_at,
            state=State.WITHHELD if reason else State.WAITING,
            reason=reason,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Message.id)
    ).scalar()
    return None if message_id is None else int(message_id)


def hours_of(channel: Channel) -> Hours | None:
    """Return the hours in which a channel may be used, or None if it always may.

    A mailbox waits in silence, a telephone rings.
    """
    config = settings.current()
    return Hours(config.sms_from_hour, config.sms_until_hour) if channel == Channel.SMS else None


def earliest(channel: Channel, instant: datetime) -> datetime:
    """Return the first time from ``instant`` on at which a message may go out on ``channel``."""
    hours = hours_of(channel)
    return hours.next(instant) if hours else instant


def hold(session: Session, *, channel: Channel, until: datetime) -> int:
    """Let the messages that are due on a channel wait ``until`` its hours begin; return how many."""
    due = (
        select(Message.id)
        .where(
            Message.state == State.WAITING,
            Message.channel == channel,
            Message.due_at <= func.statement_timestamp(),
            Message.due_at < until,
        )
        .with_for_update(skip_locked=True)
    )
    held = session.execute(
        update(Message).where(Message.id.in_(due)).values(due_at=until).returning(Message.id)
    )
    return len(held.all())


def cancel(session: Session, *, key: str) -> bool:
    """Withhold a message that has not begun to leave; return whether it was in time.

    A worker that claimed it loses it by the fence.
    """
    return _changed(
        session,
        update(Message)
        .where(Message.key == key, Message.state.in_([State.WAITING, State.CLAIMED]))
        .values(state=State.WITHHELD, reason=Reason.CANCELLED, lease_until=None, fence=Message.fence + 1),
    )


def recover(session: Session) -> tuple[int, int]:
    """Take messages from workers whose lease ran out; return how many were freed and how many are uncertain.

    Who only claimed had sent nothing: the message waits again. Who was sending may have sent: nobody knows.
    """
    lost = (
        select(Message.id)
        .where(
            Message.state.in_([State.CLAIMED, State.SENDING]),
            Message.lease_until < func.statement_timestamp(),
        )
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(
        update(Message)
        .where(Message.id.in_(lost))
        .values(
            state=case((Message.state == State.CLAIMED, State.WAITING), else_=State.UNCERTAIN),
            attempts=Message.attempts + case((Message.state == State.SENDING, 1), else_=0),
            lease_until=None,
        )
        .returning(Message.id, Message.state)
    ).all()
    uncertain = [row.id for row in rows if row.state == State.UNCERTAIN]
    if rows:
        log.warning("leases_ran_out", freed=len(rows) - len(uncertain), uncertain=uncertain)
    return len(rows) - len(uncertain), len(uncertain)


# Two workers asking at once whether a customer was written to lately would both hear no. Everybody takes the
# locks of all customers of a batch in one order and before anything is composed, so nobody waits in a circle.
_LOCK_CUSTOMERS = text("""
    SELECT pg_advisory_xact_lock(k)
    FROM (
        SELECT DISTINCT hashtextextended('reach:' || id, 0) AS k FROM unnest(:ids) AS id ORDER BY k
    ) AS ordered
""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)))


def claim(session: Session, *, channel: Channel, lease: timedelta, limit: int = BATCH) -> Batch:
    """Claim messages that are due on a channel and write their words, in this one transaction.

    What must not go out any more is withheld with its reason here, at send time. Other workers skip the
    rows claimed here.
    """
    due = session.scalars(
        select(Message)
        .where(
            Message.state == State.WAITING,
            Message.channel == channel,
            Message.due_at <= func.statement_timestamp(),
        )
        .order_by(Message.due_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    if not due:
        return Batch([], {}, 0)
    session.execute(_LOCK_CUSTOMERS, {"ids": sorted({message.customer_id for message in due})})
    claims: list[Claim] = []
    withheld: dict[Reason, int] = {}
    for message in due:
        result = _compose(session, message)
        if isinstance(result, Words):
            message.state, message.fence = State.CLAIMED, message.fence + 1
            message.lease_until = _from_now(lease)
            claims.append(Claim(message.id, message.key, message.fence, message.attempts, result))
        elif isinstance(result, Reason):
            message.state, message.reason = State.WITHHELD, result
            withheld[result] = withheld.get(result, 0) + 1
        else:
            _put_off(message, result)
        # The next composer of the same customer asks the database what is on its way.
        session.flush()
    return Batch(claims, withheld, len(due) - len(claims) - sum(withheld.values()))


def _compose(session: Session, message: Message) -> Words | Reason | Outcome:
    try:
        with session.begin_nested():
            return letters.compose(session, message)
    except OperationalError:
        raise
    except Exception as error:
        # One message that cannot be written must not hold up the others.
        log.exception("words_not_written", message=message.id, kind=message.kind)
        return Outcome(Verdict.POSTPONED, f"the letter could not be written: {type(error).__name__}")


def _put_off(message: Message, outcome: Outcome) -> None:
    message.attempts += 1
    message.provider_answer = outcome.answer
    end = ending(outcome.verdict, message.attempts, random.random())
    message.state, message.reason = end.state, end.reason
    if end.wait is not None:
        message.due_at = _from_now(end.wait)


def number_of(key: str) -> str:
    """Return the number under which a provider knows a message: the same for every attempt, 32 hex digits.

    It tells nothing and cannot be guessed.
    """
    return hmac.new(crypto.ring().derive("message-id"), key.encode(), "sha256").hexdigest()[:32]


def begin(session: Session, claimed: Claim, *, message_id: str, lease: timedelta) -> bool:
    """Mark a claimed message as being sent; False says that the claim was lost and it must not be sent.

    Once this is committed nobody sends it again by itself, whatever happens to this worker.
    """
    return _changed(
        session,
        update(Message)
        .where(
            Message.id == claimed.id,
            Message.fence == claimed.fence,
            Message.state == State.CLAIMED,
            Message.lease_until > func.statement_timestamp(),
        )
        .values(
            state=State.SENDING, message_id=message_id, tried_at=clock.now(), lease_until=_from_now(lease)
        ),
    )


def finish(session: Session, claimed: Claim, outcome: Outcome) -> State | None:
    """Write down how an attempt ended and return the new state; None if the message is no longer ours.

    A sender so slow that its lease ran out still knows the truth about its own attempt, so ``uncertain``
    under the same fence may be replaced by it; once a person settled it the fence is another.
    """
    attempts = claimed.attempts + 1
    end = ending(outcome.verdict, attempts, random.random())
    values: dict[str, Any] = {
        "state": end.state,
        "reason": end.reason,
        "attempts": attempts,
        "lease_until": None,
        "provider_answer": kept_answer(outcome.answer),
    }
    if end.wait is not None:
        values["due_at"] = _from_now(end.wait)
    if end.state == State.SENT:
        values["sent_at"] = clock.now()
    written = _changed(
        session,
        update(Message)
        .where(
            Message.id == claimed.id,
            Message.fence == claimed.fence,
            Message.state.in_([State.CLAIMED, State.SENDING, State.UNCERTAIN]),
        )
        .values(values),
    )
    return end.state if written else None


def release(session: Session, claims: Sequence[Claim]) -> None:
    """Give claimed messages back unsent; they are due as before and no attempt is counted."""
    for claimed in claims:
        session.execute(
            update(Message)
            .where(Message.id == claimed.id, Message.fence == claimed.fence, Message.state == State.CLAIMED)
            .values(state=State.WAITING, lease_until=None)
        )


def settle(session: Session, message_id: int, *, outcome: Settlement, by: str) -> Message:
    """Let a person say what became of a message: it arrived, or it shall be sent again.

    Sending again is also open to messages that failed, once the cause is mended; by SMS at night it waits for
    the morning. The provider knows it by the same id as before. Raises NotFoundError if there is no such
    message and DomainError if it is in another state. Leaves an audit line.
    """
    found = session.scalar(select(Message).where(Message.id == message_id).with_for_update())
    if found is None:
        raise NotFoundError(N_("没有找到这条发送记录"))
    settled = {State.UNCERTAIN} if outcome == Settlement.DELIVERED else {State.UNCERTAIN, State.FAILED}
    if found.state not in settled:
        raise DomainError(N_("这条消息的状态已经变了，请刷新页面再看"))
    before = str(found.state)
    found.fence += 1
    found.settled_by = by
    found.reason = None
    if outcome == Settlement.DELIVERED:
        found.state, found.sent_at = State.SENT, found.tried_at or clock.now()
    else:
        found.state, found.attempts = State.WAITING, 0
        found.due_at = earliest(Channel(found.channel), clock.now())
    audit.record(
        session,
        actor=by,
        action="message.settle",
        object_type="message",
        object_id=found.id,
        detail={"outcome": str(outcome), "before": before},
    )
    return found


def _changed(session: Session, statement: Update) -> bool:
    result = session.execute(statement.execution_options(synchronize_session=False))
    return isinstance(result, CursorResult) and result.rowcount == 1


def _from_now(wait: timedelta) -> Any:  # noqa: ANN401 - a column takes an SQL expression where it holds a value
    return func.statement_timestamp() + wait
