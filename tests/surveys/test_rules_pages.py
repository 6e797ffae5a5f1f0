"""Rules on the pages of staff: made, changed, and asking with the survey they name."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from grid.rules import Role
from surveys import services
from surveys.models import AskRule, Invitation, Survey

Login = Callable[..., FlaskClient]


def form_of(session: Session, **given: object) -> dict[str, object]:
    """Return a rule as the form sends it."""
    survey = session.scalars(select(Survey).where(Survey.code == "service_csat")).one()
    return {
        "name": "报案后询问满意度", "touchpoint_code": "claim_reported", "survey_id": survey.id,
        "delay_minutes": 5, "sample_percent": 100, "rest_days": 30, "valid_days": 7,
    } | given  # fmt: skip


def test_a_new_rule_asks_at_its_touchpoint_with_its_survey(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    assert client.get("/surveys/rules/new").status_code == 200
    assert client.post("/surveys/rules/new", data=form_of(session)).status_code == 302
    event = factories.make_event(session, touchpoint_code="claim_reported")
    services.invite(session, touchpoint_event_id=event.id)
    invitation = session.scalars(select(Invitation).where(Invitation.event_id == event.id)).one()
    assert invitation.version_id == factories.published(session, "service_csat").id


def test_a_name_that_is_taken_is_said_beside_the_field(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    client.post("/surveys/rules/new", data=form_of(session))
    again = client.post("/surveys/rules/new", data=form_of(session, delay_minutes=9))
    assert again.status_code == 422
    page = again.get_data(as_text=True)
    assert "已有同名规则" in page
    assert 'value="9"' in page


def test_only_a_survey_that_is_published_can_be_sent(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    draft = Survey(code="never_published", name="还没发布")
    session.add(draft)
    session.flush()
    assert "还没发布" not in client.get("/surveys/rules/new").get_data(as_text=True)
    assert client.post("/surveys/rules/new", data=form_of(session, survey_id=draft.id)).status_code == 422


def test_a_rule_can_be_given_another_survey(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    rule = session.scalars(select(AskRule).where(AskRule.touchpoint_code == "claim_closed")).one()
    csat = session.scalars(select(Survey.id).where(Survey.code == "service_csat")).one()
    answer = client.post(f"/surveys/rules/{rule.id}", data=form_of(session, survey_id=csat, active="y"))
    assert answer.status_code == 302
    session.refresh(rule)
    assert (rule.survey_id, rule.valid_days, rule.touchpoint_code) == (csat, 7, "claim_closed")


def test_a_reminder_lies_within_the_life_of_the_link(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    late = client.post("/surveys/rules/new", data=form_of(session, remind_days=8))
    assert late.status_code == 422
    assert "要在链接有效期内提醒" in late.get_data(as_text=True)
    assert client.post("/surveys/rules/new", data=form_of(session, remind_days=3)).status_code == 302
    made = session.scalars(select(AskRule).where(AskRule.name == "报案后询问满意度")).one()
    assert made.remind_days == 3
