"""The customer's page with the real product behind it: every kind, narrow and wide, with and without script."""

import gzip
import re
from collections.abc import Callable, Iterator
from threading import Thread
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Route, expect
from sqlalchemy.orm import Session

from core import clock, db
from surveys.models import SurveyImage
from tests.browser.answer_page import (
    DESK,
    EXPECTED,
    GRIDS,
    GROUPS,
    IMAGE,
    NARROW,
    PHONE,
    SCALES,
    WECHAT,
    WHOLE,
    Phones,
    Site,
    asked,
    choose,
    fill_choices,
    fill_grids,
    fill_scales,
    fill_words,
    one_page,
    png,
    press,
    responses,
    stored,
)  # fmt: skip
from tests.browser.eyes import widest
from tests.chaos.house import House
from tests.surveys import open_links as made
from tests.surveys.answering import Json, choice, invite, nps, said, words

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site that may frame our pages."""
    with Site() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def house(own_database: str, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The web of the product alone, with one site that may frame it."""
    built = House(own_database, tmp_path_factory.mktemp("house"))
    built.environment |= {
        "HUISHENG_BASE_URL": f"http://127.0.0.1:{built.port}",
        "HUISHENG_EMBED_HOSTS": site.host,
        "HUISHENG_PHONE": "95500",
    }
    built.start("web")
    built.wait_for_web(60)
    with db.transaction() as session:
        session.add(
            SurveyImage(
                token=IMAGE, media_type="image/png", data=png(), width=1, height=1, created_at=clock.now()
            )
        )
    yield built
    built.stop()


@pytest.fixture
def phones(chromium: Browser, house: House) -> Phones:
    return Phones(chromium, house.environment["HUISHENG_BASE_URL"])


@pytest.fixture
def link(house: House) -> Callable[..., str]:
    """Publish a questionnaire and return the path of somebody's personal link to it."""

    def path(document: Json = WHOLE) -> str:
        with db.transaction() as session:
            _invitation, token = invite(session, document)
        return f"/s/{token}"

    return path


@pytest.mark.parametrize("width", [NARROW, PHONE, DESK])
@pytest.mark.parametrize("group", GROUPS)
def test_every_kind_fits_and_is_open_to_all_before_and_after_a_mistake(
    phones: Phones, link: Callable[..., str], group: str, width: int
) -> None:
    required = [one if one["type"] == "section" else one | {"required": True} for one in GROUPS[group]]
    path = link(one_page(*required))
    for light in ("light", "dark")[: 2 if width == DESK else 1]:
        with phones.open(width, color_scheme=light) as eyes:
            eyes.open(path)
            assert eyes.faults() == [], widest(eyes.page)
            press(eyes.page, "提交")
            expect(eyes.page.locator("#mistakes")).to_be_focused()
            assert eyes.page.locator(".error").count() == sum(one["type"] != "section" for one in required)
            assert eyes.faults() == [], widest(eyes.page)
    with phones.open(width, script=False) as eyes:
        eyes.open(f"{path}?large=1")
        assert eyes.faults(axe=False) == []
        press(eyes.page, "提交")
        expect(eyes.page.locator("#mistakes a").first).to_be_visible()
        expect(eyes.page.locator("html")).to_have_class("large")
        assert eyes.faults(axe=False) == []


# The steps of a rated matrix share one line; test_answer_kinds measures them.
SMALL = """() => [...document.querySelectorAll("main label, main button, main select, main .line, main a")]
    .filter((one) => one.offsetParent && !one.closest(".sr, .trap, .numbers"))
    .filter((one) => one.nodeName !== "LABEL" || (one.previousElementSibling || one).nodeName === "INPUT")
    .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
    .filter(([, box]) => box.height < 47.5 || box.width < 47.5)
    .map(([words]) => words)"""


@pytest.mark.parametrize("group", GROUPS)
def test_whatever_is_tapped_is_large_enough_for_a_thumb(
    phones: Phones, link: Callable[..., str], group: str
) -> None:
    with phones.open(NARROW) as eyes:
        eyes.open(link(one_page(*GROUPS[group])))
        small = eyes.page.evaluate(SMALL)
        assert small == []


@pytest.mark.parametrize(("width", "script"), [(NARROW, False), (PHONE, True), (DESK, True), (DESK, False)])
def test_a_whole_questionnaire_is_answered_with_and_without_script_in_wechat(
    phones: Phones, link: Callable[..., str], width: int, *, script: bool
) -> None:
    path = link()
    with phones.open(width, script=script, user_agent=WECHAT) as eyes:
        page = eyes.page
        eyes.open(path)
        expect(page.locator("#progress")).to_have_text("第 1 页，共 4 页")
        fill_scales(page)
        press(page, "下一页")
        expect(page.locator("#progress")).to_have_text("第 2 页，共 4 页")
        press(page, "上一页")
        expect(page.locator("#nps-9")).to_be_checked()
        press(page, "下一页")
        fill_choices(page, script=script)
        press(page, "下一页")
        fill_grids(page, script=script)
        press(page, "下一页")
        fill_words(page)
        if script:
            expect(page.locator(".files li")).to_contain_text("已上传")
        press(page, "提交")
        page.wait_for_url("**/thanks")
        expect(page.locator("h1")).to_have_text("谢谢您，已收到")
        assert eyes.faults(axe=script) == []
    answers = stored(path)
    assert answers.pop("mobile")
    assert answers.pop("papers")
    assert answers == EXPECTED


def test_large_letters_stay_from_page_to_page(phones: Phones, link: Callable[..., str]) -> None:
    with phones.open() as eyes:
        eyes.open(link())
        press(eyes.page, "大字版")
        expect(eyes.page.locator("html")).to_have_class(re.compile(r"\blarge\b"))
        press(eyes.page, "下一页")
        expect(eyes.page.locator("#progress")).to_contain_text("第 2 页")
        expect(eyes.page.locator("html")).to_have_class(re.compile(r"\blarge\b"))


def test_a_link_in_the_list_of_mistakes_leads_to_the_question(
    phones: Phones, link: Callable[..., str]
) -> None:
    with phones.open(script=False) as eyes:
        eyes.open(link(one_page(nps(), *SCALES[1:], words("last", required=True))))
        press(eyes.page, "提交")
        eyes.page.locator("#mistakes a").last.click()
        expect(eyes.page.locator("#q-last")).to_be_in_viewport()
        expect(eyes.page.locator("#last")).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("script", [True, False])
def test_a_called_up_question_is_announced_and_in_sight(
    phones: Phones, link: Callable[..., str], *, script: bool, several: bool
) -> None:
    called_up = words(show={"of": "nps", "is": "at_most", "than": 6})
    asks = [nps(), choice("way", "a", "b", "c", "d", "e"), called_up]
    pages = [{"id": "p1", "questions": asks}, {"id": "p2", "questions": [words("last")]}]
    path = link({"title": said("两页"), "pages": pages} if several else one_page(*asks))
    with phones.open(script=script) as eyes:
        page = eyes.page
        eyes.open(path)
        choose(page, "nps", "3")
        choose(page, "way", "b")
        press(page, "下一页" if several else "提交")
        expect(page.get_by_role("status").first).to_contain_text("下面多了一个问题")
        expect(page.locator("#fresh")).to_be_focused()
        if not script:
            page.locator("#fresh a").click()
        expect(page.locator("#q-why")).to_be_in_viewport(ratio=0.99)
        expect(page.locator("#way-b")).to_be_checked()
        assert eyes.faults(axe=script) == []
        page.locator("#why").fill("太慢")
        press(page, "下一页" if several else "提交")
        expect(page.locator("#last" if several else "h1")).to_be_visible()
        if several:
            press(page, "提交")
        page.wait_for_url("**/thanks")
    assert stored(path) == {"nps": 3, "way": ["b"], "why": "太慢"}


@pytest.mark.parametrize("width", [NARROW, DESK])
def test_the_first_load_of_twenty_questions_is_small(
    phones: Phones, link: Callable[..., str], width: int
) -> None:
    many = [
        (choice(f"q{n}", "a", "b", "c", "d"), asked("csat", f"q{n}", "您对这一环节满意吗？"), words(f"q{n}"))[
            n % 3
        ]
        for n in range(19)
    ]
    theme = {"accent": "#a3323b", "shape": "plain"}
    loaded: list[str] = []
    with phones.open(width) as eyes:
        eyes.page.on("request", lambda request: loaded.append(request.url))
        eyes.open(link(one_page(*many, nps("last"), theme=theme)))
        assert eyes.faults(axe=False) == []
    with_icon = [url for url in loaded if not url.startswith("data:")]
    assert len(with_icon) <= 6
    assert sum(len(gzip.compress(urlopen(url).read())) for url in with_icon) < 20_000  # noqa: S310 - our own house


def test_a_double_click_sends_once(phones: Phones, link: Callable[..., str]) -> None:
    with phones.open() as eyes:
        eyes.open(link(one_page(nps())))
        choose(eyes.page, "nps", "8")
        posts: list[str] = []
        eyes.page.on(
            "request", lambda request: posts.append(request.url) if request.method == "POST" else None
        )
        before = responses()
        eyes.page.locator(".send").dblclick()
        eyes.page.wait_for_url("**/thanks")
        assert (len(posts), responses()) == (1, before + 1)


def test_without_a_network_the_answers_stay_and_go_out_later(
    phones: Phones, link: Callable[..., str]
) -> None:
    path = link(one_page(nps(), words()))
    with phones.open() as eyes:
        page = eyes.page
        eyes.open(path)
        choose(page, "nps", "2")
        page.locator("#why").fill("在电梯里写的")
        page.context.set_offline(True)
        press(page, "提交")
        expect(page.get_by_role("alert")).to_contain_text("没有网络，您的回答还在这里，联网后会自动重试")
        expect(page.locator("#why")).to_have_value("在电梯里写的")
        assert eyes.faults() == []
        page.context.set_offline(False)
        page.wait_for_url("**/thanks")
        assert page.evaluate("Object.keys(localStorage)") == []
    assert stored(path) == {"nps": 2, "why": "在电梯里写的"}


def test_a_busy_server_is_asked_again_and_a_closed_page_finds_its_words(
    phones: Phones, link: Callable[..., str]
) -> None:
    path = link(one_page(nps(), words(), words("mobile", format="mobile")))

    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=503, body="<h1>busy</h1>", content_type="text/html")
        else:
            route.continue_()

    with phones.open() as eyes:
        page = eyes.page
        page.route("**/s/**", refuse)
        eyes.open(path)
        choose(page, "nps", "2")
        page.locator("#why").fill("别丢了")
        page.locator("#mobile").fill("13812345678")
        press(page, "提交")
        expect(page.get_by_role("alert")).to_contain_text("稍后会自动重试")
        page.goto("about:blank")
        eyes.open(path)
        expect(page.get_by_role("status").first).to_contain_text("为您找回")
        expect(page.locator("#nps-2")).to_be_checked()
        expect(page.locator("#why")).to_have_value("别丢了")
        expect(page.locator("#mobile")).to_have_value("")
        page.unroute("**/s/**")
        press(page, "提交")
        page.wait_for_url("**/thanks")
    assert stored(path) == {"nps": 2, "why": "别丢了"}


def test_a_ranking_is_made_by_keyboard_and_by_dragging(phones: Phones, link: Callable[..., str]) -> None:
    path = link(one_page(GRIDS[3]))
    with phones.open() as eyes:
        page = eyes.page
        eyes.open(path)
        for option in ("选项a", "选项b", "选项c"):
            page.get_by_role("button", name=option, exact=True).focus()
            page.keyboard.press("Enter")
        page.get_by_role("button", name="上移 选项c").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="上移 选项c")).to_be_focused()
        expect(page.get_by_role("status")).to_have_text("选项c：现在排第 2 名")
        assert page.locator(".ranked .what").all_inner_texts() == ["选项a", "选项c", "选项b"]
        first, last = (page.locator(".ranked .place").nth(n).bounding_box() for n in (0, 2))
        assert first is not None
        assert last is not None
        page.mouse.move(first["x"] + 5, first["y"] + 5)
        page.mouse.down()
        page.mouse.move(last["x"] + 5, last["y"] + 25, steps=8)
        page.mouse.up()
        assert page.locator(".ranked .what").all_inner_texts() == ["选项c", "选项b", "选项a"]
        assert eyes.faults() == []
        press(page, "提交")
        page.wait_for_url("**/thanks")
    assert stored(path) == {"rank": ["c", "b", "a"]}


def test_a_slider_left_alone_is_no_answer_and_one_moved_is(phones: Phones, link: Callable[..., str]) -> None:
    for moved in (False, True):
        path = link(one_page(nps(), GRIDS[4]))
        with phones.open() as eyes:
            eyes.open(path)
            choose(eyes.page, "nps", "5")
            expect(eyes.page.locator("#months")).to_have_value("")
            if moved:
                eyes.page.get_by_role("slider").focus()
                eyes.page.keyboard.press("ArrowRight")
                expect(eyes.page.locator("#months")).to_have_value("13")
            press(eyes.page, "提交")
            eyes.page.wait_for_url("**/thanks")
        assert stored(path) == ({"nps": 5, "months": 13} if moved else {"nps": 5})


def open_link(session: Session, **more: object) -> str:
    version = made.make_survey(session, nps(), words())
    return f"/q/{made.make_link(session, version, **more).slug}"


def test_a_shared_device_asks_and_then_begins_anew(phones: Phones) -> None:
    with db.transaction() as session:
        path = open_link(session, kind="kiosk")
    with phones.open(DESK) as eyes:
        page = eyes.page
        page.clock.install()
        eyes.open(path)
        choose(page, "nps", "3")
        page.locator("#why").fill("不该被下一位看到")
        page.clock.fast_forward(46_000)
        expect(page.get_by_role("alertdialog")).to_contain_text("您还在填写吗")
        press(page, "继续填写")
        expect(page.get_by_role("alertdialog")).to_be_hidden()
        page.clock.fast_forward(46_000)
        assert eyes.faults(axe=False) == []
        with page.expect_navigation():
            page.clock.run_for(17_000)
        expect(page.locator("#why")).to_have_value("")
        assert page.locator("input[name=nps]:checked").count() == 0


def test_a_page_in_a_frame_tells_how_high_it_is_and_how_far_one_has_come(phones: Phones, site: Site) -> None:
    with db.transaction() as session:
        path = open_link(session, kind="embed", host=site.host)
    site.html = f"""<!doctype html><html lang="zh-CN"><title>t</title><h1>t</h1>
        <script>var heard = []; onmessage = function (e) {{ heard.push([e.data.type, e.data.height || 0]); }}</script>
        <iframe title="f" width="360" height="400" src="{phones.home}{path}"></iframe></html>"""
    with phones.open() as eyes:
        page = eyes.page
        page.goto(f"http://{site.host}/")
        frame = page.frame_locator("iframe")
        frame.locator("#nps-9").click()
        page.wait_for_timeout(2500)  # nobody answers faster than one can read
        frame.get_by_role("button", name="提交").click()
        expect(frame.locator("h1")).to_have_text("谢谢您，已收到")
        page.wait_for_function("heard.some((one) => one[0] === 'huisheng:completed')")
        heard = page.evaluate("heard")
        kinds = [kind for kind, _height in heard]
        assert (
            kinds.index("huisheng:height")
            < kinds.index("huisheng:started")
            < kinds.index("huisheng:completed")
        )
        assert all(height > 200 for kind, height in heard if kind == "huisheng:height")
