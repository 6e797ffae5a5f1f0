"""Writing a survey as people do it: typing, keys, mouse, finger; with scripts and without.

Every panel fits, is quiet and open to all; what is written is on the phone a moment later and survives anything.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from app.demo import factories
from core import db
from grid.rules import Role
from surveys.models import SurveyVersion
from surveys.rules.definition import Definition
from surveys.rules.editing import blanks
from surveys.services import authoring
from tests.browser.conftest import Look
from tests.browser.eyes import Eyes

pytestmark = pytest.mark.browser

L = "zh-Hans"
PHONE, DESK, WIDE = 375, 1280, 1680
KINDS = [kind for kind in blanks.TITLES if kind != "image_choice"]
PANELS = [
    "", "/look", "/languages", "/languages/en", "/variables", "/pages/p1", "/pages/p1/new", "/check",
    "/questions/choices_1", "/endings/end_1", "/when/page.p2.show", "/when/question.nps_1.show",
]  # fmt: skip


def said(words: str) -> dict[str, str]:
    return {L: words}


def claim() -> Definition:
    first = [blanks.question(kind, f"{kind}_1", L) for kind in ("nps", "choices", "words")]
    return Definition.model_validate(
        {
            "title": {L: "理赔回访", "en": "Claim follow-up"},
            "intro": said("您好，大约需要 1 分钟。"),
            "pages": [
                {"id": "p1", "questions": first, "jumps": [{"to": "end", "ending": "end_1"}],
                 "sets": [{"variable": "total", "op": "add", "value": {"of": "nps_1"}}]},
                {"id": "p2", "title": said("关于这次查勘"), "questions": [blanks.question("csat", "csat_1", L)],
                 "show": {"any": [{"of": "nps_1", "is": "at_most", "than": 8},
                                  {"all": [{"of": "choices_1", "is": "includes_any", "than": ["o1", "o2"]},
                                           {"of": "event.product", "is": "equals", "than": "车险"}]}]}},
            ],
            "variables": [{"id": "total", "kind": "number", "start": 0}],
            "endings": [{"id": "end_1", "title": said("谢谢您")}],
        }
    )  # fmt: skip


def everything() -> Definition:
    questions = [blanks.question(kind, f"{kind}_1", L) for kind in KINDS]
    return Definition.model_validate(
        {"title": said("全部题型"), "pages": [{"id": "p1", "questions": questions}]}
    )


@pytest.fixture(scope="module")
def author(own_database: str) -> int:
    """A CX manager who writes surveys, and a colleague."""
    with db.transaction() as session:
        factories.make_staff(session, login="colleague", role=Role.CX_MANAGER, name="王芳")
        return factories.make_staff(session, login="author", role=Role.CX_MANAGER, name="李明").id


def survey(author: int, definition: Definition) -> str:
    with db.transaction() as session:
        version = authoring.create_survey(session, name="理赔回访", definition=definition, staff_id=author)
        return f"/surveys/{version.survey_id}/edit"


@pytest.fixture
def home(author: int) -> str:
    return survey(author, claim())


@pytest.fixture(scope="module")
def rich(author: int) -> dict[str, str]:
    return {"claim": survey(author, claim()), "kinds": survey(author, everything())}


@pytest.fixture(scope="module")
def windows(look: Look, author: int) -> Iterator[dict[tuple[int, bool], Eyes]]:
    opened: dict[tuple[int, bool], Eyes] = {}
    yield opened
    for eyes in opened.values():
        eyes.page.context.close()


@pytest.fixture
def window(windows: dict[tuple[int, bool], Eyes], look: Look) -> Look:
    def of(width: int, *, script: bool = True) -> Eyes:
        if (width, script) not in windows:
            windows[width, script] = look(width, login="author", script=script)
        return windows[width, script]

    return of


def draft(home: str) -> dict[str, Any]:
    with db.reading() as session:
        survey_id = int(home.split("/")[2])
        found = session.query(SurveyVersion).filter_by(survey_id=survey_id).one()
        return dict(found.definition)


def saved(page: Page, revision: int) -> None:
    """Wait until the draft on the screen is the one of this revision."""
    expect(page.locator("#editor-bar")).to_have_attribute("data-revision", str(revision))


def ordered(page: Page, *names: str) -> None:
    """Wait until the outline shows these questions in this order."""
    questions = page.locator("[data-question]")
    expect(questions).to_have_count(len(names))
    for at, name in enumerate(names):
        expect(questions.nth(at)).to_have_attribute("data-question", name)


def drag(page: Page, handle: Locator, target: Locator, *, below: bool = False) -> None:
    handle.scroll_into_view_if_needed()
    start, end = handle.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + 20, end["y"] + (end["height"] - 2 if below else 2), steps=6)
    page.mouse.up()


@pytest.mark.parametrize("width", [PHONE, DESK, WIDE])
def test_every_panel_fits_is_quiet_and_open_to_all(window: Look, rich: dict[str, str], width: int) -> None:
    eyes = window(width)
    for path in PANELS:
        eyes.open(rich["claim"] + path)
        assert (path, eyes.faults()) == (path, [])


def test_the_form_of_every_kind_fits_is_quiet_and_open_to_all(window: Look, rich: dict[str, str]) -> None:
    eyes = window(PHONE)
    for kind in KINDS:
        eyes.open(f"{rich['kinds']}/questions/{kind}_1")
        assert (kind, eyes.faults()) == (kind, [])


def test_without_scripts_every_panel_fits_and_is_quiet(window: Look, rich: dict[str, str]) -> None:
    eyes = window(PHONE, script=False)
    for path in PANELS:
        eyes.open(rich["claim"] + path)
        assert (path, eyes.faults(axe=False)) == (path, [])


def test_what_is_typed_is_saved_and_on_the_phone_a_moment_later(window: Look, home: str) -> None:
    eyes = window(DESK)
    page = eyes.page
    eyes.open(f"{home}/questions/nps_1")
    page.get_by_label("题目").fill("您会把我们推荐给家人吗？")
    expect(page.locator("#editor-state")).to_contain_text("稍后自动保存")
    expect(page.locator("#editor-state")).to_contain_text("已自动保存")
    saved(page, 1)
    expect(page.get_by_label("题目")).to_be_focused()
    expect(page.locator("#o-nps_1")).to_contain_text("您会把我们推荐给家人吗？")
    expect(page.frame_locator("#phone-page").locator("#q-nps_1")).to_contain_text("推荐给家人")
    page.reload()
    expect(page.get_by_label("题目")).to_have_value("您会把我们推荐给家人吗？")
    assert eyes.faults() == []


def test_a_mistake_stands_beside_its_field_while_the_words_stay(window: Look, home: str) -> None:
    eyes = window(DESK)
    page = eyes.page
    eyes.open(f"{home}/questions/nps_1")
    low = page.get_by_label("0 分旁的文字", exact=True)
    low.fill("")
    expect(page.locator("#low-late")).to_have_text("请填写这一项")
    expect(low).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#editor-state")).to_contain_text("还没有保存")
    assert eyes.faults() == []
    low.fill("绝不推荐")
    saved(page, 1)
    expect(page.locator("#low-late")).to_have_count(0)
    assert not low.get_attribute("aria-invalid")


def test_a_question_is_added_from_the_picker(window: Look, home: str) -> None:
    eyes = window(DESK)
    page = eyes.page
    eyes.open(f"{home}/questions/nps_1")
    page.get_by_role("link", name="在此题后添加问题").click()
    page.get_by_role("button", name="满意度 CSAT").click()
    saved(page, 1)
    ordered(page, "nps_1", "csat_2", "choices_1", "words_1", "csat_1")
    expect(page).to_have_url(f"{eyes.home}{home}/questions/csat_2")
    page.go_back()
    expect(page.locator(".picker").first).to_be_visible()
    assert eyes.faults() == []


def test_questions_are_put_in_order_by_keys_and_said_aloud(window: Look, home: str) -> None:
    eyes = window(DESK)
    page = eyes.page
    eyes.open(home)
    link = page.locator("#o-words_1")
    link.focus()
    page.keyboard.press("Alt+ArrowUp")
    saved(page, 1)
    ordered(page, "nps_1", "words_1", "choices_1", "csat_1")
    expect(link).to_be_focused()
    expect(page.locator("#editor-said")).to_contain_text("已移动")
    page.keyboard.press("Alt+ArrowDown")
    saved(page, 2)
    page.keyboard.press("Control+z")
    saved(page, 3)
    ordered(page, "nps_1", "words_1", "choices_1", "csat_1")
    page.keyboard.press("Control+Shift+z")
    saved(page, 4)
    ordered(page, "nps_1", "choices_1", "words_1", "csat_1")
    assert eyes.faults() == []


def test_questions_pages_and_options_are_dragged(window: Look, home: str) -> None:
    eyes = window(DESK)
    page = eyes.page
    eyes.open(f"{home}/questions/choices_1")
    drag(page, page.locator("[data-question=csat_1] [data-handle]"), page.locator("[data-question=nps_1]"))
    saved(page, 1)
    ordered(page, "csat_1", "nps_1", "choices_1", "words_1")
    drag(page, page.locator("[data-page=p2] > .outline-row [data-handle]"), page.locator("[data-page=p1]"))
    saved(page, 2)
    assert [one["id"] for one in draft(home)["pages"]] == ["p2", "p1"]
    page.locator("#o-choices_1").click()
    expect(page.locator("[data-line]")).to_have_count(3)
    drag(page, page.locator("[data-line=o3] [data-handle]"), page.locator("[data-line=o1]"))
    saved(page, 3)
    expect(page.locator("[data-line-text]").first).to_have_value("选项三")
    page.mouse.move(0, 0)
    assert eyes.faults() == []


def test_options_are_added_and_moved_without_leaving_the_keyboard(window: Look, home: str) -> None:
    eyes = window(DESK)
    page = eyes.page
    eyes.open(f"{home}/questions/choices_1")
    page.locator("#add-options").focus()
    page.keyboard.press("Enter")
    saved(page, 1)
    last = page.locator("[data-line=o4] [data-line-text]")
    last.fill("材料太多")
    saved(page, 2)
    last.press("Alt+ArrowUp")
    saved(page, 3)
    expect(last).to_be_focused()
    values = page.locator("[data-line-text]").evaluate_all("all => all.map((one) => one.value)")
    assert values == ["选项一", "选项二", "材料太多", "选项三"]
    expect(page.frame_locator("#phone-page").locator("#q-choices_1")).to_contain_text("材料太多")


def test_what_was_just_typed_is_not_lost_by_going_on_at_once(window: Look, home: str) -> None:
    eyes = window(DESK)
    page = eyes.page
    eyes.open(f"{home}/questions/nps_1")
    page.get_by_label("题目").fill("还没来得及保存")
    page.locator("#o-choices_1").click()
    expect(page.locator("#o-nps_1")).to_contain_text("还没来得及保存")
    expect(page.locator("#panel code").first).to_have_text("choices_1")
    page.get_by_label("题目").fill("立刻复制")
    page.locator("#arrange-copy").click()
    saved(page, 3)
    ordered(page, "nps_1", "choices_1", "choices_2", "words_1", "csat_1")
    expect(page.locator("#o-choices_2")).to_contain_text("立刻复制")


def test_a_condition_is_built_in_plain_words(window: Look, home: str) -> None:
    eyes = window(DESK)
    page = eyes.page
    eyes.open(f"{home}/questions/words_1")
    page.get_by_role("link", name="设置条件 显示").click()
    page.get_by_label("看什么").select_option("choices_1")
    page.get_by_label("哪个选项").select_option(label="选项二")
    saved(page, 1)
    page.get_by_role("button", name="再加一条").click()
    page.get_by_label("看什么").nth(1).select_option("nps_1")
    page.get_by_label("值").fill("6")
    saved(page, 2)
    expect(page.locator("#condition-words")).to_contain_text("选了“选项二”，并且")
    assert eyes.faults() == []
    page.get_by_role("link", name="返回").click()
    expect(page.get_by_role("link", name="修改条件 显示")).to_be_visible()


def test_a_pale_colour_is_refused_and_its_contrast_is_told_while_choosing(window: Look, home: str) -> None:
    eyes = window(DESK)
    page = eyes.page
    eyes.open(f"{home}/look")
    page.get_by_label("主色").fill("#ffcc00")
    expect(page.locator("#contrast")).to_contain_text("1.5 : 1")
    expect(page.locator("[data-late-error=accent]")).to_contain_text("至少要 4.5 : 1")
    page.get_by_role("button", name="枣红").click()
    saved(page, 1)
    expect(page.locator("#contrast")).to_contain_text("看得清")
    expect(page.locator("[data-late-error]")).to_have_count(0)
    send = page.frame_locator("#phone-page").locator(".send")
    expect(send).to_have_css("background-color", "rgb(138, 31, 43)")
    assert eyes.faults() == []


def test_two_people_do_not_write_over_each_other(window: Look, look: Look, home: str) -> None:
    mine = window(DESK)
    mine.open(f"{home}/questions/nps_1")
    mine.page.get_by_label("题目").fill("李明写的")
    saved(mine.page, 1)
    with look(DESK, login="colleague") as other:
        other.open(f"{home}/questions/nps_1")
        expect(other.page.get_by_text("李明 正在编辑这份问卷")).to_be_visible()
        other.page.get_by_role("button", name="接管编辑").click()
        expect(other.page.get_by_text("现在由您编辑")).to_be_visible()
        other.page.get_by_label("题目").fill("王芳写的")
        saved(other.page, 2)
    mine.page.get_by_label("题目").fill("李明又写的")
    expect(mine.page.get_by_role("alert")).to_contain_text("王芳")
    expect(mine.page.get_by_label("题目")).to_have_value("李明又写的")
    assert draft(home)["pages"][0]["questions"][0]["title"] == said("王芳写的")
    assert mine.faults() == []


def test_writing_goes_on_when_the_network_was_gone(window: Look, home: str) -> None:
    eyes = window(DESK)
    page = eyes.page
    eyes.open(f"{home}/questions/nps_1")
    page.context.set_offline(True)
    page.get_by_label("题目").fill("断网时写的")
    expect(page.locator("#editor-state")).to_contain_text("没有连上")
    page.context.set_offline(False)
    saved(page, 1)
    expect(page.locator("#editor-state")).to_contain_text("已自动保存")
    eyes.faults(axe=False)  # the browser itself complains of the lost network


def test_one_part_at_a_time_on_a_phone(window: Look, home: str) -> None:
    eyes = window(PHONE)
    page = eyes.page
    eyes.open(f"{home}/questions/nps_1")
    expect(page.locator("#phone")).to_be_hidden()
    page.get_by_role("link", name="预览", exact=True).click()
    expect(page.frame_locator("#phone-page").locator("#q-nps_1")).to_be_visible()
    assert eyes.faults() == []
    page.get_by_role("link", name="目录", exact=True).click()
    expect(page.locator("#o-words_1")).to_be_visible()
    assert eyes.faults() == []
    page.locator("#o-words_1").click()
    expect(page.get_by_label("题目")).to_have_value("您还有什么想告诉我们的？")


def test_a_survey_is_written_without_scripts(window: Look, home: str) -> None:
    eyes = window(DESK, script=False)
    page = eyes.page
    eyes.open(f"{home}/pages/p1/new")
    page.get_by_role("button", name="文字", exact=False).first.click()
    page.get_by_label("题目").fill("没有脚本也能写")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#o-words_2")).to_contain_text("没有脚本也能写")
    page.get_by_role("button", name="上移").first.click()
    ordered(page, "nps_1", "choices_1", "words_2", "words_1", "csat_1")
    page.get_by_role("button", name="撤销").click()
    ordered(page, "nps_1", "choices_1", "words_1", "words_2", "csat_1")
    assert eyes.faults(axe=False) == []


def test_the_draft_can_be_answered_as_customers_will(window: Look, home: str) -> None:
    eyes = window(PHONE)
    page = eyes.page
    eyes.open(f"{home}/try")
    page.locator("#nps_1-3").check()
    page.locator(".send").click()
    expect(page.locator("h1")).to_contain_text("谢谢您")
    assert eyes.faults() == []
