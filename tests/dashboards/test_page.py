"""The manager's page: honest numbers, each a door to exactly what it counts."""

import html
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.clock import FixedClock
from dashboards import queries as dashboards
from dashboards.queries import Slice
from dashboards.rules import Period
from feedback import queries as feedback
from feedback.forms import read_filters
from grid.rules import PERMISSIONS, Role, Viewer
from surveys.rules.scores import Metric
from tests.dashboards.world import World, world

pytestmark = pytest.mark.usefixtures("clock_at")

Login = Callable[..., FlaskClient]

QUERIES = 9
"""Points, places, scores and those before, voices alike, funnel, open tickets, promises; none depends on volume."""


def viewer_at(session: Session, region_id: int, role: Role = Role.CX_MANAGER) -> Viewer:
    found = next(one for one in factories.region_tree(session).values() if one.id == region_id)
    return Viewer("v", found.id, found.path, found.name, permissions=PERMISSIONS[role], staff_id=1, role=role)


def figure(page: str, name: str) -> dict[str, Any]:
    found = re.search(rf'id="{name}-figure"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found is not None, f"no picture {name}"
    result: dict[str, Any] = json.loads(found[1])
    return result


def listed(session: Session, viewer: Viewer, door: str) -> int:
    """Return how many rows stand behind a door of the feedback list."""
    address = urlsplit(door)
    assert address.path == "/feedback"
    filters, _used, wrong = read_filters(dict(parse_qsl(address.query)))
    assert wrong == {}
    return feedback.count(session, viewer, filters)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def busy(session: Session) -> World:
    here = world(session)
    now = clock.now()
    here.answer("3301", nps=10, times=20)
    here.answer("3301", nps=8, times=5)
    here.answer("3301", nps=2, times=8, at=now - timedelta(days=8))
    here.answer("3302", nps=0, times=12, touchpoint="hotline_call", at=now - timedelta(days=20))
    here.answer("3201", nps=9, times=40, at=now - timedelta(days=3))
    here.answer("3201", csat=5, times=30)
    here.answer("3201", csat=1, times=11)
    for days, feeling in ((0, "negative"), (0, "positive"), (9, "negative"), (30, "neutral")):
        factories.make_feedback(
            session,
            region_id=here.tree["3301"].id,
            touchpoint_code="claim_closed",
            occurred_at=now - timedelta(days=days),
            sentiment=feeling,
            topics={"claim_speed": "negative", "attitude": "positive"},
        )
    factories.make_feedback(session, channel="file", history=True, topics={"price": "neutral"})
    factories.make_ticket(session, region_id=here.tree["3301"].id, touchpoint_code="claim_closed")
    here.counted()
    return here


def test_the_number_behind_every_bar_is_the_number_of_rows_behind_its_door(
    session: Session, login: Login
) -> None:
    here = busy(session)
    viewer = viewer_at(session, here.tree["HQ"].id)
    client = login(Role.CX_MANAGER)
    for address in (
        "/",
        "/?period=30d",
        "/?region=33",
        "/?touchpoint=claim_closed",
        "/?region=3301&period=12m",
    ):
        page = client.get(address).get_data(as_text=True)
        doors = re.findall(r'<a href="(/feedback\?[^"]+)">([\d,]+)</a>', page)
        assert doors, address
        for door, number in doors:
            assert listed(session, viewer, html.unescape(door)) == int(number.replace(",", "")), (
                address,
                door,
            )


def test_a_click_on_a_stack_leads_to_as_many_rows_as_it_is_high(session: Session, login: Login) -> None:
    here = busy(session)
    viewer = viewer_at(session, here.tree["HQ"].id)
    page = login(Role.CX_MANAGER).get("/").get_data(as_text=True)
    for name, lengths in (("moods", "y"), ("topics", "x")):
        for trace in figure(page, name)["data"]:
            for height, door in zip(trace[lengths], trace["customdata"], strict=True):
                assert listed(session, viewer, door) == height, (name, trace["name"], door)


def test_a_week_at_the_edge_counts_only_the_days_of_the_period(session: Session, login: Login) -> None:
    here = world(session)
    start = clock.day_start(clock.beijing_day(clock.now()) - timedelta(days=29))
    here.answer("3301", nps=0, times=12, at=start)
    here.answer("3301", nps=10, times=30, at=start - timedelta(seconds=1))
    here.counted()
    page = login(Role.CX_MANAGER).get("/?period=30d").get_data(as_text=True)
    points = figure(page, "trend-nps")["data"][2]
    assert points["y"] == [-100.0]
    assert listed(session, viewer_at(session, here.tree["HQ"].id), points["customdata"][0]) == 12


def test_the_headline_carries_n_interval_and_a_tested_change(session: Session, login: Login) -> None:
    here = world(session)
    now = clock.now()
    here.answer("3301", nps=10, times=60)
    here.answer("3301", nps=7, times=25)
    here.answer("3301", nps=3, times=15)
    here.answer("3301", nps=10, times=45, at=now - timedelta(days=40))
    here.answer("3301", nps=7, times=35, at=now - timedelta(days=40))
    here.answer("3301", nps=3, times=20, at=now - timedelta(days=40))
    here.counted()
    page = login(Role.CX_MANAGER).get("/?period=30d").get_data(as_text=True)
    card = re.search(
        r'<section class="card score-card[^>]*aria-label="净推荐值 NPS">.*?</section>', page, re.DOTALL
    )
    assert card is not None
    assert "45.0" in card[0]
    assert "n = 100" in card[0]
    assert "+20.0" in card[0]
    assert "变化不显著" in card[0]
    # What chance may have made has neither arrow nor colour.
    assert "score-change is-flat" in card[0]
    assert "<svg" not in card[0].partition('class="score-change')[2].partition("</p>")[0]


def test_under_ten_answers_nothing_is_shown_anywhere(session: Session, login: Login) -> None:
    here = world(session)
    here.answer("3301", nps=10, times=9)
    here.counted()
    page = login(Role.CX_MANAGER).get("/").get_data(as_text=True)
    assert "样本不足" in page
    assert "100.0" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    # A chart without a single point says so in words instead of drawing empty axes.
    for name in ("trend-nps", "points-nps", "regions-nps"):
        assert f'id="{name}-title"' in page
        assert f'id="{name}-figure"' not in page, name


def test_between_ten_and_thirty_bars_are_grey(session: Session, login: Login) -> None:
    here = world(session)
    here.answer("3301", nps=10, times=29)
    here.answer("3201", nps=10, times=30)
    here.counted()
    bars = figure(login(Role.CX_MANAGER).get("/").get_data(as_text=True), "regions-nps")["data"]
    assert [(trace["meta"], trace["y"]) for trace in bars] == [
        ("brand", ["江苏分公司"]),
        ("quiet", ["浙江分公司"]),
    ]


def test_regions_add_up_to_the_whole_on_every_level(session: Session) -> None:
    here = busy(session)
    here.answer("33", nps=6, times=3)
    here.answer("HQ", nps=6, times=2)
    here.counted()
    viewer = viewer_at(session, here.tree["HQ"].id)
    today = clock.beijing_day(clock.now())
    places = dashboards.places(session, viewer)
    for code, parts in (("HQ", 5), ("33", 4), ("3301", 1)):
        top = next(place for place in places if place.code == code)
        asked = Slice(Period(today - timedelta(days=89), today), None, top)
        scores = dashboards.scores(session, viewer, asked)
        found = dashboards.below(scores.by_region[Metric.NPS], places, top)
        assert len(found) == parts, code
        assert sum(counts.n for _place, counts in found) == scores.of(Metric.NPS).n > 0
        assert sum(counts.bad for _place, counts in found) == scores.of(Metric.NPS).bad


def test_a_filter_acts_on_numerator_and_denominator(session: Session) -> None:
    here = busy(session)
    viewer = viewer_at(session, here.tree["HQ"].id)
    today = clock.beijing_day(clock.now())
    period = Period(today - timedelta(days=89), today)
    whole = dashboards.scores(session, viewer, Slice(period)).of(Metric.NPS)
    hotline = dashboards.scores(session, viewer, Slice(period, ("hotline_call",))).of(Metric.NPS)
    rest = dashboards.scores(session, viewer, Slice(period, ("claim_closed",))).of(Metric.NPS)
    assert (hotline.n, hotline.bad) == (12, 12)
    assert whole == hotline + rest


def test_staff_see_the_numbers_of_their_own_regions_only(session: Session, login: Login) -> None:
    here = busy(session)
    client = login(Role.CX_MANAGER, region=here.tree["33"].id)
    page = client.get("/").get_data(as_text=True)
    assert "江苏分公司" not in page
    assert "南京中心支公司" not in page
    assert "n = 45" in page
    assert figure(page, "regions-nps")["data"][0]["y"] == ["杭州中心支公司"]
    assert client.get("/?region=32").status_code == 404
    assert client.get("/?region=3301").status_code == 200
    assert client.get("/?region=HQ").status_code == 404


@pytest.mark.parametrize("address", ["/?touchpoint=nowhere", "/?stage=nowhere", "/?region=nowhere"])
def test_an_unknown_code_is_not_found(login: Login, address: str) -> None:
    assert login(Role.CX_MANAGER).get(address).status_code == 404


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("period=custom&from=2026-06-31&to=2026-07-01", "日期无法识别"),
        ("period=custom&from=2026-06-09&to=2026-06-01", "开始日期晚于结束日期"),
        ("period=custom&from=2001-01-01&to=2026-06-01", "最多查看三年"),
        ("from=x", "日期无法识别"),
        ("period=custom&to=0001-01-05", "日期无法识别"),
        ("to=9999-12-31", "日期无法识别"),
        ("from=1989-12-31&to=1990-03-01", "日期无法识别"),
        ("to=1990-01-02", "1990-01-01 至 1990-01-02"),
        ("from=2098-05-01", "2098-05-01 至 2098-05-01"),
    ],
)
def test_a_date_that_makes_no_sense_is_named_and_the_page_still_comes(
    login: Login, query: str, sentence: str
) -> None:
    answer = login(Role.CX_MANAGER).get(f"/?{query}")
    assert answer.status_code == 200
    assert sentence in answer.get_data(as_text=True)


def test_days_of_ones_own_choice_are_kept_while_drilling_down(session: Session, login: Login) -> None:
    busy(session)
    page = login(Role.CX_MANAGER).get("/?period=custom&from=2026-05-01&to=2026-06-10").get_data(as_text=True)
    assert "2026-05-01 至 2026-06-10" in page
    deeper = figure(page, "regions-nps")["data"][0]["customdata"]
    assert "/?period=custom&from=2026-05-01&to=2026-06-10&region=33" in deeper


@pytest.mark.parametrize("period", ["90d", "30d", "custom", ""])
def test_days_that_are_filled_in_are_meant_whatever_period_is_still_selected(
    login: Login, period: str
) -> None:
    page = login(Role.CX_MANAGER).get(f"/?period={period}&from=2026-05-01&to=2026-06-10")
    text = page.get_data(as_text=True)
    assert "2026-05-01 至 2026-06-10" in text
    assert '<option value="custom" selected>' in text
    assert 'name="from" type="date" value="2026-05-01"' in text
    assert 'name="to" type="date" value="2026-06-10"' in text


def test_days_that_were_filled_in_can_be_taken_away_again(login: Login) -> None:
    client = login(Role.CX_MANAGER)
    page = client.get("/?stage=claim&from=2026-05-01&to=2026-06-10").get_data(as_text=True)
    without = re.search(r'href="([^"]*)">2026-05-01 ~ 2026-06-10', page)
    assert without is not None
    assert html.unescape(without[1]) == "/?stage=claim"


def test_days_that_make_no_sense_stay_in_their_fields(login: Login) -> None:
    page = login(Role.CX_MANAGER).get("/?period=90d&from=2026-06-09&to=2026-06-01").get_data(as_text=True)
    assert "开始日期晚于结束日期" in page
    assert 'name="from" type="date" value="2026-06-09"' in page
    assert 'name="to" type="date" value="2026-06-01"' in page


def test_twelve_months_end_today_even_on_a_leap_day(
    session: Session, login: Login, clock_at: FixedClock
) -> None:
    clock_at.instant = clock_at.instant.replace(year=2028, month=2, day=29)
    page = login(Role.CX_MANAGER).get("/?period=12m").get_data(as_text=True)
    assert "2027-03-01 至 2028-02-29" in page


def test_an_empty_database_says_what_to_do_next(login: Login) -> None:
    page = login(Role.CX_MANAGER).get("/").get_data(as_text=True)
    assert "还没有客户回答" in page
    assert 'href="/surveys"' in page
    assert "data-figure" not in page
    assert "样本不足" in page


def test_a_quiet_period_is_not_told_as_if_nobody_had_ever_answered(session: Session, login: Login) -> None:
    here = world(session)
    day = clock.beijing_day(clock.now()) - timedelta(days=200)
    here.answer("3301", nps=9, times=20, at=clock.day_start(day) + timedelta(hours=9))
    here.counted()
    client = login(Role.CX_MANAGER)
    page = client.get("/?period=30d").get_data(as_text=True)
    assert "这段时间内没有客户回答" in page
    assert f"最近一次收到客户的回答或反馈是在 {day}" in page
    assert "发送规则已启用" not in page
    door = re.search(r'href="(/\?from=[^"]+)"', page)
    assert door is not None
    there = client.get(html.unescape(door[1])).get_data(as_text=True)
    assert "这段时间内没有客户回答" not in there
    assert figure(there, "trend-nps")["data"]
    elsewhere = login(Role.CX_MANAGER, region=here.tree["32"].id).get("/?period=30d").get_data(as_text=True)
    assert str(day) not in elsewhere


def test_a_filter_without_answers_offers_the_way_back(session: Session, login: Login) -> None:
    busy(session)
    page = login(Role.CX_MANAGER).get("/?touchpoint=health_service").get_data(as_text=True)
    assert "去掉几个筛选条件" in page
    assert "/?period=12m" in page


def test_the_page_asks_the_database_as_often_however_much_there_is(
    session: Session, login: Login, shared_engine: Engine
) -> None:
    client = login(Role.CX_MANAGER)

    def asked(address: str) -> int:
        with statements(shared_engine) as found:
            assert client.get(address).status_code == 200
        # Looking up who asks, and what is new for them in the menu, is not the page's own.
        others = ("staff", "SAVEPOINT", "said_again_at")
        return len([one for one in found if not any(word in one for word in others)])

    # A page that shows nothing asks once more: when there was something.
    assert asked("/") == QUERIES + 1
    busy(session)
    assert asked("/") == QUERIES
    assert asked("/?region=33&period=12m&stage=claim") == QUERIES


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR])
def test_who_may_not_read_feedback_finds_no_doors_to_it(session: Session, login: Login, role: Role) -> None:
    busy(session)
    page = login(role).get("/").get_data(as_text=True)
    assert "n = 85" in page
    assert "/feedback?" not in page
    assert "/tickets?" not in page


def test_a_number_over_several_touchpoints_has_no_door_that_would_show_others(
    session: Session, login: Login
) -> None:
    busy(session)
    page = login(Role.CX_MANAGER).get("/?stage=claim").get_data(as_text=True)
    doors = re.findall(r'/feedback\?[^"\\]+', page)
    assert doors
    assert all("touchpoint=" in door for door in doors)


def test_agents_begin_with_their_tickets_and_strangers_with_the_login(
    login: Login, client: FlaskClient
) -> None:
    assert client.get("/").location.startswith("/login")
    assert login(Role.AGENT).get("/").location == "/tickets"


def test_a_region_that_a_script_named_is_shown_as_text(session: Session, login: Login) -> None:
    here = world(session)
    bad = factories.make_region(session, code="X", name="</script><b>x")
    here.tree["X"] = bad
    here.answer("X", nps=10, times=30)
    here.counted()
    page = login(Role.CX_MANAGER).get("/").get_data(as_text=True)
    assert "</script><b>x" not in page
    assert "<b>x" not in page
