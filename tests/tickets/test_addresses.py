"""Garbage in addresses and forms: what nobody could mean is told or left out, and breaks nothing."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories
from core.clock import read_day
from core.shapes import LARGEST_ID, row_id
from feedback.models import Feedback
from grid.rules import Role
from tests.tickets.people import resolved, seen_by, someone
from tickets import services
from tickets.rules import LONGEST_TEXT
from tickets.services import Asked

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]


@pytest.mark.parametrize(
    "address",
    [
        "/feedback?from=0001-01-01",
        "/feedback?to=9999-12-31",
        "/?period=custom&from=9999-12-31&to=9999-12-31",
        "/surveys/suspects?survey=99999999999999999999",
        "/surveys/suspects?link=99999999999999999999",
        "/messages?before=99999999999999999999",
        "/admin/audit?before=99999999999999999999",
        "/tickets?region=99999999999999999999&feedback=9223372036854775808",
        "/surveys/1/links/sheet?link=99999999999999999999",
    ],
)
def test_a_day_or_a_number_that_nobody_could_mean_breaks_no_page(
    session: Session, login: Login, address: str
) -> None:
    assert login(Role.ADMINISTRATOR).get(address).status_code == 200


def test_the_inbox_names_what_it_could_not_read_as_its_form_does(session: Session, login: Login) -> None:
    factories.make_feedback(session)
    page = login(Role.AGENT).get("/feedback?from=0001-01-01&again=maybe").get_data(as_text=True)
    assert "条件“开始日期”没有生效" in page
    assert "条件“再次作答”没有生效" in page


def test_days_and_numbers_of_rows_have_ends() -> None:
    assert read_day("2100-12-31").year == 2100
    for written in ("1989-12-31", "2101-01-01", "2026-02-30", "x"):
        with pytest.raises(ValueError, match=r"."):
            read_day(written)
    assert row_id(str(LARGEST_ID)) == LARGEST_ID
    assert [row_id(one) for one in (None, "", "-1", "1.5", "٣", str(LARGEST_ID + 1), "9" * 40)] == [None] * 7


def test_a_line_break_counts_as_one_character_as_it_does_in_the_browser(
    session: Session, login: Login
) -> None:
    ticket = factories.make_ticket(session)
    written = "\r\n".join(["九个字的一行，对吧"] * 200)
    assert len(written.replace("\r\n", "\n")) <= LONGEST_TEXT < len(written)
    answer = login(Role.AGENT).post(f"/tickets/{ticket.id}/note", data={"note-text": written})
    assert answer.status_code == 302
    assert ticket.history[-1].note == written.replace("\r\n", "\n")


def test_whoever_comes_second_to_a_ticket_they_look_at_hears_who_has_it(
    session: Session, login: Login
) -> None:
    ticket = factories.make_ticket(session)
    seen, first = ticket.version, factories.make_staff(session, name="王先到")
    services.take(session, Asked(ticket.id, seen_by(session, first)))
    answer = login(Role.AGENT).post(f"/tickets/{ticket.id}/take", data={"version": str(seen)})
    assert answer.status_code == 409
    assert "这张工单已由王先到认领" in answer.get_data(as_text=True)


def test_an_utterance_waits_in_the_inbox_as_long_as_its_ticket_is_worked(session: Session) -> None:
    ticket = factories.make_ticket(session)
    asked = Asked(ticket.id, someone(session))
    services.take(session, asked)

    def handled() -> bool:
        session.expire_all()
        return session.get_one(Feedback, ticket.feedback_id).handled_at is not None

    assert not handled()
    resolved(session, asked)
    assert handled()
    services.reopen(session, asked, why="客户说没解决")
    assert not handled()


def test_what_was_written_is_not_lost_when_the_ticket_went_to_somebody_else(
    session: Session, login: Login
) -> None:
    ticket = factories.make_ticket(session)
    first, second = factories.make_staff(session), factories.make_staff(session)
    services.take(session, Asked(ticket.id, seen_by(session, first)))
    manager = someone(session, Role.CX_MANAGER)
    services.assign(session, Asked(ticket.id, manager), staff_id=second.id)
    sent = {"resolve-resolution": "查了半天<b>的结果", "resolve-root_cause": "slow_process"}
    sent |= {"resolve-told_how": "phone", "resolve-told_at": "2026-06-10T12:00", "version": "1"}
    answer = login(staff=first).post(f"/tickets/{ticket.id}/resolve", data=sent)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "您刚才填写的内容没有保存" in page
    assert "查了半天&lt;b&gt;的结果" in page
    # Who may still go on has it in the form, and not twice.
    page = login(staff=second).post(f"/tickets/{ticket.id}/resolve", data=sent).get_data(as_text=True)
    assert "您刚才填写的内容没有保存" not in page
    assert page.count("查了半天") == 1


def test_tickets_of_somebody_who_left_say_so_until_they_are_given_to_others(
    session: Session, login: Login
) -> None:
    ticket = factories.make_ticket(session)
    gone = factories.make_staff(session, name="李离职")
    services.take(session, Asked(ticket.id, seen_by(session, gone)))
    manager = login(Role.CX_MANAGER)
    assert "账号已停用" not in manager.get("/tickets?tab=all").get_data(as_text=True)
    gone.active = False
    session.flush()  # the page reads it
    assert "账号已停用，请改派" in manager.get("/tickets?tab=all").get_data(as_text=True)
    assert "李离职的账号已停用，请主管改派" in manager.get(f"/tickets/{ticket.id}").get_data(as_text=True)
