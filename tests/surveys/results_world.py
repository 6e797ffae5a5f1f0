"""A survey with every kind of question that results count, and responses whose sums are known by heart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from grid import queries as grid
from grid.models import Region
from surveys.models import Answer, Response, Survey, SurveyVersion

DEFINITION: dict[str, Any] = {
    "title": {"zh-Hans": "理赔服务回访"},
    "pages": [
        {
            "id": "p1",
            "title": {"zh-Hans": "总体"},
            "questions": [
                {
                    "type": "nps",
                    "id": "nps",
                    "title": {"zh-Hans": "您愿意推荐我们吗？"},
                    "low": {"zh-Hans": "不愿意"},
                    "high": {"zh-Hans": "愿意"},
                },
                {"type": "csat", "id": "csat", "title": {"zh-Hans": "您满意吗？"}},
            ],
        },
        {
            "id": "p2",
            "title": {"zh-Hans": "细节"},
            "questions": [
                {
                    "type": "choice",
                    "id": "reason",
                    "title": {"zh-Hans": "最主要的原因"},
                    "options": [
                        {"id": "slow", "label": {"zh-Hans": "太慢"}},
                        {"id": "kind", "label": {"zh-Hans": "态度好"}},
                    ],
                    "other": {"zh-Hans": "其他"},
                },
                {
                    "type": "choices",
                    "id": "ways",
                    "title": {"zh-Hans": "用过哪些渠道"},
                    "options": [
                        {"id": "app", "label": {"zh-Hans": "APP"}},
                        {"id": "shop", "label": {"zh-Hans": "柜面"}},
                    ],
                },
                {
                    "type": "matrix",
                    "id": "parts",
                    "title": {"zh-Hans": "请评价"},
                    "mode": "rating",
                    "highest": 5,
                    "rows": [
                        {"id": "speed", "label": {"zh-Hans": "速度"}},
                        {"id": "manner", "label": {"zh-Hans": "态度"}},
                    ],
                },
                {
                    "type": "ranking",
                    "id": "wish",
                    "title": {"zh-Hans": "最想改进什么"},
                    "options": [
                        {"id": "time", "label": {"zh-Hans": "时间"}},
                        {"id": "money", "label": {"zh-Hans": "赔款"}},
                    ],
                },
                {"type": "words", "id": "mobile", "title": {"zh-Hans": "手机号"}, "format": "mobile"},
                {"type": "words", "id": "why", "title": {"zh-Hans": "为什么？"}},
            ],
        },
    ],
}


@dataclass
class World:
    """The survey, its version, and two branches with their answers."""

    survey: Survey
    version: SurveyVersion
    hangzhou: Region
    chengdu: Region


def make_survey(
    session: Session, definition: dict[str, Any] | None = None, code: str = "claims"
) -> SurveyVersion:
    """Publish a survey with the definition above."""
    survey = Survey(code=code, name="理赔服务回访")
    session.add(survey)
    session.flush()  # the version needs its id
    version = SurveyVersion(
        survey_id=survey.id,
        number=1,
        state="published",
        definition=definition or DEFINITION,
        published_at=clock.now(),
    )
    session.add(version)
    session.flush()  # responses need its id
    return version


def answer(session: Session, version: SurveyVersion, answers: dict[str, Any], **given: Any) -> Response:  # noqa: ANN401
    """Store one response: numbers, lists of options, texts; ``("other", words)`` is an option with words."""
    return many(session, version, [answers], **given)[0]


def many(
    session: Session,
    version: SurveyVersion,
    all_answers: Sequence[dict[str, Any]],
    **given: Any,  # noqa: ANN401
) -> list[Response]:
    """Store a response for each of these answers."""
    values = {
        "version_id": version.id,
        "touchpoint_code": "claim_closed",
        "region_id": given.pop("region_id", None) or grid.root(session).id,
        "channel": "email",
        "language": "zh-Hans",
        "submitted_at": clock.now(),
    } | given
    made = [Response(**values) for _each in all_answers]
    session.add_all(made)
    session.flush()  # answers need the ids
    for response, answers in zip(made, all_answers, strict=True):
        session.add_all(_answer(response, key, value) for key, value in answers.items())
    session.flush()  # readers go straight to the table
    return made


def _answer(response: Response, key: str, value: Any) -> Answer:  # noqa: ANN401
    row = Answer(response_id=response.id, question_id=key)
    if isinstance(value, int | float):
        row.number = value
    elif isinstance(value, list):
        row.option_ids = value
    elif isinstance(value, tuple):
        row.option_ids, row.words = [value[0]], value[1]
    elif key == "mobile":
        row.secret = value
    else:
        row.words = value
    return row


def world(session: Session) -> World:
    """Forty answers from Hangzhou (all promoters) and twenty from Chengdu (all detractors, who wrote why)."""
    tree = factories.region_tree(session)
    version = make_survey(session)
    hangzhou, chengdu = tree["3301"], tree["5101"]
    now = clock.now()
    many(
        session,
        version,
        [
            {
                "nps": 9 + at % 2,
                "csat": 5,
                "reason": ["kind"],
                "ways": ["app", "shop"] if at % 2 else ["app"],
                "parts.speed": 5,
                "parts.manner": 4,
                "wish": ["money", "time"],
            }
            for at in range(40)
        ],
        region_id=hangzhou.id,
        submitted_at=now - timedelta(days=2),
        started_at=now - timedelta(days=2, seconds=60),
        page_seconds={"p1": 10, "p2": 50},
        channel="email",
    )
    many(
        session,
        version,
        [
            {
                "nps": at % 7,
                "csat": 1,
                "reason": ("other", "一直没人管") if at < 5 else ["slow"],
                "ways": ["shop"],
                "parts.speed": 1,
                "wish": ["time", "money"],
                "mobile": "13812345678",
                "why": f"第{at}次打电话 13912345678 还是没有结果",
            }
            for at in range(20)
        ],
        region_id=chengdu.id,
        submitted_at=now - timedelta(days=40),
        page_seconds={"p1": 20, "p2": 100},
        channel="sms",
    )
    return World(session.get_one(Survey, version.survey_id), version, hangzhou, chengdu)
