"""How the results page tells what it counted: names that differ, means as fine as they differ, pages all have seen."""

import re
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta

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
