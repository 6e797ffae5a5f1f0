"""An open link changed afterwards: its name, its end and its limit, never what is printed or stands in answers."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.clock import FixedClock
from core.models import AuditEntry
from grid.rules import Role
from surveys.models import OpenLink
from tests.surveys import open_links as made

pytestmark = pytest.mark.usefixtures("clock_at")

Login = Callable[..., FlaskClient]


def edits(session: Session) -> list[AuditEntry]:
    return list(
        session.scalars(select(AuditEntry).where(AuditEntry.action == "link.edit").order_by(AuditEntry.id))
    )


def change(client: FlaskClient, link: OpenLink, **given: str) -> int:
    sent = {"name": link.name, "expires_on": "", "per_device": ""} | given
    return client.post(f"/surveys/links/{link.id}/edit", data=sent).status_code


def test_name_end_and_limit_are_changed_and_noted_with_what_was_before(
    session: Session, login: Login
) -> None:
    link = made.make_link(session, name="旧名称", parameters={"agent": "A1"})
    fixed = (link.slug, link.kind, link.region_id, link.touchpoint_code, link.parameters)
    staff = login(Role.CX_MANAGER)
    assert change(staff, link, name="新名称", expires_on="2099-01-31", per_device="2") == 302
    session.refresh(link)
    assert (link.name, link.per_device) == ("新名称", 2)
    assert link.expires_at == clock.day_end(date(2099, 1, 31))
    assert (link.slug, link.kind, link.region_id, link.touchpoint_code, link.parameters) == fixed
    assert [entry.detail for entry in edits(session)] == [
        {
            "name": {"before": "旧名称", "after": "新名称"},
            "expires_on": {"before": None, "after": "2099-01-31"},
            "per_device": {"before": None, "after": 2},
        }
    ]
    form = staff.get(f"/surveys/links/{link.id}/edit").get_data(as_text=True)
    assert 'value="2099-01-31"' in form
    assert change(staff, link, name="新名称", expires_on="2099-01-31", per_device="2") == 302
    assert len(edits(session)) == 1
    assert change(staff, link, expires_on="2099-01-31") == 302
    assert edits(session)[1].detail == {"per_device": {"before": 2, "after": None}}


def test_the_history_of_the_survey_and_the_audit_log_tell_the_change_in_words(
    session: Session, login: Login
) -> None:
    link = made.make_link(session, name="旧名称")
    change(login(Role.CX_MANAGER), link, name="新名称", expires_on="2099-01-31")
    page = login(Role.CX_MANAGER).get(f"/surveys/{link.survey_id}").get_data(as_text=True)
    assert "修改开放链接 · 新名称" in page
    assert "名称：旧名称 → 新名称；截止日期：不限 → 2099-01-31" in page
    branch = factories.make_region(session)
    away = login(Role.ANALYST, region=branch.id).get(f"/surveys/{link.survey_id}").get_data(as_text=True)
    assert "修改开放链接" in away
    assert "旧名称" not in away


@pytest.mark.parametrize(
    ("kind", "given", "sentence"),
    [
        ("qr", {"name": "  "}, "请写一个名称"),
        ("qr", {"name": "长" * 61}, "60"),
        ("qr", {"expires_on": "2020-01-01"}, "请选择今天或以后的日期"),
        ("qr", {"per_device": "0"}, "1 到 100"),
        ("kiosk", {"per_device": "3"}, "不能按设备限制"),
    ],
)
def test_what_may_not_be_is_said_and_changes_nothing(
    session: Session, login: Login, kind: str, given: dict[str, str], sentence: str
) -> None:
    link = made.make_link(session, kind=kind)
    answer = login(Role.CX_MANAGER).post(
        f"/surveys/links/{link.id}/edit", data={"name": "甲", "expires_on": "", "per_device": ""} | given
    )
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    session.refresh(link)
    assert (link.name, link.expires_at, link.per_device) == ("柜台", None, None)
    assert edits(session) == []


def test_an_anonymous_survey_gets_no_limit_afterwards_either(session: Session, login: Login) -> None:
    link = made.make_link(session, made.make_survey(session, anonymous=True))
    assert change(login(Role.CX_MANAGER), link, per_device="1") == 422
    assert link.per_device is None


def test_a_link_that_is_over_can_be_renamed_without_a_new_end(
    session: Session, login: Login, clock_at: FixedClock
) -> None:
    over = clock.day_end(date(2020, 1, 31))
    link = made.make_link(session, expires_at=over)
    assert change(login(Role.CX_MANAGER), link, name="去年的海报", expires_on="2020-01-31") == 302
    session.refresh(link)
    assert (link.name, link.expires_at) == ("去年的海报", over)


def test_nobody_changes_links_out_of_sight_and_an_analyst_none(session: Session, login: Login) -> None:
    here, there = factories.make_region(session), factories.make_region(session)
    link = made.make_link(session, region_id=there.id)
    staff = login(Role.CX_MANAGER, region=here.id)
    assert staff.get(f"/surveys/links/{link.id}/edit").status_code == 404
    assert change(staff, link, name="别人的") == 404
    analyst = login(Role.ANALYST)
    assert change(analyst, link, name="别人的") == 403
    page = analyst.get(f"/surveys/links/{link.id}").get_data(as_text=True)
    assert re.search(r"/edit\b", page) is None
    assert link.name == "柜台"
