"""The database goes away under load: callers see errors, nothing acknowledged is lost, all comes back by itself."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from app.demo import factories
from core import crypto, db
from core.embedded import EmbeddedPostgres
from feedback.models import Feedback
from surveys.models import Invitation, Response
from tests.chaos.house import House
from tests.chaos.test_whole_house import wait_until_drained

pytestmark = [pytest.mark.chaos, pytest.mark.alone, pytest.mark.timeout(300)]

CRASHES = 3


@pytest.fixture
def house(fresh_database: str, tmp_path: Path, shared_engine: Engine) -> Iterator[House]:
    built = House(fresh_database, tmp_path)
    yield built
    built.stop()
    shared_engine.dispose()  # its connections died with the server; the tests after this one want new ones


def test_a_crashed_database_costs_errors_and_no_answers(house: House, postgres: EmbeddedPostgres) -> None:
    with db.transaction() as session:
        tokens = [factories.make_invitation(session)[1] for _ in range(2000)]
    for name in ("web", "worker", "clock"):
        house.start(name)
    house.wait_for_web()
    acknowledged: list[str] = []
    statuses: Counter[int | None] = Counter()
    stop = threading.Event()

    def answer() -> None:
        for token in tokens:
            status = None
            while status != 303 and not stop.is_set():
                status = house.post_form(f"/s/{token}", {"nps": "9", "why": "很快"})
                statuses[status] += 1
                stop.wait(0.01 if status == 303 else 0.05)
            if stop.is_set():
                return
            acknowledged.append(token)

    customer = threading.Thread(target=answer)
    customer.start()
    for _crash in range(CRASHES):
        time.sleep(1.5)
        db.engine().dispose()
        postgres.restart()
        wait_until_ready(house)
    time.sleep(1)
    stop.set()
    customer.join(20)
    assert len(acknowledged) > 50
    assert set(statuses) <= {303, 503}, statuses
    assert statuses[503] > 0
    # Who lost the database in mid-word ends by itself; in a house of its own the supervisor starts it again.
    wait_until_drained(150, meanwhile=lambda: house.start_again("worker", "clock"))
    with db.reading() as session:
        stored = select(Invitation.token_hash).join(Response, Response.invitation_id == Invitation.id)
        hashes = set(session.scalars(stored))
        assert {crypto.token_hash(token) for token in acknowledged} <= hashes
        assert len(hashes) - len(acknowledged) <= 1
        assert len(session.scalars(select(Feedback.id)).all()) == len(hashes)


def wait_until_ready(house: House) -> None:
    """Wait until the web says by itself that it can serve again."""
    began = time.monotonic()
    while house.get("/readyz") != 200:
        assert time.monotonic() - began < 60, house.get_text("/readyz")
        time.sleep(0.1)
