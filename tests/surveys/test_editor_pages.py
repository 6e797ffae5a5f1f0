"""The editor without a browser: every panel, every way of saving, what it refuses and what it says then."""

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.demo import factories
from core import clock
from core.models import AuditEntry
from grid.rules import Role
from surveys.models import SurveyImage, SurveyLock
from surveys.rules.checking import faults
from surveys.rules.definition import Definition
from surveys.rules.editing import blanks
from surveys.services import authoring, images
from tests.surveys.desk import Author, L, definition, png

KINDS = [kind for kind in blanks.TITLES if kind != "image_choice"]
Login = Callable[..., FlaskClient]


@pytest.fixture
def author(session: Session, login: Login) -> Author:
    staff = factories.make_staff(session, role=Role.CX_MANAGER)
    version = authoring.create_survey(session, name="理赔回访", definition=definition(), staff_id=staff.id)
    return Author(session, login(staff=staff), staff, version)


PANELS = [
    "", "/look", "/languages", "/languages/en", "/variables", "/pages/p1", "/pages/p1/new?after=nps_1",
    "/questions/choices_1", "/endings/end_1", "/check", "/when/question.nps_1.show", "/when/question.nps_1.require",
    "/when/option.choices_1.o1.show", "/when/page.p2.show", "/when/ending.end_1.when",
]  # fmt: skip


@pytest.mark.parametrize("path", PANELS)
def test_every_panel_comes_whole_and_in_parts(author: Author, path: str) -> None:
    whole = author.get(path)
    assert whole.count("<h1>") == 1
    parts = author.client.get(author.home + path, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<html" not in parts
    assert 'id="outline"' in parts
    assert 'hx-swap-oob="true"' in parts


def test_the_example_of_a_quotation_is_one_that_the_check_lets_pass(author: Author) -> None:
    # Nothing comes before the first question; a text of the insurer's own gives no answer to be quoted.
    assert re.findall(r"<code>\{\{(\w+)\}\}</code>", author.get("/questions/nps_1")) == []
    author.post("/pages/p1/new", kind="section", after="words_1")
    for question, example in (("choices_1", "nps_1"), ("words_1", "choices_1"), ("csat_1", "words_1")):
        page = author.get(f"/questions/{question}")
        assert re.findall(r"<code>\{\{(\w+)\}\}</code>", page) == [example]
        fields = author.form(f"/questions/{question}")
        fields["title"] = f"您刚才说“{{{{{example}}}}}”，为什么？"
        author.post(f"/questions/{question}", **fields, do="save")
        assert author.question(question)["title"][L] == fields["title"]
    found = faults(Definition.model_validate(author.draft))
    assert {fault.code for fault in found}.isdisjoint({"later", "unknown", "pipe"})


def test_only_authors_come_in(session: Session, author: Author, login: Login) -> None:
    author.client.get("/logout")
    analyst = login(Role.ANALYST)
    assert analyst.get(author.home).status_code == 403


def test_without_a_draft_the_way_leads_to_the_survey(session: Session, author: Author) -> None:
    home = f"/surveys/{factories.published(session).survey_id}"
    answer = author.client.get(f"{home}/edit")
    assert (answer.status_code, answer.location) == (302, home)
    late = author.client.post(f"{home}/edit", headers={"HX-Request": "true"})
    assert late.headers["HX-Redirect"] == home
    assert author.client.get("/surveys/999999/edit").status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_that_is_sent_as_it_came_changes_nothing(author: Author, kind: str) -> None:
    added = author.post("/pages/p2/new", kind=kind)
    assert added.status_code == 303
    question_id = author.questions()[-1]
    before, revision = author.question(question_id), author.revision
    answer = author.post(f"/questions/{question_id}", **author.form(f"/questions/{question_id}"), do="save")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    stated = {
        name: value for name, value in author.question(question_id).items() if before.get(name) != value
    }
    assert stated == {}
    assert author.revision == revision


def test_words_are_saved_while_somebody_writes_and_the_form_stays(author: Author) -> None:
    fields = author.form("/questions/nps_1") | {"title": "您会推荐我们吗？", "hint": "请选一个分数"}
    answer = author.post("/questions/nps_1", script=True, **fields)
    assert answer.status_code == 200
    assert answer.headers["HX-Reswap"] == "none"
    assert answer.headers["X-Draft-Revision"] == "1"
    body = answer.get_data(as_text=True)
    assert "您会推荐我们吗？" in body
    assert 'name="title"' not in body
    assert "已自动保存" in body
    assert author.question("nps_1")["title"] == {L: "您会推荐我们吗？"}
    assert author.question("nps_1")["hint"] == {L: "请选一个分数"}


def test_translations_of_other_texts_stay_when_the_original_changes(author: Author) -> None:
    author.post("", **(author.form("") | {"title": "车险理赔回访"}), do="save")
    assert author.draft["title"] == {L: "车险理赔回访", "en": "Claim follow-up"}


def test_a_text_left_empty_comes_back_with_its_mistake_and_all_values(author: Author) -> None:
    fields = author.form("/questions/nps_1") | {"title": " ", "low": "绝不"}
    answer = author.post("/questions/nps_1", **fields, do="save")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "请填写这一项" in page
    assert 'value="绝不"' in page
    late = author.post("/questions/nps_1", script=True, **fields)
    assert late.status_code == 422
    assert '<li data-field="title">请填写这一项</li>' in late.get_data(as_text=True)
    assert author.revision == 0


def test_options_are_added_moved_pasted_and_removed(author: Author) -> None:
    def press(do: str, **more: str) -> list[str]:
        answer = author.post("/questions/choices_1", **(author.form("/questions/choices_1") | more), do=do)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return [option["id"] for option in author.question("choices_1")["options"]]

    assert press("add:options") == ["o1", "o2", "o3", "o4"]
    assert press("up:o4", **{"options-3-label": "材料太多", "options-3-points": "-2.5"}) == [
        "o1",
        "o2",
        "o4",
        "o3",
    ]
    assert author.question("choices_1")["options"][2] == {
        "id": "o4", "label": {L: "材料太多"}, "points": -2.5, "exclusive": False, "call_back": False,
    }  # fmt: skip
    assert press("move:o4:0") == ["o4", "o1", "o2", "o3"]
    assert press("remove:o4") == ["o1", "o2", "o3"]
    assert press("paste:options", **{"paste-options": "理赔慢\n态度差"}) == ["o1", "o2", "o3", "o5", "o6"]


def test_an_option_can_ask_for_a_call_where_it_is_a_choice(author: Author) -> None:
    fields = author.form("/questions/choices_1") | {"options-0-call_back": "y"}
    author.post("/questions/choices_1", **fields, do="save")
    assert [option.get("call_back") for option in author.question("choices_1")["options"]][:2] == [
        True,
        False,
    ]
    assert "希望回电" in author.get("/questions/choices_1")
    author.post("/pages/p1/new", kind="ranking", after="words_1")
    ranking = next(one for one in author.questions() if one.startswith("ranking"))
    assert "call_back" not in author.get(f"/questions/{ranking}")


def test_questions_are_moved_copied_removed_and_brought_back(author: Author) -> None:
    author.arrange("down", "question:nps_1")
    assert author.questions() == ["choices_1", "nps_1", "words_1", "csat_1"]
    author.arrange("move", "question:nps_1", page="p2", index=1)
    assert author.questions() == ["choices_1", "words_1", "csat_1", "nps_1"]
    author.arrange("duplicate", "question:csat_1")
    assert author.questions() == ["choices_1", "words_1", "csat_1", "csat_2", "nps_1"]
    answer = author.arrange("remove", "question:nps_1")
    assert answer.status_code == 303
    assert "用到它的地方也一并去掉：第 2 页的条件" in author.get()
    assert "show" not in author.draft["pages"][1]
    author.post("/undo", here=f"{author.home}/questions/nps_1")
    assert author.questions()[-1] == "nps_1"
    assert author.draft["pages"][1]["show"] == {"of": "nps_1", "is": "at_most", "than": 8}
    author.post("/redo")
    assert "nps_1" not in author.questions()


def test_the_id_of_a_removed_question_is_not_given_again(author: Author) -> None:
    author.post("/pages/p1/new", kind="words")
    author.arrange("remove", "question:words_2")
    author.post("/pages/p1/new", kind="words")
    assert "words_3" in author.questions()


def test_pages_and_endings_come_and_go(author: Author) -> None:
    author.arrange("add", "page:p1")
    assert [page["id"] for page in author.draft["pages"]] == ["p1", "p3", "p2"]
    author.arrange("up", "page:p2")
    author.arrange("remove", "page:p3")
    assert [page["id"] for page in author.draft["pages"]] == ["p1", "p2"]
    author.arrange("add", "ending:")
    author.arrange("up", "ending:end_2")
    assert [ending["id"] for ending in author.draft["endings"]] == ["end_2", "end_1"]
    author.arrange("remove", "page:p2")
    author.arrange("remove", "page:p1")
    assert "问卷至少要有一页" in author.get()


def test_a_step_that_is_none_says_so(author: Author) -> None:
    author.post("/undo")
    assert "没有可以撤销的改动了" in author.get()


def test_whoever_comes_too_late_is_told_and_nothing_is_lost(author: Author) -> None:
    fields = author.form("/questions/nps_1")
    author.arrange("duplicate", "question:csat_1")
    stale = fields | {"title": "我的改动", "revision": "0"}
    answer = author.post("/questions/nps_1", **stale, do="save")
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "请先载入最新内容" in page
    assert "我的改动" in page
    again = author.post("/questions/nps_1", script=True, **stale)
    assert again.status_code == 422
    assert again.headers["X-Draft-Revision"] == "0"
    assert author.question("nps_1")["title"] == {L: blanks.TITLES["nps"]}


def test_somebody_else_at_work_is_seen_and_can_be_relieved(session: Session, author: Author) -> None:
    other = factories.make_staff(session, role=Role.CX_MANAGER, name="王芳")
    authoring.take_lock(session, survey_id=author.version.survey_id, staff_id=other.id)
    assert "王芳 正在编辑这份问卷" in author.get()
    refused = author.arrange("duplicate", "question:csat_1")
    assert refused.status_code == 303
    assert "王芳 正在编辑" in author.post("/lock").get_data(as_text=True)
    assert author.post("/take-over", here=author.home).status_code == 303
    assert author.post("/lock").status_code == 204
    assert author.arrange("duplicate", "question:csat_1").status_code == 303
    assert "csat_2" in author.questions()
    assert session.scalars(select(SurveyLock.staff_id)).one() == author.staff.id
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "survey.take_over")).one()
    assert entry.detail == {"from": f"staff:{other.id}"}


def test_a_silent_author_is_in_nobodys_way(
    session: Session, author: Author, clock_at: clock.FixedClock
) -> None:
    other = factories.make_staff(session, role=Role.CX_MANAGER, name="王芳")
    authoring.take_lock(session, survey_id=author.version.survey_id, staff_id=other.id)
    clock_at.advance(seconds=91)
    assert "王芳" not in author.get()


def test_after_a_step_nobody_is_led_out_of_the_editor(author: Author) -> None:
    for wanted in (
        "//evil.example/edit",
        "/logout",
        f"{author.home}/../../../logout",
        f"{author.home}\\@evil",
    ):
        assert author.post("/undo", here=wanted).location == author.home
    assert author.post("/undo", here=f"{author.home}/look").location == f"{author.home}/look"


def test_a_colour_on_which_white_cannot_be_read_is_refused(author: Author) -> None:
    answer = author.post("/look", **(author.form("/look") | {"accent": "#ffcc00"}), do="save")
    assert answer.status_code == 422
    assert "对比度只有 1.5 : 1" in answer.get_data(as_text=True)
    assert (
        author.post("/look", **(author.form("/look") | {"accent": "#8A1F2B"}), do="save").status_code == 303
    )
    assert author.draft["theme"]["accent"] == "#8A1F2B"


def test_a_logo_is_what_its_bytes_say(
    session: Session, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "MOST_BYTES", 4096)

    def upload(data: bytes, name: str) -> TestResponse:
        return author.post("/logo", picture=(io.BytesIO(data), name))

    for data, name in (
        (b"<svg onload='alert(1)'/>", "logo.png"),
        (b"", "logo.png"),
        (png() + b"0" * 5000, "a.png"),
    ):
        assert upload(data, name).status_code == 422
    assert upload(png(), "logo.exe").status_code == 303
    image = session.scalars(select(SurveyImage)).one()
    assert (image.media_type, image.width, image.height) == ("image/png", 120, 40)
    assert author.draft["theme"]["logo"] == image.token
    author.post("/look", do="drop-logo")
    assert "logo" not in author.draft["theme"]


def test_a_choice_among_pictures_is_made_of_pictures(author: Author) -> None:
    assert author.post("/pages/p2/new", kind="image_choice").status_code == 422
    pictures = [(io.BytesIO(png()), "车头.png"), (io.BytesIO(png(30, 30)), "车尾.png")]
    assert author.post("/pages/p2/new", kind="image_choice", pictures=pictures).status_code == 303
    question = author.question("image_choice_1")
    assert [option["label"][L] for option in question["options"]] == ["车头", "车尾"]
    author.post("/questions/image_choice_1/pictures", pictures=[(io.BytesIO(png()), "车身.png")])
    assert len(author.question("image_choice_1")["options"]) == 3
    assert author.question("image_choice_1")["options"][0]["image"] in author.get("/questions/image_choice_1")


def test_a_thank_you_page_leads_to_hosts_of_the_insurer_only(author: Author) -> None:
    settings = author.client.application.config["SETTINGS"]
    author.client.application.config["SETTINGS"] = settings.model_copy(
        update={"huisheng_redirect_hosts": "www.anlan.example"}
    )

    def lead(address: str) -> int:
        fields = author.form("/endings/end_1") | {"redirect": address}
        return author.post("/endings/end_1", **fields, do="save").status_code

    for wrong in (
        "https://evil.example/",
        "http://www.anlan.example/",
        "https://www.anlan.example@evil.example/",
    ):
        assert lead(wrong) == 422
    assert lead("https://www.anlan.example/service") == 303
    assert author.draft["endings"][0]["redirect"] == "https://www.anlan.example/service"
    assert lead("") == 303
    assert "redirect" not in author.draft["endings"][0]


def test_jumps_and_computed_variables_are_written_without_script(author: Author) -> None:
    author.post("/pages/p1", **author.form("/pages/p1"), do="add:jumps")
    author.post("/pages/p1", **author.form("/pages/p1"), do="add:sets")
    fields = author.form("/pages/p1") | {
        "jumps-0-ending": "end_1",
        "sets-0-op": "add",
        "sets-0-value": "=nps_1",
    }
    assert author.post("/pages/p1", **fields, do="save").status_code == 303
    page = author.draft["pages"][0]
    assert page["jumps"] == [{"to": "end", "ending": "end_1"}]
    assert page["sets"] == [{"variable": "total", "op": "add", "value": {"of": "nps_1"}}]
    author.post("/pages/p1", **author.form("/pages/p1"), do="remove:jumps:0")
    assert author.draft["pages"][0]["jumps"] == []


def test_variables_are_added_begun_and_removed(author: Author) -> None:
    assert author.post("/variables", do="add", name="Bad Name", kind="number").status_code == 422
    assert author.post("/variables", do="add", name="branch", kind="text").status_code == 303
    fields = author.form("/variables") | {"variables-0-start": "5", "variables-1-start": "城西"}
    author.post("/variables", **fields, do="save")
    assert [one["start"] for one in author.draft["variables"]] == [5, "城西"]
    author.post("/variables", **author.form("/variables"), do="remove:total")
    assert [one["id"] for one in author.draft["variables"]] == ["branch"]


def test_languages_are_called_by_their_names(author: Author) -> None:
    assert '<option value="ug">ئۇيغۇرچە · 维吾尔语</option>' in author.get("/languages")
    author.post("/languages", do="add", language="ja", title="保険金のアンケート")
    page = author.get("/languages")
    assert "<strong>日本語 · 日语</strong>" in page
    assert '<option value="ja">' not in page
    assert "翻译成 日本語 · 日语" in author.get("/languages/ja")
    home = author.home.removesuffix("/edit")
    assert "日语 " in author.client.get(home).get_data(as_text=True)


def test_a_language_is_added_and_translated_side_by_side(author: Author) -> None:
    assert author.post("/languages", do="add", language="zh-Hant", title="理賠回訪").status_code == 303
    page = author.get("/languages/zh-Hant")
    assert "您有多大可能把我们推荐给亲友或同事？" in page
    fields = author.form("/languages/zh-Hant") | {"text.question.nps_1.title": "您會推薦我們嗎？"}
    assert author.post("/languages/zh-Hant", script=True, **fields).status_code == 200
    assert author.question("nps_1")["title"]["zh-Hant"] == "您會推薦我們嗎？"
    assert "已完成 2 /" in author.get("/languages")
    author.post("/languages", do="remove:zh-Hant")
    assert "zh-Hant" not in str(author.draft)


def test_too_long_and_too_large_values_are_refused_in_words(author: Author) -> None:
    fields = author.form("/questions/choices_1") | {"hint": "长" * 301, "most": "501", "least": "x"}
    answer = author.post("/questions/choices_1", **fields, do="save")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "最多 300 个字" in page
    assert "请填写 1 到 500 的整数" in page
    assert author.revision == 0
