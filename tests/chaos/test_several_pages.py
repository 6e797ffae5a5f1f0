"""The web is killed while people are on their way through several pages: no page that was taken is lost, no answer
is stored twice, and whoever tries again comes to the end."""

import json
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.demo import factories
from core import crypto, db
from core.models import EventRow
from surveys.models import Answer, Invitation, Response, Sitting, SurveyQuota
from tests.chaos.house import House
from tests.surveys.answering import THREE_PAGES, publish

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

KILLS = 5
CUSTOMERS = 3
PAGES = (
    {"_page": "p1", "_go": "next", "nps": "3"},
    {"_page": "p2", "_go": "next", "why": "等太久了"},
    {"_page": "p3", "_go": "send", "again": "no"},
)
GIVEN = {"nps": ["3"], "why": ["等太久了"], "again": ["no"]}


@pytest.fixture
def house(fresh_database: str, tmp_path: Path) -> Iterator[House]:
    built = House(fresh_database, tmp_path)
    yield built
    built.stop()


class Customer(threading.Thread):
    """Somebody who answers one invitation after the other, sending each page until it is taken."""

    def __init__(self, house: House, tokens: list[str], stop: threading.Event) -> None:
        super().__init__()
        self.house, self.tokens, self.stop = house, tokens, stop
        self.taken: dict[str, int] = {}

    def run(self) -> None:
        for token in self.tokens:
            for number, page in enumerate(PAGES, 1):
                while self.house.post_form(f"/s/{token}", page) != 303:
                    if self.stop.is_set():
                        return
                    self.stop.wait(0.05)
                self.taken[token] = number
            if self.stop.is_set():
                return


def test_kills_of_the_web_lose_no_page_and_store_no_answer_twice(house: House) -> None:
    with db.transaction() as session:
        version = publish(session, THREE_PAGES)
        session.add(SurveyQuota(survey_id=version.survey_id, name="总量", most=100_000))
        lists = [
            [factories.make_invitation(session, version_id=version.id)[1] for _ in range(600)]
            for _ in range(CUSTOMERS)
        ]
    house.start("web")
    house.wait_for_web()
    stop = threading.Event()
    customers = [Customer(house, tokens, stop) for tokens in lists]
    for customer in customers:
        customer.start()
    dice = random.Random(12)
    for _kill in range(KILLS):
        time.sleep(dice.uniform(0.5, 1.5))
        house.kill("web")
        house.start("web")
        house.wait_for_web()
    time.sleep(1)
    stop.set()
    for customer in customers:
        customer.join(20)

    taken = {crypto.token_hash(token): pages for c in customers for token, pages in c.taken.items()}
    finished = {token for token, pages in taken.items() if pages == len(PAGES)}
    assert len(finished) > 20
    with db.reading() as session:
        responses = dict(
            session.execute(
                select(Invitation.token_hash, Response.id).join(
                    Response, Response.invitation_id == Invitation.id
                )
            ).all()
        )
        assert finished <= set(responses)
        assert len(responses) - len(finished) <= CUSTOMERS  # stored, and the acknowledgement cut off
        assert session.scalar(select(func.count(Response.id))) == len(responses)
        assert session.scalar(select(func.count(EventRow.id))) == len(responses)
        assert session.scalar(select(SurveyQuota.taken)) == len(responses)
        assert session.scalar(select(func.count()).select_from(Answer)) == len(PAGES) * len(responses)
        on_the_way = session.execute(
            select(Invitation.token_hash, Sitting.sent)
            .join(Sitting, Sitting.invitation_id == Invitation.id)
            .where(Sitting.finished.is_(False))
        ).all()
        kept = {row.token_hash: json.loads(row.sent) for row in on_the_way}
    for token, pages in taken.items():
        if token not in responses:
            names = ("nps", "why", "again")[:pages]
            assert {name: GIVEN[name] for name in names}.items() <= kept[token].items()
