"""Whether anybody is asked: a survey's page says which rules and links lead to it, and offers them when none does."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories
from grid.rules import Role
from surveys.forms.editor import conditions
from surveys.rules.templates import template
from tests.surveys import open_links as made

Login = Callable[..., FlaskClient]


def test_a_survey_that_nobody_gets_says_so_and_offers_both_ways(session: Session, login: Login) -> None:
    version = made.make_survey(session)
    page = login(Role.CX_MANAGER).get(f"/surveys/{version.survey_id}").get_data(as_text=True)
    assert "还没有规则或链接" in page
    assert "/surveys/rules/new" in page


def test_a_survey_names_the_touchpoints_and_links_that_send_it(session: Session, login: Login) -> None:
    client = login(Role.CX_MANAGER)
    ruled = factories.published(session, "transactional_nps").survey_id
    page = client.get(f"/surveys/{ruled}").get_data(as_text=True)
    assert "理赔结案" in page
    assert "还没有规则或链接" not in page
    link = made.make_link(session)
    assert "1 个启用中" in client.get(f"/surveys/{link.survey_id}").get_data(as_text=True)


def test_a_condition_is_offered_only_what_was_asked_before() -> None:
    definition = template("motor_claim").definition()
    known = conditions.targets(definition, "zh-Hans")

    def offered(place: str) -> set[str]:
        return {target.ref.partition(".")[0] for target in conditions.before(known, definition, place)}

    assert {"nps", "steps"}.isdisjoint(offered("nps"))
    assert "nps" in offered("steps")
    assert {"nps", "steps"} <= offered("trouble")
    assert "callback" in offered("")
