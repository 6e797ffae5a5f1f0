"""Quotas on the pages of staff: written in plain words, kept with a condition, never below what has come."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from grid.rules import Role
from surveys.models import SurveyQuota

Login = Callable[..., FlaskClient]
LOW = {"g0-r0-of": "nps", "g0-r0-is": "at_most", "g0-r0-than": "6"}


def sent(**given: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the form as a browser sends it."""
    return {"name": "贬损者", "most": "30", "join": "all", "g0-join": "all", "do": "save"} | given


def address(session: Session) -> str:
    """Return where the quotas of a published survey are."""
    return f"/surveys/{factories.published(session).survey_id}/quotas"


def only(session: Session) -> SurveyQuota:
    """Return the one quota there is."""
    return session.scalars(select(SurveyQuota).execution_options(populate_existing=True)).one()


def test_a_quota_without_a_condition_is_the_limit_of_the_survey(session: Session, login: Login) -> None:
    client, there = login(Role.CX_MANAGER), address(session)
    assert "没有配额" in client.get(there).get_data(as_text=True)
    assert client.post(f"{there}/new", data=sent(name="总量")).status_code == 302
    assert (only(session).most, only(session).condition) == (30, None)
    assert "所有人" in client.get(there).get_data(as_text=True)


def test_blanks_are_no_name_for_a_quota(session: Session, login: Login) -> None:
    answer = login(Role.CX_MANAGER).post(f"{address(session)}/new", data=sent(name="   "))
    assert answer.status_code == 422
    assert "请填写配额名称" in answer.get_data(as_text=True)
    assert session.scalars(select(SurveyQuota)).all() == []


def test_a_quota_counts_whom_its_condition_names(session: Session, login: Login) -> None:
    client, there = login(Role.CX_MANAGER), address(session)
    assert client.post(f"{there}/new", data=sent(**LOW)).status_code == 302
    assert only(session).condition == {"of": "nps", "is": "at_most", "than": 6}
    page = client.get(there).get_data(as_text=True)
    assert "0 / 30" in page
    assert "多大可能" in page  # the condition names its question


def test_a_row_that_is_not_finished_is_said_and_nothing_is_stored(session: Session, login: Login) -> None:
    client, there = login(Role.CX_MANAGER), address(session)
    answer = client.post(f"{there}/new", data=sent(**LOW | {"g0-r0-than": ""}))
    assert answer.status_code == 422
    assert "还没写完" in answer.get_data(as_text=True)
    assert session.scalars(select(SurveyQuota)).all() == []


def test_another_row_is_added_without_storing_anything(session: Session, login: Login) -> None:
    client, there = login(Role.CX_MANAGER), address(session)
    answer = client.post(f"{there}/new", data=sent(do="add-row:0", **LOW))
    assert answer.status_code == 200
    assert 'name="g0-r1-of"' in answer.get_data(as_text=True)
    assert session.scalars(select(SurveyQuota)).all() == []


def test_there_are_never_fewer_places_than_are_taken(session: Session, login: Login) -> None:
    client, there = login(Role.CX_MANAGER), address(session)
    client.post(f"{there}/new", data=sent())
    quota = only(session)
    quota.taken = 12
    session.flush()
    refused = client.post(f"{there}/{quota.id}", data=sent(most="5"))
    assert refused.status_code == 422
    assert "已经收到 12 份" in refused.get_data(as_text=True)
    assert client.post(f"{there}/{quota.id}", data=sent(most="12")).status_code == 302
    assert only(session).most == 12


def test_two_quotas_of_a_survey_have_two_names_and_one_can_be_removed(session: Session, login: Login) -> None:
    client, there = login(Role.CX_MANAGER), address(session)
    client.post(f"{there}/new", data=sent())
    assert client.post(f"{there}/new", data=sent()).status_code == 422
    assert client.post(f"{there}/{only(session).id}/remove").status_code == 302
    assert session.scalars(select(SurveyQuota)).all() == []


def test_an_analyst_sees_quotas_and_cannot_write_them(session: Session, login: Login) -> None:
    client, there = login(Role.ANALYST), address(session)
    assert client.get(there).status_code == 200
    assert client.get(f"{there}/new").status_code == 403
