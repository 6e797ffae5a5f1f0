"""A whole run: batches, a server that is down, the console, and several runs at once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock, db, metrics, settings
from customers import services as customers
from customers.models import Customer
from delivery import jobs, services
from delivery.breaker import Breaker
from delivery.channels.smtp import SmtpChannel
from delivery.letters import Letter
from delivery.models import Message
from delivery.rules import Channel, Reason, State
from surveys.models import AskRule
from surveys.services import MESSAGE_KIND
from tests.delivery import post
from tests.delivery.servers import CLOSE, Recorder, faulty


def test_a_run_sends_batch_after_batch_until_nothing_is_due(session: Session, server: Recorder) -> None:
    person = post.customer(session)
    for n in range(services.BATCH + 5):
        post.plan(session, f"letter:{n}", person)
    assert not post.drain(post.config(server.url))
    assert post.states() == {"sent": services.BATCH + 5}
    assert set(server.counts.values()) == {1}


def test_a_server_that_is_down_costs_three_attempts_not_everybodys(session: Session) -> None:
    person = post.customer(session)
    planned = [post.plan(session, f"letter:{n}", person) for n in range(20)]
    breaker = Breaker()
    with faulty({"banner": CLOSE}) as server:
        assert not post.drain(post.config(server.url), breaker)
        assert [post.look(n).attempts for n in planned].count(1) == 3
        assert post.states() == {"waiting": 20}

        # Half open: the next run asks once and leaves again.
        assert not post.drain(post.config(server.url), breaker)
        assert [post.look(n).attempts for n in planned].count(1) == 4

        server.faults.clear()
        assert not post.drain(post.config(server.url), breaker)
    assert post.states() == {"sent": 16, "waiting": 4}
    assert not breaker.is_open


def test_a_run_that_is_out_of_time_gives_back_what_it_claimed(session: Session) -> None:
    person = post.customer(session)
    for n in range(10):
        post.plan(session, f"letter:{n}", person)
    with faulty({}) as server:
        assert post.drain(post.config(server.url), seconds=0.0001)
        assert sum(server.accepted.values()) <= 1
    assert "claimed" not in post.states()


def test_a_run_with_more_to_do_asks_for_another(
    session: Session, server: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.plan(session)
    wanted = post.config(server.url)
    monkeypatch.setattr(settings, "current", lambda: wanted)
    monkeypatch.setattr(jobs, "drain", lambda *_args, **_given: True)
    jobs.send_due()
    waiting = session.execute(
        text("SELECT args FROM procrastinate_jobs WHERE queueing_lock = 'delivery.send_due'")
    ).scalars()
    assert [row["job"] for row in waiting] == ["delivery.send_due"]


def test_send_due_sends_by_the_settings(
    session: Session, server: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = post.plan(session)
    wanted = post.config(server.url)
    monkeypatch.setattr(settings, "current", lambda: wanted)
    before = metrics.messages.labels(Channel.EMAIL, State.SENT)._value.get()
    jobs.send_due()
    assert post.look(planned).state == State.SENT
    assert metrics.messages.labels(Channel.EMAIL, State.SENT)._value.get() == before + 1


def test_a_letter_that_makes_no_mail_holds_up_nobody(
    session: Session, server: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = post.plan(session, "letter:1"), post.plan(session, "letter:2")
    sound = SmtpChannel.pack
    calls = iter([True, False])

    def pack(channel: SmtpChannel, letter: Letter, message_id: str) -> bytes:
        if next(calls):
            raise RuntimeError
        return sound(channel, letter, message_id)

    monkeypatch.setattr(SmtpChannel, "pack", pack)
    post.drain(post.config(server.url))
    assert (post.look(first).state, post.look(first).attempts) == (State.WAITING, 1)
    assert post.look(second).state == State.SENT


def test_the_console_writes_a_mail_that_opens(session: Session, tmp_path: Path) -> None:
    planned = post.plan(session, customer_id=post.customer(session, "王小明", "wang@example.cn"))
    post.drain(post.config(huisheng_home=tmp_path))
    found = post.look(planned)
    assert found.state == State.SENT
    [file] = (tmp_path / "outbox").iterdir()
    assert found.provider_answer == f"written to outbox/{file.name}"
    assert file.suffix == ".eml"
    assert file.stat().st_mode & 0o077 == 0
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["Message-ID"] == found.message_id
    assert mail["To"] == "wang@example.cn"
    assert "王小明，您好。" in file.read_text(encoding="utf-8")


def test_the_console_writes_a_text_that_people_read(session: Session, tmp_path: Path) -> None:
    planned = post.plan(session, customer_id=post.customer(session, "王小明"), channel=Channel.SMS)
    with clock.use(post.AroundNoon()):
        post.drain(post.config(huisheng_home=tmp_path), channel=Channel.SMS)
    found = post.look(planned)
    assert found.state == State.SENT
    [file] = (tmp_path / "outbox").iterdir()
    assert found.provider_answer == f"written to outbox/{file.name}"
    assert file.suffix == ".txt"
    assert file.stat().st_mode & 0o077 == 0
    number, to, _empty, words = file.read_text(encoding="utf-8").splitlines()
    assert number == found.message_id
    assert to == "SMS → 13800000001 · × 1"
    assert words == "【安澜保险】王小明，您好。"


def test_a_console_that_cannot_write_keeps_the_message(session: Session, tmp_path: Path) -> None:
    (tmp_path / "outbox").touch()
    planned = post.plan(session)
    post.drain(post.config(huisheng_home=tmp_path))
    assert post.look(planned).state == State.WAITING


def test_a_refusal_that_came_after_planning_is_heard_at_send_time(session: Session, server: Recorder) -> None:
    first, second = invitation(session), invitation(session)
    customers.opt_out(session, customer_id=post.look(first).customer_id, channel="*", source="link")
    post.drain(post.config(server.url))
    assert post.look(first).reason == Reason.OPTED_OUT
    assert post.look(second).state == State.SENT


def test_a_customer_invited_within_the_days_of_rest_is_not_invited_again(
    session: Session, server: Recorder
) -> None:
    first = invitation(session)
    post.drain(post.config(server.url))
    again = invitation(session, post.look(first).customer_id)
    other = invitation(session)
    post.drain(post.config(server.url))
    assert (post.look(again).state, post.look(again).reason) == (State.WITHHELD, Reason.CAPPED)
    assert post.look(other).state == State.SENT
    assert len(server.mails) == 2


def test_without_days_of_rest_every_invitation_goes(session: Session, server: Recorder) -> None:
    session.query(AskRule).update({"rest_days": 0})
    first = invitation(session)
    second = invitation(session, post.look(first).customer_id)
    post.drain(post.config(server.url))
    assert {post.look(n).state for n in (first, second)} == {State.SENT}


def invitation(session: Session, customer_id: int | None = None) -> int:
    person = customer_id or post.customer(session)
    rule = session.scalars(select(AskRule).where(AskRule.touchpoint_code == "claim_closed")).one()
    made, _token = factories.make_invitation(
        session, customer=session.get_one(Customer, person), rule_id=rule.id
    )
    return post.plan(session, f"{MESSAGE_KIND}:{made.id}", person, kind=MESSAGE_KIND, subject_id=made.id)


def together(number: int, work: Callable[[], object]) -> None:
    """Run ``work`` in threads that start at the same instant; raise what any of them raised."""
    gate, errors = threading.Barrier(number), []

    def run() -> None:
        gate.wait()
        try:
            work()
        except Exception as error:  # noqa: BLE001 - handed to the test below
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []


def test_four_runs_at_once_send_each_of_300_messages_once(fresh_database: str, server: Recorder) -> None:
    post.plan_many(300)
    wanted = post.config(server.url)
    together(4, lambda: post.drain(wanted, seconds=60))
    assert post.states() == {"sent": 300}
    assert len(server.mails) == 300
    assert set(server.counts.values()) == {1}


def test_claims_at_the_same_time_never_let_two_messages_to_one_customer_pass(fresh_database: str) -> None:
    post.compose_with(post.write_once_a_month)
    post.plan_many(200, customers_shared=True)

    def claim_all() -> None:
        more = True
        while more:
            with db.transaction() as session:
                more = bool(
                    services.claim(session, channel=Channel.EMAIL, lease=timedelta(seconds=60), limit=7)
                )

    together(4, claim_all)
    with db.transaction() as session:
        rows = session.execute(select(Message.customer_id, Message.state, Message.reason)).all()
    claimed = [row.customer_id for row in rows if row.state == State.CLAIMED]
    assert len(claimed) == len(set(claimed)) == 100
    assert sum(row.reason == Reason.CAPPED for row in rows) == 100


def test_the_lease_is_the_databases_time_not_ours(fresh_database: str, server: Recorder) -> None:
    post.plan_many(3)
    with clock.use(clock.FixedClock(clock.now() + timedelta(days=1))), db.transaction() as session:
        [first, *_rest] = services.claim(session, channel=Channel.EMAIL, lease=timedelta(seconds=60)).claims
    with db.transaction() as session:
        assert services.recover(session) == (0, 0)
    with clock.use(clock.FixedClock(clock.now() - timedelta(days=1))), db.transaction() as session:
        assert services.begin(session, first, message_id="<m@x.cn>", lease=timedelta(seconds=60))
