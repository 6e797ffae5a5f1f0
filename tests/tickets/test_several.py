"""Several tickets are given to one person at once; each is given whole or stays as it is."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo import factories
from core.models import AuditEntry
from grid.rules import Role
from tests.tickets.people import in_state, kinds, seen_by, someone
from tickets import services
from tickets.models import Ticket
from tickets.rules import State
from tickets.services import Asked

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]


def picked(*tickets: Ticket) -> list[str]:
    return [f"{one.id}.{one.version}" for one in tickets]


def test_a_manager_ticks_tickets_chooses_a_person_and_they_have_all_of_them(
    session: Session, login: Login
) -> None:
    gone, heir = factories.make_staff(session), factories.make_staff(session, name="赵接手")
    tickets = [factories.make_ticket(session) for _ in range(3)]
    for one in tickets[:2]:
        services.take(session, Asked(one.id, seen_by(session, gone)))
    gone.active = False
    session.flush()  # the page reads it
    manager = login(Role.CX_MANAGER)
    listed = manager.get("/tickets?tab=all").get_data(as_text=True)
    assert all(f'form="several" name="ticket" value="{one}"' in listed for one in picked(*tickets))
    chosen = manager.post("/tickets/assign", data={"ticket": picked(*tickets)}).get_data(as_text=True)
    assert "分派这 3 件" in chosen
    assert f'<option value="{heir.id}">赵接手' in chosen
    assert f'<option value="{gone.id}">' not in chosen
    hidden = re.findall(r'type="hidden" name="ticket" value="([^"]*)"', chosen)
    assert hidden == picked(*tickets)
    sent = {"ticket": hidden, "staff": heir.id}
    answer = manager.post("/tickets/assign", data=sent, follow_redirects=True).get_data(as_text=True)
    assert "已分派 3 件" in answer
    session.expire_all()
    assert {one.assignee_id for one in tickets} == {heir.id}
    assert all(kinds(session, one.id)[-1] == "assigned" for one in tickets)
    lines = select(func.count()).where(AuditEntry.action == "ticket.assign")
    assert session.scalar(lines) == 3
    # Once more changes nothing and says so.
    answer = manager.post("/tickets/assign", data=sent, follow_redirects=True).get_data(as_text=True)
    assert "没有分派" in answer
    assert session.scalar(lines) == 3


def test_what_cannot_be_given_stays_as_it_is_and_is_named(session: Session, login: Login) -> None:
    tree = factories.region_tree(session)
    agent = factories.make_staff(session, region_id=tree["33"].id)
    good, changed, far = (
        factories.make_ticket(session, region_id=tree[code].id) for code in ("3301", "3301", "44")
    )
    resolved = in_state(session, State.RESOLVED, someone(session))
    resolved.region_id = tree["3301"].id
    session.flush()
    stale = picked(changed)
    services.take(session, Asked(changed.id, seen_by(session, agent)))
    sent = [*picked(good, far, resolved), *stale, "99999.1", "x", "1.1.1"]
    manager = login(Role.CX_MANAGER, tree["33"].id)
    page = manager.post("/tickets/assign", data={"ticket": sent}).get_data(as_text=True)
    assert "分派这 2 件" in page  # what is resolved or out of sight is not offered
    assert f"T-{far.id}<" not in page
    answer = manager.post("/tickets/assign", data={"ticket": sent, "staff": agent.id}, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert "已分派 1 件" in page
    assert f"T-{changed.id}、" in page
    session.expire_all()
    assert (good.assignee_id, far.assignee_id) == (agent.id, None)


@pytest.mark.parametrize("role", [Role.AGENT, Role.ANALYST, Role.AUDITOR])
def test_who_may_not_assign_is_neither_offered_it_nor_heard(
    session: Session, login: Login, role: Role
) -> None:
    ticket, browser = factories.make_ticket(session), login(role)
    assert 'form="several"' not in browser.get("/tickets?tab=all").get_data(as_text=True)
    sent = {"ticket": picked(ticket), "staff": factories.make_staff(session).id}
    assert browser.post("/tickets/assign", data=sent).status_code == 403
    assert ticket.assignee_id is None


@pytest.mark.parametrize("ticked", [[], ["x"], ["1"], ["1.99999999999999"], ["٣.1"]])
def test_nothing_ticked_says_so(login: Login, ticked: list[str]) -> None:
    answer = login(Role.CX_MANAGER).post("/tickets/assign", data={"ticket": ticked}, follow_redirects=True)
    assert "请先勾选要分派的工单" in answer.get_data(as_text=True)


def test_only_finished_tickets_and_tickets_of_no_common_colleague_say_why(
    session: Session, login: Login
) -> None:
    done = in_state(session, State.RESOLVED, someone(session))
    page = login(Role.CX_MANAGER).post("/tickets/assign", data={"ticket": picked(done)})
    assert "所选工单都已办结" in page.get_data(as_text=True)
