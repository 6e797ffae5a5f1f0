"""What the results page says of open links: the same figures as the list of links, whatever the filter."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.clock import FixedClock
from grid import queries as grid
from grid.rules import Role
from surveys.counting import store
from surveys.models import OpenLink, OpenLinkDay, SurveyVersion
from tests.surveys import open_links as made
from tests.surveys.open_links import Visitor
from tests.surveys.results_world import answer

Login = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _nothing_kept(clock_at: FixedClock) -> None:
    store.kept.clear()
    store.lately.clear()


def figures(client: FlaskClient, survey_id: int, query: str = "") -> list[str]:
    """Return what the table of open links says: opened, started, completed, in doubt."""
    page = client.get(f"/surveys/{survey_id}/results{query}").get_data(as_text=True)
    table = re.search(r"<h2>开放链接与二维码</h2>(.*?)</table>", page, flags=re.DOTALL)
    assert table is not None, page
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", table[1].partition("<tbody")[2], flags=re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]


def said(client: FlaskClient, survey_id: int, query: str) -> str:
    page = client.get(f"/surveys/{survey_id}/results{query}").get_data(as_text=True)
    return unescape(re.sub(r"\s+", " ", page))


def on_link_page(client: FlaskClient, link: OpenLink) -> list[int]:
    page = client.get(f"/surveys/links/{link.id}").get_data(as_text=True)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("figure-grid")[2] or page))
    found = [re.search(rf"{name} ([\d,]+)", text) for name in ("打开", "开始", "完成")]
    assert all(found), text[:600]
    return [int(one[1].replace(",", "")) for one in found if one is not None]


def counted(session: Session, link: OpenLink, days_ago: int, opened: int, started: int) -> None:
    day = clock.beijing_day(clock.now()) - timedelta(days=days_ago)
    session.add(OpenLinkDay(link_id=link.id, day=day, opened=opened, started=started))
    session.flush()


def answered(session: Session, version: SurveyVersion, link: OpenLink, n: int, days_ago: int = 0) -> None:
    for _each in range(n):
        answer(
            session, version, {"nps": 9}, link_id=link.id, channel=link.kind, region_id=link.region_id,
            submitted_at=clock.now() - timedelta(days=days_ago),
        )  # fmt: skip


def test_the_results_and_the_page_of_the_link_tell_the_same_after_real_visits(
    session: Session, login: Login, client: FlaskClient, clock_at: FixedClock
) -> None:
    version = made.two_pages(session)
    link = made.make_link(session, version)
    for finishes in (True, False, False):
        visitor = Visitor(client, clock_at)
        sent = visitor.send(visitor.open(f"/q/{link.slug}"), nps="9", _go="next")
        if finishes:
            visitor.send(visitor.open(sent.location), why="很好")
    Visitor(client, clock_at).open(f"/q/{link.slug}")
    staff = login(Role.ANALYST)
    opened, started, completed = on_link_page(staff, link)
    assert (opened, started, completed) == (4, 3, 1)
    assert figures(staff, version.survey_id) == ["4", "3", "1", "0"]


def test_beginnings_do_not_vanish_with_the_sittings_that_are_tidied_away(
    session: Session, login: Login
) -> None:
    version = made.make_survey(session)
    link = made.make_link(session, version)
    counted(session, link, 100, 134, 64)
    answered(session, version, link, 48, 100)
    staff = login(Role.ANALYST)
    assert figures(staff, version.survey_id) == ["134", "64", "48", "0"]
    assert on_link_page(staff, link) == [134, 64, 48]


def test_beginnings_are_narrowed_by_days_region_link_channel_and_touchpoint(
    session: Session, login: Login
) -> None:
    tree = factories.region_tree(session)
    version = made.make_survey(session)
    near = made.make_link(session, version, name="杭州", region_id=tree["3301"].id)
    far = made.make_link(session, version, name="成都", region_id=tree["5101"].id, kind="poster")
    counted(session, near, 1, 10, 6)
    counted(session, near, 50, 20, 9)
    counted(session, far, 1, 5, 3)
    answered(session, version, near, 4, 1)
    answered(session, version, near, 2, 50)
    answered(session, version, far, 1, 1)
    staff = login(Role.ANALYST)
    assert figures(staff, version.survey_id) == ["35", "18", "7", "0"]
    assert figures(staff, version.survey_id, "?period=30d") == ["15", "9", "5", "0"]
    assert figures(staff, version.survey_id, "?region=3301") == ["30", "15", "6", "0"]
    assert figures(staff, version.survey_id, f"?link={far.id}") == ["5", "3", "1", "0"]
    assert figures(staff, version.survey_id, f"?link={near.id}&period=30d") == ["10", "6", "4", "0"]
    assert figures(staff, version.survey_id, "?channel=poster") == ["5", "3", "1", "0"]
    assert "开放链接与二维码" not in said(staff, version.survey_id, "?touchpoint=branch_visit")
    regional = login(Role.ANALYST, region=tree["5101"].id)
    assert figures(regional, version.survey_id) == ["5", "3", "1", "0"]


def test_what_a_version_or_an_answer_cannot_narrow_is_not_shown_and_said_to_be_so(
    session: Session, login: Login
) -> None:
    version = made.make_survey(session)
    older = SurveyVersion(
        survey_id=version.survey_id, number=version.number + 1, state="retired", definition=version.definition,
        published_at=clock.now(),
    )  # fmt: skip
    session.add(older)
    session.flush()  # its answers need the id
    link = made.make_link(session, version, region_id=grid.root(session).id)
    counted(session, link, 1, 10, 6)
    answered(session, version, link, 3)
    answered(session, older, link, 1)
    staff = login(Role.ANALYST)
    assert figures(staff, version.survey_id) == ["10", "6", "4", "0"]
    assert figures(staff, version.survey_id, f"?version={version.number}") == ["—", "—", "3", "0"]
    assert "不分问卷版本" in said(staff, version.survey_id, f"?version={version.number}")
    assert "算在发生的那一天" in said(staff, version.survey_id, "?period=30d")
    by_answer = said(staff, version.survey_id, "?answer=nps:9..10")
    assert "开放链接与二维码</h2>" not in by_answer
    assert "不显示邀请的去向和开放链接的打开、开始次数" in by_answer
