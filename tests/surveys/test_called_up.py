"""Questions that an answer calls up on its own page: the customer is told of them before the page is left."""

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import FixedClock
from surveys.models import Answer, Response
from surveys.rules.templates import template
from tests.surveys import open_links as made
from tests.surveys.answering import Customer, Json, choice, fields, invite, nps, said, words
from tests.surveys.open_links import Visitor

LOW = {"of": "nps", "is": "at_most", "than": 6}
NOTICE = re.compile(r'<div class="note" id="fresh" role="status"[^>]*>(.*?)</div>', re.DOTALL)


def one_page(*more: Json) -> Json:
    return {"title": said("一页"), "questions": [nps(), *more, words("last")]}


def two_pages(*more: Json) -> Json:
    pages = [{"id": "a", "questions": [nps(), *more]}, {"id": "b", "questions": [words("last")]}]
    return {"title": said("两页"), "pages": pages}


def notice(page: str) -> tuple[str, list[str]] | None:
    """Return what the notice of new questions says and the fields that it leads to."""
    found = NOTICE.search(page)
    if found is None:
        return None
    links = re.findall(r'href="#q-(\w+)"', found[1])
    assert all(f'id="q-{link}"' in page for link in links)
    sentence = re.search(r"<p>(.*?)</p>", found[1])
    assert sentence is not None
    return html.unescape(sentence[1]), links


def responses(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Response)) or 0


@pytest.mark.parametrize("required", [False, True])
def test_a_page_says_that_an_answer_has_called_up_a_question_and_the_second_press_sends(
    session: Session, client: FlaskClient, *, required: bool
) -> None:
    _invitation, token = invite(session, one_page(words(show=LOW, required=required)))
    customer = Customer(client, token)
    assert notice(customer.page) is None
    assert customer.send("send", nps="3", last="留着").status_code == 200
    assert notice(customer.page) == ("根据您的回答，下面多了一个问题，请您看一下，再点“提交”。", ["why"])
    assert customer.page.count('<span class="fresh">根据您的回答新增</span>') == 1
    assert "请回答" not in customer.page
    assert re.search(r'id="nps-3" value="3" checked', customer.page)
    assert 'value="留着"' in customer.page or ">留着</textarea>" in customer.page
    assert responses(session) == 0
    assert customer.send("send", nps="3", last="留着", why="太慢").status_code == 303
    assert session.scalars(select(Answer.words).where(Answer.question_id == "why")).one() == "太慢"


def test_whoever_was_not_helped_on_the_hotline_is_told_of_the_question_that_this_calls_up(
    session: Session, client: FlaskClient
) -> None:
    shipped = template("hotline").definition().model_dump(mode="json", exclude_none=True, by_alias=True)
    _invitation, token = invite(session, shipped)
    customer = Customer(client, token)
    assert customer.send("send", solved="no", csat="2").status_code == 200
    assert notice(customer.page) == (
        "根据您的回答，下面多了一个问题，请您看一下，再点“提交”。",
        ["problem"],
    )
    assert customer.send("send", solved="no", csat="2").status_code == 303
    assert responses(session) == 1


def test_a_called_up_question_that_must_be_answered_is_a_mistake_once_it_was_seen(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, one_page(words(show=LOW, required=True)))
    customer = Customer(client, token)
    customer.send("send", nps="3")
    assert customer.send("send", nps="3").status_code == 422
    assert "请回答这个问题" in customer.page
    assert notice(customer.page) is None
    assert responses(session) == 0


def test_a_mistake_on_the_page_is_said_beside_what_is_new(session: Session, client: FlaskClient) -> None:
    questions = (words("mobile", format="mobile"), words(show=LOW, required=True))
    _invitation, token = invite(session, one_page(*questions))
    customer = Customer(client, token)
    assert customer.send("send", nps="3", mobile="12").status_code == 422
    assert customer.page.count('class="error"') == 1
    told = notice(customer.page)
    assert told is not None
    assert told[1] == ["why"]
    assert "autofocus" not in customer.page


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        (
            "zh-Hans",
            "根据您的回答，下面多了一个问题，请您看一下，再点“提交”。",
            "根据您的回答，下面多了 2 个问题，请您看一下，再点“提交”。",
        ),
        (
            "zh-Hant",
            "根據您的回答，下面多了一個問題，請您看一下，再點「提交」。",
            "根據您的回答，下面多了 2 個問題，請您看一下，再點「提交」。",
        ),
        (
            "en",
            "Your answer adds one more question below. Please have a look at it, then press “Submit” again.",
            "Your answers add 2 more questions below. Please have a look at them, then press “Submit” again.",
        ),
    ],
)
def test_it_is_said_in_the_customers_language_of_one_question_or_of_several(
    session: Session, client: FlaskClient, language: str, one: str, many: str
) -> None:
    very_low = choice("call", "yes", "no", show={"of": "nps", "is": "at_most", "than": 2})
    document = json.loads(json.dumps(one_page(words(show=LOW), very_low)), object_hook=spoken_everywhere)
    _invitation, token = invite(session, document)
    for score, told in (("5", (one, ["why"])), ("0", (many, ["why", "call"]))):
        customer = Customer(client, token)
        customer.send("send", nps=score, _language=language)
        assert notice(customer.page) == told


def spoken_everywhere(part: Json) -> Json:
    return part | {"zh-Hant": part["zh-Hans"]} if "zh-Hans" in part else part


def test_on_the_way_through_several_pages_it_is_said_until_the_question_has_an_answer(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, two_pages(words(show=LOW)))
    customer = Customer(client, token)
    sent = customer.send(nps="3")
    assert (sent.status_code, urlsplit(sent.location).path) == (303, f"/s/{token}/p/a")
    told = ("根据您的回答，下面多了一个问题，请您看一下，再点“下一页”。", ["why"])
    assert notice(customer.page) == told
    assert notice(client.get(sent.location).get_data(as_text=True)) == told
    customer.send(nps="3", why="太慢")
    assert customer.on == "b"
    assert notice(client.get(sent.location).get_data(as_text=True)) is None
    assert responses(session) == 0


def test_an_optional_question_that_was_called_up_may_be_left_empty(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, two_pages(words(show=LOW)))
    customer = Customer(client, token)
    customer.send(nps="3")
    customer.send(nps="3", why="")
    assert customer.on == "b"
    assert notice(customer.page) is None
    assert customer.send("send").status_code == 303
    assert responses(session) == 1


@pytest.mark.parametrize("named", ["nothing", "nps%20last", "why", "%3Cb%3E", ""])
def test_an_address_invents_no_new_questions(session: Session, client: FlaskClient, named: str) -> None:
    _invitation, token = invite(session, two_pages(words(show=LOW)))
    Customer(client, token).send(nps="9")
    assert notice(client.get(f"/s/{token}/p/a?_new={named}").get_data(as_text=True)) is None


def test_letters_stay_large_and_an_open_link_says_it_too(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    pages = [
        {"id": "a", "questions": [made.nps(), made.words(show=LOW)]},
        {"id": "b", "questions": [made.words("last")]},
    ]
    link = made.make_link(session, made.make_survey(session, pages=pages))
    visitor = Visitor(client, clock_at)
    page = visitor.open(f"/q/{link.slug}?large=1")
    sent = visitor.send(page, nps="2", _go="next")
    assert parse_qs(urlsplit(sent.location).query) == {"_new": ["why"], "large": ["1"]}
    page = visitor.open(sent.location)
    told = notice(page)
    assert told is not None
    assert told[1] == ["why"]
    assert fields(page)["_asked"] == "nps why"


def test_only_a_page_that_is_kept_names_its_own_address(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    visitor = Visitor(client, clock_at)
    for version, kept in (
        (made.make_survey(session, made.nps(required=True)), False),
        (made.make_survey(session, pages=two_pages()["pages"]), True),
    ):
        slug = made.make_link(session, version).slug
        answer = visitor.send(visitor.open(f"/q/{slug}"), _go="next")
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert re.findall(r'data-kept-at="([^"]*)"', page) == ([made.action(page)] if kept else [])
