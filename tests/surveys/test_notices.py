"""Editions of the privacy notice: numbered, whole, and never changed."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.errors import InvalidInputError
from surveys.models import PrivacyNotice
from surveys.rules.notice import starting_point
from surveys.services import authoring
from tests.surveys.drafting import ZH, notice

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]


class TestNotices:
    def test_editions_are_numbered_and_never_change(self, session: Session) -> None:
        first = notice(session)
        with pytest.raises(InvalidInputError, match="相同"):
            notice(session)
        second = authoring.publish_notice(session, title={ZH: "新的告知书"}, body=first.body, staff_id=None)
        assert second.number == first.number + 1
        second.title = {ZH: "改过"}
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.flush()

    def test_a_notice_says_all_that_the_law_wants(self, session: Session) -> None:
        with pytest.raises(InvalidInputError, match="保存期限") as refused:
            authoring.publish_notice(
                session, title={ZH: "告知"}, body={ZH: "我们收集您的回答"}, staff_id=None
            )
        assert "body" in refused.value.fields


def test_a_notice_is_published_from_the_text_that_comes_with_the_product(
    session: Session, login: Login
) -> None:
    browser = login()
    page = browser.get("/surveys/notices/new").get_data(as_text=True)
    assert "撤回同意" in page
    short = browser.post(
        "/surveys/notices/new", data={"title_zh_hans": "告知书", "body_zh_hans": "我们收集回答"}
    )
    assert short.status_code == 422
    assert "告知书还缺少" in short.get_data(as_text=True)
    body = starting_point("安澜保险", "95500")[1][ZH]
    data = {
        "title_zh_hans": "告知书",
        "body_zh_hans": body,
        "title_en": "Notice",
        "body_en": "What we do with data",
    }
    assert browser.post("/surveys/notices/new", data=data).location == "/surveys/notices"
    made = session.scalars(select(PrivacyNotice).order_by(PrivacyNotice.number.desc()).limit(1)).one()
    assert made.title == {ZH: "告知书", "en": "Notice"}
    page = browser.get("/surveys/notices").get_data(as_text=True)
    assert "新提交的问卷使用" in page
    assert "第 1 版" in page
