"""Real SMTP conversations, good and bad: each ends in the state that the wire allows, nobody gets two."""

import socket
import time

import pytest
from sqlalchemy.orm import Session

from delivery.models import Message
from delivery.rules import Reason, State
from tests.delivery import post
from tests.delivery.servers import (
    CLOSE,
    SILENCE,
    TAKE_AND_CLOSE,
    TAKE_IN_SILENCE,
    Recorder,
    faulty,
    recorder,
)


def test_a_letter_arrives_as_it_was_written(session: Session, server: Recorder) -> None:
    planned = post.plan(session, customer_id=post.customer(session, "王小明", "wang@example.cn"))
    post.drain(post.config(server.url))
    found = post.look(planned)
    assert (found.state, found.provider_answer) == (State.SENT, "250 2.0.0 taken")
    [mail] = server.mails
    assert server.recipients == ["wang@example.cn"]
    assert mail["Message-ID"] == found.message_id
    assert mail["Subject"] == "致王小明"
    assert mail["List-Unsubscribe"] == "<http://127.0.0.1:8000/o/abcdefghijABCDEFGHIJ12>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["王小明，您好。", ".这一行以点开头"]


def test_a_hostile_name_reaches_nobody_else(session: Session, server: Recorder) -> None:
    name = "王\r\nBcc: other@example.cn\r\n\r\n.\r\nRCPT TO:<third@example.cn>"
    post.plan(session, customer_id=post.customer(session, name, "wang@example.cn"))
    post.drain(post.config(server.url))
    assert server.recipients == ["wang@example.cn"]
    [mail] = server.mails
    assert mail["Bcc"] is None


def test_many_letters_share_a_connection(session: Session) -> None:
    for n in range(5):
        post.plan(session, f"letter:{n}")
    with faulty({}) as server:
        post.drain(post.config(server.url))
        assert sum(server.accepted.values()) == 5
        assert server.connections == 1


@pytest.mark.parametrize(
    ("faults", "state", "reason", "taken"),
    [
        ({"banner": "421 too busy"}, State.WAITING, None, 0),
        ({"banner": "554 go away"}, State.WAITING, None, 0),
        ({"banner": "nonsense"}, State.WAITING, None, 0),
        ({"banner": CLOSE}, State.WAITING, None, 0),
        ({"banner": SILENCE}, State.WAITING, None, 0),
        ({"EHLO": SILENCE}, State.WAITING, None, 0),
        ({"EHLO": CLOSE}, State.WAITING, None, 0),
        ({"MAIL": "451 later"}, State.WAITING, None, 0),
        ({"MAIL": "550 not you"}, State.WAITING, None, 0),
        ({"MAIL": CLOSE}, State.WAITING, None, 0),
        ({"MAIL": SILENCE}, State.WAITING, None, 0),
        ({"MAIL": "nonsense"}, State.WAITING, None, 0),
        ({"RCPT": "450 greylisted"}, State.WAITING, None, 0),
        ({"RCPT": "421 closing"}, State.WAITING, None, 0),
        ({"RCPT": "550 no such user"}, State.FAILED, Reason.REJECTED, 0),
        ({"RCPT": CLOSE}, State.WAITING, None, 0),
        ({"RCPT": SILENCE}, State.WAITING, None, 0),
        ({"DATA": "452 disk full"}, State.WAITING, None, 0),
        ({"DATA": "554 no"}, State.FAILED, Reason.REJECTED, 0),
        ({"DATA": "250 what"}, State.WAITING, None, 0),
        ({"DATA": CLOSE}, State.WAITING, None, 0),
        ({"DATA": SILENCE}, State.WAITING, None, 0),
        ({"content": CLOSE}, State.UNCERTAIN, None, 0),
        ({"content": SILENCE}, State.UNCERTAIN, None, 0),
        ({"dot": "451 try again"}, State.WAITING, None, 0),
        ({"dot": "554 spam"}, State.FAILED, Reason.REJECTED, 0),
        ({"dot": CLOSE}, State.UNCERTAIN, None, 0),
        ({"dot": SILENCE}, State.UNCERTAIN, None, 0),
        ({"dot": TAKE_AND_CLOSE}, State.UNCERTAIN, None, 1),
        ({"dot": TAKE_IN_SILENCE}, State.UNCERTAIN, None, 1),
        ({"dot": "nonsense"}, State.UNCERTAIN, None, 0),
        ({"QUIT": SILENCE}, State.SENT, None, 1),
        ({"QUIT": CLOSE}, State.SENT, None, 1),
    ],
    ids=str,
)
def test_each_break_ends_in_the_one_state_that_is_true(
    session: Session, faults: dict[str, str], state: State, reason: Reason | None, taken: int
) -> None:
    planned = post.plan(session)
    patience = 0.5 if {SILENCE, TAKE_IN_SILENCE} & set(faults.values()) else 5.0
    with faulty(faults) as server:
        post.drain(post.config(server.url, smtp_timeout_seconds=patience))
        found = post.look(planned)
        assert (found.state, found.reason, found.attempts) == (state, reason, 1)
        assert found.provider_answer
        assert sum(server.accepted.values()) == taken

        # The server mends itself and everything is due: only what certainly did not arrive goes out again.
        server.faults.clear()
        post.make_due(planned)
        post.let_leases_run_out()
        post.drain(post.config(server.url))
        after = post.look(planned).state
        assert after == (State.SENT if state in {State.WAITING, State.SENT} else state)
        assert sum(server.accepted.values()) == (1 if after == State.SENT else taken)


def test_a_refused_letter_does_not_spoil_the_next_one(session: Session) -> None:
    first, second = post.plan(session, "letter:1"), post.plan(session, "letter:2")
    with faulty({"RCPT": "550 no such user"}) as server:
        post.drain(post.config(server.url))
        assert {post.look(n).state for n in (first, second)} == {State.FAILED}
        assert server.connections == 1


def test_a_server_that_is_not_there_is_a_failure_before_anything_left(session: Session) -> None:
    planned = post.plan(session)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    post.drain(post.config(f"smtp://127.0.0.1:{port}"))
    found = post.look(planned)
    assert (found.state, found.attempts, found.message_id) == (State.WAITING, 1, None)
    assert "ConnectionRefusedError" in (found.provider_answer or "")


def test_after_eight_refusals_it_is_given_up_visibly(session: Session) -> None:
    planned = post.plan(session)
    with faulty({"dot": "451 try again"}) as server:
        for attempt in range(1, 9):
            post.make_due(planned)
            post.drain(post.config(server.url))
            assert post.look(planned).attempts == attempt
    found = post.look(planned)
    assert (found.state, found.reason) == (State.FAILED, Reason.GAVE_UP)
    assert found.provider_answer == "451 try again"


def test_a_postponed_letter_waits_before_it_is_tried_again(session: Session) -> None:
    planned = post.plan(session)
    with faulty({"RCPT": "450 greylisted"}) as server:
        post.drain(post.config(server.url))
        first = post.look(planned)
        post.drain(post.config(server.url))
    assert (post.look(planned).attempts, first.attempts) == (1, 1)
    assert 40 < first.due_at.timestamp() - time.time() < 80


def test_a_slow_server_is_waited_for(session: Session) -> None:
    from_slow = post.plan(session)
    with recorder(delay=0.3) as slow:
        post.drain(post.config(slow.url))
        assert post.look(from_slow).state == State.SENT
        assert len(slow.mails) == 1


def test_a_login_that_is_refused_sends_nothing(session: Session) -> None:
    planned = post.plan(session)
    with faulty({"AUTH": "535 wrong"}) as server:
        post.drain(post.config(server.url.replace("smtp://", "smtp://user:pass@")))
    found: Message = post.look(planned)
    assert (found.state, found.message_id) == (State.WAITING, None)


def test_a_server_without_tls_gets_nothing_where_tls_is_asked_for(session: Session) -> None:
    planned = post.plan(session)
    with faulty({}) as server:
        post.drain(post.config(server.url.replace("smtp://", "smtp+starttls://")))
        assert not server.accepted
    assert post.look(planned).state == State.WAITING
