"""What whoever works a ticket sees of the answers that came with it, and the number to call."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core.models import AuditEntry
from grid.rules import Role
from tests.feedback.test_answers_seen import card
from tests.surveys.retelling import MOBILE, WRITTEN, answered

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]


def page_of(browser: FlaskClient, ticket_id: int) -> str:
    answer = browser.get(f"/tickets/{ticket_id}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_ticket_tells_the_answers_and_covers_the_number(
    session: Session, client: FlaskClient, login: Login
) -> None:
    ticket = factories.make_ticket(session, feedback=answered(session, client))
    page = page_of(login(Role.AGENT), ticket.id)
    said = card(page)
    assert all(
        one in said
        for one in ("排队、别的", "查勘员：满意", "2026-07-01", "选项yes", "139****5678", "车损.png")
    )
    assert MOBILE not in page
    assert WRITTEN not in page


def test_whoever_may_see_the_customers_number_sees_the_one_that_was_left(
    session: Session, client: FlaskClient, login: Login
) -> None:
    ticket = factories.make_ticket(session, feedback=answered(session, client))
    browser = login(Role.AGENT)
    shown = browser.post(f"/tickets/{ticket.id}/reveal")
    assert shown.headers["Cache-Control"] == "no-store"
    page = shown.get_data(as_text=True)
    assert f'<a href="tel:{MOBILE}">{MOBILE}</a>' in page
    assert '<a href="tel:13700137000">' in page
    assert MOBILE not in page_of(browser, ticket.id)
    lines = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("%.reveal"))).all()
    assert sorted(lines) == ["customer.reveal", "response.reveal"]


def test_a_number_left_by_somebody_who_is_no_customer_can_be_called_too(
    session: Session, client: FlaskClient, login: Login
) -> None:
    row = answered(session, client)
    row.customer_id = None
    ticket = factories.make_ticket(session, feedback=row)
    browser = login(Role.AGENT)
    assert "显示完整回答" in page_of(browser, ticket.id)
    assert MOBILE in browser.post(f"/tickets/{ticket.id}/reveal").get_data(as_text=True)
    lines = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("%.reveal"))).all()
    assert lines == ["response.reveal"]


def test_staff_of_another_region_get_nothing(session: Session, client: FlaskClient, login: Login) -> None:
    tree = factories.region_tree(session)
    ticket = factories.make_ticket(session, feedback=answered(session, client, region=tree["3301"]))
    assert card(page_of(login(Role.AGENT, tree["33"].id), ticket.id))
    far = login(Role.AGENT, tree["44"].id)
    assert far.get(f"/tickets/{ticket.id}").status_code == 404
    assert far.post(f"/tickets/{ticket.id}/reveal").status_code == 404
    # A ticket that was opened in another region brings no answers of a response out of sight with it.
    ticket.region_id = tree["44"].id
    session.flush()  # the page reads it
    assert card(page_of(far, ticket.id)) == ""
    assert MOBILE not in far.post(f"/tickets/{ticket.id}/reveal").get_data(as_text=True)


def test_an_anonymous_answer_shows_nothing_on_the_ticket(
    session: Session, client: FlaskClient, login: Login
) -> None:
    ticket = factories.make_ticket(session, feedback=answered(session, client, anonymous=True))
    browser = login(Role.ADMINISTRATOR)
    assert card(page_of(browser, ticket.id)) == ""
    assert browser.post(f"/tickets/{ticket.id}/reveal").status_code == 404


def test_a_score_alone_is_told_once(session: Session, login: Login) -> None:
    agent = login(Role.AGENT)
    for why, again in ((None, False), ("没人联系我", True)):
        response = factories.make_response(session, nps=3, why=why)
        felt = {} if why else {"sentiment": None, "score": None}
        row = factories.make_feedback(session, response_id=response.id, words=why or "", nps=3, **felt)
        ticket = factories.make_ticket(session, feedback=row)
        assert bool(card(page_of(agent, ticket.id))) is again
        assert bool(card(agent.get(f"/feedback/{row.id}").get_data(as_text=True))) is again
