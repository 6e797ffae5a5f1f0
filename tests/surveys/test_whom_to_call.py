"""What customers are promised about being called, and whom they are told to call: nothing that cannot be kept."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from surveys.rules import phrases
from surveys.rules.templates import FOLDER, templates
from tests.surveys import open_links as made
from tests.surveys.answering import Json, invite, nps, said, words

ONE_PAGE: Json = {"title": said("一页") | {"zh-Hant": "一頁"}, "questions": [nps(), words()]}
MESSAGES = phrases.words("zh-Hans")["messages"]
CALLED = [name.removesuffix("_text") for name, text in MESSAGES.items() if "{contact}" in text]


def set_phone(client: FlaskClient, phone: str) -> None:
    config = client.application.config
    config["SETTINGS"] = config["SETTINGS"].model_copy(update={"huisheng_phone": phone})


@pytest.fixture
def without_phone(client: FlaskClient) -> Iterator[FlaskClient]:
    before = client.application.config["SETTINGS"]
    set_phone(client, "")
    yield client
    client.application.config["SETTINGS"] = before


@pytest.fixture
def with_phone(client: FlaskClient) -> Iterator[FlaskClient]:
    before = client.application.config["SETTINGS"]
    set_phone(client, "95500")
    yield client
    client.application.config["SETTINGS"] = before


def test_who_is_told_to_call_is_told_the_number(session: Session, with_phone: FlaskClient) -> None:
    closed = made.make_link(session, active=False)
    page = with_phone.get(f"/q/{closed.slug}").get_data(as_text=True)
    assert "请拨打客服电话 95500。" in page


@pytest.mark.parametrize("language", list(phrases.languages()))
def test_nobody_is_told_to_call_where_no_number_is_known(
    session: Session, without_phone: FlaskClient, language: str
) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    closed = made.make_link(session, active=False)
    here = without_phone
    here.post(f"/s/{token}", data={"nps": "4"})
    pages = [
        here.get(f"/q/{closed.slug}?lang={language}"),
        here.get(f"/q/{'a' * 17}?lang={language}"),
        here.get(f"/s/{token}/thanks?other=kept&lang={language}"),
        here.get(f"/s/{token}/thanks?other=1&lang={language}"),
        here.post(f"/o/{token}?lang={language}"),
        here.get(f"/o/{token}?lang={language}"),
    ]
    contact = phrases.words(language)["messages"]["contact"]
    for answer in pages:
        page = answer.get_data(as_text=True)
        assert contact in page
        assert not re.search("客服电话|客服電話|service line|{contact}", page)


def test_every_message_that_names_somebody_to_contact_does_so_in_every_language() -> None:
    assert {"expired", "closed", "full", "full_late", "after_closing", "answered_kept", "opted_out"} <= set(
        CALLED
    )
    for language in phrases.languages():
        messages = phrases.words(language)["messages"]
        numbers = re.compile("客服电话|客服電話|service line")
        told = {name for name, text in messages.items() if numbers.search(text)}
        assert told == {"contact_call", "ended_call"}


def test_staff_are_warned_where_no_number_is_set(session: Session, login: Callable[..., FlaskClient]) -> None:
    link = made.make_link(session)
    staff = login()
    before = staff.application.config["SETTINGS"]
    try:
        for phone, warned in (("", True), ("95500", False)):
            set_phone(staff, phone)
            page = staff.get(f"/surveys/{link.survey_id}/links").get_data(as_text=True)
            assert ("HUISHENG_PHONE" in page) is warned
    finally:
        staff.application.config["SETTINGS"] = before


@pytest.mark.parametrize("code", [template.code for template in templates()])
def test_no_ending_of_a_template_promises_a_call_to_whom_nobody_knows(code: str) -> None:
    definition = next(one for one in templates() if one.code == code).definition()
    texts = [text for ending in definition.endings for text in (ending.title, ending.text) if text]
    for said_ in [*texts, *([definition.thanks] if definition.thanks else [])]:
        for language, text in said_.items():
            promised = re.search("与您联系|與您聯|联系您|聯絡您|contact you|reach you", text)
            assert not promised or re.search("如需|if we need", text), (language, text)


def test_traditional_chinese_is_written_in_one_form() -> None:
    for file in [*FOLDER.glob("*.json"), *Path(FOLDER).parent.glob("**/*.toml")]:
        text = file.read_text(encoding="utf-8")
        assert not re.search("[覈]|聯繫", text), file.name


def test_an_opt_out_says_what_it_covers_and_leads_back(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    asked = client.get(f"/o/{token}").get_data(as_text=True)
    done = client.post(f"/o/{token}").get_data(as_text=True)
    again = client.get(f"/o/{token}").get_data(as_text=True)
    for page in (asked, done, again):
        assert "任何满意度问卷" in page
        assert "保单、理赔等服务通知不受影响" in page
    back = re.search(r'href="(/s/[^"]+)">继续接收', asked)
    assert back is not None
    assert "推荐吗" in client.get(back[1].replace("&amp;", "&")).get_data(as_text=True)
