"""Rules on the pages of staff: made, changed, and asking with the survey they name."""

import html
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core.models import AuditEntry
from delivery.rules import segments
from grid.rules import Role
from surveys import services
from surveys.models import AskRule, Invitation, Survey

Login = Callable[..., FlaskClient]


def form_of(session: Session, **given: object) -> dict[str, object]:
    """Return a rule as the form sends it."""
    survey = session.scalars(select(Survey).where(Survey.code == "service_csat")).one()
    return {
        "name": "报案后询问满意度", "touchpoint_code": "claim_reported", "survey_id": survey.id,
        "delay_minutes": 5, "sample_percent": 100, "rest_days": 30, "valid_days": 7,
    } | given  # fmt: skip


def test_a_new_rule_asks_at_its_touchpoint_with_its_survey(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    assert client.get("/surveys/rules/new").status_code == 200
    assert client.post("/surveys/rules/new", data=form_of(session)).status_code == 302
    event = factories.make_event(session, touchpoint_code="claim_reported")
    services.invite(session, touchpoint_event_id=event.id)
    invitation = session.scalars(select(Invitation).where(Invitation.event_id == event.id)).one()
    assert invitation.version_id == factories.published(session, "service_csat").id


def test_a_name_that_is_taken_is_said_beside_the_field(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    client.post("/surveys/rules/new", data=form_of(session))
    again = client.post("/surveys/rules/new", data=form_of(session, delay_minutes=9))
    assert again.status_code == 422
    page = again.get_data(as_text=True)
    assert "已有同名规则" in page
    assert 'value="9"' in page


def test_blanks_are_no_name_for_a_rule(session: Session, login: Login) -> None:
    answer = login(Role.CX_MANAGER).post("/surveys/rules/new", data=form_of(session, name="   "))
    assert answer.status_code == 422
    assert "请填写规则名称" in answer.get_data(as_text=True)
    assert session.scalars(select(AskRule).where(AskRule.name == "")).all() == []


def test_only_a_survey_that_is_published_can_be_sent(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    draft = Survey(code="never_published", name="还没发布")
    session.add(draft)
    session.flush()
    assert "还没发布" not in client.get("/surveys/rules/new").get_data(as_text=True)
    assert client.post("/surveys/rules/new", data=form_of(session, survey_id=draft.id)).status_code == 422


def test_a_rule_can_be_given_another_survey(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    rule = session.scalars(select(AskRule).where(AskRule.touchpoint_code == "claim_closed")).one()
    csat = session.scalars(select(Survey.id).where(Survey.code == "service_csat")).one()
    answer = client.post(f"/surveys/rules/{rule.id}", data=form_of(session, survey_id=csat, active="y"))
    assert answer.status_code == 302
    session.refresh(rule)
    assert (rule.survey_id, rule.valid_days, rule.touchpoint_code) == (csat, 7, "claim_closed")


def test_a_reminder_lies_within_the_life_of_the_link(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    late = client.post("/surveys/rules/new", data=form_of(session, remind_days=8))
    assert late.status_code == 422
    assert "要在链接有效期内提醒" in late.get_data(as_text=True)
    assert client.post("/surveys/rules/new", data=form_of(session, remind_days=3)).status_code == 302
    made = session.scalars(select(AskRule).where(AskRule.name == "报案后询问满意度")).one()
    assert made.remind_days == 3


def preview(client: FlaskClient, session: Session, **given: object) -> str:
    """Return the page with the SMS that these fields describe."""
    answer = client.post("/surveys/rules/new", data=form_of(session, preview="1", channel="sms", **given))
    assert answer.status_code == 200
    return html.unescape(answer.get_data(as_text=True))


def test_a_rule_by_sms_is_kept_and_shown_and_can_be_changed_back(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    client.post("/surveys/rules/new", data=form_of(session, channel="sms_first", score_in_sms="y"))
    made = session.scalars(select(AskRule).where(AskRule.name == "报案后询问满意度")).one()
    assert (made.channel, made.score_in_sms) == ("sms_first", True)
    assert "有手机号发短信，没有则发邮件" in client.get("/surveys").get_data(as_text=True)
    shown = client.get(f"/surveys/rules/{made.id}").get_data(as_text=True)
    assert re.search(r'<input checked[^>]* value="sms_first">', shown)
    assert "5 非常满意 http" in shown
    client.post(f"/surveys/rules/{made.id}", data=form_of(session, channel="email"))
    session.refresh(made)
    assert (made.channel, made.score_in_sms) == ("email", False)


@pytest.mark.parametrize("channel", ["wechat", "pigeon", ""])
def test_a_channel_that_nothing_carries_cannot_be_chosen(
    session: Session, login: Login, channel: str
) -> None:
    answer = login(Role.CX_MANAGER).post("/surveys/rules/new", data=form_of(session, channel=channel))
    assert answer.status_code == 422


def test_the_preview_shows_the_text_and_what_it_costs_and_saves_nothing(
    session: Session, login: Login
) -> None:
    client = login(Role.CX_MANAGER)
    page = preview(client, session)
    text = re.search(r'<p class="sms-text">(.*?)</p>', page, re.DOTALL)
    assert text is not None
    assert text[1].startswith("【安澜保险】您好，您对这次服务满意吗？请点开作答：http://127.0.0.1:8000/s/")
    assert f"共 {len(text[1])} 个字符，按 {segments(text[1])} 条短信计费" in page
    assert "还没有接入短信平台" in page
    assert session.scalars(select(AskRule).where(AskRule.name == "报案后询问满意度")).first() is None
    longer = preview(client, session, score_in_sms="y")
    assert "1 非常不满意 http" in longer
    assert "上面的选项不起作用" not in longer


def test_the_preview_says_when_listing_scores_has_no_effect(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    nps = session.scalars(select(Survey.id).where(Survey.code == "transactional_nps")).one()
    assert "第一题超过 5 个分值" in preview(client, session, survey_id=nps, score_in_sms="y")
    assert "第一题超过 5 个分值" not in preview(client, session, survey_id=nps)


@pytest.mark.parametrize(
    "given", [{"survey_id": ""}, {"survey_id": "9" * 30}, {"valid_days": "x"}, {"delay_minutes": "-9" * 40}]
)
def test_a_preview_of_half_a_form_is_a_page(session: Session, login: Login, given: dict[str, object]) -> None:
    preview(login(Role.CX_MANAGER), session, **given)


def test_a_rule_by_letter_has_no_preview_of_a_text(session: Session, login: Login) -> None:
    page = login(Role.CX_MANAGER).get("/surveys/rules/new").get_data(as_text=True)
    assert "sms-text" not in page


def noted(session: Session, action: str) -> list[dict[str, object]]:
    """Return what the audit log keeps of an action, oldest first."""
    found = session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))
    return [entry.detail for entry in found]


def test_the_audit_log_keeps_a_new_rule_as_it_stands(session: Session, login: Login) -> None:
    login(Role.CX_MANAGER).post("/surveys/rules/new", data=form_of(session, remind_days=3))
    [kept] = noted(session, "rule.make")
    made = session.scalars(select(AskRule).where(AskRule.name == "报案后询问满意度")).one()
    assert made.active
    assert kept["active"] is True
    assert (kept["touchpoint_code"], kept["rest_days"], kept["remind_days"]) == ("claim_reported", 30, 3)
    assert kept["survey"] == made.survey.name


def test_the_audit_log_keeps_what_a_change_replaced_and_nothing_else(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    rule = session.scalars(select(AskRule).where(AskRule.touchpoint_code == "hotline_call")).one()
    as_it_is = form_of(session, delay_minutes=10, valid_days=14, active="y")
    client.post(f"/surveys/rules/{rule.id}", data=as_it_is)
    assert noted(session, "rule.change") == [], "nothing was changed"
    client.post(
        f"/surveys/rules/{rule.id}", data=as_it_is | {"sample_percent": 20, "remind_days": 5, "active": ""}
    )
    assert noted(session, "rule.change") == [
        {
            "name": rule.name,
            "sample_percent": {"before": 100, "after": 20},
            "remind_days": {"before": None, "after": 5},
            "active": {"before": True, "after": False},
        }
    ]
    client.get("/logout")
    page = login(Role.AUDITOR).get("/admin/audit").get_data(as_text=True)
    assert "抽样比例（%）：100 → 20" in page
    assert "几天后提醒：无 → 5" in page
    assert "启用：是 → 否" in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sample_percent": 0}, "抽样比例是 0%，不会询问任何人"),
        ({"rest_days": 0}, "间隔是 0 天：同一客户每次到达这个触点都会收到问卷"),
    ],
)
def test_saving_figures_that_few_people_mean_is_said(
    session: Session, login: Login, given: dict[str, object], said: str
) -> None:
    client = login(Role.CX_MANAGER)
    client.post("/surveys/rules/new", data=form_of(session, **given))
    assert said in client.get("/surveys").get_data(as_text=True)
    client.post("/surveys/rules/new", data=form_of(session, name="另一条"))
    assert said not in client.get("/surveys").get_data(as_text=True)


def test_the_list_of_rules_tells_rest_validity_and_reminder(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    client.post("/surveys/rules/new", data=form_of(session, rest_days=41, valid_days=9, remind_days=4))
    page = client.get("/surveys").get_data(as_text=True)
    row = next(row for row in page.split("<tr") if "报案后询问满意度" in row)
    for label, value in (("至少间隔", "41 天"), ("链接有效", "9 天"), ("提醒", "4 天后"), ("渠道", "邮件")):
        assert re.search(rf'data-label="{label}">{value}<', row), label


def test_a_rule_names_its_touchpoint_and_its_survey(session: Session, login: Login) -> None:
    rule = session.scalars(select(AskRule).where(AskRule.touchpoint_code == "hotline_call")).one()
    page = login(Role.CX_MANAGER).get(f"/surveys/rules/{rule.id}").get_data(as_text=True)
    assert "<dt>触点</dt><dd>客服热线" in page
    assert f'<a href="/surveys/{rule.survey_id}">{rule.survey.name}</a>' in page
    assert "<span>保存</span>" in page
