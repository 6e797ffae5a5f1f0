"""Surveys at every step of their making, for the tests of authoring."""

from typing import Any

from sqlalchemy.orm import Session

from app.demo import factories
from surveys.models import PrivacyNotice, SurveyVersion
from surveys.rules.definition import Definition
from surveys.rules.notice import starting_point
from surveys.services import authoring

ZH = "zh-Hans"


def definition(title: str = "您满意吗？", **more: Any) -> Definition:  # noqa: ANN401
    question = {"type": "csat", "id": "csat", "title": {ZH: title}}
    return Definition.model_validate({"title": {ZH: "回访"}, "questions": [question]} | more)


def staff(session: Session, name: str = "王丽") -> int:
    return factories.make_staff(session, name=name).id


def notice(session: Session) -> PrivacyNotice:
    title, body = starting_point("安澜保险", "95500")
    return authoring.publish_notice(session, title=title, body=body, staff_id=None)


def draft(session: Session, staff_id: int | None = None, **more: Any) -> SurveyVersion:  # noqa: ANN401
    return authoring.create_survey(session, name="回访", definition=definition(**more), staff_id=staff_id)


def in_review(session: Session, **more: Any) -> SurveyVersion:  # noqa: ANN401
    notice(session)
    return authoring.submit_for_review(session, version_id=draft(session, **more).id, staff_id=None)


def published(session: Session, **more: Any) -> SurveyVersion:  # noqa: ANN401
    return authoring.publish(session, version_id=in_review(session, **more).id, staff_id=None)


def title_of(version: SurveyVersion) -> str:
    return Definition.model_validate(version.definition).questions[0].title[ZH]
