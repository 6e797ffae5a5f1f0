"""The pages of sending, as staff see them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock, db
from customers.models import Customer
from delivery import services
from delivery.models import Message
from delivery.rules import Channel, Outcome, Reason, State, Verdict
from grid.models import Staff
from grid.rules import Role
from tests.delivery import post

LogIn = Callable[..., FlaskClient]

WAITING = "等待发送"
EXPLAINED = "系统不会自动重发"


def in_state(
    session: Session,
    state: State,
    reason: Reason | None = None,
    region_id: int | None = None,
    channel: Channel = Channel.EMAIL,
) -> int:
    number = session.query(Message).count() + 1
    elsewhere = {"region_id": region_id} if region_id else {}
    planned = post.plan(session, f"letter:{number}", channel=channel, **elsewhere)
    began = clock.now() - timedelta(minutes=3)
    session.query(Message).filter_by(id=planned).update(
        {
            "state": state,
            "reason": reason,
            "message_id": f"<m{number}@huisheng.example>",
            "tried_at": began,
            "sent_at": began if state == State.SENT else None,
        }
    )
    return planned


def words(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_an_empty_list_says_what_will_fill_it(login: LogIn) -> None:
    assert "还没有给客户发过消息" in words(login(Role.CX_MANAGER), "/messages")


def test_uncertain_messages_come_first_and_are_explained(session: Session, login: LogIn) -> None:
    uncertain = in_state(session, State.UNCERTAIN)
    newer = in_state(session, State.SENT)
    page = words(login(Role.CX_MANAGER), "/messages")
    assert EXPLAINED in page
    assert "&lt;m1@huisheng.example&gt;" in page
    assert page.index(f"/messages/{uncertain}") < page.index(f"/messages/{newer}")


def test_nothing_uncertain_needs_no_explanation(session: Session, login: LogIn) -> None:
    in_state(session, State.SENT)
    assert EXPLAINED not in words(login(Role.CX_MANAGER), "/messages")


def test_the_list_is_filtered_by_state_and_by_reason(session: Session, login: LogIn) -> None:
    sent = in_state(session, State.SENT)
    capped = in_state(session, State.WITHHELD, Reason.CAPPED)
    gone = in_state(session, State.WITHHELD, Reason.EXPIRED)
    client = login(Role.CX_MANAGER)
    page = words(client, "/messages?state=withheld")
    assert [f"/messages/{n}" in page for n in (sent, capped, gone)] == [False, True, True]
    page = words(client, "/messages?reason=capped")
    assert [f"/messages/{n}" in page for n in (sent, capped, gone)] == [False, True, False]
    assert "近期已询问过（1）" in page


@pytest.mark.parametrize("query", ["state=nonsense", "reason=%27%3B--", "before=x", "state="])
def test_a_filter_that_makes_no_sense_is_no_filter(session: Session, login: LogIn, query: str) -> None:
    sent = in_state(session, State.SENT)
    assert f"/messages/{sent}" in words(login(Role.CX_MANAGER), f"/messages?{query}")


def test_a_filter_that_finds_nothing_says_so(session: Session, login: LogIn) -> None:
    in_state(session, State.SENT)
    assert "没有符合条件的消息" in words(login(Role.CX_MANAGER), "/messages?state=failed")


def test_older_messages_stand_on_the_next_page(session: Session, login: LogIn) -> None:
    person = post.customer(session)
    planned = [post.plan(session, f"letter:{n}", person) for n in range(60)]
    client = login(Role.CX_MANAGER)
    assert f'/messages/{planned[0]}"' not in words(client, "/messages")
    page = words(client, f"/messages?before={planned[10]}")
    assert f'/messages/{planned[0]}"' in page
    assert f'/messages/{planned[10]}"' not in page


def test_overdue_messages_raise_an_alarm(session: Session, login: LogIn) -> None:
    post.plan(session, due_at=clock.now() - timedelta(hours=1))
    assert "有 1 条消息过了应发时间仍未发出" in words(login(Role.CX_MANAGER), "/messages")


def test_the_detail_shows_the_servers_words_and_masks_the_person(session: Session, login: LogIn) -> None:
    person = post.customer(session, "欧阳明月", "mingyue@example.cn")
    planned = post.plan(session, customer_id=person)
    with db.transaction() as opened:
        claimed = services.Claim(planned, "letter:1", 0, 0, words=None)  # type: ignore[arg-type]
        session.query(Message).update({"state": State.CLAIMED, "lease_until": clock.now()})
        services.finish(opened, claimed, Outcome(Verdict.REJECTED, "550 <mingyue@example.cn>: no such user"))
    page = words(login(Role.CX_MANAGER), f"/messages/{planned}")
    assert "m***@example.cn" in page
    assert "欧阳**" in page
    assert "550 &lt;m***@example.cn&gt;: no such user" in page
    assert "mingyue@example.cn" not in page
    assert "欧阳明月" not in page


def test_a_message_of_another_region_is_not_there(session: Session, login: LogIn) -> None:
    here = factories.make_region(session, name="浙江分公司")
    there = factories.make_region(session, name="江苏分公司")
    foreign = in_state(session, State.UNCERTAIN, region_id=there.id)
    own = in_state(session, State.UNCERTAIN, region_id=here.id)
    client = login(Role.CX_MANAGER, region=here.id)
    page = words(client, "/messages")
    assert f"/messages/{own}" in page
    assert f"/messages/{foreign}" not in page
    words(client, f"/messages/{foreign}", 404)
    answer = client.post(f"/messages/{foreign}/settle", data={"outcome": "delivered"})
    assert answer.status_code == 404
    assert post.look(foreign).state == State.UNCERTAIN


@pytest.mark.parametrize(("outcome", "state"), [("delivered", State.SENT), ("send_again", State.WAITING)])
def test_a_manager_settles_an_uncertain_message(
    session: Session, login: LogIn, outcome: str, state: State
) -> None:
    planned = in_state(session, State.UNCERTAIN)
    client = login(Role.CX_MANAGER)
    answer = client.post(f"/messages/{planned}/settle", data={"outcome": outcome})
    assert answer.status_code == 302
    found = post.look(planned)
    assert found.state == state
    assert (found.settled_by or "").startswith("staff:")
    name = session.get_one(Staff, int((found.settled_by or "").removeprefix("staff:"))).name
    assert f"人工处理</dt><dd>{name}" in words(client, f"/messages/{planned}")


def test_settling_twice_says_that_the_page_is_old(session: Session, login: LogIn) -> None:
    planned = in_state(session, State.UNCERTAIN)
    client = login(Role.CX_MANAGER)
    for status in (302, 409):
        answer = client.post(f"/messages/{planned}/settle", data={"outcome": "send_again"})
        assert answer.status_code == status
    assert "这条消息的状态已经变了，请刷新页面再看" in answer.get_data(as_text=True)


def test_who_reads_english_is_told_in_english_that_the_page_is_old(session: Session, login: LogIn) -> None:
    planned = in_state(session, State.SENT)
    client = login(staff=factories.make_staff(session, role=Role.CX_MANAGER, language="en"))
    answer = client.post(f"/messages/{planned}/settle", data={"outcome": "send_again"})
    assert answer.status_code == 409
    assert "The state of this message has changed; reload the page" in answer.get_data(as_text=True)


@pytest.mark.parametrize("outcome", ["", "maybe"])
def test_settling_needs_one_of_the_two_answers(session: Session, login: LogIn, outcome: str) -> None:
    planned = in_state(session, State.UNCERTAIN)
    answer = login(Role.CX_MANAGER).post(f"/messages/{planned}/settle", data={"outcome": outcome})
    assert answer.status_code == 422
    assert post.look(planned).state == State.UNCERTAIN


def test_an_auditor_looks_but_settles_nothing(session: Session, login: LogIn) -> None:
    planned = in_state(session, State.UNCERTAIN)
    client = login(Role.AUDITOR)
    assert "send_again" not in words(client, f"/messages/{planned}")
    answer = client.post(f"/messages/{planned}/settle", data={"outcome": "delivered"})
    assert answer.status_code == 403
    assert post.look(planned).state == State.UNCERTAIN


def test_an_agent_has_no_business_here(session: Session, login: LogIn) -> None:
    words(login(Role.AGENT), "/messages", 403)


def test_the_list_shows_each_channel_and_is_narrowed_by_it(session: Session, login: LogIn) -> None:
    mail = in_state(session, State.SENT)
    text = in_state(session, State.WITHHELD, Reason.CAPPED, channel=Channel.SMS)
    client = login(Role.CX_MANAGER)
    page = words(client, "/messages")
    assert [f"/messages/{n}" in page for n in (mail, text)] == [True, True]
    page = words(client, "/messages?channel=sms")
    assert [f"/messages/{n}" in page for n in (mail, text)] == [False, True]
    assert "短信（1）" in page
    assert "已发送" not in page.partition("<table")[0].partition("filters")[0], (
        "states count the channel's own"
    )
    page = words(client, "/messages?channel=email&state=withheld")
    assert "没有符合条件的消息" in page


def test_a_text_is_shown_with_its_number_masked(session: Session, login: LogIn) -> None:
    planned = in_state(session, State.UNCERTAIN, channel=Channel.SMS)
    mobile = session.get_one(Customer, post.look(planned).customer_id).mobile
    assert mobile is not None
    page = words(login(Role.CX_MANAGER), f"/messages/{planned}")
    assert f"短信 #{planned}" in page
    assert f"{mobile[:3]}****{mobile[-4:]}" in page
    assert mobile not in page
    assert "@example.cn" not in page


def test_a_text_sent_again_at_night_is_said_to_wait_for_the_morning(
    session: Session, login: LogIn, clock_at: clock.FixedClock
) -> None:
    clock_at.advance(hours=11)  # 23:00
    planned = in_state(session, State.UNCERTAIN, channel=Channel.SMS)
    client = login(Role.CX_MANAGER)
    client.post(f"/messages/{planned}/settle", data={"outcome": "send_again"})
    assert "到早上会再发一次" in words(client, f"/messages/{planned}")
    assert clock.beijing(post.look(planned).due_at).hour == 9
