"""What staff read of one number: how high the scale goes and what the step is called, never a number alone."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from core import clock
from grid import queries as grid
from grid.rules import Role
from surveys.counting import store
from surveys.models import Suspect
from surveys.rules.marks import spoken
from surveys.rules.questions import Question
from tests.surveys import open_links as made
from tests.surveys.results_world import many

pytestmark = pytest.mark.usefixtures("clock_at")

Login = Callable[..., FlaskClient]
TITLE = {"zh-Hans": "您对今天的服务满意吗？"}
CSAT = {"type": "csat", "id": "csat", "title": TITLE}


def said(shape: dict[str, Any], number: float, language: str = "zh-Hans") -> str:
    question: Question = TypeAdapter(Question).validate_python({"id": "q", "title": TITLE} | shape)
    return spoken(question, next(iter(question.columns(language))), number, language)


@pytest.mark.parametrize(
    ("shape", "number", "words"),
    [
        ({"type": "csat"}, 1, "1 / 5（非常不满意）"),
        ({"type": "csat"}, 5, "5 / 5（非常满意）"),
        ({"type": "ces"}, 4, "4 / 7（一般）"),
        ({"type": "nps", "low": {"zh-Hans": "不愿意"}, "high": {"zh-Hans": "愿意"}}, 0, "0 / 10（不愿意）"),
        ({"type": "nps", "low": {"zh-Hans": "不愿意"}, "high": {"zh-Hans": "愿意"}}, 7, "7 / 10"),
        ({"type": "rating", "highest": 5}, 3, "3 / 5"),
        ({"type": "slider", "lowest": 0, "highest": 100}, 20, "20"),
        ({"type": "words", "format": "number"}, 3, "3"),
    ],
)
def test_a_step_says_how_high_the_scale_goes_and_an_amount_stays_alone(
    shape: dict[str, Any], number: float, words: str
) -> None:
    assert said(shape, number) == words


def test_english_has_english_brackets() -> None:
    assert said({"type": "csat"}, 1, "en") == "1 / 5 (Very dissatisfied)"


def test_an_answer_put_aside_shows_the_score_with_its_word(session: Session, login: Login) -> None:
    version = made.make_survey(session, CSAT)
    link = made.make_link(session, version)
    session.add(
        Suspect(
            key_hash=b"1" * 32, link_id=link.id, version_id=version.id, touchpoint_code=link.touchpoint_code,
            region_id=link.region_id, channel="qr", language="zh-Hans", sent=json.dumps({"csat": ["1"]}),
            reasons=["too_fast"], received_at=clock.now(),
        )
    )  # fmt: skip
    session.flush()  # the page reads the table
    page = login(Role.CX_MANAGER).get("/surveys/suspects").get_data(as_text=True)
    assert "<dd>1 / 5（非常不满意）</dd>" in page


def test_the_table_of_a_question_names_the_steps(session: Session, login: Login) -> None:
    store.kept.clear()
    store.lately.clear()
    version = made.make_survey(session, CSAT)
    many(session, version, [{"csat": 1 + at % 5} for at in range(20)], region_id=grid.root(session).id)
    page = login(Role.ANALYST).get(f"/surveys/{version.survey_id}/results").get_data(as_text=True)
    table = page.partition("以表格查看数据")[2].partition("</table>")[0]
    heads = re.findall(r'scope="row"[^>]*>(?:<a[^>]*>)?([^<]+)', table)
    assert heads == [f"{step} / 5（{word}）" for step, word in enumerate(
        ("非常不满意", "不满意", "一般", "满意", "非常满意"), 1)]  # fmt: skip
