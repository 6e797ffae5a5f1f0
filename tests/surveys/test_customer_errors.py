"""What a customer reads when something went wrong on the way: a fitting sentence, and the way back."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import problems
from core.clock import FixedClock
from tests.surveys import open_links as made
from tests.surveys.answering import Json, invite, nps, said
from tests.surveys.open_links import Visitor

ONE_PAGE: Json = {"title": said("一页"), "questions": [nps()]}


def back(page: str) -> str | None:
    found = re.search(r'<a class="send" href="([^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else None


def test_an_address_that_shows_nothing_by_itself_leads_back_to_the_questionnaire(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    link = made.make_link(session, made.two_pages(session))
    visitor = Visitor(client, clock_at)
    sitting = visitor.send(visitor.open(f"/q/{link.slug}"), _go="next", nps="9").location.rsplit("/at/")[0]
    for path, home in ((f"/s/{token}/files", f"/s/{token}"), (f"{sitting}/files", sitting)):
        answer = client.get(path)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 405
        assert "出了点问题" not in page
        assert "这个地址不能直接打开" in page
        assert back(page) == home
        assert client.get(home).status_code == 200
    english = client.get(f"/s/{token}/files?lang=en&large=1").get_data(as_text=True)
    assert '<html lang="en" class="large"' in english
    assert back(english) == f"/s/{token}?lang=en&large=1"


def test_what_is_too_large_is_said_to_be_so(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    answer = client.post(f"/s/{token}", data={"nps": "9", "why": "x" * 3_000_000})
    assert answer.status_code == 413
    assert "提交的内容太大了" in answer.get_data(as_text=True)
    assert back(answer.get_data(as_text=True)) == f"/s/{token}"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (400, "刚才的内容没有收到"),
        (429, "请稍等一下再试"),
        (404, "这个链接打不开"),
        (500, "抱歉，出了点问题"),
    ],
)
def test_every_status_has_its_sentence(client: FlaskClient, status: int, sentence: str) -> None:
    with client.application.test_request_context("/s/abc/p/one"):
        answer = problems.answer(status, "")
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert sentence in page
    assert back(page) == ("/s/abc" if status in {400, 429} else None)


@pytest.mark.parametrize("argument", ["url=x", "large=1&url=x&lang=en"])
def test_no_argument_of_an_address_is_in_the_way(
    session: Session, client: FlaskClient, argument: str
) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    assert client.get(f"/s/{token}?{argument}").status_code == 200
    assert client.get(f"/s/nobody?{argument}").status_code == 404


def test_a_large_form_to_a_link_that_is_over_is_told_that_it_is_over(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    clock_at.advance(days=400)
    huge = b"--x\r\n" + b"0" * 3_000_000
    answer = client.post(f"/s/{token}?lang=en", data=huge, content_type="multipart/form-data; boundary=x")
    assert (answer.status_code, "This survey has ended" in answer.get_data(as_text=True)) == (410, True)


def test_what_belongs_to_no_questionnaire_leads_to_none(client: FlaskClient) -> None:
    answer = client.post("/s/-/places/1")
    assert answer.status_code == 405
    assert back(answer.get_data(as_text=True)) is None


def test_an_error_shows_whom_to_call(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = client.application.config["SETTINGS"]
    monkeypatch.setitem(
        client.application.config, "SETTINGS", settings.model_copy(update={"huisheng_phone": "95500"})
    )
    assert "tel:95500" in client.post("/s/-/places/1").get_data(as_text=True)
