"""Several pages: kept as they come, found again on any device, stored once."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.demo import factories
from app.web import create_app
from core import clock, db, settings
from core.clock import FixedClock
from core.models import EventRow
from surveys.models import Answer, Response, Sitting
from surveys.services import sittings
from tests.surveys.answering import THREE_PAGES, Customer, choice, fields, invite, nps, said, words


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def stored(session: Session) -> dict[str, object]:
    """Return the answers of the one response."""
    response = session.scalars(select(Response)).one()
    rows = session.scalars(select(Answer).where(Answer.response_id == response.id))
    return {
        row.question_id: row.number if row.number is not None else row.option_ids or row.words for row in rows
    }


def test_a_dissatisfied_customer_goes_through_all_three_pages(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    customer = Customer(client, token)
    clock_at.advance(seconds=8)
    customer.send(nps="3")
    assert "不满意的地方" in customer.page
    clock_at.advance(seconds=20)
    customer.send(why="太慢")
    clock_at.advance(seconds=5)
    sent = customer.send("send", again="no")
    assert sent.location == f"/s/{token}/thanks"
    assert "谢谢" in customer.page
    assert stored(session) == {"nps": 3, "why": "太慢", "again": ["no"]}
    response = session.scalars(select(Response)).one()
    assert response.page_seconds == {"p1": 8.0, "p2": 20.0, "p3": 5.0}
    assert response.started_at is not None
    assert (response.submitted_at - response.started_at).total_seconds() == 33
    assert count(session, EventRow) == 1


def test_a_page_that_is_not_meant_for_a_promoter_is_skipped(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    customer = Customer(client, token)
    customer.send(nps="9")
    assert customer.on == "p3"


def test_going_back_keeps_what_was_written_and_says_nothing_of_mistakes(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    customer = Customer(client, token)
    customer.send(nps="3")
    customer.send("back", why="写到一半")
    assert customer.on == "p1"
    assert "请回答" not in customer.page
    customer.send(nps="3")
    assert "写到一半" in customer.page


def test_what_is_wrong_is_said_and_kept_for_another_device(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    customer = Customer(client, token)
    assert customer.send(nps="11").status_code == 422
    customer.send(nps="2")
    answer = customer.send(why="   ", more="不在这一页")
    assert answer.status_code == 422
    assert "请回答" in customer.page
    elsewhere = Customer(client, token)
    assert elsewhere.on == "p2"
    assert "不在这一页" not in str(session.scalars(select(Sitting)).one().sent)


def test_answers_to_a_page_that_dropped_out_are_not_stored(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    customer = Customer(client, token)
    customer.send(nps="3")
    customer.send(why="太慢")
    customer.send("back")
    customer.send("back")
    customer.send(nps="10")
    assert customer.on == "p3"
    customer.send("send")
    assert stored(session) == {"nps": 10}


def test_changing_ones_mind_twice_loses_nothing(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    customer = Customer(client, token)
    for answers in ({"nps": "3"}, {"why": "太慢"}):
        customer.send(**answers)
    for score in ("10", "1"):
        customer.answer = client.get(f"/s/{token}/p/p1")
        customer.send(nps=score)
    assert "太慢" in customer.page


def test_two_tabs_do_not_undo_each_other(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    one = Customer(client, token)
    other = Customer(client, token)
    one.send(nps="4")
    one.send(why="第一个标签页")
    other.send(nps="5")
    one.send("send", again="yes")
    assert stored(session) == {"nps": 5, "why": "第一个标签页", "again": ["yes"]}


def test_what_comes_after_the_end_changes_nothing(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    one, other = Customer(client, token), Customer(client, token)
    one.send(nps="9")
    one.send("send")
    assert other.send(nps="9").location == f"/s/{token}/thanks"
    late = client.post(f"/s/{token}", data={"_page": "p1", "nps": "0"})
    assert late.location == f"/s/{token}/thanks?other=kept"
    assert stored(session) == {"nps": 9}
    assert "已经回答" in client.get(f"/s/{token}").get_data(as_text=True)


def test_the_last_page_alone_is_not_enough(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    answer = client.post(f"/s/{token}", data={"_page": "p3", "_go": "send", "again": "yes"})
    assert answer.status_code == 422
    assert fields(answer.get_data(as_text=True))["_page"] == "p1"
    assert count(session, Response) == 0


def test_a_page_id_of_nothing_is_taken_for_the_first_page(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    assert client.post(f"/s/{token}", data={"_page": "' OR 1", "nps": "9"}).location == f"/s/{token}/p/p3"
    assert fields(client.get(f"/s/{token}/p/nonsense").get_data(as_text=True))["_page"] == "p3"


def test_a_question_that_an_answer_calls_up_is_shown_before_the_page_is_left(
    session: Session, client: FlaskClient
) -> None:
    called_up = words(show={"of": "nps", "is": "below", "than": 7})
    document = {"title": said("一页"), "questions": [nps(), called_up]}
    _invitation, token = invite(session, document)
    customer = Customer(client, token)
    assert "为什么" not in customer.page
    assert customer.send("send", nps="3").status_code == 200
    assert "为什么" in customer.page
    assert customer.send("send", nps="3").status_code == 303
    assert stored(session) == {"nps": 3}


def test_one_question_a_page_goes_question_by_question(session: Session, client: FlaskClient) -> None:
    document = THREE_PAGES | {"layout": "single"}
    _invitation, token = invite(session, document)
    customer = Customer(client, token)
    seen = [customer.on]
    for answers in ({"nps": "2"}, {"why": "慢"}, {"again": "no"}):
        customer.send(**answers)
        seen.append(customer.on)
    assert seen == ["nps", "why", "again", "more"]
    customer.send("send", more="没有了")
    assert stored(session) == {"nps": 2, "why": "慢", "again": ["no"], "more": "没有了"}


def test_nothing_sent_stands_readable_in_the_database(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    customer = Customer(client, token)
    customer.send(nps="3")
    customer.send("back", why="只有我知道")
    raw = bytes(session.scalar(text("SELECT sent FROM sittings")))
    assert "只有我知道".encode() not in raw
    assert "只有我知道" in json.dumps(
        json.loads(session.scalars(select(Sitting)).one().sent), ensure_ascii=False
    )


def test_secret_answers_are_stored_encrypted_on_both_ways(session: Session, client: FlaskClient) -> None:
    mobile = words("mobile", format="mobile")
    documents = (
        {"title": said("一页"), "questions": [nps(), mobile]},
        {
            "title": said("两页"),
            "pages": [{"id": "a", "questions": [nps()]}, {"id": "b", "questions": [mobile]}],
        },
    )
    for document in documents:
        _invitation, token = invite(session, document)
        customer = Customer(client, token)
        customer.send("send", nps="9", mobile="13800138000")
        if "推荐吗" not in customer.page and "谢谢" not in customer.page:
            customer.send("send", mobile="13800138000")
    rows = session.scalars(select(Answer).where(Answer.question_id == "mobile")).all()
    assert [(row.words, row.secret) for row in rows] == [(None, "13800138000")] * 2
    assert b"13800138000" not in bytes(session.scalar(text("SELECT string_agg(secret, '') FROM answers")))


def test_a_finished_sitting_keeps_no_answers(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    customer = Customer(client, token)
    customer.send(nps="9")
    customer.send("send", more="谢谢你们")
    sitting = session.scalars(select(Sitting)).one()
    assert (sitting.finished, sitting.sent) == (True, "{}")


def test_unfinished_answers_are_emptied_when_the_link_is_over(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    Customer(client, token).send(nps="3")
    assert sittings.forget(session) == 0
    clock_at.advance(days=16)
    assert [sittings.forget(session), sittings.forget(session)] == [1, 0]
    session.expire_all()
    sitting = session.scalars(select(Sitting)).one()
    assert (sitting.sent, sitting.page_id, sitting.finished) == ("{}", "p2", False)
    clock_at.advance(days=400)
    assert sittings.forget(session) == 1
    assert count(session, Sitting) == 0


def test_facts_of_the_event_and_the_customer_steer_and_are_quoted(
    session: Session, client: FlaskClient
) -> None:
    document = {
        "title": said("关于{{event.product|您的保单}}"),
        "pages": [
            {"id": "p1", "questions": [nps(), choice("kind", "a", "b")]},
            {
                "id": "p2",
                "show": {"of": "customer.tier", "is": "equals", "than": "gold"},
                "questions": [words(title=said("您选了{{kind}}，打了{{nps}}分"))],
            },
        ],
    }
    person = factories.make_customer(session, attributes={"tier": "gold", "name_of_pet": ["x"]})
    event = factories.make_event(session, customer=person, attributes={"product": "<b>安康</b>"})
    _invitation, token = invite(session, document, customer=person, event_id=event.id)
    customer = Customer(client, token)
    assert "关于&lt;b&gt;安康&lt;/b&gt;" in customer.page
    customer.send(nps="9", kind="b")
    assert "您选了选项b，打了9分" in customer.page


def test_the_ending_by_score_is_said_after_both_ways_and_leads_only_to_allowed_hosts(
    session: Session, client: FlaskClient, web: Flask
) -> None:
    web.config["SETTINGS"] = web.config["SETTINGS"].model_copy(
        update={"huisheng_redirect_hosts": "www.insurer.example"}
    )
    endings = [
        {
            "id": "glad",
            "when": {"of": "nps", "is": "at_least", "than": 9},
            "title": said("太好了"),
            "text": said("您打了{{nps}}分"),
            "redirect": "https://www.insurer.example/app",
        },
        {"id": "sorry", "title": said("对不起"), "redirect": "https://evil.example/"},
    ]
    one_page = {"title": said("一页"), "questions": [nps()], "endings": endings}
    for document in (one_page, THREE_PAGES | {"endings": endings}):
        for score, title in (("9", "太好了"), ("2", "对不起")):
            _invitation, token = invite(session, document)
            customer = Customer(client, token)
            customer.send("send", nps=score)
            while "<form" in customer.page:
                customer.send("send", why="慢")
            assert title in customer.page
            assert ("您打了9分" in customer.page) == (score == "9")
            assert ("https://www.insurer.example/app" in customer.page) == (score == "9")
            assert "evil.example" not in customer.page
            # Sent again, the answer leads to the same words of thanks.
            again = client.post(f"/s/{token}", data={"nps": score})
            assert title in client.get(again.location).get_data(as_text=True)


def test_language_and_large_type_stay_from_page_to_page(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    customer = Customer(client, token)
    customer.answer = client.get(f"/s/{token}?lang=en&large=1")
    customer.send(nps="2")
    assert "为什么 (en)" in customer.page
    assert 'class="large"' in customer.page
    assert "为什么 (en)" in client.get(f"/s/{token}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("browser", "language"),
    [
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("fr", "zh-Hans"),
        ("", "zh-Hans"),
    ],
)
def test_the_page_speaks_the_browsers_language_where_the_profile_is_silent(
    session: Session, client: FlaskClient, browser: str, language: str
) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    page = client.get(f"/s/{token}", headers={"Accept-Language": browser}).get_data(as_text=True)
    assert f'<html lang="{language}"' in page


def test_hidden_answers_come_from_the_link_and_survive_the_pages(
    session: Session, client: FlaskClient
) -> None:
    hidden = {"type": "hidden", "id": "agent", "title": said("渠道"), "parameter": "agent"}
    pages = [*THREE_PAGES["pages"][:-1], {"id": "p3", "questions": [words("more"), hidden]}]
    _invitation, token = invite(session, THREE_PAGES | {"pages": pages})
    customer = Customer(client, token)
    customer.answer = client.get(f"/s/{token}?agent=A17&nps=9")
    assert 'value="9" checked' in customer.page
    customer.send(nps="9")
    customer.send("send", agent="伪造")
    assert stored(session) == {"nps": 9, "agent": "A17"}


def test_of_twenty_parallel_sends_of_the_last_page_one_is_stored(fresh_database: str) -> None:
    with db.transaction() as session:
        tokens = [invite(session, THREE_PAGES)[1] for _ in range(3)]
        anonymous = [invite(session, THREE_PAGES | {"anonymous": True})[1] for _ in range(2)]
    web = create_app(settings.current())
    web.config["WTF_CSRF_ENABLED"] = False
    with ThreadPoolExecutor(8) as pool:
        for token in tokens + anonymous:
            customer = Customer(web.test_client(), token)
            customer.send(nps="9")
            data = {**fields(customer.page), "_go": "send", "again": "yes"}

            def send(_number: int, token: str = token, data: dict[str, str] = data) -> str | None:
                return web.test_client().post(f"/s/{token}", data=data).location

            # Of an anonymous survey nobody can say that it was the same answer.
            again = {f"/s/{token}/thanks?other=first"} if token in anonymous else set()
            assert set(pool.map(send, range(20))) == {f"/s/{token}/thanks"} | again
    with db.reading() as session:
        assert (count(session, Response), count(session, EventRow)) == (5, 5)
        assert count(session, Answer) == 10
        assert session.scalar(select(func.count()).where(Sitting.finished.is_(False))) == 0


def test_the_hour_of_showing_cannot_be_made_up(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    customer = Customer(client, token)
    stamp = fields(customer.page)["_shown"]
    for forged in ("", "x", stamp[:-4] + "AAAA", "A" * 20, "=" * 20):
        client.post(f"/s/{token}", data={"_page": "p1", "_shown": forged, "nps": "3", "_go": "next"})
    assert session.scalars(select(Sitting)).one().page_seconds == {}
    client.post(f"/s/{token}", data={"_page": "p2", "_shown": stamp, "_go": "next"})
    session.expire_all()
    assert session.scalars(select(Sitting)).one().page_seconds == {}


def test_the_link_is_over_in_the_middle_of_it(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    invitation, token = invite(session, THREE_PAGES)
    customer = Customer(client, token)
    customer.send(nps="3")
    clock_at.instant = invitation.expires_at
    assert customer.send(why="慢").status_code == 410
    assert clock.now() == invitation.expires_at
    assert count(session, Response) == 0
