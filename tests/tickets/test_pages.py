"""The pages of tickets through the browser's eyes."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.clock import FixedClock
from core.models import AuditEntry
from grid.models import Staff
from grid.rules import Role
from tickets.models import Ticket, TicketEvent
from tickets.rules import Happening, Priority, State, Trigger

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def mine(session: Session, person: Staff, **given: Any) -> Ticket:  # noqa: ANN401
    state = given.pop("state", State.ASSIGNED)
    return factories.make_ticket(session, assignee_id=person.id, state=state, **given)


def history(session: Session, ticket: Ticket) -> list[TicketEvent]:
    query = select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.id)
    return list(session.scalars(query))


def state_of(session: Session, ticket: Ticket) -> str:
    return session.scalars(select(Ticket.state).where(Ticket.id == ticket.id)).one()


def text(answer: object) -> str:
    return answer.get_data(as_text=True)  # type: ignore[attr-defined,no-any-return]


@contextmanager
def counting(session: Session) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            statements.append(statement)

    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", note)
    yield statements
    event.remove(bind, "before_cursor_execute", note)


def test_an_agent_works_a_ticket_from_taking_to_the_end(
    session: Session, login: Login, clock_at: FixedClock
) -> None:
    clock_at.instant = clock_at.instant.replace(hour=2)  # ten o'clock in Beijing
    customer = factories.make_customer(session, name="欧阳思远", mobile="13912345678")
    about = factories.make_feedback(session, nps=2, customer_id=customer.id, words="太慢了")
    ticket = factories.make_ticket(session, feedback=about, priority=Priority.HIGH)
    agent = factories.make_staff(session, name="周敏")
    browser = login(staff=agent)

    waiting = text(browser.get("/tickets?tab=unassigned"))
    assert f"T-{ticket.id}" in waiting
    assert "太慢了" in waiting

    address = f"/tickets/{ticket.id}"
    page = text(browser.get(address))
    assert "认领工单" in page
    assert "还剩 7 工作小时 30 分" in page
    assert "欧阳**" in page
    assert "139****5678" in page
    assert "13912345678" not in page
    seen = {"version": hidden(page, "version")}
    assert browser.post(f"{address}/take", data=seen).status_code == 302

    page = text(browser.get(address))
    seen = {"version": hidden(page, "version"), "submission": hidden(page, "submission")}
    done = browser.post(
        f"{address}/call", data=seen | {"call-outcome": "reached", "call-text": "客户同意等待"}
    )
    assert done.status_code == 302
    assert state_of(session, ticket) == State.CONTACTED

    clock_at.advance(minutes=25)
    page = text(browser.get(address))
    seen = {"version": hidden(page, "version"), "submission": hidden(page, "submission")}
    answer = {
        "resolve-root_cause": "slow_process",
        "resolve-resolution": "已加急赔付",
        "resolve-told_how": "phone",
        "resolve-told_at": "2026-06-10T10:20",
    }
    assert browser.post(f"{address}/resolve", data=seen | answer).status_code == 302
    page = text(browser.get(address))
    assert "已加急赔付" in page
    assert "办结（处理时效慢），已通过电话告知客户" in page
    assert "按时办结" in page

    seen = {"version": hidden(page, "version"), "submission": hidden(page, "submission")}
    assert browser.post(f"{address}/close", data=seen).status_code == 302
    assert state_of(session, ticket) == State.CLOSED
    assert [one.kind for one in history(session, ticket)] == ["taken", "called", "resolved", "closed"]
    assert [one.staff_id for one in history(session, ticket)] == [agent.id] * 4


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"resolve-root_cause": ""}, "请选择根本原因"),
        ({"resolve-root_cause": "made_up"}, "请选择根本原因"),
        ({"resolve-resolution": "  "}, "请填写处理结果"),
        ({"resolve-resolution": "长" * 2001}, "最多 2000 字"),
        ({"resolve-resolution": "a\0b"}, "含有无法识别的字符"),
        ({"resolve-told_how": ""}, "请选择如何告知客户"),
        ({"resolve-told_how": "telepathy"}, "告知方式"),
        ({"resolve-told_at": ""}, "请填写告知客户的时间"),
        ({"resolve-told_at": "yesterday"}, "告知时间"),
        ({"resolve-told_at": "2026-06-10T12:01"}, "告知时间不能晚于现在"),
        ({"resolve-told_at": "2026-06-09T12:00"}, "告知时间不能早于工单建立"),
        ({"resolve-told_at": "0001-01-01T00:00"}, "告知时间不能早于工单建立"),
        ({"resolve-told_at": "9999-12-31T23:59"}, "告知时间不能晚于现在"),
    ],
)
def test_an_unfinished_resolution_comes_back_with_what_was_typed(
    session: Session, login: Login, changes: dict[str, str], sentence: str
) -> None:
    agent = factories.make_staff(session)
    ticket = mine(session, agent)
    whole = {
        "resolve-root_cause": "slow_process",
        "resolve-resolution": "退还了多扣的保费",
        "resolve-told_how": "sms",
        "resolve-told_at": "2026-06-10T12:00",
    }
    answer = login(staff=agent).post(f"/tickets/{ticket.id}/resolve", data=whole | changes)
    page = text(answer)
    assert answer.status_code == 422
    assert sentence in page
    assert "has-error" in page
    if "resolve-resolution" not in changes:
        assert "退还了多扣的保费" in page
    session.refresh(ticket)
    assert ticket.state == State.ASSIGNED
    assert history(session, ticket) == []


def test_who_comes_second_is_told_who_has_the_ticket(session: Session, login: Login) -> None:
    ticket = mine(session, factories.make_staff(session, name="李强"))
    answer = login(Role.AGENT).post(f"/tickets/{ticket.id}/take")
    assert answer.status_code == 409
    assert "这张工单已由李强认领" in text(answer)


def test_a_change_on_an_older_page_is_refused_with_the_newer_page(session: Session, login: Login) -> None:
    agent = factories.make_staff(session)
    ticket = mine(session, agent, state=State.CONTACTED)
    ticket.first_contact_at = clock.now()
    session.flush()
    answer = login(staff=agent).post(
        f"/tickets/{ticket.id}/call", data={"version": "1", "call-outcome": "busy"}
    )
    assert answer.status_code == 409
    assert "刚刚被别人更新" in text(answer)


def test_the_same_form_sent_twice_acts_once(session: Session, login: Login) -> None:
    agent = factories.make_staff(session)
    ticket = mine(session, agent)
    browser = login(staff=agent)
    form = {"submission": "abcdefgh1234", "note-text": "客户下午方便"}
    for _ in range(2):
        assert browser.post(f"/tickets/{ticket.id}/note", data=form).status_code == 302
    assert [one.note for one in history(session, ticket)] == ["客户下午方便"]


def test_a_ticket_of_another_region_does_not_exist(session: Session, login: Login) -> None:
    tree = factories.region_tree(session)
    ticket = factories.make_ticket(session, region_id=tree["3301"].id)
    browser = login(Role.CX_MANAGER, region=tree["32"].id)
    address = f"/tickets/{ticket.id}"
    assert browser.get(address).status_code == 404
    for action in ("take", "assign", "note", "call", "resolve", "close", "reopen", "reveal"):
        form = {"note-text": "x", "call-outcome": "busy", "reopen-why": "x", "assign-staff": "1"}
        assert browser.post(f"{address}/{action}", data=form).status_code == 404, action
    assert f"T-{ticket.id}" not in text(browser.get("/tickets?state=any"))


@pytest.mark.parametrize("role", [Role.ANALYST, Role.VIEWER, Role.AUDITOR])
def test_who_has_no_right_to_tickets_stays_outside(session: Session, login: Login, role: Role) -> None:
    ticket = factories.make_ticket(session)
    browser = login(role)
    assert browser.get("/tickets").status_code == 403
    assert browser.get(f"/tickets/{ticket.id}").status_code == 403
    assert browser.post(f"/tickets/{ticket.id}/take").status_code == 403


def test_an_agent_may_not_assign(session: Session, login: Login) -> None:
    ticket = factories.make_ticket(session)
    browser = login(Role.AGENT)
    assert "panel-assign" not in text(browser.get(f"/tickets/{ticket.id}"))
    assert browser.post(f"/tickets/{ticket.id}/assign", data={"assign-staff": "1"}).status_code == 403


def test_a_manager_assigns_to_who_is_proposed_first(session: Session, login: Login) -> None:
    tree = factories.region_tree(session)
    ticket = factories.make_ticket(session, region_id=tree["3301"].id)
    near = factories.make_staff(session, name="近处的人", region_id=tree["3301"].id)
    factories.make_staff(session, name="省里的人", region_id=tree["33"].id)
    browser = login(Role.CX_MANAGER, region=tree["33"].id)
    page = text(browser.get(f"/tickets/{ticket.id}"))
    options = re.findall(r'<option[^>]*value="(\d+)">([^<]*)', page[page.index("panel-assign") :])
    assert [name.split("（")[0] for _, name in options[:2]] == ["近处的人", "省里的人"]
    answer = browser.post(f"/tickets/{ticket.id}/assign", data={"assign-staff": options[0][0]})
    assert answer.status_code == 302
    session.refresh(ticket)
    assert ticket.assignee_id == near.id
    assert "分派给 近处的人" in text(browser.get(f"/tickets/{ticket.id}"))


def test_the_full_number_is_shown_once_and_leaves_a_line_in_the_audit_log(
    session: Session, login: Login
) -> None:
    customer = factories.make_customer(session, mobile="13912345678")
    about = factories.make_feedback(session, customer_id=customer.id)
    ticket = factories.make_ticket(session, feedback=about)
    agent = factories.make_staff(session)
    browser = login(staff=agent)
    shown = browser.post(f"/tickets/{ticket.id}/reveal")
    assert shown.headers["Cache-Control"] == "no-store"
    assert "13912345678" in text(shown)
    assert "13912345678" not in text(browser.get(f"/tickets/{ticket.id}"))
    line = session.scalars(select(AuditEntry).where(AuditEntry.action == "customer.reveal")).one()
    assert (line.actor, line.object_id) == (f"staff:{agent.id}", str(customer.id))
    assert "13912345678" not in str(line.detail)


def test_overdue_tickets_stand_above_those_due_soon_and_the_rest(
    session: Session, login: Login, clock_at: FixedClock
) -> None:
    clock_at.instant = clock_at.instant.replace(hour=2)
    now = clock_at.now()
    agent = factories.make_staff(session)
    given = {"opened_at": now - timedelta(days=3)}
    rest = mine(session, agent, due_at=now + timedelta(hours=30), **given)
    soon = mine(session, agent, due_at=now + timedelta(hours=1), **given)
    late = mine(session, agent, due_at=now - timedelta(hours=1), **given)
    page = text(login(staff=agent).get("/tickets"))
    places = [page.index(word) for word in ("已超时<span", "两个工作小时内到期<span", "其余工单<span")]
    numbers = [page.index(f">T-{one.id}<") for one in (late, soon, rest)]
    assert sorted([*places, *numbers]) == [
        places[0], numbers[0], places[1], numbers[1], places[2], numbers[2]
    ]  # fmt: skip


def test_each_filter_narrows_the_list(session: Session, login: Login) -> None:
    tree = factories.region_tree(session)
    now = clock.now()
    one = factories.make_ticket(
        session, region_id=tree["3301"].id, priority=Priority.URGENT, trigger=Trigger.RISK,
        touchpoint_code="claim_closed", opened_at=now - timedelta(days=2), due_at=now - timedelta(days=1),
    )  # fmt: skip
    other = factories.make_ticket(session, region_id=tree["3201"].id, touchpoint_code=None)
    browser = login(Role.CX_MANAGER)
    for query in (
        "priority=urgent", "trigger=risk", "touchpoint=claim_closed", f"region={tree['33'].id}", "due=overdue",
    ):  # fmt: skip
        page = text(browser.get(f"/tickets?{query}"))
        assert f">T-{one.id}<" in page, query
        assert f">T-{other.id}<" not in page, query


@pytest.mark.parametrize(
    "query",
    ["priority=x", "region=abc", "after=x", "tab=%00", "touchpoint=%00", "due=1", "region=99999999999"],
)
def test_a_filter_that_makes_no_sense_breaks_nothing(login: Login, query: str) -> None:
    assert login(Role.ADMINISTRATOR).get(f"/tickets?{query}").status_code == 200


def test_every_ticket_is_found_once_by_turning_pages_there_and_back(session: Session, login: Login) -> None:
    now = clock.now()
    made = {
        factories.make_ticket(session, due_at=now + timedelta(hours=1 + number % 7)).id
        for number in range(75)
    }
    browser = login(Role.CX_MANAGER)

    def walk(address: str, rel: str) -> list[list[int]]:
        pages = []
        for _ in range(9):
            page = text(browser.get(address))
            pages.append([int(found) for found in re.findall(r'href="/tickets/(\d+)">T-', page)])
            turn = re.search(rf'rel="{rel}" href="([^"]*)"', page)
            if turn is None:
                return pages
            address = last[0] = turn[1].replace("&amp;", "&")
        raise AssertionError("the pages never end")

    last = [""]
    there = walk("/tickets?tab=all", "next")
    assert [len(page) for page in there] == [30, 30, 15]
    assert {one for page in there for one in page} == made
    back = walk(last[0], "prev")
    assert back == there[::-1]


def test_an_utterance_with_one_ticket_leads_straight_to_it(session: Session, login: Login) -> None:
    ticket = factories.make_ticket(session)
    answer = login(Role.AGENT).get(f"/tickets?feedback={ticket.feedback_id}")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/tickets/{ticket.id}"


def test_a_ticket_is_opened_by_hand_for_an_utterance_without_one(session: Session, login: Login) -> None:
    about = factories.make_feedback(session, words="请回电", nps=9)
    agent = factories.make_staff(session)
    browser = login(staff=agent)
    page = text(browser.get(f"/tickets?feedback={about.id}"))
    assert "这条原声还没有工单" in page
    form = {"feedback": str(about.id), "open-priority": "high", "open-why": ""}
    refused = browser.post("/tickets", data=form)
    assert refused.status_code == 422
    assert "请填写建单原因" in text(refused)
    opened = browser.post("/tickets", data=form | {"open-why": "客户要求回电"})
    assert opened.status_code == 302
    ticket = session.scalars(select(Ticket).where(Ticket.feedback_id == about.id)).one()
    assert (ticket.trigger, ticket.priority, ticket.state) == (Trigger.MANUAL, Priority.HIGH, State.NEW)
    line = history(session, ticket)[0]
    assert (line.kind, line.note, line.staff_id) == (Happening.OPENED, "客户要求回电", agent.id)
    assert browser.post("/tickets", data=form | {"open-why": "又来"}).status_code == 409
    assert browser.post("/tickets", data={"feedback": "x", "open-why": "y"}).status_code == 404


def test_an_empty_day_says_what_to_do_next(login: Login) -> None:
    page = text(login(Role.AGENT).get("/tickets"))
    assert "您名下没有未办结的工单" in page
    assert "去认领" in page


def test_words_of_a_customer_are_never_markup(session: Session, login: Login) -> None:
    about = factories.make_feedback(session, words="<script>alert(1)</script>")
    ticket = factories.make_ticket(session, feedback=about)
    browser = login(Role.AGENT)
    for address in (f"/tickets/{ticket.id}", "/tickets?tab=all"):
        assert "<script>alert(1)" not in text(browser.get(address))


def test_a_page_asks_the_database_as_often_for_a_full_page_as_for_one_ticket(
    session: Session, login: Login
) -> None:
    browser = login(Role.CX_MANAGER)
    factories.make_ticket(session)
    with counting(session) as few:
        browser.get("/tickets?tab=all")
    for _ in range(40):
        factories.make_ticket(session)
    session.expunge_all()
    with counting(session) as many:
        assert browser.get("/tickets?tab=all").status_code == 200
    assert len(many) == len(few) <= 10


def test_one_ticket_asks_the_database_a_fixed_number_of_times(session: Session, login: Login) -> None:
    agent = factories.make_staff(session)
    ticket = mine(session, agent)
    for number in range(30):
        session.add(
            TicketEvent(
                ticket_id=ticket.id, at=clock.now(), kind=Happening.NOTED, staff_id=agent.id, note=str(number)
            )
        )
    session.flush()
    browser = login(staff=agent)
    with counting(session) as asked:
        assert browser.get(f"/tickets/{ticket.id}").status_code == 200
    assert len(asked) <= 11
