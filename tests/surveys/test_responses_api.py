"""``GET /api/v1/responses``: scores for other systems, page by page, of the key's regions only."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories
from grid import services as grid
from grid.rules import Scope
from surveys.models import Answer


def test_responses_come_page_by_page_until_they_end(session: Session, client: FlaskClient) -> None:
    tree = factories.region_tree(session)
    for score in range(5):
        factories.make_response(session, nps=score, region_id=tree["3301"].id)
    factories.make_response(session, nps=9, region_id=tree["3201"].id)
    key = grid.create_key(session, name="r", scopes=[Scope.RESPONSES_READ], region=tree["33"], by=None)
    headers = {"Authorization": f"Bearer {key}"}
    first = client.get("/api/v1/responses", headers=headers).json
    assert first is not None
    assert [item["nps"] for item in first["items"]] == [0, 1, 2, 3, 4]
    assert first["items"][0]["answers"] == {"nps": 0}
    assert (first["items"][0]["survey"], first["items"][0]["version"]) == ("transactional_nps", 1)
    assert first["next"] is None
    rest = client.get(f"/api/v1/responses?after={first['items'][2]['id']}", headers=headers).json
    assert rest is not None
    assert [item["nps"] for item in rest["items"]] == [3, 4]


def test_choices_come_as_ids_of_options_and_words_do_not_come(session: Session, client: FlaskClient) -> None:
    response = factories.make_response(session, nps=2, why="等了一个月")
    session.add(Answer(response_id=response.id, question_id="trouble", option_ids=["wait", "repeat"]))
    session.add(Answer(response_id=response.id, question_id="mobile", secret="13812345678"))
    session.flush()
    key = grid.create_key(
        session, name="r", scopes=[Scope.RESPONSES_READ], region=factories.region_tree(session)["HQ"], by=None
    )
    found = client.get("/api/v1/responses", headers={"Authorization": f"Bearer {key}"}).json
    assert found is not None
    assert found["items"][0]["answers"] == {"nps": 2, "trouble": ["wait", "repeat"]}


def test_a_cursor_that_is_none_is_named(session: Session, client: FlaskClient) -> None:
    key = grid.create_key(
        session, name="r", scopes=[Scope.RESPONSES_READ], region=factories.region_tree(session)["HQ"], by=None
    )
    answer = client.get("/api/v1/responses?after=x", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 422


def test_numbers_larger_than_any_row_lead_nowhere(session: Session, client: FlaskClient) -> None:
    key = grid.create_key(
        session, name="t", scopes=[Scope.TICKETS_READ], region=factories.region_tree(session)["HQ"], by=None
    )
    answer = client.get("/api/v1/tickets/" + "9" * 23, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 404
