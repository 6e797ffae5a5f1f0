"""The page of an ask rule: what customers will read on their telephones follows the form, with scripts and without."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from app.demo import factories
from core import clock, db
from delivery.models import Message
from delivery.rules import Channel, State
from grid.rules import Role
from surveys.models import AskRule
from tests.browser.conftest import Look

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def rule_id(look: Look) -> int:
    """The rule that asks after calls to the hotline, still by e-mail, and a manager who may change it."""
    with db.transaction() as session:
        factories.make_staff(session, login="manager", role=Role.CX_MANAGER)
        rule = session.scalars(select(AskRule).where(AskRule.touchpoint_code == "hotline_call")).one()
        customer = factories.make_customer(session)
        for channel in (Channel.EMAIL, Channel.SMS):
            session.add(
                Message(
                    key=f"look:{channel}", kind="survey_invitation", subject_id=1, channel=channel,
                    customer_id=customer.id, region_id=customer.region_id, due_at=clock.now(), sent_at=clock.now(),
                    state=State.SENT, message_id=f"<{channel}@example.cn>",
                )
            )  # fmt: skip
    return rule.id


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_the_preview_follows_the_form_and_saves_nothing(look: Look, rule_id: int, width: int) -> None:
    with look(width, login="manager") as eyes:
        page = eyes.page
        eyes.open(f"/surveys/rules/{rule_id}")
        expect(page.locator(".sms-text")).to_have_count(0)
        page.get_by_label("短信", exact=True).check()
        expect(page.locator(".sms-text")).to_contain_text("【安澜保险】您好")
        expect(page.locator("#sms-preview")).to_contain_text("条短信计费")
        page.get_by_label("短信里逐项列出第一题的分数").check()
        expect(page.locator(".sms-text")).to_contain_text("5 非常满意")
        assert eyes.faults() == []
        page.get_by_label("邮件", exact=True).check()
        expect(page.locator(".sms-text")).to_have_count(0)
    with db.reading() as session:
        assert session.scalar(select(AskRule.channel).where(AskRule.id == rule_id)) == "email"


def test_without_scripts_a_button_shows_the_text_and_another_saves(look: Look, rule_id: int) -> None:
    with look(375, login="manager", script=False) as eyes:
        page = eyes.page
        eyes.open(f"/surveys/rules/{rule_id}")
        page.get_by_label("有手机号发短信，没有则发邮件").check()
        page.get_by_role("button", name="预览短信").click()
        expect(page.locator(".sms-text")).to_contain_text("【安澜保险】您好")
        assert eyes.faults(axe=False) == []
        page.get_by_role("button", name="保存").click()
        page.wait_for_url("**/surveys")
        expect(page.get_by_text("规则已保存。")).to_be_visible()
    with db.reading() as session:
        assert session.scalar(select(AskRule.channel).where(AskRule.id == rule_id)) == "sms_first"
        assert (
            session.scalar(select(func.count()).select_from(AskRule).where(AskRule.channel != "email")) == 1
        )


@pytest.mark.parametrize("width", [320, 1280])
def test_the_list_of_messages_is_narrowed_to_a_channel(look: Look, width: int) -> None:
    with look(width, login="manager") as eyes:
        page = eyes.page
        eyes.open("/messages")
        if width < 800:
            page.locator("details.filters summary").click()
        page.get_by_label("渠道").select_option("sms")
        page.get_by_role("button", name="查询").click()
        page.wait_for_url("**channel=sms**")
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("tbody")).to_contain_text("短信")
        assert eyes.faults() == []
        page.locator("tbody a").first.click()
        expect(page.locator("h1")).to_contain_text("短信 #")
        assert eyes.faults() == []
