"""The editor's conditions, its preview and the walk through a draft; what pictures really are."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo import factories
from grid.rules import Role
from surveys.forms.editor import conditions
from surveys.forms.editor.conditions import Builder, Group, Row
from surveys.models import Response
from surveys.rules.definition import Definition
from surveys.rules.describe import in_words
from surveys.services import authoring, images
from tests.surveys.desk import Author, L, definition, png

Login = Callable[..., FlaskClient]
LOW = {"of": "nps_1", "is": "at_most", "than": 6}
SLOW = {"of": "choices_1", "is": "includes", "than": "o1"}


@pytest.fixture
def author(session: Session, login: Login) -> Author:
    staff = factories.make_staff(session, role=Role.CX_MANAGER)
    version = authoring.create_survey(session, name="理赔回访", definition=definition(), staff_id=staff.id)
    return Author(session, login(staff=staff), staff, version)


@pytest.mark.parametrize(
    "condition",
    [
        None,
        LOW,
        {"of": "words_1", "is": "answered"},
        {"of": "nps_1", "is": "between", "than": [3, 6.5]},
        {"all": [LOW, SLOW]},
        {"none": [LOW]},
        {"any": [{"all": [LOW, SLOW]}, {"of": "event.product", "is": "equals", "than": "车险"}]},
        {"none": [{"any": [LOW, SLOW]}, {"of": "choices_1", "is": "includes_any", "than": ["o1", "o2"]}]},
    ],
)
def test_a_condition_opened_and_kept_is_the_same(condition: dict[str, Any] | None) -> None:
    known = conditions.targets(definition(), "zh-Hans")
    builder = conditions.opened(condition)
    assert builder is not None
    if condition is None:
        assert not builder.complete
    else:
        assert builder.complete
        assert conditions.condition_of(builder, known) == condition


def test_a_condition_too_deep_for_the_form_is_not_torn_apart() -> None:
    assert conditions.opened({"all": [{"any": [{"all": [LOW, SLOW]}, LOW]}, SLOW]}) is None


ROWS = st.builds(
    Row,
    of=st.sampled_from(["nps_1", "choices_1", "words_1", "event.product", "var.total", ""]),
    op=st.sampled_from(["at_most", "includes", "includes_any", "equals", "between", "answered", ""]),
    than=st.lists(st.sampled_from(["o1", "o2", "6", "nan", "x", ""]), max_size=2).map(tuple),
    high=st.sampled_from(["", "9", "x"]),
)
BUILDERS = st.builds(
    Builder,
    join=st.sampled_from(conditions.JOINS),
    groups=st.lists(
        st.builds(
            Group,
            join=st.sampled_from(conditions.JOINS),
            rows=st.lists(ROWS, min_size=1, max_size=3).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
)


@given(BUILDERS)
def test_whatever_is_complete_in_the_form_is_a_condition(builder: Builder) -> None:
    known = conditions.targets(definition(), "zh-Hans")
    fitted = conditions.fitted(builder, known)
    if not fitted.complete or conditions.wrong_rows(fitted, known):
        return
    made = conditions.condition_of(fitted, known)
    draft = definition().model_dump(mode="json", exclude_none=True)
    draft["pages"][1]["show"] = made
    shown = type(definition()).model_validate(draft).pages[1].show
    assert (shown is None) == (made is None)


def test_a_condition_is_built_row_by_row_without_script(author: Author) -> None:
    path = "/when/question.words_1.show"
    first: dict[str, Any] = {"join": "all", "g0-join": "all", "g0-r0-of": "choices_1"}
    page = author.post(path, **first, do="refresh").get_data(as_text=True)
    assert '<option value="o1"' in page
    assert "show" not in author.question("words_1")
    second = first | {"g0-r0-is": "includes", "g0-r0-than": "o1"}
    page = author.post(path, **second, do="add-row:0").get_data(as_text=True)
    assert 'name="g0-r1-of"' in page
    third = second | {"g0-r1-of": "nps_1", "g0-r1-is": "at_most", "g0-r1-than": "6", "g0-join": "any"}
    assert author.post(path, **third, do="save").status_code == 303
    assert author.question("words_1")["show"] == {"any": [SLOW, LOW]}
    page = author.get("/questions/words_1")
    assert "不超过 6" in page
    author.post(path, **third, do="always")
    assert "show" not in author.question("words_1")


@pytest.mark.parametrize(
    ("op", "than", "high"),
    [("equals", "9999999999999", ""), ("at_most", "-1", ""), ("between", "3", "11"), ("above", "1e13", "")],
)
def test_a_value_that_no_answer_can_have_is_refused_with_the_range_of_the_question(
    author: Author, op: str, than: str, high: str
) -> None:
    path = "/when/question.words_1.show"
    row = {"g0-r0-of": "nps_1", "g0-r0-is": op, "g0-r0-than": than, "g0-r0-high": high}
    fields: dict[str, Any] = {"join": "all", "g0-join": "all", **row}
    answer = author.post(path, **fields, do="save")
    assert answer.status_code == 422
    assert "这道题的回答在 0 到 10 之间" in answer.get_data(as_text=True)
    assert "show" not in author.question("words_1")


def test_large_numbers_are_written_out() -> None:
    builder = conditions.opened({"of": "event.amount", "is": "equals", "than": 9999999999999})
    assert builder is not None
    assert builder.groups[0].rows[0].than == ("9999999999999",)
    rich = Definition.model_validate(
        definition().model_dump(mode="json", by_alias=True)
        | {
            "endings": [
                {
                    "id": "e1",
                    "title": {L: "谢谢"},
                    "when": {"of": "event.amount", "is": "above", "than": 1e13},
                }
            ]
        }
    )
    assert "10000000000000" in in_words(rich.endings[0].when, rich, L)


def test_an_unfinished_row_is_no_mistake_before_it_is_sent(author: Author) -> None:
    path = "/when/page.p2.show"
    fields: dict[str, Any] = {
        "join": "all",
        "g0-join": "all",
        "g0-r0-of": "nps_1",
        "g0-r0-is": "at_most",
        "g0-r0-than": "sechs",
    }
    late = author.post(path, script=True, **fields)
    assert late.status_code == 200
    assert "请填写数字，改好会自动保存" in late.get_data(as_text=True)
    for value, why in (
        ("", "还没写完，写完会自动保存"),
        ("99", "这道题的回答在 0 到 10 之间，改好会自动保存"),
    ):
        page = author.post(path, script=True, **(fields | {"g0-r0-than": value})).get_data(as_text=True)
        assert why in page
    assert author.draft["pages"][1]["show"] == {"of": "nps_1", "is": "at_most", "than": 8}
    assert author.post(path, **fields, do="save").status_code == 422
    assert author.post(path, script=True, **(fields | {"g0-r0-than": "5"})).status_code == 200
    assert author.draft["pages"][1]["show"]["than"] == 5


@pytest.mark.parametrize(
    "where", ["question.none.show", "page.p1.jumps.0", "survey.title", "option.nps_1.o1.show", "x"]
)
def test_there_are_conditions_only_where_something_can_be_decided(author: Author, where: str) -> None:
    assert author.client.get(f"{author.home}/when/{where}").status_code == 404


@pytest.mark.parametrize(
    ("where", "offered"),
    [
        ("question.csat.show", {"nps", "sent"}),
        ("page.p1.jumps.0", {"nps", "csat", "sent"}),
        ("page.p1.sets.0", {"nps", "csat", "sent"}),
        ("page.p2.show", {"nps", "csat", "sent"}),
        ("ending.end_1.when", {"nps", "csat", "why", "sent"}),
    ],
)
def test_only_what_is_answered_by_then_is_offered(
    session: Session, login: Callable[..., FlaskClient], where: str, offered: set[str]
) -> None:
    def asked(kind: str, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"type": kind, "id": name, "title": {L: name}} | more

    document = {
        "title": {L: "回访"},
        "variables": [{"id": "points"}],
        "pages": [
            {
                "id": "p1",
                "questions": [asked("nps", "nps", low={L: "不会"}, high={L: "会"}), asked("csat", "csat")],
                "jumps": [{"to": "end"}],
                "sets": [{"variable": "points", "value": 1}],
            },
            {"id": "p2", "questions": [asked("words", "why"), asked("hidden", "sent", parameter="sent")]},
        ],
        "endings": [{"id": "end_1", "title": {L: "谢谢"}}],
    }
    staff = factories.make_staff(session, role=Role.CX_MANAGER)
    version = authoring.create_survey(
        session, name="回访", definition=Definition.model_validate(document), staff_id=staff.id
    )
    page = Author(session, login(staff=staff), staff, version).get(f"/when/{where}")
    found = set(re.findall(r'<option value="(\w+)"', page))
    assert found & {"nps", "csat", "why", "sent"} == offered


def test_a_stored_condition_that_looks_ahead_is_shown_by_title_and_not_lost(author: Author) -> None:
    fields: dict[str, Any] = {"join": "all", "g0-join": "all", "g0-r0-of": "csat_1"}
    fields |= {"g0-r0-is": "below", "g0-r0-than": "3"}
    author.post("/when/question.nps_1.show", do="save", **fields)
    page = author.get("/when/question.nps_1.show")
    chosen = re.findall(r'<option value="csat_1" selected>(.*?)</option>', page)
    assert len(chosen) == 1
    assert chosen[0].endswith("（那时还没有答到）")


def test_places_are_offered_and_told_by_name() -> None:
    asked = {"type": "cascader", "id": "home", "title": {L: "您在哪里？"}, "source": "places", "levels": 2}
    why = {"type": "words", "id": "why", "title": {L: "为什么？"}}
    why["show"] = {"of": "home", "is": "includes", "than": "330100"}
    document = Definition.model_validate({"title": {L: "回访"}, "questions": [asked, why]})
    target = next(one for one in conditions.targets(document, L) if one.ref == "home")
    assert ("330000", "浙江省") in target.options
    assert ("330100", "浙江省 杭州市") in target.options
    assert in_words(document.by_id["why"].show, document, L) == "“您在哪里？”选了“杭州市”"


def test_a_condition_on_a_later_question_is_named_by_the_check(author: Author) -> None:
    fields: dict[str, Any] = {"join": "all", "g0-join": "all", "g0-r0-of": "csat_1"}
    fields |= {"g0-r0-is": "below", "g0-r0-than": "3"}
    author.post(
        "/when/question.nps_1.show",
        do="save",
        **fields,
    )
    page = author.get("/check")
    assert "必须解决" in page
    assert f'href="{author.home}/questions/nps_1"' in page


def test_the_phone_shows_the_page_in_hand_whatever_the_logic_says(author: Author) -> None:
    page = author.get("/preview?page=p2")
    assert "您对这次服务满意吗？" in page
    assert "您好" not in page
    answer = author.client.get(author.home + "/preview?question=nps_1")
    assert "您好" in answer.get_data(as_text=True)
    assert "X-Frame-Options" not in answer.headers
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert author.client.get(author.home).headers["X-Frame-Options"] == "DENY"
    assert author.client.get(author.home + "/preview?page=none").status_code == 404


def test_the_phone_shows_endings_languages_and_empty_pages(author: Author) -> None:
    assert "谢谢" in author.get("/preview?ending=end_1")
    assert "Claim follow-up" in author.get("/preview?page=p1&lang=en")
    author.arrange("add", "page:p2")
    assert "这一页还没有问题" in author.get("/preview?page=p3")


def test_a_walk_through_the_draft_follows_the_logic_and_stores_nothing(
    session: Session, author: Author
) -> None:
    def on(page: str, **answers: str) -> str:
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        hidden["_earlier"] = hidden["_earlier"].replace("&#34;", '"')
        return author.client.post(author.home + "/try", data=hidden | answers).get_data(as_text=True)

    first = author.get("/try")
    assert "您有多大可能" in first
    missing = on(first, _go="next")
    assert "您有多大可能" in missing
    second = on(first, nps_1="3", choices_1="o1", _go="next")
    assert "您对这次服务满意吗？" in second
    back = on(second, _go="back")
    assert re.search(r'value="3"[^>]*checked', back)
    assert "谢谢" in on(second, csat_1="5", _go="send")
    assert "您对这次服务满意吗？" not in on(first, nps_1="10", _go="next")
    assert session.scalar(select(func.count(Response.id))) == 0


def test_a_picture_is_what_its_header_says() -> None:
    found = images.look(png(300, 20))
    assert (found.media_type, found.width, found.height) == ("image/png", 300, 20)
    jpeg = (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xc0\x00\x11\x08\x00\x20\x00\x40\x03"
        + b"\0" * 20
    )
    assert images.look(jpeg) == images.Picture("image/jpeg", 64, 32)
    for chunk in (
        b"VP8 " + b"\0" * 7 + b"\x9d\x01\x2a\x40\x00\x20\x00",
        b"VP8X" + b"\0" * 8 + b"\x3f\x00\x00\x1f\x00\x00",
        b"VP8L" + b"\0" * 4 + b"\x2f\x3f\xc0\x07\x00",
    ):
        assert images.look(b"RIFF\0\0\0\0WEBP" + chunk) == images.Picture("image/webp", 64, 32)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + b"\0" * 40,
        b"<svg/>",
        png()[:18],
        b"\xff\xd8\xff\xe0\x00\x10",
        png(5000, 10),
        png(0, 10),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused(data: bytes) -> None:
    with pytest.raises(images.UnfitImageError):
        images.look(data)


@given(
    st.binary(max_size=64),
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8X", b""]),
)
def test_no_bytes_break_the_look_at_a_picture(rest: bytes, start: bytes) -> None:
    with suppress(images.UnfitImageError):
        assert images.look(start + rest).width > 0
