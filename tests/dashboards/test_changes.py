"""What changed against the period before: told where it holds among all that was tested, with its way to the words."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from dashboards import changes
from dashboards.doors import Doors
from dashboards.queries import Feelings, Slice, Voices
from dashboards.rules import Period
from dashboards.sheet import Line
from grid.rules import PERMISSIONS, Role, Viewer
from surveys.rules.scores import Counts, Metric, change, score
from tests.dashboards.world import World, world

Login = Callable[..., FlaskClient]

BEFORE = timedelta(days=40)
"""In the thirty days before the last thirty."""


def card(client: FlaskClient, query: str = "?period=30d") -> str:
    """Return the card of changes, tags taken out."""
    page = client.get(f"/{query}").get_data(as_text=True)
    found = re.search(r'<section class="card" id="changes">.*?</section>', page, re.DOTALL)
    assert found is not None
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])))


def line(name: str, before: Counts, now: Counts) -> Line:
    moved = change(Metric.CSAT, before, now)
    return Line(
        name, name, now, score(Metric.CSAT, now), None, before=score(Metric.CSAT, before), change=moved
    )


@pytest.fixture
def here(session: Session, clock_at: clock.FixedClock) -> World:
    return world(session)


def test_a_touchpoint_and_a_region_that_fell_are_told_with_both_scores(here: World, login: Login) -> None:
    past = clock.now() - BEFORE
    here.answer("3301", nps=10, times=40, at=past)
    here.answer("3301", nps=2, times=40)
    here.answer("4401", nps=10, times=40, at=past, touchpoint="renewal_done")
    here.answer("4401", nps=10, times=40, touchpoint="renewal_done")
    here.counted()
    text = card(login(Role.CX_MANAGER))
    assert re.search(r"触点：理赔结案 NPS 100\.0 .* −100\.0 .* −200\.0 机构：浙江分公司", text)
    assert "续保完成" not in text
    assert "机构：广东分公司" not in text
    first, last = clock.beijing_day(clock.now()) - timedelta(days=59), clock.beijing_day(clock.now())
    assert f"上期为 {first} 至 {last - timedelta(days=30)}" in text
    assert "共检验 4 项" in text


def test_a_change_of_the_whole_that_holds_has_an_arrow(here: World, login: Login) -> None:
    here.answer("3301", nps=10, times=100)
    here.answer("3301", nps=3, times=100, at=clock.now() - BEFORE)
    here.counted()
    page = login(Role.CX_MANAGER).get("/?period=30d").get_data(as_text=True)
    assert "变化显著" in page
    assert "score-change is-up" in page


def test_nobody_is_told_the_changes_of_others(here: World, login: Login) -> None:
    past = clock.now() - BEFORE
    for region, before, now in (("3301", 10, 2), ("4401", 2, 10)):
        here.answer(region, nps=before, times=40, at=past)
        here.answer(region, nps=now, times=40)
    here.counted()
    assert "机构：广东分公司" in card(login(Role.CX_MANAGER))
    text = card(login(Role.CX_MANAGER, region=here.tree["33"].id))
    assert "机构：杭州中心支公司" in text
    assert "广东" not in text
    assert "−200.0" in text


def test_a_difference_that_chance_may_have_made_is_not_told(here: World, login: Login) -> None:
    past = clock.now() - BEFORE
    here.answer("3301", csat=5, times=30, at=past)
    here.answer("3301", csat=5, times=28)
    here.answer("3301", csat=1, times=2)
    here.counted()
    assert "没有一项变化能排除偶然" in card(login(Role.CX_MANAGER))


def test_too_few_answers_are_said_to_be_too_few(here: World, login: Login) -> None:
    here.answer("3301", nps=10, times=40)
    here.counted()
    text = card(login(Role.CX_MANAGER))
    assert "还不能比较" in text
    assert "检验" not in text


def test_one_change_in_twenty_that_looks_real_is_not_taken_for_one() -> None:
    same = [line(f"t{at}", Counts(100, 80), Counts(100, 80)) for at in range(30)]
    odd = line("odd", Counts(100, 80), Counts(100, 68))
    assert odd.change is not None
    assert 0.01 < odd.change.p < 0.06
    (group,), tests = changes.tested({Metric.CSAT: [*same, odd]})
    assert tests == 31
    assert changes.moved(group) == []
    (alone,), _tests = changes.tested({Metric.CSAT: [line("odd", Counts(100, 80), Counts(100, 66))]})
    assert [one.key for _metric, one in changes.moved(alone)] == ["odd"]


def test_every_line_takes_the_verdict_of_its_own_test() -> None:
    still, fell = (Counts(200, 150), Counts(200, 151)), (Counts(200, 180), Counts(200, 90))
    few = (Counts(4, 4), Counts(4, 0))
    first = {Metric.CSAT: [line("few", *few), line("still", *still)]}
    second = {Metric.CSAT: [line("fell", *fell), line("again", *still)]}
    groups, tests = changes.tested(first, second)
    assert tests == 3
    assert [[one.key for _metric, one in changes.moved(group)] for group in groups] == [[], ["fell"]]


def voices(said: int, **bad: int) -> Voices:
    return Voices(
        {date(2026, 6, 1): Feelings(neutral=said)}, {code: Feelings(negative=n) for code, n in bad.items()}
    )


def themes(before: Voices, now: Voices) -> list[tuple[str, str | None]]:
    viewer = Viewer("v", 1, "/1/", "总部", permissions=PERMISSIONS[Role.CX_MANAGER])
    doors = Doors(viewer, Slice(Period(date(2026, 6, 1), date(2026, 6, 30))))
    found, _tests = changes.themes(now, before, {"claim_speed": "理赔时效"}, doors)
    return [(theme.label, theme.door) for theme in found]


def test_a_topic_that_more_people_complain_of_is_told_with_the_way_to_their_words(
    client: FlaskClient,
) -> None:
    before, now = voices(400, claim_speed=20, price=30), voices(400, claim_speed=80, price=31)
    with client.application.test_request_context():
        ((label, door),) = themes(before, now)
    assert label == "理赔时效"
    assert door is not None
    assert "topic=claim_speed&polarity=negative" in door


def test_more_words_in_all_are_not_more_complaints() -> None:
    assert themes(voices(200, claim_speed=20), voices(800, claim_speed=80)) == []


def test_a_topic_that_fell_silent_is_told_and_has_no_way_to_words() -> None:
    assert themes(voices(400, claim_speed=80), voices(400)) == [("理赔时效", None)]


def test_topics_of_few_words_are_not_compared() -> None:
    assert themes(voices(9, claim_speed=9), voices(400)) == []


def test_the_tables_of_touchpoints_and_regions_say_how_each_changed(here: World, login: Login) -> None:
    past = clock.now() - BEFORE
    here.answer("3301", nps=10, times=20, at=past)
    here.answer("3301", nps=8, times=20, at=past)
    here.answer("3301", nps=10, times=22)
    here.answer("3301", nps=8, times=18)
    factories.make_feedback(here.session, region_id=here.tree["3301"].id)
    here.counted()
    page = login(Role.CX_MANAGER).get("/?period=30d").get_data(as_text=True)
    table = page.partition('aria-labelledby="regions-nps-title"')[2].partition("</figure>")[0]
    assert 'data-label="较上期">+5.0' in re.sub(r">\s+", ">", table)
    alone = login(Role.CX_MANAGER).get("/?from=2026-01-01&to=2026-01-02").get_data(as_text=True)
    assert "较上期" not in alone.partition('id="points-nps-title"')[2]
