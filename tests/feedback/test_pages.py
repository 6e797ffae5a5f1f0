import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.models import AuditEntry
from feedback.models import Feedback
from grid.models import Region
from grid.rules import Role

Login = Callable[..., FlaskClient]
Tree = dict[str, Region]


@pytest.fixture
def tree(session: Session, clock_at: clock.FixedClock) -> dict[str, Region]:
    return factories.region_tree(session)


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*arguments: Any) -> None:  # noqa: ANN401
        statements.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def page_of(browser: FlaskClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_an_empty_inbox_says_what_to_do_next(tree: Tree, login: Login) -> None:
    page = page_of(login(), "/feedback")
    assert "还没有收到客户原声" in page
    assert "cx import feedback" in page


def test_no_match_offers_to_clear_the_conditions(session: Session, tree: Tree, login: Login) -> None:
    factories.make_feedback(session)
    assert "清除全部条件" in page_of(login(), "/feedback?q=没有这几个字")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sentiment=positive", {"甲"}), ("topic=claim_speed", {"乙"}), ("topic=claim_speed&polarity=positive", set()),
        ("risk=churn", {"乙"}), ("touchpoint=claim_closed", {"乙"}), ("channel=hotline", {"丙"}),
        ("region=33", {"甲", "乙"}), ("region=3302", {"乙"}), ("from=2026-06-09&to=2026-06-09", {"丙"}),
        ("score=promoter", {"甲"}), ("score=detractor", {"乙", ""}), ("score=dissatisfied", {"丙"}),
        ("q=乙", {"乙"}), ("q=app", {"丙"}), ("spoken=no", {""}), ("handled=yes", {"丙"}), ("q=%25", set()),
    ],
    ids=lambda given: given if isinstance(given, str) else "".join(sorted(given)),
)  # fmt: skip
def test_each_condition_narrows_the_list_and_the_export_alike(
    session: Session, tree: Tree, login: Login, query: str, found: set[str]
) -> None:
    factories.make_feedback(session, words="甲服务好", sentiment="positive", nps=9, region_id=tree["3301"].id)
    factories.make_feedback(
        session, words="乙理赔慢", topics={"claim_speed": "negative"}, risks=["churn"], nps=3,
        touchpoint_code="claim_closed", region_id=tree["3302"].id,
    )  # fmt: skip
    factories.make_feedback(
        session, words="丙的APP打不开", sentiment="neutral", channel="hotline", csat=1, region_id=tree["44"].id,
        occurred_at=clock.now() - timedelta(days=1), handled_at=clock.now(),
    )  # fmt: skip
    factories.make_feedback(session, words="", sentiment=None, score=None, nps=0, region_id=tree["44"].id)
    browser = login(Role.ANALYST)
    page = page_of(browser, f"/feedback?{query}")
    texts = {"甲": "甲服务好", "乙": "乙理赔慢", "丙": "丙的APP打不开", "": "（没有留言）"}
    assert {name for name, text in texts.items() if text in page.partition("<table")[2]} == found
    lines = exported(browser, query)
    assert {line["原声"][:1] for line in lines} == found


def exported(browser: FlaskClient, query: str = "") -> list[dict[str, str]]:
    answer = browser.get(f"/feedback/export.csv?{query}")
    assert answer.status_code == 200
    data = answer.get_data()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_list_turns_pages_forth_and_back(session: Session, tree: Tree, login: Login) -> None:
    for number in range(120):
        factories.make_feedback(
            session, words=f"第{number}号。", occurred_at=clock.now() - timedelta(minutes=number // 7)
        )
    browser = login()
    seen, address, back = [], "/feedback", ""
    for _ in range(3):
        page = page_of(browser, address)
        seen.append([number for number in range(120) if f"第{number}号。" in page])
        back, address = link(page, "prev"), link(page, "next")
    assert sorted(chain.from_iterable(seen)) == list(range(120))
    assert address == ""
    middle = page_of(browser, back)
    assert [number for number in range(120) if f"第{number}号。" in middle] == seen[1]
    assert "共 120 条" in middle


def link(page: str, rel: str) -> str:
    part = page.partition(f'rel="{rel}" href="')[2].partition('"')[0]
    return part.replace("&amp;", "&")


@pytest.mark.parametrize("day", ["昨天", "0001-01-01", "9999-12-31"])
def test_a_wrong_condition_is_told_and_the_others_hold(
    session: Session, tree: Tree, login: Login, day: str
) -> None:
    factories.make_feedback(session, words="甲服务好", sentiment="positive")
    page = page_of(login(), f"/feedback?from={day}&to={day}&sentiment=positive&after=zzz")
    assert "没有生效" in page
    assert "甲服务好" in page


def test_a_wrong_condition_lets_no_file_go_that_would_hold_more_than_was_meant(
    tree: Tree, login: Login
) -> None:
    answer = login(Role.ANALYST).get("/feedback/export.csv?from=9999-12-31&sentiment=positive")
    assert answer.status_code == 422
    assert "没有导出" in answer.get_data(as_text=True)


def test_nobody_sees_or_exports_other_regions(session: Session, tree: Tree, login: Login) -> None:
    mine = factories.make_feedback(session, words="浙江的话", region_id=tree["3301"].id)
    other = factories.make_feedback(session, words="广东的话", region_id=tree["4401"].id)
    browser = login(Role.CX_MANAGER, tree["33"].id)
    for query in ("", "region=44", "region=HQ", "q=广东"):
        page = page_of(browser, f"/feedback?{query}").partition("<table")[2]
        assert "广东的话" not in page
        assert all(line["原声"] == "浙江的话" for line in exported(browser, query))
    assert browser.get(f"/feedback/{mine.id}").status_code == 200
    for path, post in (("", False), ("/reveal", True), ("/handled", True)):
        address = f"/feedback/{other.id}{path}"
        assert (browser.post(address) if post else browser.get(address)).status_code == 404


def test_the_detail_shows_reasons_beside_masked_words(session: Session, tree: Tree, login: Login) -> None:
    row = factories.make_feedback(
        session, words="我是13812345678，要投诉到12378",
        masked_words="我是***********，要投诉到12378", risks=["regulator"],
        evidence=[{"kind": "risk", "code": "regulator", "start": 18, "end": 23}],
        customer_id=factories.make_customer(session, name="王小明").id,
    )  # fmt: skip
    page = page_of(login(Role.ANALYST), f"/feedback/{row.id}")
    assert "13812345678" not in page
    assert "显示原文" not in page
    assert ">12378</mark>" in page
    assert "依据：" in page
    assert "王**" in page
    assert "王小明" not in page


def test_revealing_shows_the_words_once_and_leaves_a_line(session: Session, tree: Tree, login: Login) -> None:
    row = factories.make_feedback(session, words="我是13812345678", masked_words="我是***********")
    browser = login(Role.AGENT)
    answer = browser.post(f"/feedback/{row.id}/reveal")
    assert "13812345678" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "13812345678" not in page_of(browser, f"/feedback/{row.id}")
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "feedback.reveal")).one()
    assert entry.object_id == str(row.id)


def test_handled_is_noted_once_and_can_be_taken_back(session: Session, tree: Tree, login: Login) -> None:
    row = factories.make_feedback(session)
    browser = login(Role.AGENT)
    for _ in range(2):
        assert browser.post(f"/feedback/{row.id}/handled").status_code == 302
    assert session.get_one(Feedback, row.id, populate_existing=True).handled_at is not None
    assert "恢复为待处理" in page_of(browser, f"/feedback/{row.id}")
    browser.post(f"/feedback/{row.id}/handled", data={"handled": "no"})
    assert session.get_one(Feedback, row.id, populate_existing=True).handled_at is None
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.object_type == "feedback")).all()
    assert sorted(actions) == ["feedback.handled", "feedback.reopened"]


def test_rights_decide_who_may_look_reveal_export_and_handle(
    session: Session, tree: Tree, login: Login
) -> None:
    row = factories.make_feedback(session)
    assert login(Role.VIEWER).get("/feedback").status_code == 403
    analyst = login(Role.ANALYST)
    assert analyst.post(f"/feedback/{row.id}/reveal").status_code == 403
    assert analyst.post(f"/feedback/{row.id}/handled").status_code == 403
    assert login(Role.AGENT).get("/feedback/export.csv").status_code == 403


def test_an_export_is_safe_for_spreadsheets_and_audited(session: Session, tree: Tree, login: Login) -> None:
    factories.make_feedback(session, words='=HYPERLINK("http://x")', source_id="@1", nps=2)
    lines = exported(login(Role.ANALYST), "score=detractor")
    assert (lines[0]["原声"], lines[0]["来源编号"], lines[0]["NPS"]) == (
        '\'=HYPERLINK("http://x")',
        "'@1",
        "2",
    )
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "feedback.export")).one()
    assert entry.detail == {"filters": {"score": "detractor"}, "rows": 1}


def test_an_export_longer_than_one_reading_has_every_row_once(
    session: Session, tree: Tree, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback.queries.EXPORT_CHUNK", 7)
    for _ in range(20):
        factories.make_feedback(session)
    assert len({line["编号"] for line in exported(login())}) == 20


def test_the_inbox_asks_the_same_number_of_questions_however_long_it_is(
    session: Session, tree: Tree, login: Login, shared_engine: Engine
) -> None:
    browser = login()
    asked = []
    for more in (3, 60):
        for _ in range(more):
            factories.make_feedback(session, topics={"claim_speed": "negative"}, region_id=tree["3301"].id)
        with counted(shared_engine) as statements:
            page_of(browser, "/feedback")
        asked.append(len([one for one in statements if one.startswith("SELECT")]))
    assert asked[0] == asked[1] <= 12
