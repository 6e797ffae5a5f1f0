"""What stands on a customer's page, kind by kind, before any script has touched it."""

import html
import json
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from core import clock
from core.clock import FixedClock
from surveys.models import PrivacyNotice
from tests.browser.answer_page import CHOICES, GRIDS, SCALES, WORDS, asked, options
from tests.surveys import open_links as made
from tests.surveys.answering import Customer, Json, invite, nps, publish, said, words
from tests.surveys.open_links import Visitor

NONE_OF_THESE: Json = {"id": "none", "label": said("以上都没有"), "exclusive": True}
TROUBLES = [{"id": "wait", "label": said("等得久")}, {"id": "rude", "label": said("态度差")}, NONE_OF_THESE]
FULL_WIDTH = re.compile(r"[（）、：；，。“”？！]")


def one_page(*questions: Json) -> Json:
    return {"title": said("一页问卷"), "questions": list(questions)}


def page_of(session: Session, client: FlaskClient, *questions: Json) -> str:
    _invitation, token = invite(session, one_page(*questions))
    return client.get(f"/s/{token}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (asked("choices", "q", "什么困难？", options=TROUBLES), "q"),
        (asked("image_choice", "q", "什么困难？", options=TROUBLES, several=True), "q"),
        (
            asked("matrix", "q", "什么困难？", mode="multiple", rows=TROUBLES[:1], columns=TROUBLES),
            "q.wait",
        ),
    ],
)
def test_the_mistake_of_an_answer_that_comes_alone_names_it(
    session: Session, client: FlaskClient, question: Json, field: str
) -> None:
    _invitation, token = invite(session, one_page(question))
    both = {field: ["wait", "none"]}
    page = client.post(f"/s/{token}", data=both).get_data(as_text=True)
    assert "“以上都没有”不能和别的选项一起选" in page
    english = client.post(f"/s/{token}", data=both | {"_language": "en"}).get_data(as_text=True)
    assert "“以上都没有 (en)” cannot be chosen together with others" in english
    assert 'data-alone="none"' in page


def test_an_answer_quoted_in_the_label_is_quoted_in_its_mistake_too(
    session: Session, client: FlaskClient
) -> None:
    alone = NONE_OF_THESE | {"label": {"zh-Hans": "给了 {{nps}} 分，没有别的"}}
    pages = [
        {"id": "a", "questions": [nps()]},
        {"id": "b", "questions": [asked("choices", "q", "什么困难？", options=[*TROUBLES[:2], alone])]},
    ]
    _invitation, token = invite(session, {"title": said("两页"), "pages": pages})
    customer = Customer(client, token)
    customer.send(nps="4")
    customer.send("send", q=["wait", "none"])
    assert "“给了 4 分，没有别的”不能" in customer.page


def test_a_ranking_says_one_hint_and_keeps_the_other_for_the_script(
    session: Session, client: FlaskClient
) -> None:
    page = page_of(session, client, GRIDS[3])
    touch = "请按您的看法依次点选，至少排出前 2 名"
    assert re.search(rf'<span data-touch="{touch}[^"]*">请至少排出前 2 名，1 排在最前。</span>', page)
    assert touch not in re.sub(r"<[^>]*>", "", page)


def test_places_of_a_ranking_are_told_by_their_numbers_alone_in_english(
    session: Session, client: FlaskClient
) -> None:
    asks = asked("ranking", "rank", "最看重什么？", options=options("a", "b", "c"))
    _invitation, token = invite(session, one_page(asks))
    page = client.get(f"/s/{token}?lang=en").get_data(as_text=True)
    places = re.findall(r'<option value="\d">([^<]*)</option>', page)
    assert places == ["1", "2", "3"] * 3


@pytest.mark.parametrize(
    ("most", "hint"), [(1, "One file of up to 5 MB."), (3, "Up to 3 files of 5 MB each.")]
)
def test_one_file_is_asked_for_as_one(session: Session, client: FlaskClient, most: int, hint: str) -> None:
    asks = asked("file", "photo", "请上传照片", most_files=most, most_bytes=5 * 1024 * 1024)
    _invitation, token = invite(session, one_page(asks))
    page = client.get(f"/s/{token}?lang=en").get_data(as_text=True)
    assert hint in page
    assert "1 files" not in page


WHOLE = "这题可以不答；只要排了一项，就请把每一项都排上。"


@pytest.mark.parametrize(
    ("more", "told"),
    [({}, True), ({"least": 3}, True), ({"least": 2}, False), ({"required": True}, False)],
)
def test_an_optional_ranking_says_beforehand_that_it_wants_all_or_none(
    session: Session, client: FlaskClient, more: Json, *, told: bool
) -> None:
    asks = asked("ranking", "rank", "最看重什么？", options=options("a", "b", "c")) | more
    assert (WHOLE in page_of(session, client, asks)) is told


@pytest.mark.parametrize(
    ("more", "hint"),
    [({"min_length": 5}, "请至少写 5 个字。"), ({"min_length": 1}, None), ({}, None)],
)
def test_a_least_length_is_told_before_anything_is_written(
    session: Session, client: FlaskClient, more: Json, hint: str | None
) -> None:
    page = page_of(session, client, words(**more))
    hints = re.findall(r'<p class="hint" id="why-hint">([^<]*)</p>', page)
    assert hints == ([hint] if hint else [])
    assert ('aria-describedby="why-hint"' in page) is bool(hint)


def test_a_slider_left_alone_is_no_answer_where_one_is_required(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, one_page(GRIDS[4] | {"required": True}))
    page = client.get(f"/s/{token}").get_data(as_text=True)
    assert re.search(r'id="months"[^>]* value="" placeholder="还没有选择"', page)
    answer = client.post(f"/s/{token}", data={"months": ""})
    assert answer.status_code == 422
    assert "请回答这个问题" in answer.get_data(as_text=True)
    assert client.post(f"/s/{token}", data={"months": "0"}).status_code == 303


def test_pictures_that_nobody_has_put_there_yet_leave_a_plain_choice(
    session: Session, client: FlaskClient
) -> None:
    options = [{"id": one, "label": said(one)} for one in ("front", "rear")]
    bare = page_of(session, client, asked("image_choice", "part", "哪里受损？", options=options))
    assert "tile" not in bare.split("<main")[1]
    assert bare.count('class="row mark-radio"') == 2
    mixed = [options[0] | {"image": "some_picture"}, options[1]]
    page = page_of(session, client, asked("image_choice", "part", "哪里受损？", options=mixed))
    assert (page.count("<img src="), page.count('class="blank"')) == (1, 1)


def test_a_shared_device_shows_the_notice_in_place_and_leads_nowhere_else(
    session: Session, client: FlaskClient, clock_at: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = client.application.config["SETTINGS"]
    changed = settings.model_copy(
        update={"huisheng_phone": "95500", "huisheng_redirect_hosts": "www.example.com"}
    )
    monkeypatch.setitem(client.application.config, "SETTINGS", changed)
    ending = {"id": "end", "title": said("谢谢"), "redirect": "https://www.example.com/"}
    notice = PrivacyNotice(
        number=72, title=said("隐私说明"), body=said("第一段\n\n第二段"), published_at=clock.now()
    )
    session.add(notice)
    session.flush()  # the version needs its id
    survey = one_page(made.nps()) | {"endings": [ending]}
    version = publish(session, survey, notice_id=notice.id)
    kiosk, poster = (made.make_link(session, version, kind=kind) for kind in ("kiosk", "poster"))
    visitor = Visitor(client, clock_at)
    page = visitor.open(f"/q/{poster.slug}")
    assert 'target="_blank"' in page
    assert "第一段" not in page
    page = visitor.open(f"/q/{kiosk.slug}")
    assert "<p>第一段</p><p>第二段</p>" in page
    assert "收起说明，回到问卷" in page
    assert re.findall(r"<a [^>]*(?:target=|href=\"tel:|/notice/)", page) == []
    thanks = visitor.open(visitor.send(page, nps="9").location)
    assert "www.example.com" not in thanks
    assert "回到开始页面" in thanks


@pytest.mark.parametrize("group", [SCALES, CHOICES, GRIDS, WORDS])
def test_an_english_page_has_no_chinese_punctuation(
    session: Session, client: FlaskClient, group: list[Json]
) -> None:
    english = json.loads(json.dumps(group, ensure_ascii=False), object_hook=in_english)
    required = [one if one["type"] == "section" else one | {"required": True} for one in english]
    _invitation, token = invite(session, {"title": {"en": "One page"}, "questions": required})
    for answer in (client.get(f"/s/{token}?lang=en"), client.post(f"/s/{token}", data={"_language": "en"})):
        main = html.unescape(answer.get_data(as_text=True)).split("<main")[1].split("<footer")[0]
        text = re.sub(r"“\w[^”]*”", "", main)  # English quotes words in the same marks
        assert FULL_WIDTH.findall(text) == []


def in_english(part: dict[str, object]) -> dict[str, object]:
    """Return a text in English words only; anything else as it is."""
    return {"en": "Words"} if "zh-Hans" in part else part


def test_english_paper_has_no_chinese_punctuation(
    session: Session, login: Callable[..., FlaskClient]
) -> None:
    everything = json.loads(
        json.dumps([*SCALES, *CHOICES, *GRIDS, *WORDS], ensure_ascii=False), object_hook=in_english
    )
    shown = {"of": "nps", "is": "at_most", "than": 6}
    everything[8]["options"][0]["show"] = shown
    version = publish(session, {"title": {"en": "On paper"}, "questions": everything})
    page = login().get(f"/surveys/versions/{version.id}/paper?language=en").get_data(as_text=True)
    sheet = html.unescape(page.split("<main")[1])
    assert "(only if" in sheet
    assert "(tick all that apply; " in sheet
    assert FULL_WIDTH.findall(re.sub(r"“[^”]*”", "", sheet)) == []
