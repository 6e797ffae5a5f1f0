"""A message's way through its states, step by step, in the database."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, db
from core.errors import DomainError, NotFoundError
from core.models import AuditEntry
from delivery import services
from delivery.letters import Letter, Words
from delivery.models import Message
from delivery.rules import Channel, Outcome, Reason, Settlement, State, Verdict
from delivery.services import Batch, Claim
from tests.delivery import post

LEASE = timedelta(seconds=60)
TAKEN = Outcome(Verdict.ACCEPTED, "250 taken")


def claim(limit: int = 50) -> Batch:
    with db.transaction() as session:
        return services.claim(session, channel=Channel.EMAIL, lease=LEASE, limit=limit)


def begin(claimed: Claim) -> bool:
    with db.transaction() as session:
        message_id = services.number_of(claimed.key)
        return services.begin(session, claimed, message_id=message_id, lease=LEASE)


def finish(claimed: Claim, outcome: Outcome = TAKEN) -> State | None:
    with db.transaction() as session:
        return services.finish(session, claimed, outcome)


def recover() -> tuple[int, int]:
    with db.transaction() as session:
        return services.recover(session)


def settle(message_id: int, outcome: Settlement) -> Message:
    with db.transaction() as session:
        return services.settle(session, message_id, outcome=outcome, by="staff:7")


def uncertain(session: Session, key: str = "letter:1") -> tuple[int, Claim]:
    planned = post.plan(session, key)
    [claimed] = claim().claims
    assert begin(claimed)
    post.let_leases_run_out()
    assert recover() == (0, 1)
    return planned, claimed


def test_the_same_key_plans_one_message_for_ever(session: Session) -> None:
    person = post.customer(session)
    first = post.plan(session, "letter:1", person)
    again = services.schedule(
        session,
        key="letter:1",
        kind=post.KIND,
        subject_id=1,
        channel=Channel.EMAIL,
        customer_id=person,
        region_id=post.look(first).region_id,
        due_at=clock.now(),
    )
    assert again is None
    assert len(session.scalars(select(Message)).all()) == 1


def test_a_message_goes_from_waiting_to_sent(session: Session) -> None:
    planned = post.plan(session)
    [claimed] = claim().claims
    assert post.look(planned).state == State.CLAIMED
    assert begin(claimed)
    assert post.look(planned).state == State.SENDING
    assert finish(claimed) == State.SENT
    sent = post.look(planned)
    assert (sent.attempts, sent.lease_until, sent.provider_answer) == (1, None, "250 taken")
    assert sent.sent_at is not None
    assert sent.message_id is not None
    assert not claim()


def test_what_is_not_due_yet_is_not_claimed(session: Session) -> None:
    post.plan(session, due_at=clock.now() + timedelta(minutes=5))
    assert not claim()


def test_what_another_channel_carries_is_left_to_it(session: Session) -> None:
    post.plan(session, channel=Channel.SMS)
    assert not claim()


def test_a_composer_that_says_no_withholds_the_message_with_its_reason(session: Session) -> None:
    post.compose_with(lambda _session, _message: Reason.ALREADY_ANSWERED)
    planned = post.plan(session)
    batch = claim()
    assert batch.withheld == {Reason.ALREADY_ANSWERED: 1}
    found = post.look(planned)
    assert (found.state, found.reason) == (State.WITHHELD, Reason.ALREADY_ANSWERED)


def test_an_address_that_is_none_is_withheld_and_not_tried(session: Session) -> None:
    post.compose_with(lambda _s, _m: Letter("a@b.cn\r\nBcc: c@d.cn", "subject", "text", "html"))
    planned = post.plan(session)
    assert claim().withheld == {Reason.NO_ADDRESS: 1}
    assert post.look(planned).reason == Reason.NO_ADDRESS


def test_a_letter_that_cannot_be_written_holds_up_nobody_and_is_given_up_in_the_end(session: Session) -> None:
    broken = post.plan(session, "letter:1", subject_id=666)
    sound = post.plan(session, "letter:2")

    def compose(opened: Session, message: Message) -> Words | Reason:
        if message.subject_id == 666:
            opened.execute(select(Message.id).where(Message.key == 1))
        return post.write(opened, message)

    post.compose_with(compose)
    batch = claim()
    assert [claimed.id for claimed in batch.claims] == [sound]
    assert batch.unwritten == 1
    for _ in range(7):
        post.make_due(broken)
        claim()
    found = post.look(broken)
    assert (found.state, found.reason, found.attempts) == (State.FAILED, Reason.GAVE_UP, 8)
    assert "could not be written" in (found.provider_answer or "")


def test_a_lease_that_runs_out_before_sending_frees_the_message(session: Session) -> None:
    planned = post.plan(session)
    [first] = claim().claims
    post.let_leases_run_out()
    assert recover() == (1, 0)
    [second] = claim().claims
    assert second.fence == first.fence + 1
    assert not begin(first)
    assert begin(second)
    assert finish(first) is None
    assert post.look(planned).state == State.SENDING


def test_a_lease_that_ran_out_cannot_begin_to_send_even_if_nobody_noticed_yet(session: Session) -> None:
    post.plan(session)
    [claimed] = claim().claims
    post.let_leases_run_out()
    assert not begin(claimed)


def test_a_lease_that_runs_out_while_sending_is_uncertain_and_never_claimed_again(session: Session) -> None:
    planned, _claimed = uncertain(session)
    found = post.look(planned)
    assert (found.state, found.attempts, found.lease_until) == (State.UNCERTAIN, 1, None)
    post.make_due(planned)
    assert not claim()
    assert recover() == (0, 0)


def test_a_sender_slower_than_its_lease_still_brings_the_truth(session: Session) -> None:
    planned, claimed = uncertain(session)
    assert finish(claimed) == State.SENT
    assert post.look(planned).state == State.SENT


def test_once_a_person_settled_it_the_slow_sender_writes_nothing(session: Session) -> None:
    planned, claimed = uncertain(session)
    settle(planned, Settlement.SEND_AGAIN)
    assert finish(claimed) is None
    assert post.look(planned).state == State.WAITING


def test_a_live_lease_is_left_alone(session: Session) -> None:
    post.plan(session)
    claim()
    assert recover() == (0, 0)


def test_a_person_settles_an_uncertain_message_as_delivered(session: Session) -> None:
    planned, _claimed = uncertain(session)
    settle(planned, Settlement.DELIVERED)
    found = post.look(planned)
    assert (found.state, found.settled_by, found.sent_at) == (State.SENT, "staff:7", found.tried_at)
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.actor, entry.object_id) == ("message.settle", "staff:7", str(planned))
    assert entry.detail == {"outcome": "delivered", "before": "uncertain"}


def test_a_message_sent_again_keeps_its_message_id(session: Session) -> None:
    planned, _claimed = uncertain(session)
    before = post.look(planned).message_id
    settle(planned, Settlement.SEND_AGAIN)
    [claimed] = claim().claims
    assert begin(claimed)
    assert finish(claimed) == State.SENT
    assert post.look(planned).message_id == before


def test_a_failed_message_may_be_sent_again_but_not_declared_delivered(session: Session) -> None:
    planned = post.plan(session)
    [claimed] = claim().claims
    begin(claimed)
    assert finish(claimed, Outcome(Verdict.REJECTED, "550 no")) == State.FAILED
    with pytest.raises(DomainError):
        settle(planned, Settlement.DELIVERED)
    settle(planned, Settlement.SEND_AGAIN)
    found = post.look(planned)
    assert (found.state, found.reason, found.attempts) == (State.WAITING, None, 0)


@pytest.mark.parametrize("outcome", list(Settlement))
def test_what_is_settled_once_is_not_settled_twice(session: Session, outcome: Settlement) -> None:
    planned, _claimed = uncertain(session)
    settle(planned, Settlement.DELIVERED)
    with pytest.raises(DomainError, match="刷新"):
        settle(planned, outcome)


def test_settling_what_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(NotFoundError):
        settle(10**9, Settlement.DELIVERED)


def test_a_cancelled_message_is_lost_to_the_worker_that_claimed_it(session: Session) -> None:
    planned = post.plan(session, "letter:1")
    [claimed] = claim().claims
    assert services.cancel(session, key="letter:1")
    assert not begin(claimed)
    found = post.look(planned)
    assert (found.state, found.reason) == (State.WITHHELD, Reason.CANCELLED)


def test_what_is_leaving_can_no_longer_be_cancelled(session: Session) -> None:
    planned = post.plan(session, "letter:1")
    [claimed] = claim().claims
    begin(claimed)
    assert not services.cancel(session, key="letter:1")
    assert post.look(planned).state == State.SENDING


def test_a_released_claim_is_due_as_before_and_counts_no_attempt(session: Session) -> None:
    planned = post.plan(session)
    due = post.look(planned).due_at
    with db.transaction() as opened:
        services.release(opened, claim().claims)
    found = post.look(planned)
    assert (found.state, found.attempts, found.due_at) == (State.WAITING, 0, due)


def test_of_two_messages_to_one_customer_in_one_batch_the_first_due_goes(session: Session) -> None:
    post.compose_with(post.write_once_a_month)
    person = post.customer(session)
    later = post.plan(session, "letter:1", person)
    earlier = post.plan(session, "letter:2", person, due_at=clock.now() - timedelta(hours=1))
    batch = claim()
    assert [claimed.id for claimed in batch.claims] == [earlier]
    assert post.look(later).reason == Reason.CAPPED


@pytest.mark.parametrize(
    ("days", "capped"), [(29, True), (31, False)], ids=["within the rest", "after the rest"]
)
def test_a_customer_written_to_lately_is_left_in_peace(session: Session, days: int, capped: bool) -> None:
    post.compose_with(post.write_once_a_month)
    person = post.customer(session)
    post.plan(session, "letter:1", person)
    [claimed] = claim().claims
    begin(claimed)
    finish(claimed)
    session.query(Message).update({"sent_at": clock.now() - timedelta(days=days)})
    post.plan(session, "letter:2", person)
    assert (claim().withheld == {Reason.CAPPED: 1}) == capped


def test_a_message_whose_end_is_unknown_counts_as_written(session: Session) -> None:
    planned, _claimed = uncertain(session)
    post.compose_with(post.write_once_a_month)
    post.plan(session, "letter:2", post.look(planned).customer_id)
    assert claim().withheld == {Reason.CAPPED: 1}
