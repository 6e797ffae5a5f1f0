"""Numbers that managers take away, on paper and as a workbook: the same as on the page, and no more of them."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.models import AuditEntry
from grid.rules import Role
from tests.dashboards.world import World, world

Login = Callable[..., FlaskClient]
Rows = list[list[Any]]


@pytest.fixture
def here(session: Session, clock_at: clock.FixedClock) -> World:
    made = world(session)
    made.answer("3301", nps=10, times=30)
    made.answer("3301", nps=3, times=10)
    made.answer("3301", nps=10, times=40, at=clock.now() - timedelta(days=40))
    made.answer("3201", nps=3, times=4)
    factories.make_feedback(session, region_id=made.tree["3301"].id, topics={"claim_speed": "negative"})
    made.counted()
    return made


def book(client: FlaskClient, query: str = "?period=30d") -> dict[str, Rows]:
    answer = client.get(f"/dashboard.xlsx{query}")
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    assert answer.headers["Cache-Control"] == "no-store"
    found = openpyxl.load_workbook(io.BytesIO(answer.get_data()))
    return {page.title: [list(row) for row in page.iter_rows(values_only=True)] for page in found}


def line(rows: Rows, first: str) -> list[Any]:
    return next(row for row in rows if row[0] == first)


def test_the_workbook_holds_the_numbers_of_the_page(here: World, login: Login) -> None:
    found = book(login(Role.CX_MANAGER))
    assert list(found) == ["概要", "每周走势", "触点", "机构", "变化", "话题", "情感"]
    assert line(found["概要"], "机构")[1] == "安澜保险总部"
    nps = line(found["概要"], "NPS")
    assert nps[1] == pytest.approx(100 * 16 / 44, abs=0.01)
    assert nps[2] < nps[1] < nps[3]
    assert nps[4:8] == [44, 30, 14, pytest.approx(100 * 16 / 44 - 100, abs=0.02)]
    assert line(found["机构"], "浙江分公司")[:8] == ["浙江分公司", "NPS", 50, *nps_limits(found), 40, 30, 10]
    assert line(found["机构"], "浙江分公司")[8:12] == [100, 40, -50, "是"]
    assert line(found["变化"], "机构：浙江分公司")[1:] == ["NPS", 100, 50, -50]
    assert sum(row[5] for row in found["每周走势"][1:] if row[1] == "NPS") == 44
    assert line(found["话题"], "理赔时效")[1:] == [1, 1, 0, 0]


def nps_limits(found: dict[str, Rows]) -> list[float]:
    limits = line(found["机构"], "浙江分公司")[3:5]
    assert -100 <= limits[0] < 50 < limits[1] <= 100
    return limits


def test_what_the_page_withholds_is_an_empty_cell(here: World, login: Login) -> None:
    few = line(book(login(Role.CX_MANAGER))["机构"], "江苏分公司")
    assert few[2:7] == [None, None, None, 4, None]
    assert few[10] is None


def test_a_file_reaches_no_further_than_the_viewers_regions(here: World, login: Login) -> None:
    found = book(login(Role.CX_MANAGER, region=here.tree["32"].id))
    assert line(found["概要"], "机构")[1] == "江苏分公司"
    assert line(found["概要"], "NPS")[4] == 4
    assert "浙江" not in str(found)
    assert (
        login(Role.CX_MANAGER, region=here.tree["32"].id).get("/dashboard.xlsx?region=33").status_code == 404
    )


def test_filters_narrow_the_file_and_stand_in_it(here: World, login: Login) -> None:
    found = book(login(Role.CX_MANAGER), "?period=30d&touchpoint=hotline_call")
    assert line(found["概要"], "范围")[1] == "触点：客服热线"
    assert line(found["概要"], "NPS")[4] == 0


@pytest.mark.parametrize("days", ["from=2026-06-31", "from=2026-06-09&to=2026-06-01", "to=9999-12-31"])
def test_days_that_mean_nothing_give_no_file(here: World, login: Login, days: str) -> None:
    answer = login(Role.CX_MANAGER).get(f"/dashboard.xlsx?{days}")
    assert answer.status_code == 422
    assert "没有导出" in answer.get_data(as_text=True)


def test_a_name_that_looks_like_a_formula_stays_text(session: Session, here: World, login: Login) -> None:
    here.tree["33"].name = "=1+1"
    session.flush()
    answer = login(Role.CX_MANAGER).get("/dashboard.xlsx?period=30d")
    page = openpyxl.load_workbook(io.BytesIO(answer.get_data()))["机构"]
    cell = next(row[0] for row in page.iter_rows() if row[0].value == "=1+1")
    assert cell.data_type == "s"


def test_each_file_leaves_a_line_in_the_audit_log(session: Session, here: World, login: Login) -> None:
    book(login(Role.CX_MANAGER), "?period=30d&region=33")
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "dashboard.export")).one()
    assert entry.object_id == "33"
    assert entry.detail == {"file": "xlsx", "filters": {"period": "30d", "region": "33"}}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR, Role.AGENT])
def test_who_may_take_no_files_is_offered_none_and_gets_none(here: World, login: Login, role: Role) -> None:
    client = login(role)
    assert "/dashboard.xlsx" not in client.get("/", follow_redirects=True).get_data(as_text=True)
    assert client.get("/dashboard.xlsx").status_code == 403


def test_paper_says_what_the_numbers_are_narrowed_to(here: World, login: Login) -> None:
    page = login(Role.CX_MANAGER).get("/?touchpoint=claim_closed&stage=claim").get_data(as_text=True)
    lead = page.partition('<p class="lead">')[2].partition("</p>")[0]
    assert "阶段：理赔" in lead
    assert "触点：理赔结案" in lead
    # Bars do not tell their number: paper shows the tables of touchpoints and regions.
    for name in ("points-nps", "regions-nps"):
        assert f'class="card chart chart-as-table" aria-labelledby="{name}-title"' in page
