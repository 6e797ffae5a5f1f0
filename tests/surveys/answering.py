"""Questionnaires and browsers for the tests of answering."""

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.demo import factories
from core import clock
from surveys.models import Invitation, Survey, SurveyVersion

Json = dict[str, Any]


def said(text: str) -> dict[str, str]:
    """Return a text in two languages."""
    return {"zh-Hans": text, "en": f"{text} (en)"}


def nps(name: str = "nps", **more: object) -> Json:
    """Return an NPS question, required unless said otherwise."""
    ends = {"low": said("不可能"), "high": said("可能")}
    return {"type": "nps", "id": name, "title": said("推荐吗"), "required": True} | ends | more


def words(name: str = "why", **more: object) -> Json:
    """Return a question for words."""
    return {"type": "words", "id": name, "title": said("为什么")} | more


def choice(name: str, *ids: str, **more: object) -> Json:
    """Return a question with these options."""
    options = [{"id": one, "label": said(f"选项{one}")} for one in ids]
    return {"type": "choice", "id": name, "title": said(f"选{name}"), "options": options} | more


THREE_PAGES: Json = {
    "title": said("三页问卷"),
    "pages": [
        {"id": "p1", "questions": [nps()]},
        {
            "id": "p2",
            "title": said("不满意的地方"),
            "show": {"of": "nps", "is": "at_most", "than": 6},
            "questions": [words(required=True)],
        },
        {"id": "p3", "questions": [choice("again", "yes", "no"), words("more")]},
    ],
}


def publish(session: Session, document: Json, **more: object) -> SurveyVersion:
    """Publish a questionnaire as a survey of its own."""
    number = (session.scalar(select(func.max(Survey.id))) or 0) + 1
    survey = Survey(code=f"test_{number}", name=f"测试 {number}")
    session.add(survey)
    session.flush()  # the version needs its id
    version = SurveyVersion(
        survey_id=survey.id,
        number=1,
        state="published",
        definition=document,
        published_at=clock.now(),
        **more,
    )
    session.add(version)
    session.flush()  # callers need its id
    return version


def invite(session: Session, document: Json, **more: Any) -> tuple[Invitation, str]:  # noqa: ANN401
    """Publish a questionnaire and invite somebody to it; return the invitation and the token."""
    version = publish(session, document)
    return factories.make_invitation(session, version_id=version.id, **more)


def fields(page: str) -> dict[str, str]:
    """Return the hidden fields of a page, as a browser sends them back."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


class Customer:
    """Somebody with a browser without JavaScript: sends back what the page holds, and follows redirects."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.token = client, token
        self.answer = client.get(f"/s/{token}")

    @property
    def page(self) -> str:
        """What is on the screen."""
        return self.answer.get_data(as_text=True)

    @property
    def on(self) -> str:
        """Return the id of the page on the screen."""
        return fields(self.page)["_page"]

    def send(self, go: str = "next", **answers: object) -> TestResponse:
        """Send the page with these answers; return the answer before any redirect."""
        action = re.search(r'<form method="post" action="([^"]*)"', self.page)
        assert action is not None, self.page
        data = {**fields(self.page), "_go": go, **answers}
        answer = self.client.post(action[1].replace("&amp;", "&"), data=data)
        self.answer = answer
        while self.answer.status_code in {302, 303}:
            self.answer = self.client.get(self.answer.location)
        return answer
