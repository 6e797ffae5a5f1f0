"""The main job with real parts only: an event, an e-mail, a phone, words, a ticket, a promise kept, a score.

A claim is closed; the customer is asked, answers on an old phone and is unhappy. The agent of their city keeps
the promise, one of another province sees nothing of it, and the manager finds the words behind the score.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock, db
from core.models import AuditEntry
from customers.models import Customer
from dashboards import services as dashboards
from grid import queries as grid
from grid import services as grid_services
from grid.models import Staff
from grid.rules import Role, Scope
from surveys.models import AskRule, Response
from tests.browser.conftest import Look
from tests.chaos.house import ROOT, House
from tests.delivery.servers import Recorder
from tickets.models import Ticket
from tickets.rules import Priority, State, Trigger

pytestmark = pytest.mark.browser

WORDS = "再不赔我就投诉12378，电话13800138000"
MASKED_WORDS = "再不赔我就投诉12378，电话" + "●" * 11
MOBILE, MASKED_MOBILE = "13912345678", "139****5678"
OTHERS = 35
SECONDS_TO_TICKET = 10
RESOLUTION = "已查明材料卡在外部医院，今日赔付到账，并向客户致歉。"

Found = TypeVar("Found")


@dataclass(frozen=True)
class Insurer:
    """What is there before the job begins."""

    house: House
    key: str

    @property
    def home(self) -> str:
        """The address under which customers reach the product."""
        return self.house.environment["HUISHENG_BASE_URL"]

    def report_closed_claim(self, customer: str) -> int | None:
        """Report as the claims system does; return the status."""
        body = {
            "source": "claims",
            "event_id": f"CLAIM-{customer}",
            "touchpoint": "claim_closed",
            "occurred_at": clock.now().isoformat(),
            "customer": {
                "external_id": customer,
                "name": "陈思远",
                "mobile": MOBILE,
                "email": f"{customer.lower()}@example.com",
                "region": "3301",
            },
        }
        return self.house.post_json("/api/v1/touchpoint-events", json.dumps(body), self.key)


@pytest.fixture(scope="module")
def insurer(house: House) -> Insurer:
    """A network with staff, a rule that asks at once, and answers of other customers."""
    with db.transaction() as session:
        tree = factories.region_tree(session)
        for login, role, region in (
            ("agent3301", Role.AGENT, "3301"),
            ("agent4401", Role.AGENT, "4401"),
            ("manager", Role.CX_MANAGER, "HQ"),
        ):
            factories.make_staff(session, login=login, role=role, region_id=tree[region].id)
        session.execute(
            update(AskRule).where(AskRule.touchpoint_code == "claim_closed").values(delay_minutes=0)
        )
        key = grid_services.create_key(
            session, name="claims", scopes=[Scope.EVENTS_WRITE], region=grid.root(session), by=None
        )
        for number in range(OTHERS):
            answer_of_another(
                session, score=(10, 9, 8, 6)[number % 4], region_id=tree["3301"].id, days=number % 20 + 1
            )
        today = clock.beijing_day(clock.now())
        dashboards.recount_all(session, today - timedelta(days=40), today)
    return Insurer(house, key)


def answer_of_another(session: Session, *, score: int, region_id: int, days: int) -> None:
    at = factories.days_ago(days)
    response = factories.make_response(session, nps=score, region_id=region_id, submitted_at=at)
    factories.make_feedback(
        session, source="survey", source_id=str(response.id), response_id=response.id, region_id=region_id,
        touchpoint_code="claim_closed", nps=score, occurred_at=at, received_at=at,
        words="赔款到账很快。", sentiment="positive", score=0.8,
    )  # fmt: skip


def until(ask: Callable[[], Found | None], seconds: float, what: str) -> Found:
    deadline = time.monotonic() + seconds
    while (found := ask()) is None:
        assert time.monotonic() < deadline, f"{what} did not come within {seconds} s"
        time.sleep(0.05)
    return found


def responses_of(customer: str) -> int:
    count = select(func.count(Response.id)).join(Customer, Customer.id == Response.customer_id)
    with db.reading() as session:
        return session.scalar(count.where(Customer.external_id == customer)) or 0


def letter_to(post: Recorder, address: str) -> str:
    """Wait for the e-mail to an address and return it as HTML."""

    def look_up() -> str | None:
        for mail in post.mails:
            if address in str(mail["To"]):
                html = mail.get_body(("html",))
                assert html is not None
                return str(html.get_content())
        return None

    return until(look_up, 30, f"an e-mail to {address}")


def score_link(letter: str, home: str, score: int) -> str:
    """Return the path behind a score in the letter, which must lead to our own house."""
    found = re.search(rf'href="{re.escape(home)}(/s/[A-Za-z0-9_-]+\?nps={score})"', letter)
    assert found, letter
    return found.group(1)


def test_an_unhappy_customer_is_heard_helped_and_counted(
    insurer: Insurer, look: Look, post: Recorder
) -> None:
    assert insurer.report_closed_claim("AL1") == 202
    letter = letter_to(post, "al1@example.com")
    the_customer_answers_once(insurer, look, score_link(letter, insurer.home, 2))
    ticket_id = a_ticket_opens("AL1")
    the_agent_keeps_the_promise(look, ticket_id)
    another_province_sees_nothing(look, ticket_id)
    the_manager_finds_the_words_behind_the_score(look, ticket_id)
    the_audit_log_is_whole(insurer)
    assert [count for count in post.counts.values() if count > 1] == []


def the_customer_answers_once(insurer: Insurer, look: Look, path: str) -> None:
    with look(320, script=False) as eyes:
        page = eyes.page
        eyes.open(path)
        assert eyes.faults(axe=False) == []
        expect(page.locator("input[name=nps]:checked")).to_have_value("2")
        assert responses_of("AL1") == 0
        page.locator("textarea[name=why]").fill(WORDS)
        page.get_by_role("button", name="提交").click()
        page.wait_for_url("**/thanks")
        expect(page.locator("h1")).to_have_text("谢谢您，已收到")
        assert eyes.faults(axe=False) == []
        page.reload()
        expect(page.locator("h1")).to_have_text("谢谢您，已收到")
        page.go_back()
        expect(page.locator("h1")).to_have_text("您已经回答过了")
    link = path.partition("?")[0]
    assert insurer.house.post_form(link, {"nps": "10", "why": "改主意了"}) == 303
    assert responses_of("AL1") == 1


def a_ticket_opens(customer: str) -> int:
    """Wait for the ticket, check its promise and return its id."""

    wanted = select(Ticket.id).join(Customer, Customer.id == Ticket.customer_id)

    def look_up() -> int | None:
        with db.reading() as session:
            return session.scalar(wanted.where(Customer.external_id == customer))

    ticket_id = until(look_up, SECONDS_TO_TICKET, "a ticket")
    with db.reading() as session:
        ticket, city = session.get_one(Ticket, ticket_id), grid.region_by_code(session, "3301")
        said = ticket.feedback
        assert city is not None
        assert (ticket.region_id, ticket.state, ticket.trigger) == (city.id, State.NEW, Trigger.RISK)
        assert ticket.priority == Priority.URGENT
        assert ticket.due_at > ticket.opened_at
        assert (said.nps, said.words, said.masked_words) == (2, WORDS, MASKED_WORDS)
    return ticket_id


def the_agent_keeps_the_promise(look: Look, ticket_id: int) -> None:
    with look(375, login="agent3301") as eyes:
        page = eyes.page
        eyes.open("/tickets?tab=unassigned")
        page.get_by_role("link", name=f"T-{ticket_id}", exact=True).click()
        expect(page.locator("blockquote")).to_have_text(MASKED_WORDS)
        expect(page.locator(".due")).to_contain_text("还剩")
        assert MASKED_MOBILE in page.content()
        page.get_by_role("button", name="认领工单").click()
        expect(page.get_by_text("已认领，请尽快联系客户。")).to_be_visible()

        note = page.locator("#panel-note")
        note.locator("summary").click()
        note.get_by_label("备注").fill("先看理赔材料到了没有。")
        note.get_by_role("button", name="保存备注").click()
        expect(page.get_by_text("备注已保存。")).to_be_visible()

        call = page.locator("#panel-call")
        call.locator("summary").click()
        call.get_by_label("无人接听").check()
        call.get_by_role("button", name="保存回访记录").click()
        expect(page.get_by_text("回访记录已保存。")).to_be_visible()

        resolve = page.locator("#panel-resolve")
        resolve.locator("summary").click()
        resolve.get_by_label("处理结果").fill(RESOLUTION)
        resolve.get_by_role("button", name="办结").click()
        # What is missing is said beside its field, what was typed is still there.
        expect(resolve.locator("#resolve-root_cause-error")).to_have_text("请选择根本原因")
        expect(resolve.locator("#resolve-told_how-error")).to_have_text("请选择如何告知客户")
        expect(resolve.get_by_label("处理结果")).to_have_value(RESOLUTION)
        assert eyes.faults() == []
        assert state_of(ticket_id) == State.ASSIGNED

        resolve.get_by_label("根本原因").select_option("slow_process")
        resolve.get_by_label("电话", exact=True).check()
        resolve.get_by_role("button", name="办结").click()
        expect(page.get_by_text("已办结，客户已告知。")).to_be_visible()
        expect(page.locator(".ticket-resolution")).to_have_text(RESOLUTION)

        close = page.locator("#panel-close")
        close.locator("summary").click()
        close.get_by_role("button", name="结案").click()
        expect(page.get_by_text("工单已结案。")).to_be_visible()
        assert state_of(ticket_id) == State.CLOSED

        reopen = page.locator("#panel-reopen")
        reopen.locator("summary").click()
        reopen.get_by_label("重新打开的原因").fill("客户来电说款项没有到账。")
        reopen.get_by_role("button", name="重新打开").click()
        expect(page.get_by_text("工单已重新打开，办结时限从现在起重新计算。")).to_be_visible()
        assert state_of(ticket_id) == State.ASSIGNED
        assert MOBILE not in page.content()
        assert eyes.faults() == []


def state_of(ticket_id: int) -> State:
    with db.reading() as session:
        return State(session.get_one(Ticket, ticket_id).state)


def another_province_sees_nothing(look: Look, ticket_id: int) -> None:
    with look(375, login="agent4401") as eyes:
        eyes.open(f"/tickets/{ticket_id}", status=404)
        assert "12378" not in eyes.page.content()
        assert eyes.faults() == []
        eyes.open("/tickets?tab=all&state=any")
        assert f"T-{ticket_id}" not in eyes.page.content()


def the_manager_finds_the_words_behind_the_score(look: Look, ticket_id: int) -> None:
    with look(1440, login="manager") as eyes:
        page = eyes.page
        card = page.get_by_role("region", name="净推荐值 NPS")

        def counted() -> bool | None:
            eyes.open("/")
            return f"n = {OTHERS + 1}" in card.inner_text() or None

        until(counted, 15, f"n = {OTHERS + 1}")
        # 18 promoters, 9 passives and 9 detractors, among them ours: (18 - 9) / 36.
        expect(card.locator(".score-value")).to_have_text("25.0")
        expect(card).to_contain_text("95% 区间")
        assert eyes.faults() == []

        bar = page.locator("#points-nps .point path").first
        bar.scroll_into_view_if_needed()
        box = bar.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_url("**/feedback?*score=detractor*")
        expect(page.locator("tbody tr")).to_have_count(9)
        page.get_by_role("link", name=MASKED_WORDS).click()
        expect(page.locator("blockquote")).to_have_text(MASKED_WORDS)
        assert not re.search(r"13800138000|13912345678", page.content())
        page.get_by_role("link", name="相关工单").click()
        page.wait_for_url(f"**/tickets/{ticket_id}")

        assert MASKED_MOBILE in page.content()
        assert MOBILE not in page.content()
        page.get_by_role("button", name="显示完整的手机号码").click()
        expect(page.get_by_role("link", name=MOBILE)).to_be_visible()
        assert eyes.faults() == []
        page.goto(eyes.home + f"/tickets/{ticket_id}")
        assert MOBILE not in page.content()
    with db.reading() as session:
        lines = session.scalars(select(AuditEntry).where(AuditEntry.action == "customer.reveal")).all()
        manager = session.scalars(select(Staff).where(Staff.login == "manager")).one()
        assert [(line.actor, line.detail["ticket"]) for line in lines] == [(f"staff:{manager.id}", ticket_id)]


def the_audit_log_is_whole(insurer: Insurer) -> None:
    verdict = subprocess.run(
        [sys.executable, "-m", "app.cli", "audit", "verify"],
        env=insurer.house.environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_an_event_reported_twice_asks_the_customer_once(insurer: Insurer, post: Recorder) -> None:
    assert insurer.report_closed_claim("AL2") == 202
    letter_to(post, "al2@example.com")
    assert insurer.report_closed_claim("AL2") == 202
    assert insurer.report_closed_claim("AL3") == 202
    letter_to(post, "al3@example.com")
    assert [address for address in post.recipients if address == "al2@example.com"] == ["al2@example.com"]
