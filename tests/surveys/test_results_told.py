"""How the results page tells what it counted: names that differ, means as fine as they differ, pages all have seen."""

import re
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from grid.rules import Role
from surveys.counting import store
from surveys.models import SurveyVersion
from tests.surveys.results_world import DEFINITION, World, make_survey, many, world
from tests.surveys.test_results_page import fetched, plain, section

pytestmark = pytest.mark.usefixtures("clock_at")

Login = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    store.kept.clear()
    store.lately.clear()


@pytest.fixture
def made(session: Session) -> World:
    return world(session)


def test_questions_of_the_same_words_in_two_versions_are_told_apart_by_their_names(
    login: Login, session: Session
) -> None:
    version = make_survey(session)
    definition = deepcopy(DEFINITION)
    definition["pages"][1]["questions"][0]["options"].append({"id": "far", "label": {"zh-Hans": "太远"}})
    version.state = "retired"
    session.flush()  # a survey has one published version
    later = SurveyVersion(
        survey_id=version.survey_id,
        number=2,
        state="published",
        definition=definition,
        published_at=clock.now(),
    )
    session.add(later)
    session.flush()  # its responses need its id
    many(session, version, [{"reason": ["slow"]}] * 12)
    many(session, later, [{"reason": ["far"]}] * 12)
    page = login(Role.ANALYST).get(f"/surveys/{version.survey_id}/results").get_data(as_text=True)
    sections = re.findall(r'<section class="card result" id="([^"]+)" aria-labelledby="([^"]+)"', page)
    names = [
        " ".join(
            plain(page.partition(f'id="{one}"')[2].partition(">")[2].partition("</")[0])
            for one in ids.split()
        )
        for _id, ids in sections
    ]
    assert len([name for name in names if "最主要的原因" in name]) == 2
    every = [ids for _id, ids in sections]
    assert len(every) == len(set(every))
    assert all(ids.endswith("-about") for ids in every)


def test_means_are_told_as_finely_as_they_differ(login: Login, made: World) -> None:
    page = fetched(login(Role.ANALYST), made, "?compare=group&b_region=5101")
    assert re.search(r"平均 \d\.\d\d \d\.\d\d ~ \d\.\d\d", section(page, "请评价"))
    assert re.search(r"另一组平均 \d\.\d\d ", section(page, "请评价"))


def test_a_choice_whose_other_words_nobody_used_has_no_empty_heading(login: Login, session: Session) -> None:
    version = make_survey(session)
    many(session, version, [{"reason": ["slow"]}] * 12)
    page = login(Role.ANALYST).get(f"/surveys/{version.survey_id}/results").get_data(as_text=True)
    assert "客户怎么说" not in section(page, "最主要的原因")
    assert "0 份回答写了文字" in section(page, "为什么？")


def test_whoever_finished_has_seen_the_pages_that_nobody_can_pass_by_whether_or_not_their_time_is_known(
    login: Login, session: Session
) -> None:
    low = {"of": "nps", "is": "at_most", "than": 6}
    first, second = DEFINITION["pages"]
    last = {
        "id": "p3",
        "title": {"zh-Hans": "最后"},
        "show": low,
        "questions": [{"type": "words", "id": "end", "title": {"zh-Hans": "还有吗？"}}],
    }
    version = make_survey(session, {**DEFINITION, "pages": [first, second, last]})
    many(session, version, [{"nps": 9}] * 12)
    many(session, version, [{"nps": 3}] * 3, page_seconds={"p1": 5, "p2": 7, "p3": 9})
    past = clock.now() - timedelta(days=3)
    for _one in range(5):
        factories.make_invitation(session, version_id=version.id, opened_at=past, expires_at=past)
    text = plain(login(Role.ANALYST).get(f"/surveys/{version.survey_id}/results").get_data(as_text=True))
    assert "总体 20 5 25.0% 0" in text  # fifteen who finished, five who opened and sent nothing
    assert "细节 15 0 0.0% 0" in text
    assert "最后 3 0 — 0" in text  # of a page with a condition only the seconds tell


SLIDER = {
    "type": "slider",
    "id": "pain",
    "title": {"zh-Hans": "有多急？"},
    "lowest": 1_234_000,
    "highest": 1_235_000,
    "step": 1,
}


def with_a_slider(session: Session) -> SurveyVersion:
    first, second = DEFINITION["pages"]
    return make_survey(
        session, {**DEFINITION, "pages": [{**first, "questions": [*first["questions"], SLIDER]}, second]}
    )


def test_numbers_that_only_the_second_group_gave_are_counted_too(login: Login, session: Session) -> None:
    version = with_a_slider(session)
    tree = factories.region_tree(session)
    many(session, version, [{"pain": 1_234_000 + at} for at in range(0, 80, 2)], region_id=tree["3301"].id)
    many(session, version, [{"pain": 1_234_000 + at} for at in range(1, 161, 2)], region_id=tree["5101"].id)
    address = f"/surveys/{version.survey_id}/results?region=3301&compare=group&b_region=5101"
    card = section(login(Role.ANALYST).get(address).get_data(as_text=True), "有多急？")
    lines = re.findall(r"\d+ ~ \d+ (\d+) ([\d.]+)% [\d.]+ ~ [\d.]+ ([\d.]+)%", card)
    assert sum(int(n) for n, _ours, _theirs in lines) == 40
    assert "中位数 1234039 " in card
    assert sum(float(ours) for _n, ours, _theirs in lines) == pytest.approx(100, abs=0.5)
    assert sum(float(theirs) for _n, _ours, theirs in lines) == pytest.approx(100, abs=0.5)


def test_the_door_of_a_range_of_large_numbers_leads_to_as_many_as_it_counts(
    login: Login, session: Session
) -> None:
    version = with_a_slider(session)
    many(session, version, [{"pain": 1_234_567 + at} for at in range(20)])
    client = login(Role.ANALYST)
    page = client.get(f"/surveys/{version.survey_id}/results").get_data(as_text=True)
    doors = re.findall(r'href="(/surveys/[^"]*answer=pain[^"]*)#people"[^>]*>(.*?)</a>', page, re.DOTALL)
    assert len(doors) == 8
    counted = 0
    for door, _label in doors:
        found = re.search(r"符合条件 (\d+) 份", plain(client.get(unescape(door)).get_data(as_text=True)))
        assert found is not None
        counted += int(found[1])
    assert counted == 20
