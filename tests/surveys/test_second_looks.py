"""The same link looked at again: another score followed from the message, an older tab sent after a newer one."""

import json
import re

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import FixedClock
from surveys.models import Sitting
from tests.surveys.answering import THREE_PAGES, Customer, invite


def test_another_score_followed_from_the_message_is_shown_on_its_page_and_recorded_only_when_sent(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    customer = Customer(client, token)
    customer.send(nps="3")
    page = client.get(f"/s/{token}?nps=9").get_data(as_text=True)
    assert re.search(r'value="9"[^>]* checked', page)
    assert "已为您保留之前填写的内容" in page
    assert "您刚才点的分数" in page
    sitting = session.scalars(select(Sitting)).one()
    assert json.loads(sitting.sent)["nps"] == ["3"]
    for unreadable in ("99", "abc"):
        page = client.get(f"/s/{token}?nps={unreadable}").get_data(as_text=True)
        assert "不满意的地方" in page  # it goes on where the customer was
    customer.answer = client.get(f"/s/{token}?nps=9")
    customer.send(nps="9")
    session.expire_all()
    assert json.loads(session.scalars(select(Sitting)).one().sent)["nps"] == ["9"]


def test_an_older_tab_corrects_what_it_says_and_erases_nothing(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    first = Customer(client, token)
    first.send(nps="3")
    first.send("back")
    older = Customer(client, token)
    older.answer = client.get(f"/s/{token}/p/p2")
    clock_at.advance(seconds=30)
    first.send(nps="3")
    first.send(why="两个标签页")
    clock_at.advance(seconds=30)
    older.send(why="")
    session.expire_all()
    kept = json.loads(session.scalars(select(Sitting)).one().sent)
    assert kept["why"] == ["两个标签页"]
    # Who goes back to the words and takes them away means it.
    older.send("back")
    clock_at.advance(seconds=30)
    older.send(why="")
    session.expire_all()
    assert "".join(json.loads(session.scalars(select(Sitting)).one().sent).get("why", [""])) == ""
