"""Editions of the privacy notice: numbered, whole, and never changed."""

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.errors import InvalidInputError
from surveys.services import authoring
from tests.surveys.drafting import ZH, notice

pytestmark = pytest.mark.usefixtures("clock_at")


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
