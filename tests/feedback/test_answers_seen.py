"""What staff see on the page of an utterance of the other answers that came with it."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core.models import AuditEntry
from feedback.models import Feedback
from grid.rules import Role
from surveys.models import Answer, AnswerFile, Response
from tests.surveys.retelling import MOBILE, WRITTEN, answered

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]


def card(page: str) -> str:
    """Return the text of the card of answers, without tags."""
    _before, there, rest = page.partition("<h2>这份问卷的回答</h2>")
    return re.sub(r"<[^>]+>", "|", rest.partition("</section>")[0]) if there else ""


def page_of(browser: FlaskClient, row: Feedback) -> str:
    answer = browser.get(f"/feedback/{row.id}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_every_answered_question_is_told_in_words_in_the_order_of_the_survey(
    session: Session, client: FlaskClient, login: Login
) -> None:
    row = answered(session, client)
    said = card(page_of(login(Role.ANALYST), row))
    wanted = [
        "推荐吗", "2 / 10", "慢在哪里", "排队、别的：电话●●●●●●●●●●●没人接", "对人员的看法",
        "查勘员：满意", "理赔员：不满意", "哪天方便",
        "2026-07-01", "是否希望回电", "选项yes", "回电号码", "139****5678", "证件号码", "***",
        "等了多久", "12 天", "先改哪个", "1. 准、2. 快", "联系授权", "同意", "现场照片", "车损.png", "为什么",
        "一直没人联系我",
    ]  # fmt: skip
    places = [said.index(f"|{one}|") for one in wanted]
    assert places == sorted(places)
    assert "没有回答的题" not in said


def test_personal_data_is_covered_until_somebody_with_the_right_asks_for_it(
    session: Session, client: FlaskClient, login: Login
) -> None:
    row = answered(session, client)
    for role in (Role.ANALYST, Role.AGENT):
        page = page_of(login(role), row)
        assert not [one for one in (MOBILE, WRITTEN, "11010519491231002X") if one in page]
        assert ("显示完整回答" in page) == (role is Role.AGENT)
    shown = login(Role.AGENT).post(f"/feedback/{row.id}/reveal")
    assert shown.headers["Cache-Control"] == "no-store"
    said = card(shown.get_data(as_text=True))
    assert all(one in said for one in (MOBILE, WRITTEN, "11010519491231002X"))
    line = session.scalars(select(AuditEntry).where(AuditEntry.action == "response.reveal")).one()
    assert (line.object_type, line.object_id) == ("response", str(row.response_id))
    assert line.detail == {"questions": ["slow", "mobile", "card"]}


def test_whoever_reads_the_answers_can_fetch_the_file_that_came_with_them(
    session: Session, client: FlaskClient, login: Login
) -> None:
    row = answered(session, client)
    file = session.scalars(select(AnswerFile)).one()
    link = f'<a href="/surveys/files/{file.id}">车损.png</a> <span class="muted">{file.size} Bytes</span>'
    for role in (Role.ANALYST, Role.AGENT):
        reader = login(role)
        assert link in page_of(reader, row)
        fetched = reader.get(f"/surveys/files/{file.id}")
        assert fetched.get_data() == bytes(file.data)
        line = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action == "answer_file.download")
            .order_by(AuditEntry.id.desc())
        ).first()
        assert line is not None
        assert line.object_id == str(file.id)
    assert login(Role.VIEWER).get(f"/surveys/files/{file.id}").status_code == 403


def test_staff_of_another_region_get_nothing(session: Session, client: FlaskClient, login: Login) -> None:
    tree = factories.region_tree(session)
    row = answered(session, client, region=tree["3301"])
    assert card(page_of(login(Role.AGENT, tree["33"].id), row))
    far = login(Role.AGENT, tree["44"].id)
    assert far.get(f"/feedback/{row.id}").status_code == 404
    assert far.post(f"/feedback/{row.id}/reveal").status_code == 404
    # Even an utterance that came to another region brings no answers of a response out of sight with it.
    row.region_id = tree["44"].id
    session.flush()  # the page reads it
    assert card(page_of(far, row)) == ""
    assert MOBILE not in far.post(f"/feedback/{row.id}/reveal").get_data(as_text=True)
    assert not session.scalars(select(AuditEntry).where(AuditEntry.action == "response.reveal")).all()


def test_nobody_is_shown_an_anonymous_person_answer_by_answer(
    session: Session, client: FlaskClient, login: Login
) -> None:
    row = answered(session, client, anonymous=True)
    assert session.scalars(select(Answer).where(Answer.question_id == "again")).one().option_ids == ["yes"]
    browser = login(Role.ADMINISTRATOR)
    assert card(page_of(browser, row)) == ""
    assert card(browser.post(f"/feedback/{row.id}/reveal").get_data(as_text=True)) == ""
    assert not session.scalars(select(AuditEntry).where(AuditEntry.action == "response.reveal")).all()
    file = f"/surveys/files/{session.scalars(select(AnswerFile.id)).one()}"
    assert login(Role.AGENT).get(file).status_code == 404
    assert login(Role.ANALYST).get(file).status_code == 200


def test_words_that_came_from_elsewhere_have_no_card(session: Session, login: Login) -> None:
    assert card(page_of(login(Role.AGENT), factories.make_feedback(session))) == ""


def test_a_response_without_anything_personal_leaves_no_line(session: Session, login: Login) -> None:
    response: Response = factories.make_response(session, nps=9, why="都很好")
    row = factories.make_feedback(session, response_id=response.id, words="都很好")
    browser = login(Role.AGENT)
    page = page_of(browser, row)
    assert "都很好" in card(page)
    assert "显示完整回答" not in page
    browser.post(f"/feedback/{row.id}/reveal")
    assert not session.scalars(select(AuditEntry).where(AuditEntry.action == "response.reveal")).all()
