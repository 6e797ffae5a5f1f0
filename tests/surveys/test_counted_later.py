"""Answers that were put aside and accepted later: on the pages of the survey they are seen like any others."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import FixedClock
from grid.rules import Role
from surveys.models import Response, Suspect
from tests.surveys import open_links as made
from tests.surveys.open_links import Visitor
from tests.surveys.test_suspicion import TRAP


def test_an_answer_that_was_counted_later_is_seen_on_its_pages(
    session: Session, client: FlaskClient, clock_at: FixedClock, login: Callable[..., FlaskClient]
) -> None:
    visitor = Visitor(client, clock_at)
    link = made.make_link(session, made.two_pages(session))
    second = visitor.send(visitor.open(f"/q/{link.slug}"), after=0, _go="next", nps="9").location
    visitor.send(visitor.open(second), after=1, **TRAP, why="好")
    of_one_page = made.make_link(session)
    visitor.send(visitor.open(f"/q/{of_one_page.slug}"), after=0.5, **TRAP, nps="9")
    staff = login(Role.CX_MANAGER)
    for suspect in session.scalars(select(Suspect)).all():
        assert staff.post(f"/surveys/suspects/{suspect.id}/accept").status_code == 302
    seen = [set(response.page_seconds or {}) for response in session.scalars(select(Response))]
    assert {"one", "two"} in seen
    assert sorted(map(len, seen)) == [1, 2]
