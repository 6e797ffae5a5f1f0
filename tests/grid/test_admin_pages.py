"""The administrator's pages on people and places, as a browser sees them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.demo import factories
from grid import queries, services
from grid.models import ApiKey, CalendarDay, Region, Staff
from grid.rules import Role, Scope

LogIn = Callable[..., FlaskClient]


def words(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def test_a_new_account_shows_its_password_once_and_it_works(login: LogIn, session: Session) -> None:
    client = login()
    region = queries.root(session)
    form = {"name": "林小满", "login": "lin.xm", "role": "agent", "region": str(region.id)}
    answer = client.post("/admin/staff/new", data=form)
    found = re.search(r"<code>([A-Za-z0-9-]{19})</code>", words(answer))
    assert found is not None
    assert answer.headers["Cache-Control"] == "no-store"
    again = client.post("/admin/staff/new", data=form)
    assert again.status_code == 422
    assert "已有人使用" in words(again)
    client.post("/logout")
    assert client.post("/login", data={"login": "lin.xm", "password": found[1]}).status_code == 302


def test_a_form_with_mistakes_keeps_what_was_typed_and_names_each_field(login: LogIn) -> None:
    answer = login().post(
        "/admin/staff/new", data={"name": "", "login": "林 小满", "role": "king", "region": "999999"}
    )
    assert answer.status_code == 422
    page = words(answer)
    assert "请输入姓名" in page
    assert "登录名只能用字母" in page
    assert 'value="林 小满"' in page
    for field in ("name", "login", "role", "region"):
        assert f'id="{field}-error"' in page


@pytest.mark.parametrize(
    ("path", "more", "sentence"),
    [
        ("/admin/staff/new", {"login": "lin.xm", "role": "agent"}, "请输入姓名"),
        ("/admin/regions/new", {"kind": "province", "code": "x1"}, "请输入机构名称"),
        ("/admin/keys/new", {"scopes": ["events:write"]}, "请输入名称"),
    ],
)
def test_blanks_are_no_name(
    login: LogIn, session: Session, path: str, more: dict[str, Any], sentence: str
) -> None:
    root = str(queries.root(session).id)
    answer = login().post(path, data={"name": "  \u3000", "region": root, "parent": root} | more)
    assert answer.status_code == 422
    assert sentence in words(answer)


@pytest.fixture
def province(session: Session) -> dict[str, Region]:
    return factories.region_tree(session)


def test_an_administrator_of_a_province_sees_nobody_elses_people(
    login: LogIn, session: Session, province: dict[str, Region]
) -> None:
    outside = factories.make_staff(session, name="外省同事", region_id=province["32"].id)
    inside = factories.make_staff(session, name="本省同事", region_id=province["3301"].id)
    client = login(Role.ADMINISTRATOR, province["33"].id)
    page = words(client.get("/admin/staff"))
    assert "本省同事" in page
    assert "外省同事" not in page
    assert client.get(f"/admin/staff/{inside.id}").status_code == 200
    assert client.get(f"/admin/staff/{outside.id}").status_code == 404
    for action in ("", "/password", "/totp/off", "/active"):
        assert client.post(f"/admin/staff/{outside.id}{action}", data={}).status_code == 404
    form = {"name": "林小满", "login": "lin.xm", "role": "agent", "region": str(province["32"].id)}
    assert client.post("/admin/staff/new", data=form).status_code == 422
    assert "江苏分公司" not in words(client.get("/admin/regions"))


def test_editing_and_shutting_out_somebody(login: LogIn, session: Session) -> None:
    person = factories.make_staff(session)
    client = login()
    path = f"/admin/staff/{person.id}"
    form = {"name": "新名字", "role": "analyst", "region": str(person.region_id)}
    assert client.post(path, data=form).status_code == 302
    assert client.post(f"{path}/active", data={"active": "no"}).status_code == 302
    session.refresh(person)
    assert (person.name, person.role, person.active) == ("新名字", Role.ANALYST, False)
    assert "已停用" in words(client.get("/admin/staff"))
    client.post(f"{path}/active", data={"active": "yes"})
    session.refresh(person)
    assert person.active
    found = re.search(r"<code>([A-Za-z0-9-]{19})</code>", words(client.post(f"{path}/password")))
    assert found is not None
    assert services.authenticate(session, login=person.login, password=found[1], address=None)


def test_the_last_administrator_is_told_why_they_stay(login: LogIn, session: Session) -> None:
    session.query(Staff).delete()
    person = factories.make_staff(session, role=Role.ADMINISTRATOR)
    client = login(staff=person)
    answer = client.post(f"/admin/staff/{person.id}/active", data={"active": "no"}, follow_redirects=True)
    assert "最后一位" in words(answer)
    form = {"name": "我", "role": "viewer", "region": str(person.region_id)}
    answer = client.post(f"/admin/staff/{person.id}", data=form)
    assert answer.status_code == 422
    assert "最后一位" in words(answer)
    assert is_in(client)


def test_a_region_is_added_below_its_parent(login: LogIn, province: dict[str, Region]) -> None:
    client = login()
    assert client.get(f"/admin/regions/new?parent={province['33'].id}").status_code == 200
    form = {"parent": str(province["33"].id), "kind": "branch", "name": "西湖营业部", "code": "33-01"}
    assert client.post("/admin/regions/new", data=form).status_code == 302
    assert "西湖营业部" in words(client.get("/admin/regions"))
    answer = client.post("/admin/regions/new", data=form | {"kind": "province", "code": "x"})
    assert answer.status_code == 422
    assert "层级必须低于" in words(answer)


def test_a_key_is_shown_once_and_can_be_revoked(login: LogIn, session: Session) -> None:
    client = login()
    assert "还没有接口密钥" in words(client.get("/admin/keys"))
    form = {
        "name": "理赔核心系统",
        "scopes": [Scope.EVENTS_WRITE.value],
        "region": str(queries.root(session).id),
        "expires_on": "2099-12-31",
    }
    page = words(client.post("/admin/keys/new", data=form))
    found = re.search(r"hsk_[\w-]{43}", page)
    assert found is not None
    assert services.viewer_of_key(session, found[0])
    listed = words(client.get("/admin/keys"))
    assert "理赔核心系统" in listed
    assert "2100-01-01 00:00" in listed, "the key works until that day is over in Beijing"
    assert found[0] not in listed
    key = session.scalars(select(ApiKey)).one()
    assert client.post(f"/admin/keys/{key.id}/revoke").status_code == 302
    assert services.viewer_of_key(session, found[0]) is None
    assert client.post("/admin/keys/new", data=form | {"scopes": [], "name": "x"}).status_code == 422
    assert client.post("/admin/keys/new", data=form | {"expires_on": "2020-01-01"}).status_code == 422


def test_a_day_is_entered_into_the_calendar_and_taken_out(login: LogIn, session: Session) -> None:
    client = login()
    form = {"day": "2026-06-13", "worked": "yes", "note": "系统切换"}
    assert client.post("/admin/calendar", data=form).status_code == 302
    assert "系统切换" in words(client.get("/admin/calendar"))
    assert client.post("/admin/calendar/2026-06-13/remove").status_code == 302
    assert session.scalars(select(CalendarDay)).all() == []
    assert client.post("/admin/calendar/2026-06-13/remove").status_code == 404
    assert client.post("/admin/calendar/someday/remove").status_code == 404
    assert client.post("/admin/calendar", data=form | {"day": "someday"}).status_code == 422


def test_a_province_reads_the_calendar_and_cannot_change_it(
    login: LogIn, session: Session, province: dict[str, Region]
) -> None:
    client = login(Role.ADMINISTRATOR, province["33"].id)
    assert "总部的系统管理员维护" in words(client.get("/admin/calendar"))
    assert client.post("/admin/calendar", data={"day": "2026-06-13", "worked": "yes"}).status_code == 422
    assert session.scalars(select(CalendarDay)).all() == []


def test_the_audit_page_tells_who_did_what(login: LogIn, session: Session) -> None:
    person = factories.make_staff(session)
    client = login()
    client.post(f"/admin/staff/{person.id}/password")
    page = words(client.get("/admin/audit"))
    assert "重置密码" in page
    assert f"人员 <code>{person.id}</code>" in page


def test_the_jobs_page_says_that_all_is_well(login: LogIn) -> None:
    assert "没有失败的任务" in words(login().get("/admin/jobs"))


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/admin/staff/new", "/admin/staff"),
        ("/admin/regions", "/admin/staff"),
        ("/admin/calendar", "/admin/staff"),
        ("/admin/keys/new", "/admin/keys"),
        ("/admin/jobs", "/admin/jobs"),
        ("/admin/audit", "/admin/audit"),
    ],
)
def test_the_menu_marks_the_one_entry_that_one_is_in(login: LogIn, path: str, entry: str) -> None:
    side = words(login().get(path)).split('<nav aria-label="任务">')[1].split("</nav>")[0]
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', side) == [entry]
