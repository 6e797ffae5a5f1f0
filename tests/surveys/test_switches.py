"""Another language and larger letters: whoever asks for them loses nothing, and they stay to the last page."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.clock import FixedClock
from surveys.models import OpenLinkDay, PrivacyNotice, Response, Sitting, SurveyQuota, SurveyVersion
from tests.surveys import open_links as made
from tests.surveys.answering import THREE_PAGES, Customer, Json, invite, nps, publish, said, words
from tests.surveys.open_links import Visitor

ONE_PAGE: Json = {"title": said("一页"), "questions": [nps(), words()]}


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def switch(page: str, label: str) -> str:
    """Return where a browser without JavaScript sends the form when a switch is pressed."""
    button = re.search(rf"<button([^>]*)>{label}</button>", page)
    assert button is not None, f"no button {label}"
    form = re.search(r'form="(\w+)"', button[1])
    assert form is not None
    assert re.search(rf'<form method="post"[^>]* id="{form[1]}"', page)
    assert 'name="_go" value="stay"' in button[1]
    found = re.search(r'formaction="([^"]*)"', button[1])
    assert found is not None
    return found[1].replace("&amp;", "&")


def pressed(customer: Customer, label: str, **answers: object) -> str:
    """Press a switch with these answers on the page; return the page that follows."""
    data = {**made.fields(customer.page), "_go": "stay", **answers}
    customer.answer = customer.client.post(switch(customer.page, label), data=data)
    while customer.answer.status_code == 303:
        customer.answer = customer.client.get(customer.answer.location)
    assert customer.answer.status_code == 200
    return customer.page


@pytest.mark.parametrize("document", [ONE_PAGE, THREE_PAGES])
def test_a_switch_keeps_what_was_typed_without_a_script(
    session: Session, client: FlaskClient, document: Json
) -> None:
    _invitation, token = invite(session, document)
    customer = Customer(client, token)
    assert 'value="3" checked' in pressed(customer, "大字版", nps="3")
    assert 'class="large"' in customer.page
    english = pressed(customer, "English", nps="3")
    assert '<html lang="en" class="large"' in english
    assert 'value="3" checked' in english
    assert 'class="large"' not in pressed(customer, "Normal text", nps="3")
    assert '<html lang="en"' in customer.page
    assert count(session, Response) == 0


def test_the_enter_key_presses_no_switch(session: Session, client: FlaskClient) -> None:
    for document, onward in ((ONE_PAGE, "send"), (THREE_PAGES, "next")):
        _invitation, token = invite(session, document)
        page = client.get(f"/s/{token}").get_data(as_text=True)
        first = re.search(r"<button[^>]*>", page)
        assert first is not None
        assert f'form="answers" name="_go" value="{onward}"' in first[0]


def test_a_switch_before_anything_was_answered_begins_nothing(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    customer = Customer(client, token)
    assert '<html lang="en"' in pressed(customer, "English")
    assert 'class="large"' in pressed(customer, "Larger text")
    assert '<html lang="en"' in customer.page
    assert (count(session, Sitting), count(session, Response)) == (0, 0)
    customer.send(nps="2")
    assert "为什么 (en)" in customer.page
    assert 'class="large"' in customer.page


def test_at_an_open_link_a_switch_counts_as_a_beginning_only_with_an_answer(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    both = {"title": {"zh-Hans": "问卷", "en": "Survey"}}
    asked = [
        {"id": "one", "questions": [made.nps(), made.hidden()]},
        {"id": "two", "questions": [made.words()]},
    ]
    link = made.make_link(session, made.make_survey(session, pages=asked, **both), parameters={"agent": "A7"})
    visitor = Visitor(client, clock_at)
    page = visitor.open(f"/q/{link.slug}?large=1")
    around = {"environ_overrides": visitor.around}
    blank = client.post(switch(page, "English"), data=made.fields(page) | {"_go": "stay"}, **around)
    while blank.status_code == 303:
        blank = client.get(blank.location, **around)
    assert '<html lang="en" class="large"' in blank.get_data(as_text=True)
    assert count(session, Sitting) == 0
    assert session.scalar(select(func.sum(OpenLinkDay.started))) in {0, None}
    sent = made.fields(page) | {"_go": "stay", "nps": "4"}
    answered = client.post(switch(page, "English"), data=sent, **around)
    shown = client.get(answered.location, **around).get_data(as_text=True)
    assert 'value="4" checked' in shown
    assert '<html lang="en" class="large"' in shown
    assert session.scalar(select(func.sum(OpenLinkDay.started))) == 1


# --- pages without a form keep both, too

BOTH = "lang=en&large=1"


def in_both(page: str) -> bool:
    return '<html lang="en" class="large"' in page


def test_the_way_out_keeps_language_and_size(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    page = client.get(f"/s/{token}?{BOTH}").get_data(as_text=True)
    way = re.search(r'href="(/o/[^"]+)"', page)
    assert way is not None
    asked = client.get(way[1].replace("&amp;", "&")).get_data(as_text=True)
    assert in_both(asked)
    assert "No more surveys?" in asked
    done = client.post(made.action(asked)).get_data(as_text=True)
    assert in_both(done)
    assert "You&#39;re unsubscribed" in done


def test_the_way_out_speaks_traditional_chinese(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    assert "不想再收到問卷" in client.get(f"/o/{token}?lang=zh-Hant").get_data(as_text=True)


def test_the_notice_keeps_language_and_size(session: Session, client: FlaskClient) -> None:
    notice = PrivacyNotice(
        number=71, title=said("说明"), body=said("我们只为改进服务使用您的回答"), published_at=clock.now()
    )
    session.add(notice)
    session.flush()  # the version needs its id
    version = publish(session, ONE_PAGE, notice_id=notice.id)
    _invitation, token = factories.make_invitation(session, version_id=version.id)
    page = client.get(f"/s/{token}?{BOTH}").get_data(as_text=True)
    way = re.search(r'href="(/s/-/notice/[^"]+)"', page)
    assert way is not None
    shown = client.get(way[1].replace("&amp;", "&")).get_data(as_text=True)
    assert in_both(shown)
    assert "large=1" in re.findall(r'href="([^"]*)"[^>]*hreflang="zh-Hans"', shown)[0]
    assert "lang=en" in re.findall(r'class="size" href="([^"]*)"', shown)[0]


def test_every_closing_message_keeps_language_and_size(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    customer = Customer(client, token)
    customer.answer = client.get(f"/s/{token}?{BOTH}")
    customer.send("send", nps="9")
    assert in_both(customer.page)
    again = client.post(f"/s/{token}?large=1", data={"_language": "en", "nps": "9"})
    assert in_both(client.get(again.location).get_data(as_text=True))
    assert in_both(client.get(f"/s/{token}?{BOTH}").get_data(as_text=True))
    assert in_both(client.get(f"/s/nobody?{BOTH}").get_data(as_text=True))
    full, late = (invite(session, ONE_PAGE) for _twice in range(2))
    for invitation, _token in (full,):
        session.add(SurveyQuota(survey_id=survey_of(session, invitation.version_id), name="零", most=0))
    session.flush()  # the next request asks the database
    assert in_both(client.get(f"/s/{full[1]}?{BOTH}").get_data(as_text=True))
    too_late = client.post(f"/s/{full[1]}?large=1", data={"_language": "en", "nps": "9"})
    assert in_both(too_late.get_data(as_text=True))
    clock_at.advance(days=400)
    assert in_both(client.get(f"/s/{late[1]}?{BOTH}").get_data(as_text=True))
    closed = made.make_link(session, active=False)
    assert in_both(client.get(f"/q/{closed.slug}?{BOTH}").get_data(as_text=True))


def survey_of(session: Session, version_id: int) -> int:
    """Return the survey that a version belongs to."""
    from_version = select(SurveyVersion.survey_id).where(SurveyVersion.id == version_id)
    return session.scalars(from_version).one()


def test_a_customer_whose_profile_is_english_is_told_in_english_that_it_is_over(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    person = factories.make_customer(session, language="en")
    _invitation, token = factories.make_invitation(session, customer=person)
    clock_at.advance(days=400)
    assert "This survey has ended" in client.get(f"/s/{token}").get_data(as_text=True)


def test_a_language_that_an_author_added_is_offered_under_its_own_name(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, ONE_PAGE | {"title": said("一页") | {"ja": "一枚"}})
    page = client.get(f"/s/{token}").get_data(as_text=True)
    assert ">日本語</button>" in page
    assert ">ja</button>" not in page


def test_a_switch_on_a_single_page_without_answers_asks_nothing_to_be_sent_again(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    customer = Customer(client, token)
    blank = made.fields(customer.page) | {"_go": "stay"}
    answer = client.post(switch(customer.page, "English"), data=blank)
    assert (answer.status_code, "lang=en" in answer.location) == (303, True)
    assert '<html lang="en"' in client.get(answer.location).get_data(as_text=True)
    link = made.make_link(session)
    page = client.get(f"/q/{link.slug}").get_data(as_text=True)
    answer = client.post(switch(page, "大字版"), data=made.fields(page) | {"_go": "stay"})
    while answer.status_code == 303:
        answer = client.get(answer.location)
    assert 'class="large"' in answer.get_data(as_text=True)
    assert (count(session, Sitting), count(session, Response)) == (0, 0)
