"""What the results page claims: one rate under one name, relations and changes only where there are any."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from delivery.models import Message
from grid.rules import Role
from surveys.counting import store
from surveys.models import SurveyQuota, SurveyVersion
from surveys.rules.summaries.chances import independence
from tests.surveys.results_world import World, answer, make_survey, many, world
from tests.surveys.test_results_page import fetched, plain

pytestmark = pytest.mark.usefixtures("clock_at")

Login = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    store.kept.clear()
    store.lately.clear()


@pytest.fixture
def made(session: Session) -> World:
    return world(session)


def invite(session: Session, version: SurveyVersion, state: str | None = "sent", **given: Any) -> int:  # noqa: ANN401
    invitation, _token = factories.make_invitation(session, version_id=version.id, **given)
    if state is not None:
        session.add(
            Message(
                key=f"survey_invitation:{invitation.id}", kind="survey_invitation", subject_id=invitation.id,
                channel="email", region_id=invitation.region_id, customer_id=invitation.customer_id,
                due_at=clock.now(), created_at=clock.now(), state=state,
                message_id=f"<{invitation.id}@x>", sent_at=clock.now() if state == "sent" else None,
                reason="rejected" if state == "failed" else None, tried_at=clock.now(), attempts=1,
            )
        )  # fmt: skip
        session.flush()  # readers go straight to the table
    return invitation.id


def test_the_list_and_the_results_tell_the_same_rate_under_the_same_name(
    login: Login, session: Session
) -> None:
    version = make_survey(session)
    reached = [invite(session, version) for _each in range(12)]
    for invitation_id in reached[:3]:
        answer(session, version, {"nps": 9}, invitation_id=invitation_id)
    opened = clock.now() - timedelta(hours=1)
    invite(session, version, state="uncertain", opened_at=opened)  # who opened was reached
    invite(session, version, state="failed")
    invite(session, version, state=None, reason="not_sampled")
    client = login(Role.ANALYST)
    # 3 of 13 delivered, of 15 who were chosen.
    listed = plain(client.get("/surveys").get_data(as_text=True))
    assert "理赔服务回访 第 1 版 · 已发布 15 13 3 23.1%" in listed
    assert "回收率 = 完成回答 ÷ 成功送达" in listed
    results = plain(client.get(f"/surveys/{version.survey_id}/results?period=90d").get_data(as_text=True))
    assert "回收率 23.1% 完成回答 ÷ 成功送达；符合条件 15 人次" in results


def test_a_rate_of_fewer_than_ten_is_not_told(login: Login, session: Session) -> None:
    version = make_survey(session)
    answer(session, version, {"nps": 9}, invitation_id=invite(session, version))
    assert "1 1 1 样本不足" in plain(login(Role.ANALYST).get("/surveys").get_data(as_text=True))


def test_the_crossing_counts_first_and_takes_shares_of_rows_or_columns(login: Login, made: World) -> None:
    client = login(Role.ANALYST)
    rows = fetched(client, made, "?rows=reason&columns=nps")
    assert "每格先写人数，下面是占本行的百分比" in plain(rows)
    columns = fetched(client, made, "?rows=reason&columns=nps&shares=column")
    assert "下面是占本列的百分比" in plain(columns)
    # Fifteen of the twenty detractors found it slow: all of that row, three quarters of the column.
    assert "太慢 15 100.0%" in plain(rows)
    assert "太慢 15 75.0%" in plain(columns)
    assert 'href="/surveys/' in columns
    assert "shares=column" in re.findall(r'class="tabs cross-tabs".*?</nav>', rows, re.DOTALL)[0]


@pytest.mark.parametrize(
    ("counts", "relation"),
    [
        ([[520, 480], [480, 520]], ""),
        ([[5300, 4700], [4700, 5300]], ""),
        ([[60, 40], [40, 60]], "weak"),
        ([[70, 30], [30, 70]], "medium"),
        ([[90, 10], [10, 90]], "strong"),
        ([[6, 4], [4, 6]], ""),
        ([[3, 0], [0, 3]], ""),
    ],
)
def test_a_relation_needs_a_test_that_holds_and_a_strength_that_matters(
    counts: list[list[int]], relation: str
) -> None:
    found = independence(counts)
    assert found is not None
    assert found.relation == relation


def test_a_difference_too_small_to_matter_is_no_relation_however_many_answered(
    login: Login, session: Session
) -> None:
    version = make_survey(session)
    for nps, csat, n in ((9, 5, 530), (9, 1, 470), (3, 5, 470), (3, 1, 530)):
        many(session, version, [{"nps": nps, "csat": csat}] * n)
    text = plain(
        login(Role.ANALYST)
        .get(f"/surveys/{version.survey_id}/results?rows=nps&columns=csat")
        .get_data(as_text=True)
    )
    assert "没有看出关联 Cramér V = 0.06，卡方检验 p = 0.007，n = 2,000" in text
    assert "差别不像偶然，但小到没有实际意义" in text
    assert "两题有关联" not in text


def test_a_change_that_chance_may_have_made_has_neither_arrow_nor_colour(
    login: Login, session: Session
) -> None:
    version = make_survey(session)
    now = clock.now()
    many(
        session,
        version,
        [{"nps": 9 if at % 2 else 3} for at in range(40)],
        submitted_at=now - timedelta(days=40),
    )
    many(
        session,
        version,
        [{"nps": 9 if at % 3 else 3} for at in range(40)],
        submitted_at=now - timedelta(days=2),
    )
    client = login(Role.ANALYST)
    address = f"/surveys/{version.survey_id}/results?period=30d&compare=previous"
    page = client.get(address).get_data(as_text=True)
    change = re.findall(r'<span class="score-change .*?</span></span>', page, re.DOTALL)[0]
    assert "变化不显著" in change
    assert "is-flat" in change
    assert "<svg" not in change
    many(session, version, [{"nps": 10}] * 200, submitted_at=now - timedelta(days=1))
    page = client.get(address).get_data(as_text=True)
    change = re.findall(r'<span class="score-change .*?</span></span>', page, re.DOTALL)[0]
    assert "变化显著" in change
    assert "is-up" in change
    assert "<svg" in change


def test_the_door_of_a_bar_leads_to_a_chip_and_every_figure_obeys_it(
    login: Login, session: Session, made: World
) -> None:
    session.add(SurveyQuota(survey_id=made.survey.id, name="总量", most=1000, turned_away=77))
    session.flush()  # readers go straight to the table
    client = login(Role.ANALYST)
    page = fetched(client, made)
    assert "名额已满未计入 77" in plain(page)
    assert "在哪一页离开" in plain(page)
    assert "result-chosen" not in page
    narrowed = fetched(client, made, "?answer=nps:0..6&region=5101")
    chosen = re.findall(r'<div class="result-chosen">.*?</div>', narrowed, re.DOTALL)[0]
    assert "本页所有数字只算符合这些条件的 20 份回答" in plain(chosen)
    assert "您愿意推荐我们吗？：贬损者（0–6）" in plain(chosen)
    assert "全部去掉" in plain(chosen)
    # Each chip is the page without itself.
    assert f'href="/surveys/{made.survey.id}/results?region=5101"' in chosen
    # What cannot be narrowed so is not told: nobody knows the answers of those who did not finish.
    assert "名额已满未计入" not in plain(narrowed)
    assert "在哪一页离开" not in plain(narrowed)
    assert "每一页用了多久" in plain(narrowed)
