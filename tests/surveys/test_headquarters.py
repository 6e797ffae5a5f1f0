"""What is in force for the whole house is changed at headquarters: surveys, rules, the privacy notice."""

import html
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from grid.rules import Role
from surveys.models import AskRule, SurveyVersion
from tests.surveys import drafting

Login = Callable[..., FlaskClient]


def text(answer: Any) -> str:  # noqa: ANN401
    return html.unescape(answer.get_data(as_text=True))


def state_of(session: Session, version: SurveyVersion) -> str:
    session.refresh(version)
    return version.state


def test_who_is_not_at_headquarters_sees_rules_and_changes_none(session: Session, login: Login) -> None:
    province = factories.make_region(session, name="浙江分公司")
    rule = session.scalars(select(AskRule).where(AskRule.touchpoint_code == "hotline_call")).one()
    client = login(Role.CX_MANAGER, region=province.id)
    path = f"/surveys/rules/{rule.id}"
    page = client.get(path)
    assert page.status_code == 200
    assert "规则对全国生效，由总部修改" in page.get_data(as_text=True)
    assert "保存</span>" not in page.get_data(as_text=True)
    listed = client.get("/surveys").get_data(as_text=True)
    assert "新增规则" not in listed
    assert f'href="{path}"' in listed
    assert client.get("/surveys/rules/new").status_code == 403
    for address in (path, "/surveys/rules/new"):
        refused = client.post(address, data={"name": "新规则", "sample_percent": 0})
        assert refused.status_code == 403
        assert "询问规则对全国生效，由总部修改" in refused.get_data(as_text=True)
    session.refresh(rule)
    assert (rule.sample_percent, rule.active) == (100, True)
    assert session.scalars(select(AskRule).where(AskRule.name == "新规则")).first() is None


def test_who_is_not_at_headquarters_writes_surveys_and_neither_publishes_nor_retires_them(
    session: Session, login: Login
) -> None:
    drafting.notice(session)
    region = factories.make_region(session, name="浙江分公司")
    browser = login(Role.CX_MANAGER, region=region.id)
    asked = factories.published(session)
    version = drafting.draft(session)
    submitted = browser.post(f"/surveys/versions/{version.id}/submit", follow_redirects=True)
    assert "等待有发布权限的同事处理" in text(submitted)
    assert state_of(session, version) == "review"
    page = text(browser.get(f"/surveys/{version.survey_id}"))
    assert "等待总部有发布权限的同事审核" in page
    assert "通过并发布" not in page
    page = text(browser.get(f"/surveys/{asked.survey_id}"))
    assert "由总部审核、发布和停用" in page
    assert "/retire" not in page
    for address in (
        f"/surveys/versions/{version.id}/publish", f"/surveys/versions/{version.id}/send-back",
        f"/surveys/versions/{asked.id}/retire", "/surveys/notices/new",
    ):  # fmt: skip
        refused = browser.post(address, data={"reason": "不合适"})
        assert refused.status_code == 403, address
        assert "由总部" in text(refused), address
    assert (state_of(session, version), state_of(session, asked)) == ("review", "published")
