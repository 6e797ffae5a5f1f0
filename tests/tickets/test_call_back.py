"""Whoever asks to be called is called: the wish opens a ticket, whatever the score, and stands on it."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from feedback import jobs
from feedback.models import Feedback
from grid.rules import Role
from surveys.events import ResponseSubmitted
from surveys.models import Response
from surveys.rules.definition import Definition
from surveys.rules.templates import templates
from tests.surveys.answering import Customer, Json, choice, invite, nps, said, words
from tickets import services
from tickets.models import Ticket
from tickets.rules import Trigger

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]

CALL: Json = {
    "type": "choice", "id": "call", "title": said("要我们回电吗"),
    "options": [{"id": "yes", "label": said("要"), "call_back": True}, {"id": "no", "label": said("不要")}],
}  # fmt: skip


def heard(session: Session, client: FlaskClient, document: Json, **sent: object) -> Feedback | None:
    """Let a customer answer and the house work on it; return what it heard."""
    _invitation, token = invite(session, {"title": said("回访")} | document)
    assert Customer(client, token).send("send", **sent).status_code == 303
    response = session.scalars(select(Response).order_by(Response.id.desc()).limit(1)).one()
    day = clock.beijing_day(response.submitted_at).isoformat()
    jobs.take_in_answers(
        session, [ResponseSubmitted(response.id, response.touchpoint_code, response.region_id, day)]
    )
    found = session.scalars(select(Feedback).where(Feedback.response_id == response.id)).first()
    if found is not None:
        services.open_needed(session, [found.id])
    return found


def tickets_of(session: Session, found: Feedback | None) -> list[Ticket]:
    assert found is not None
    return list(session.scalars(select(Ticket).where(Ticket.feedback_id == found.id)))


def test_a_promoter_who_asks_for_a_call_gets_a_ticket_that_says_so(
    session: Session, client: FlaskClient, login: Login
) -> None:
    row = heard(session, client, {"questions": [nps(), CALL, words()]}, nps="10", call="yes", why="挺好的")
    [ticket] = tickets_of(session, row)
    assert ticket.trigger == Trigger.CALL_BACK
    agent = login(Role.AGENT)
    for page in ("/tickets", f"/tickets/{ticket.id}"):
        assert "客户要求回电" in agent.get(page).get_data(as_text=True)


def test_a_detractor_who_asks_for_a_call_has_both_on_the_ticket(
    session: Session, client: FlaskClient, login: Login
) -> None:
    [ticket] = tickets_of(session, heard(session, client, {"questions": [nps(), CALL]}, nps="2", call="yes"))
    assert ticket.trigger == Trigger.DETRACTOR
    page = login(Role.AGENT).get(f"/tickets/{ticket.id}").get_data(as_text=True)
    assert "贬损者" in page
    assert "客户要求回电" in page


def test_the_wish_alone_is_enough_to_be_heard(session: Session, client: FlaskClient, login: Login) -> None:
    row = heard(session, client, {"questions": [CALL]}, call="yes")
    [ticket] = tickets_of(session, row)
    assert (row.words, row.call_back, row.sentiment) == ("", True, None) if row else False
    assert "只希望我们回电" in login(Role.AGENT).get(f"/tickets/{ticket.id}").get_data(as_text=True)
    assert "只希望我们回电" in login(Role.AGENT).get(f"/feedback/{ticket.feedback_id}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("document", "sent"),
    [
        ({"questions": [nps(), CALL]}, {"nps": "9", "call": "no"}),
        ({"questions": [nps(), CALL]}, {"nps": "9"}),
        ({"questions": [nps(), choice("call", "yes", "no")]}, {"nps": "9", "call": "yes"}),
        ({"questions": [nps(), CALL], "anonymous": True}, {"nps": "9", "call": "yes"}),
    ],
)
def test_nobody_is_called_who_did_not_ask_or_whom_nobody_knows(
    session: Session, client: FlaskClient, document: Json, sent: dict[str, str]
) -> None:
    row = heard(session, client, document, **sent)
    assert tickets_of(session, row) == []
    assert row is not None
    assert not row.call_back


def test_of_several_options_and_questions_one_wish_is_enough(session: Session, client: FlaskClient) -> None:
    ways: Json = {
        "type": "choices", "id": "how", "title": said("怎么联系您"),
        "options": [
            {"id": "phone", "label": said("电话"), "call_back": True}, {"id": "mail", "label": said("邮件")}
        ],
    }  # fmt: skip
    [ticket] = tickets_of(
        session,
        heard(session, client, {"questions": [nps(), CALL, ways]}, nps="9", call="no", how=["mail", "phone"]),
    )
    assert ticket.trigger == Trigger.CALL_BACK


def test_the_templates_that_ask_for_a_call_mean_it() -> None:
    found = {one.code for one in templates() if one.definition().calls}
    assert found == {"motor_claim", "health_claim", "complaint_followup"}
    asked = {one.code for one in templates() if _asks_for_a_call(one.definition())}
    assert asked == found


def _asks_for_a_call(definition: Definition) -> bool:
    return any(question.id == "callback" for question in definition.questions)
