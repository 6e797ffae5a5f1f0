"""The staff's pages of open links: made one or many, within one's own regions, printed, and switched off."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.clock import FixedClock
from core.models import AuditEntry
from grid import queries as grid
from grid.models import Region
from grid.rules import Role
from surveys.models import Answer, OpenLink, Response, SurveyQuota, SurveyVersion
from surveys.rules.opening import looks_like_slug, parse_agents, parse_names, parse_parameters
from tests.surveys import open_links as made
from tests.surveys.open_links import Visitor

Login = Callable[..., FlaskClient]


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(OpenLink)) or 0


def wanted(session: Session, **given: object) -> dict[str, object]:
    """Return what the form sends for one QR code, with whatever the test changes."""
    return {
        "kind": "qr",
        "spread": "one",
        "name": "西湖柜台",
        "region": grid.root(session).id,
        "touchpoint": "claim_closed",
    } | given


def last_audit(session: Session) -> AuditEntry:
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()  # type: ignore[return-value]


@pytest.fixture
def survey_id(session: Session) -> int:
    return made.make_survey(session, made.nps(), made.hidden()).survey_id


@pytest.fixture
def path(survey_id: int) -> str:
    return f"/surveys/{survey_id}/links"


def test_one_link_is_made_and_the_audit_log_says_by_whom(session: Session, login: Login, path: str) -> None:
    answer = login(Role.CX_MANAGER).post(f"{path}/new", data=wanted(session, expires_on="2099-01-31"))
    link = session.scalars(select(OpenLink)).one()
    assert answer.location == f"/surveys/links/{link.id}"
    assert looks_like_slug(link.slug)
    assert (link.name, link.kind, link.active) == ("西湖柜台", "qr", True)
    assert link.expires_at == clock.day_end(date(2099, 1, 31))
    line = last_audit(session)
    assert (line.action, line.detail["links"]) == ("link.create", [link.id])
    assert line.actor == f"staff:{link.created_by}"


def test_blanks_are_no_name_for_a_link(session: Session, login: Login, path: str) -> None:
    answer = login(Role.CX_MANAGER).post(f"{path}/new", data=wanted(session, name="   "))
    assert answer.status_code == 422
    assert "请写一个名称" in answer.get_data(as_text=True)
    assert count(session) == 0


def test_one_link_for_each_branch_chosen(session: Session, login: Login, path: str) -> None:
    branches = [factories.make_region(session) for _each in range(3)]
    ids = [branches[0].id, branches[2].id]
    login(Role.CX_MANAGER).post(
        f"{path}/new", data=wanted(session, spread="regions", regions=ids, parameters="agent=柜台")
    )
    links = session.scalars(select(OpenLink)).all()
    assert {(link.name, link.region_id) for link in links} == {
        (b.name, b.id) for b in (branches[0], branches[2])
    }
    assert all(link.parameters == {"agent": "柜台"} for link in links)
    assert len({link.slug for link in links}) == 2


def test_one_link_for_every_branch_in_sight(session: Session, login: Login, path: str) -> None:
    cities = [region for region in factories.region_tree(session).values() if region.kind == "city"]
    province = session.get_one(Region, cities[0].parent_id)
    data = wanted(session, spread="regions", everywhere="y", region=province.id)
    assert login(Role.CX_MANAGER, region=province.id).post(f"{path}/new", data=data).status_code == 302
    below = [region.id for region in cities if region.parent_id == province.id]
    assert sorted(session.scalars(select(OpenLink.region_id))) == sorted([province.id, *below])


def test_one_link_for_each_agent_pasted_from_a_spreadsheet(session: Session, login: Login, path: str) -> None:
    pasted = "A10023\t王敏\r\nA10024, 李小红\r\n\r\nA10025"
    login(Role.CX_MANAGER).post(f"{path}/new", data=wanted(session, spread="agents", agents=pasted))
    links = session.scalars(select(OpenLink).order_by(OpenLink.id)).all()
    assert [link.name for link in links] == ["王敏 A10023", "李小红 A10024", "A10025"]
    assert [link.parameters for link in links] == [{"agent": f"A1002{n}"} for n in (3, 4, 5)]


def test_one_link_for_each_poster(session: Session, login: Login, path: str) -> None:
    login(Role.CX_MANAGER).post(
        f"{path}/new", data=wanted(session, spread="posters", posters="大堂\n 电梯口 ")
    )
    assert sorted(session.scalars(select(OpenLink.name))) == ["大堂", "电梯口"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": ""}, "请写一个名称"),
        ({"touchpoint": ""}, "请选择触点"),
        ({"touchpoint": "made_up"}, "不是有效的选择"),
        ({"spread": "regions"}, "请至少选择一家机构"),
        ({"spread": "agents", "agents": ""}, "每行写一个"),
        ({"spread": "agents", "agents": "工号 王敏"}, "不像工号"),
        ({"spread": "agents", "agents": "A1 王\nA1 李"}, "写了两次"),
        ({"spread": "posters", "posters": "大堂\n大堂"}, "写了两次"),
        ({"spread": "posters", "posters": "\n".join(str(n) for n in range(501))}, "1 到 500"),
        ({"parameters": "没有等号"}, "名称=值"),
        ({"expires_on": "2020-01-01"}, "请选择今天或以后的日期"),
        ({"per_device": "0"}, "1 到 100"),
        ({"kind": "kiosk", "per_device": "1"}, "不能按设备限制"),
        ({"kind": "embed"}, "请选择要嵌入的网站"),
        ({"kind": "embed", "host": "evil.example"}, "不是有效的选择"),
    ],
)
def test_what_cannot_be_made_is_said_and_nothing_is_made(
    session: Session, login: Login, path: str, given: dict[str, str], sentence: str
) -> None:
    answer = login(Role.CX_MANAGER).post(f"{path}/new", data=wanted(session, **given))
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert count(session) == 0


def test_an_anonymous_survey_gets_no_limit_for_browsers(session: Session, login: Login) -> None:
    survey_id = made.make_survey(session, anonymous=True).survey_id
    answer = login(Role.CX_MANAGER).post(
        f"/surveys/{survey_id}/links/new", data=wanted(session, per_device="1")
    )
    assert answer.status_code == 422
    assert "匿名问卷不记录设备" in answer.get_data(as_text=True)
    assert count(session) == 0


def test_nobody_makes_sees_or_switches_links_beyond_their_own_regions(
    session: Session, login: Login, path: str, survey_id: int
) -> None:
    here, there = factories.make_region(session), factories.make_region(session)
    version = session.scalars(select(SurveyVersion).where(SurveyVersion.survey_id == survey_id)).one()
    foreign = made.make_link(session, version, region_id=there.id, name="别处的柜台")
    staff = login(Role.CX_MANAGER, region=here.id)
    for given in ({"region": there.id}, {"spread": "regions", "regions": [there.id]}):
        assert staff.post(f"{path}/new", data=wanted(session, **given)).status_code == 422
    assert count(session) == 1
    assert "别处的柜台" not in staff.get(path).get_data(as_text=True)
    assert "别处的柜台" not in staff.get(f"{path}/sheet?link={foreign.id}").get_data(as_text=True)
    for tail in ("", "/qr.svg", "/qr.png"):
        assert staff.get(f"/surveys/links/{foreign.id}{tail}").status_code == 404
    for verb in ("off", "on"):
        assert staff.post(f"/surveys/links/{foreign.id}/{verb}").status_code == 404
    assert foreign.active


def test_an_analyst_looks_and_changes_nothing(session: Session, login: Login, path: str) -> None:
    link = made.make_link(session)
    staff = login(Role.ANALYST)
    assert staff.get(path).status_code == 200
    assert staff.get(f"/surveys/links/{link.id}").status_code == 200
    assert staff.post(f"/surveys/links/{link.id}/off").status_code == 403
    assert staff.post(f"{path}/new", data=wanted(session)).status_code == 403
    assert staff.get("/surveys/suspects").status_code == 403


def test_switching_off_and_on_is_noted_once_each(session: Session, login: Login) -> None:
    link = made.make_link(session)
    staff = login(Role.CX_MANAGER)
    for verb in ("off", "off", "on"):
        staff.post(f"/surveys/links/{link.id}/{verb}")
    actions = session.scalars(
        select(AuditEntry.action).where(AuditEntry.object_type == "open_link").order_by(AuditEntry.id)
    ).all()
    assert actions == ["link.deactivate", "link.activate"]


def test_the_list_counts_opened_started_and_completed_and_names_no_rate(
    session: Session, login: Login, client: FlaskClient, clock_at: FixedClock
) -> None:
    link = made.make_link(session, made.two_pages(session))
    visitor = Visitor(client, clock_at)
    pages = [visitor.open(f"/q/{link.slug}") for _visit in range(3)]
    second = [visitor.send(page, _go="next", nps="9").location for page in pages[:2]]
    visitor.send(visitor.open(second[0]), why="好")
    page = login(Role.ANALYST).get(f"/surveys/{link.survey_id}/links").get_data(as_text=True)
    cells = dict(re.findall(r'data-label="(打开|开始|完成)">(\d+)<', page))
    assert cells == {"打开": "3", "开始": "2", "完成": "1"}
    assert "%" not in "".join(re.findall(r"<td[^>]*>([^<]*)", page))
    assert session.scalar(select(func.count()).select_from(Response)) == 1


def test_the_code_leads_to_the_link_as_drawing_and_as_picture(session: Session, login: Login) -> None:
    link = made.make_link(session, name="大堂 左侧")
    staff = login(Role.ANALYST)
    drawing, picture = (staff.get(f"/surveys/links/{link.id}/qr.{form}") for form in ("svg", "png"))
    assert (drawing.mimetype, picture.mimetype) == ("image/svg+xml", "image/png")
    assert drawing.get_data(as_text=True).startswith("<svg ")
    assert picture.data.startswith(b"\x89PNG")
    assert "UTF-8''%E5%A4%A7%E5%A0%82%20%E5%B7%A6%E4%BE%A7.png" in picture.headers["Content-Disposition"]


def test_the_sheet_prints_those_ticked_or_all_that_work(
    session: Session, login: Login, path: str, survey_id: int
) -> None:
    version = session.scalars(select(SurveyVersion).where(SurveyVersion.survey_id == survey_id)).one()
    links = [made.make_link(session, version, name=f"点位<{n}>", active=n < 10) for n in range(11)]
    staff = login(Role.ANALYST)
    sheet = staff.get(f"{path}/sheet").get_data(as_text=True)
    assert sheet.count('<article class="card">') == 10
    assert sheet.count('<section class="page cards">') == 2
    assert "点位&lt;9&gt;" in sheet
    poster = staff.get(f"{path}/sheet?layout=poster&link={links[3].id}&heading=<b>").get_data(as_text=True)
    assert poster.count('<section class="page poster">') == 1
    assert "&lt;b&gt;" in poster
    assert f"/q/{links[3].slug}" in poster


def test_the_sheet_promises_the_minutes_it_takes_and_warns_of_links_that_are_over(
    session: Session, login: Login, path: str, clock_at: FixedClock
) -> None:
    survey_id = int(path.split("/")[2])
    version = session.scalars(select(SurveyVersion).where(SurveyVersion.survey_id == survey_id)).one()
    works = made.make_link(session, version, name="大厅")
    off = made.make_link(session, version, name="旧海报", active=False)
    old = made.make_link(session, version, name="去年", expires_at=clock_at.now())
    staff = login(Role.ANALYST)
    good = staff.get(f"{path}/sheet?link={works.id}").get_data(as_text=True)
    assert "大约 1 分钟" in good
    assert "扫码的人答不了" not in good
    bad = staff.get(f"{path}/sheet?link={works.id}&link={off.id}&link={old.id}").get_data(as_text=True)
    assert "其中 2 个链接已停用或已过期：扫码的人答不了" in bad


def test_a_kiosk_and_a_frame_are_never_offered_for_printing(
    session: Session, login: Login, path: str, survey_id: int
) -> None:
    version = session.scalars(select(SurveyVersion).where(SurveyVersion.survey_id == survey_id)).one()
    kiosk = made.make_link(session, version, kind="kiosk", name="大厅终端")
    frame = made.make_link(session, version, kind="embed", host="www.insurer.example", name="官网")
    poster = made.make_link(session, version, kind="poster", name="海报")
    staff = login(Role.ANALYST)
    listed = staff.get(path).get_data(as_text=True)
    assert re.findall(r'name="link" value="(\d+)"', listed) == [str(poster.id)]
    for link in (kiosk, frame):
        assert link.name not in staff.get(f"{path}/sheet").get_data(as_text=True)
        assert link.name not in staff.get(f"{path}/sheet?link={link.id}").get_data(as_text=True)
        assert "打印海报" not in staff.get(f"/surveys/links/{link.id}").get_data(as_text=True)
    assert "装终端时用它扫码打开" in staff.get(f"/surveys/links/{kiosk.id}").get_data(as_text=True)
    assert "二维码</h2>" not in staff.get(f"/surveys/links/{frame.id}").get_data(as_text=True)
    assert "打印海报" in staff.get(f"/surveys/links/{poster.id}").get_data(as_text=True)


def test_the_page_signs_an_address_for_hidden_questions(
    session: Session, login: Login, client: FlaskClient, clock_at: FixedClock, survey_id: int
) -> None:
    version = session.scalars(select(SurveyVersion).where(SurveyVersion.survey_id == survey_id)).one()
    link = made.make_link(session, version)
    page = login(Role.ANALYST).get(f"/surveys/links/{link.id}?p_agent=A7").get_data(as_text=True)
    signed = re.search(rf"/q/{link.slug}\?agent=A7&amp;sig=[\w-]{{22}}", page)
    assert signed is not None
    visitor = Visitor(client, clock_at)
    assert visitor.send(visitor.open(signed[0].replace("&amp;", "&")), nps="9").status_code == 303
    words = session.scalar(select(Answer.words).where(Answer.question_id == "agent"))
    assert words == "A7"


def test_a_frame_is_offered_for_the_hosts_of_the_settings(
    session: Session, web: Flask, login: Login, path: str
) -> None:
    settings = web.config["SETTINGS"]
    web.config["SETTINGS"] = settings.model_copy(update={"huisheng_embed_hosts": "www.insurer.example"})
    staff = login(Role.CX_MANAGER)
    form = staff.get(f"{path}/new").get_data(as_text=True)
    assert "HUISHENG_EMBED_HOSTS" not in form
    assert re.search(r'<input[^>]*disabled[^>]*value="embed"', form) is None
    sent = wanted(session, kind="embed", host="www.insurer.example")
    page = staff.post(f"{path}/new", data=sent, follow_redirects=True).get_data(as_text=True)
    link = session.scalars(select(OpenLink)).one()
    assert link.host == "www.insurer.example"
    assert "&lt;iframe src=" in page
    # To read and to copy, twice: its plain address, which is kept for a day and not for a year.
    assert page.count("/static/js/embed.js&#34; defer") == 4


def test_without_an_allowed_site_a_frame_cannot_be_chosen_and_the_page_says_why(
    login: Login, path: str
) -> None:
    form = login(Role.CX_MANAGER).get(f"{path}/new").get_data(as_text=True)
    radio = re.search(r'<input[^>]*value="embed"[^>]*>', form)
    assert radio is not None
    assert "disabled" in radio[0]
    assert 'aria-describedby="no-host"' in radio[0]
    assert form.count(" disabled") == 1
    assert "HUISHENG_EMBED_HOSTS" in form


def test_a_survey_without_links_says_what_they_are_for(login: Login, path: str) -> None:
    assert "还没有开放链接" in login(Role.CX_MANAGER).get(path).get_data(as_text=True)


def test_regions_are_offered_in_the_order_of_the_network(session: Session, login: Login, path: str) -> None:
    factories.region_tree(session)
    page = login(Role.CX_MANAGER).get(f"{path}/new").get_data(as_text=True)
    offered = re.findall(r'name="regions"[^>]*value="(\d+)"', page)
    codes = {str(region.id): region.code for region in session.scalars(select(Region))}
    # In the demo the code of a city begins with that of its province.
    assert [codes[one] for one in offered] == [
        "HQ",
        *sorted(codes[one] for one in offered if codes[one] != "HQ"),
    ]
    assert len(offered) == len(codes)


def test_lines_pasted_by_staff_are_read_one_by_one() -> None:
    assert parse_names(" 大堂 \n\n电梯  口") == ["大堂", "电梯 口"]
    assert parse_agents("A1\t王 敏\nB-2") == [("A1", "王 敏"), ("B-2", "")]
    assert parse_parameters("agent = A7\nchannel=微信=群") == {"agent": "A7", "channel": "微信=群"}
    for wrong in ("=x", "a=", "1a=x", "a=1\na=2", "a=" + "长" * 201):
        with pytest.raises(ValueError, match="“"):
            parse_parameters(wrong)


def history(page: str) -> str:
    """Return what the survey's page says under its history."""
    said = re.sub(r"<[^>]+>", " ", page[page.index("<h2>操作记录</h2>") :].partition("</section>")[0])
    return " ".join(said.split())


def test_the_survey_tells_in_words_what_was_done_to_its_links_quotas_and_answers(
    session: Session, login: Login, survey_id: int, path: str
) -> None:
    browser = login(Role.ADMINISTRATOR)
    browser.post(f"{path}/new", data=wanted(session))
    link = session.scalars(select(OpenLink)).one()
    browser.post(f"{path}/new", data=wanted(session, spread="posters", posters="一号窗口\n二号窗口"))
    browser.post(f"/surveys/links/{link.id}/off")
    browser.post(f"/surveys/links/{link.id}/on")
    quota = {"name": "贬损者", "most": "30", "join": "all", "g0-join": "all", "do": "save"}
    browser.post(f"/surveys/{survey_id}/quotas/new", data=quota)
    put = session.scalars(select(SurveyQuota)).one()
    browser.post(f"/surveys/{survey_id}/quotas/{put.id}/remove")
    assert browser.get(f"/surveys/{survey_id}/results/export.csv").status_code == 200
    said = history(browser.get(f"/surveys/{survey_id}").get_data(as_text=True))
    told = [
        "导出结果 · CSV 文件，0 份回答",
        "删除配额 · 贬损者",
        "保存配额 · 贬损者",
        "重新启用开放链接 · 西湖柜台",
        "停用开放链接 · 西湖柜台",
        "新建开放链接 · “一号窗口”等 2 个",
        "新建开放链接 · 西湖柜台",
    ]
    places = [said.index(one) for one in told]
    assert places == sorted(places)
    assert re.search(r"\b(survey|quota|link)\.[a-z_]+", said) is None


def test_the_history_names_no_link_out_of_sight_and_none_of_another_survey(
    session: Session, login: Login, survey_id: int, path: str
) -> None:
    browser = login(Role.CX_MANAGER)
    browser.post(f"{path}/new", data=wanted(session))
    link = session.scalars(select(OpenLink)).one()
    browser.post(f"/surveys/links/{link.id}/off")
    branch = factories.make_region(session)
    page = login(Role.ANALYST, region=branch.id).get(f"/surveys/{survey_id}").get_data(as_text=True)
    assert "停用开放链接" in history(page)
    assert "西湖柜台" not in history(page)
    other = made.make_survey(session, made.nps()).survey_id
    assert "开放链接" not in history(browser.get(f"/surveys/{other}").get_data(as_text=True))
