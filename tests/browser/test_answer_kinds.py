"""The customer's page in a browser: how single kinds of question look and answer back, and what the switches keep."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Route, expect
from sqlalchemy import select

from core import clock, db
from surveys.models import AnswerFile, PrivacyNotice, SurveyImage
from tests.browser.answer_page import (
    DESK,
    GRIDS,
    IMAGE,
    NARROW,
    PHONE,
    Phones,
    asked,
    choose,
    one_page,
    options,
    png,
    press,
    stored,
)
from tests.browser.eyes import widest
from tests.chaos.house import House
from tests.surveys import open_links as made
from tests.surveys.answering import THREE_PAGES, Json, invite, nps, publish, said, words

pytestmark = pytest.mark.browser

ALONE = [*options("papers", "wait"), *options("none", exclusive=True)]
TROUBLE = asked("choices", "trouble", "什么困难？", options=ALONE, other=said("其他"))
USED = asked("matrix", "used", "用过哪些？", mode="multiple", rows=options("r1"), columns=ALONE)


@pytest.fixture(scope="module")
def house(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The web of the product alone."""
    built = House(own_database, tmp_path_factory.mktemp("house"))
    built.environment |= {"HUISHENG_BASE_URL": f"http://127.0.0.1:{built.port}", "HUISHENG_PHONE": "95500"}
    built.start("web")
    built.wait_for_web(60)
    picture = {"media_type": "image/png", "data": png(), "width": 1, "height": 1}
    with db.transaction() as session:
        session.add(SurveyImage(token=IMAGE, created_at=clock.now(), **picture))
    yield built
    built.stop()


@pytest.fixture
def phones(chromium: Browser, house: House) -> Phones:
    return Phones(chromium, house.environment["HUISHENG_BASE_URL"])


@pytest.fixture
def link(house: House) -> Callable[..., str]:
    """Publish a questionnaire and return the path of somebody's personal link to it."""

    def path(document: Json) -> str:
        with db.transaction() as session:
            _invitation, token = invite(session, document)
        return f"/s/{token}"

    return path


def test_an_answer_that_comes_alone_takes_the_others_away_and_says_so(
    phones: Phones, link: Callable[..., str]
) -> None:
    path = link(one_page(TROUBLE, USED))
    with phones.open() as eyes:
        page = eyes.page
        eyes.open(path)
        choose(page, "trouble", "papers")
        choose(page, "trouble", "other")
        page.locator('[id="trouble.other"]').fill("停车难")
        choose(page, "trouble", "none")
        expect(page.locator("#q-trouble [role=status]")).to_have_text("已选“选项none”，其他选项已取消")
        assert page.locator("#q-trouble input:checked").evaluate_all("all => all.map(one => one.value)") == [
            "none"
        ]
        choose(page, "used.r1", "none")
        choose(page, "used.r1", "wait")
        expect(page.locator("#q-used [role=status]")).to_have_text("已取消“选项none”")
        assert eyes.faults() == []
        press(page, "提交")
        page.wait_for_url("**/thanks")
    assert stored(path) == {"trouble": ["none"], "used.r1": ["wait"]}


def test_words_beside_an_answer_that_was_taken_back_are_not_sent(
    phones: Phones, link: Callable[..., str]
) -> None:
    path = link(one_page(TROUBLE))
    with phones.open() as eyes:
        eyes.open(path)
        choose(eyes.page, "trouble", "other")
        eyes.page.locator('[id="trouble.other"]').fill("停车难")
        eyes.page.locator('[id="trouble-other"]').press("Space")
        choose(eyes.page, "trouble", "wait")
        press(eyes.page, "提交")
        eyes.page.wait_for_url("**/thanks")
    assert stored(path) == {"trouble": ["wait"]}


@pytest.mark.parametrize("script", [True, False])
def test_a_ranking_gives_one_hint(phones: Phones, link: Callable[..., str], *, script: bool) -> None:
    with phones.open(script=script) as eyes:
        eyes.open(link(one_page(GRIDS[3])))
        hints = eyes.page.locator("#q-rank .hint:visible")
        touch = "请按您的看法依次点选，至少排出前 2 名；点错了可以上下移动，或者移出再选。"
        expect(hints).to_have_text([touch if script else "请至少排出前 2 名，1 排在最前。"])


@pytest.mark.parametrize("size", ["", "&large=1"])
def test_an_empty_slider_says_so_in_full(phones: Phones, link: Callable[..., str], size: str) -> None:
    fits = """(field) => {
        const pen = document.createElement("canvas").getContext("2d"), look = getComputedStyle(field);
        pen.font = look.font;
        return pen.measureText(field.placeholder).width <= field.clientWidth - 24;
    }"""
    for language in ("zh-Hans", "en"):
        with phones.open(NARROW) as eyes:
            eyes.open(f"{link(one_page(GRIDS[4]))}?lang={language}{size}")
            assert eyes.page.locator("#months").evaluate(fits)


def test_a_slider_is_an_empty_track_until_it_is_touched(phones: Phones, link: Callable[..., str]) -> None:
    path = link(one_page(GRIDS[4] | {"required": True}))
    with phones.open() as eyes:
        page = eyes.page
        eyes.open(path)
        slider, number = page.get_by_role("slider"), page.locator("#months")
        expect(slider).to_have_class("unset")
        expect(slider).to_have_attribute("aria-valuetext", "还没有选择")
        expect(number).to_have_attribute("placeholder", "还没有选择")
        press(page, "提交")
        expect(page.locator("#months-error")).to_have_text("请回答这个问题")
        assert eyes.faults() == []
        box = slider.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2)
        page.mouse.down()
        expect(number).to_have_value("6")
        page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2, steps=5)
        page.mouse.up()
        expect(number).to_have_value("18")
        expect(slider).not_to_have_class("unset")
        press(page, "清除")
        expect(slider).to_have_class("unset")
        number.fill("7")
        press(page, "提交")
        page.wait_for_url("**/thanks")
    assert stored(path) == {"months": 7}


STEPS = """() => [...document.querySelectorAll(".numbers .mrow")].map((row) => {
    const boxes = [...row.querySelectorAll(".mcell input")].map((one) => one.getBoundingClientRect());
    const words = [...row.querySelectorAll(".mcell label")].filter((one) => one.scrollWidth > one.clientWidth + 1);
    const lines = {};
    boxes.forEach((one) => { lines[Math.round(one.top)] = (lines[Math.round(one.top)] || 0) + 1; });
    const labels = [...row.querySelectorAll(".mcell label")];
    return [Object.values(lines), words.length,
            Math.min(...labels.map((one) => one.offsetWidth)), Math.min(...labels.map((one) => one.offsetHeight)),
            parseFloat(getComputedStyle(labels[0]).fontSize)];
})"""


@pytest.mark.parametrize("width", [NARROW, PHONE, DESK])
@pytest.mark.parametrize("size", ["", "?large=1"])
def test_the_steps_of_a_rated_matrix_stand_on_one_line_or_on_two_even_ones(
    phones: Phones, link: Callable[..., str], width: int, size: str
) -> None:
    rated = [
        asked("matrix", f"m{n}", "请打分", mode="rating", highest=n, rows=options("r1", "r2"))
        for n in range(2, 11)
    ]
    with phones.open(width) as eyes:
        eyes.open(link(one_page(*rated)) + size)
        found = eyes.page.evaluate(STEPS)
        assert len(found) == 18
        for place, (lines, cut, wide, high, digits) in enumerate(found):
            steps = 2 + place // 2
            even = [(steps + 1) // 2, steps // 2] if steps > 7 and width < 480 else [steps]
            assert (lines, cut) == (even, 0), steps
            assert wide >= (34 if steps == 7 else 36), steps
            assert high >= 40, steps
            assert digits >= (22 if size else 17), steps
        assert eyes.faults() == [], widest(eyes.page)


def photo(name: str, *more: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": png() + b"".join(more)}


def test_a_file_too_many_or_too_large_is_refused_at_once_and_with_its_reason(
    phones: Phones, link: Callable[..., str]
) -> None:
    path = link(one_page(asked("file", "papers", "请上传照片", most_files=2)))
    with phones.open() as eyes:
        page, lines = eyes.page, eyes.page.locator("#q-papers .files li")
        eyes.open(path)
        page.locator("#papers").set_input_files([photo("一.png"), photo("二.png"), photo("三.png")])
        expect(lines).to_have_text(["一.png 已上传删除", "二.png 已上传删除", "三.png 最多上传 2 个文件删除"])
        assert eyes.faults() == []
        page.locator("#papers").set_input_files([photo("四.png")])
        expect(lines).to_have_text(["一.png 已上传删除", "二.png 已上传删除", "四.png 最多上传 2 个文件删除"])
        press(page, "删除 一.png")
        expect(lines).to_have_text(["二.png 已上传删除"])
        page.locator("#papers").set_input_files([photo("大.png", b"0" * 12 * 1024 * 1024)])
        large = "大.png 文件太大了，每个不能超过 10 MB删除"
        expect(lines).to_have_text(["二.png 已上传删除", large])
        page.locator("#papers").set_input_files([photo("五.png")])
        expect(lines).to_have_text(["二.png 已上传删除", "五.png 已上传删除"])
        press(page, "提交")
        page.wait_for_url("**/thanks")
    with db.reading() as session:
        names = session.scalars(select(AnswerFile.name).where(AnswerFile.response_id.is_not(None)))
        assert sorted(names) == ["二.png", "五.png"]


def let_the_script_send_all(route: Route) -> None:
    """Hand out the page as if files might have any size."""
    answer = route.fetch()
    route.fulfill(
        response=answer, body=answer.text().replace('data-bytes="10485760"', 'data-bytes="99999999"')
    )


def test_the_server_itself_says_that_a_file_is_too_large(
    phones: Phones, house: House, tmp_path: Path
) -> None:
    large = tmp_path / "大.png"  # from the disk, for many megabytes are slow on their way to the browser
    with db.transaction() as session:
        version = publish(session, one_page(asked("file", "papers", "请上传照片")))
        path = f"/q/{made.make_link(session, version).slug}"
    with phones.open() as eyes:
        page, lines = eyes.page, eyes.page.locator("#q-papers .files li")
        page.route("**/q/*", let_the_script_send_all)
        said_by_server: list[int] = []
        page.on("response", lambda one: said_by_server.append(one.status) if "/files" in one.url else None)
        eyes.open(path)
        for size in (12, 40):
            large.write_bytes(b"0" * size * 1024 * 1024)
            page.locator("#papers").set_input_files(large)
            expect(lines).to_have_text(["大.png 文件太大了，每个不能超过 10 MB删除"])
        noise = photo("big.png") | {"buffer": random.Random(7).randbytes(3 * 1024 * 1024)}
        page.locator("#papers").set_input_files([noise])
        expect(lines).to_have_text(["big.png 这种文件不能上传，请换成：图片删除"])
        assert said_by_server == [413, 413, 422]


@pytest.mark.parametrize("width", [NARROW, DESK])
def test_a_choice_among_pictures_looks_whole_without_them(
    phones: Phones, link: Callable[..., str], width: int
) -> None:
    bare = options("front", "rear")
    mixed = [bare[0] | {"image": IMAGE}, bare[1]]
    asks = [
        asked("image_choice", name, "哪里受损？", options=some)
        for name, some in (("bare", bare), ("mixed", mixed))
    ]
    with phones.open(width) as eyes:
        eyes.open(link(one_page(*asks)))
        heights = eyes.page.locator("#q-mixed label").evaluate_all("all => all.map(one => one.offsetHeight)")
        assert len(set(heights)) == 1
        marks = eyes.page.locator("#q-bare label").evaluate_all(
            "all => all.map(one => getComputedStyle(one, '::before').position)"
        )
        assert marks == ["static", "static"]
        assert eyes.faults() == [], widest(eyes.page)


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("document", [one_page(nps(), words()), THREE_PAGES])
def test_language_and_size_are_switched_without_losing_what_was_typed(
    phones: Phones, link: Callable[..., str], document: Json, *, script: bool
) -> None:
    with phones.open(script=script) as eyes:
        page = eyes.page
        eyes.open(link(document))
        choose(page, "nps", "3")
        if document is not THREE_PAGES:
            page.locator("#why").fill("等了一个月")
        press(page, "大字版")
        expect(page.get_by_role("button", name="标准字号")).to_be_visible()
        assert "large" in (page.locator("html").get_attribute("class") or "")
        press(page, "English")
        expect(page.get_by_role("button", name="Normal text")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("#nps-3")).to_be_checked()
        assert "large" in (page.locator("html").get_attribute("class") or "")
        if document is not THREE_PAGES:
            expect(page.locator("#why")).to_have_value("等了一个月")
            page.locator("#nps-3").focus()
            page.keyboard.press("Enter")
            expect(page.locator("h1")).to_have_text("Thank you, we have received it")
        assert eyes.faults(axe=script) == []


def test_a_shared_device_shows_the_notice_in_place_and_still_begins_anew(phones: Phones) -> None:
    with db.transaction() as session:
        told = said("\n".join(f"第 {n} 条：我们只为改进服务使用您的回答。" for n in range(30)))
        notice = PrivacyNotice(number=91, title=said("隐私说明"), body=told, published_at=clock.now())
        session.add(notice)
        session.flush()  # the version needs its id
        version = publish(session, one_page(nps(), words()), notice_id=notice.id)
        path = f"/q/{made.make_link(session, version, kind='kiosk').slug}"
    with phones.open(DESK) as eyes:
        page = eyes.page
        page.clock.install()
        eyes.open(path)
        choose(page, "nps", "3")
        page.get_by_text("个人信息保护说明", exact=True).click()
        expect(page.get_by_text("第 29 条")).to_be_visible()
        assert eyes.faults() == []
        assert len(page.context.pages) == 1
        page.get_by_text("收起说明，回到问卷").click()
        expect(page.get_by_text("第 29 条")).to_be_hidden()
        expect(page.locator("#nps-3")).to_be_checked()
        page.get_by_text("个人信息保护说明", exact=True).click()
        with page.expect_navigation():
            page.clock.run_for(62_000)
        assert page.locator("input[name=nps]:checked").count() == 0
        expect(page.get_by_text("第 29 条")).to_be_hidden()
