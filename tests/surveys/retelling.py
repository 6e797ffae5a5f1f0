"""A questionnaire with many kinds of questions, answered by a customer, for the pages that show the answers."""

import io

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from feedback import jobs
from feedback.models import Feedback
from grid.models import Region
from surveys.events import ResponseSubmitted
from surveys.models import Response
from tests.surveys.answering import Customer, Json, choice, invite, nps, said, words

MOBILE = "13912345678"
WRITTEN = "13800138000"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 20


def _options(*labels: str) -> list[Json]:
    return [{"id": f"o{place}", "label": said(label)} for place, label in enumerate(labels, 1)]


QUESTIONS: list[Json] = [
    nps(),
    {
        "type": "choices", "id": "slow", "title": said("慢在哪里"),
        "options": _options("排队", "材料反复"), "other": said("别的"),
    },
    {
        "type": "matrix", "id": "people", "title": said("对人员的看法"),
        "rows": _options("查勘员", "理赔员"), "columns": [
            {"id": "good", "label": said("满意")}, {"id": "bad", "label": said("不满意")}
        ],
    },
    {"type": "date", "id": "day", "title": said("哪天方便")},
    choice("again", "yes", "no", title=said("是否希望回电")),
    words("mobile", format="mobile", title=said("回电号码")),
    words("card", format="id_card", title=said("证件号码")),
    {"type": "slider", "id": "wait", "title": said("等了多久"), "unit": said("天")},
    {"type": "ranking", "id": "order", "title": said("先改哪个"), "options": _options("快", "准")},
    {"type": "consent", "id": "agreed", "title": said("联系授权"), "text": said("同意联系")},
    {"type": "file", "id": "photo", "title": said("现场照片"), "kinds": ["images"]},
    words("unsaid", title=said("没有回答的题")),
    words(),
]  # fmt: skip
SURVEY: Json = {"title": said("回访"), "questions": QUESTIONS}


def answered(
    session: Session, client: FlaskClient, *, anonymous: bool = False, region: Region | None = None
) -> Feedback:
    """Let a customer of this region answer everything but one question; return what staff got of it."""
    more = {"region_id": region.id} if region else {}
    person = factories.make_customer(session, mobile="13700137000", **more)
    _invitation, token = invite(session, SURVEY | {"anonymous": anonymous}, customer=person)
    customer = Customer(client, token)
    sent = {
        "nps": "2", "slow": ["o1", "other"], "slow.other": f"电话{WRITTEN}没人接",
        "people.o1": "good", "people.o2": "bad", "day": "2026-07-01", "again": "yes", "mobile": MOBILE,
        "card": "11010519491231002X", "wait": "12", "order.o1": "2", "order.o2": "1", "agreed": "1",
        "photo": [(io.BytesIO(PNG), "车损.png")], "why": "一直没人联系我",
    }  # fmt: skip
    assert customer.send("send", **sent).status_code == 303, customer.page
    response = session.scalars(select(Response)).one()
    submitted = ResponseSubmitted(
        response_id=response.id,
        touchpoint_code=response.touchpoint_code,
        region_id=response.region_id,
        day=clock.beijing_day(response.submitted_at).isoformat(),
    )
    jobs.take_in_answers(session, [submitted])
    return session.scalars(select(Feedback).where(Feedback.response_id == response.id)).one()
