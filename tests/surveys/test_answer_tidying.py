"""What the night throws away, and what it must leave."""

from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import FixedClock
from surveys.jobs import tidy_answering
from surveys.models import AnswerFile, Response, Sitting
from tests.surveys.answering import THREE_PAGES, Customer, invite
from tests.surveys.test_files import ONE_PAGE, PNG, sent


def test_the_night_empties_what_is_over_and_leaves_responses_alone(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    _left, half = invite(session, THREE_PAGES)
    _secret, nameless = invite(session, THREE_PAGES | {"anonymous": True})
    _done, done = invite(session, ONE_PAGE)
    _lost, lost = invite(session, ONE_PAGE)
    for token in (half, nameless):
        Customer(client, token).send(nps="3")
    Customer(client, done).send("send", nps="9", photo=sent(PNG))
    client.post(f"/s/{lost}/files", data={"question": "photo", "file": sent(PNG)[0]})

    tidy_answering()
    assert session.scalar(select(func.count()).select_from(Sitting)) == 2
    assert session.scalar(select(func.count()).select_from(AnswerFile)) == 2

    clock_at.advance(days=20)
    tidy_answering()
    session.expire_all()
    assert [row.sent for row in session.scalars(select(Sitting))] == ["{}"]
    response = session.scalars(select(Response)).one()
    assert session.scalars(select(AnswerFile.response_id)).all() == [response.id]
