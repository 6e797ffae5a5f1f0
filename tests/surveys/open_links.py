"""Surveys and open links for tests: made in one line, answered as a browser does."""

import re
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from core import clock
from core.clock import FixedClock
from grid import queries as grid
from surveys import services
from surveys.models import OpenLink, Survey, SurveyVersion
from surveys.rules.definition import Definition
from surveys.rules.opening import new_slug

PHONE = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 MicroMessenger/8.0"
SOMEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
_number = iter(range(1, 10_000))


def text(words: str) -> dict[str, str]:
    """Return words in Chinese only."""
    return {"zh-Hans": words}


def nps(name: str = "nps", **more: object) -> dict[str, Any]:
    """Return a question of ten points."""
    return {
        "type": "nps",
        "id": name,
        "title": text("您有多愿意推荐我们？"),
        "low": text("不"),
        "high": text("很"),
    } | more


def words(name: str = "why", **more: object) -> dict[str, Any]:
    """Return a question for words."""
    return {"type": "words", "id": name, "title": text("为什么？")} | more


def hidden(name: str = "agent", parameter: str = "agent") -> dict[str, Any]:
    """Return a question that the link answers."""
    return {"type": "hidden", "id": name, "title": text("工号"), "parameter": parameter}


def make_survey(session: Session, *questions: dict[str, Any], **more: object) -> SurveyVersion:
    """Publish a survey of one page with these questions, or of the pages given."""
    number = next(_number)
    survey = Survey(code=f"open_{number}", name=f"开放问卷 {number}")
    session.add(survey)
    session.flush()
    shape: dict[str, Any] = {"title": text("说说您的感受")} | more
    if "pages" not in shape:
        shape["questions"] = list(questions or (nps(), words()))
    definition = Definition.model_validate(shape)
    version = services.publish_version(session, survey_id=survey.id, definition=definition)
    session.flush()
    return version


def two_pages(session: Session, **more: object) -> SurveyVersion:
    """Publish a survey of two pages."""
    pages = [{"id": "one", "questions": [nps()]}, {"id": "two", "questions": [words()]}]
    return make_survey(session, pages=pages, **more)


def make_link(session: Session, version: SurveyVersion | None = None, **given: object) -> OpenLink:
    """Make an open link to a survey."""
    asked = version or make_survey(session)
    values: dict[str, Any] = {
        "slug": new_slug(),
        "survey_id": asked.survey_id,
        "name": "柜台",
        "kind": "qr",
        "touchpoint_code": "claim_closed",
        "region_id": grid.root(session).id,
        "parameters": {},
        "created_at": clock.now(),
    } | given
    link = OpenLink(**values)
    session.add(link)
    session.flush()
    return link


def fields(page: str) -> dict[str, str]:
    """Return the hidden fields of a page, as a browser sends them back."""
    return dict(re.findall(r'type="hidden" name="([\w.]+)" value="([^"]*)"', page))


def action(page: str) -> str:
    """Return where the form of a page is sent."""
    found = re.search(r'<form method="post" action="([^"]+)"', page)
    assert found is not None, page
    return found[1].replace("&amp;", "&")


class Visitor:
    """Somebody with a browser who takes their time."""

    def __init__(self, client: FlaskClient, at: FixedClock, address: str = "203.0.113.9") -> None:
        self.client, self.at = client, at
        self.around = {"REMOTE_ADDR": address}

    def open(self, path: str) -> str:
        """Open a page and return it."""
        answer = self.client.get(path, headers={"User-Agent": PHONE}, environ_overrides=self.around)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def send(self, page: str, *, after: float = 30, **sent: str) -> TestResponse:
        """Send the form of a page after some seconds."""
        self.at.advance(seconds=after)
        return self.client.post(
            action(page), data=fields(page) | {"_go": "send"} | sent, environ_overrides=self.around
        )


def in_days(days: float) -> datetime:
    """Return an instant some days from now."""
    return clock.now() + timedelta(days=days)
