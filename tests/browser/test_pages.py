"""Every page as people see it: it fits their screen, complains about nothing, and keyboards and readers get in.

A page passes when it does not scroll sideways, logs no error (a breach of the content policy is one), asks no
other host for anything, has one heading of the first level and a language, and axe-core finds no barrier.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import world
from tests.browser.conftest import Look
from tests.browser.eyes import Eyes
from tests.browser.world import World

pytestmark = pytest.mark.browser

PHONE, OLD_PHONE, DESK = 375, 320, 1440

STAFF_PAGES = {
    "dashboard": ("admin", "/", 200),
    "dashboard of a city, little said": ("admin", "/?period=30d&region=5115", 200),
    "dashboard with a wrong filter": ("admin", "/?period=custom&from=2026-99-01", 200),
    "dashboard of an auditor": ("auditor", "/", 200),
    "tickets": ("admin", "/tickets", 200),
    "tickets of an agent": ("agent", "/tickets", 200),
    "tickets to be taken": ("agent", "/tickets?tab=unassigned", 200),
    "tickets, none": ("admin", "/tickets?tab=mine", 200),
    "ticket to be taken": ("agent", "/tickets/{new}", 200),
    "ticket in work": ("agent", "/tickets/{ticket}", 200),
    "ticket for a manager": ("manager", "/tickets/{ticket}", 200),
    "ticket closed": ("agent", "/tickets/{closed}", 200),
    "tickets of a manager": ("manager", "/tickets?tab=all", 200),
    "customer": ("agent", "/customers/{customer}", 200),
    "customer for a manager": ("manager", "/customers/{customer}", 200),
    "inbox": ("admin", "/feedback", 200),
    "inbox, nothing found": ("admin", "/feedback?q=没有这样的话", 200),
    "feedback": ("admin", "/feedback/{voice}", 200),
    "surveys": ("admin", "/surveys", 200),
    "survey": ("admin", "/surveys/{survey}", 200),
    "survey on paper": ("admin", "/surveys/versions/{version}/paper", 200),
    "results": ("admin", "/surveys/{survey}/results", 200),
    "results crossed": ("admin", "/surveys/{survey}/results?rows=nps&columns=@region&shares=column", 200),
    "results narrowed": ("admin", "/surveys/{survey}/results?answer=nps:0..6", 200),
    "survey version": ("admin", "/surveys/versions/{version}", 200),
    "rule": ("admin", "/surveys/rules/{rule}", 200),
    "messages": ("admin", "/messages", 200),
    "message": ("admin", "/messages/{letter}", 200),
    "staff": ("admin", "/admin/staff", 200),
    "new staff": ("admin", "/admin/staff/new", 200),
    "member of staff": ("admin", "/admin/staff/{person}", 200),
    "regions": ("admin", "/admin/regions", 200),
    "new region": ("admin", "/admin/regions/new", 200),
    "keys": ("admin", "/admin/keys", 200),
    "new key": ("admin", "/admin/keys/new", 200),
    "calendar": ("admin", "/admin/calendar", 200),
    "jobs": ("admin", "/admin/jobs", 200),
    "audit": ("admin", "/admin/audit", 200),
    "account": ("admin", "/account", 200),
    "second factor": ("admin", "/account/totp", 200),
    "login": (None, "/login", 200),
    "not found": ("admin", "/nowhere", 404),
    "forbidden": ("agent", "/admin/staff", 403),
}

CUSTOMER_PAGES = {
    "nps": ("/s/{nps}", 200, "这次服务，您会推荐我们吗？"),
    "nps prefilled": ("/s/{nps}?nps=3", 200, "这次服务，您会推荐我们吗？"),
    "nps in large letters": ("/s/{nps}?large=1", 200, "这次服务，您会推荐我们吗？"),
    "csat": ("/s/{csat}", 200, None),
    "thanks": ("/s/{used}/thanks", 200, "谢谢您，已收到"),
    "used": ("/s/{used}", 200, "您已经回答过了"),
    "expired": ("/s/{expired}", 410, "这份问卷已经结束"),
    "unknown": ("/s/AAAAAAAAAAAAAAAAAAAAAA", 404, "这个链接打不开"),
    "opt-out": ("/o/{nps}", 200, "不想再收到问卷？"),
    "nowhere": ("/s/", 404, None),
}


@pytest.fixture(scope="module")
def insurer(own_database: str) -> World:
    return world.build()


@pytest.fixture(scope="module")
def windows(look: Look, insurer: World) -> Iterator[dict[tuple[str | None, int, bool], Eyes]]:
    """Windows that stay open: one for each person, width and kind of browser that a test asked for."""
    opened: dict[tuple[str | None, int, bool], Eyes] = {}
    yield opened
    for eyes in opened.values():
        eyes.page.context.close()


@pytest.fixture
def window(windows: dict[tuple[str | None, int, bool], Eyes], look: Look) -> Look:
    def of(width: int, *, login: str | None = None, script: bool = True) -> Eyes:
        key = (login, width, script)
        if key not in windows:
            windows[key] = look(width, login=login, script=script)
        return windows[key]

    return of


BAD_PAGE = """<title></title><h1>A</h1><h1>B</h1><p style="width:900px">wide</p><img src="http://127.0.0.1:1/spy.png">
<script>console.error("noise")</script>"""


def test_a_bad_page_is_seen_to_be_bad(window: Look) -> None:
    eyes = window(PHONE)
    eyes.page.set_content(BAD_PAGE)
    found = "\n".join(eyes.faults())
    for fault in ("sideways", "2 h1", "lang=''", "no title", "another host", "noise", "axe image-alt"):
        assert fault in found


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("name", STAFF_PAGES)
def test_a_page_of_staff_fits_is_quiet_and_open_to_all(
    window: Look, insurer: World, name: str, width: int
) -> None:
    login, path, status = STAFF_PAGES[name]
    eyes = window(width, login=login)
    eyes.open(insurer.path(path), status)
    assert eyes.faults() == []


@pytest.mark.parametrize("width", [OLD_PHONE, PHONE])
@pytest.mark.parametrize("name", CUSTOMER_PAGES)
def test_a_page_of_customers_fits_is_quiet_and_open_to_all(
    window: Look, insurer: World, name: str, width: int
) -> None:
    path, status, heading = CUSTOMER_PAGES[name]
    for script in (True, False):
        eyes = window(width, script=script)
        eyes.open(insurer.path(path), status)
        # axe-core waits for timers, which do not run where JavaScript is off.
        assert eyes.faults(axe=script) == []
        if heading:
            expect(eyes.page.locator("h1")).to_have_text(heading)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_form_that_comes_back_says_what_is_wrong_to_everybody(
    window: Look, insurer: World, width: int
) -> None:
    eyes = window(width, login="admin")
    eyes.open(insurer.path("/surveys/rules/{rule}"))
    eyes.page.get_by_label("抽样比例（%）").fill("500")
    eyes.page.get_by_role("button", name="保存").click()
    expect(eyes.page.get_by_label("抽样比例（%）")).to_have_attribute("aria-invalid", "true")
    expect(eyes.page.get_by_label("抽样比例（%）")).to_have_value("500")
    expect(eyes.page.locator("[role=alert]")).to_be_focused()
    assert eyes.faults() == []


@pytest.mark.parametrize("width", [OLD_PHONE, PHONE])
def test_an_answer_without_a_score_comes_back_with_the_words_kept(
    window: Look, insurer: World, width: int
) -> None:
    eyes = window(width, script=False)
    eyes.open(insurer.path("/s/{nps}"))
    eyes.page.locator("textarea[name=why]").fill("等太久了")
    eyes.page.get_by_role("button", name="提交").click()
    expect(eyes.page.locator(".error")).to_be_visible()
    expect(eyes.page.locator("textarea[name=why]")).to_have_value("等太久了")
    assert eyes.faults(axe=False) == []


def test_a_letter_in_english_leads_to_a_page_in_english(window: Look, insurer: World) -> None:
    eyes = window(OLD_PHONE)
    eyes.open(insurer.path("/s/{nps}?lang=en"))
    expect(eyes.page.locator("html")).to_have_attribute("lang", "en")
    assert eyes.faults() == []


def test_whoever_follows_the_link_and_confirms_is_asked_no_more(window: Look, insurer: World) -> None:
    eyes = window(OLD_PHONE, script=False)
    eyes.open(insurer.path("/o/{csat}"))
    eyes.page.get_by_role("button", name="确认停止").click()
    expect(eyes.page.locator("h1")).to_have_text("已为您停止")
    assert eyes.faults(axe=False) == []


def test_the_keyboard_reaches_text_menu_and_account_of_a_page_of_staff(window: Look, insurer: World) -> None:
    eyes = window(DESK, login="admin")
    page = eyes.page
    eyes.open("/tickets")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    assert is_ringed(page)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    eyes.open("/tickets")
    reached = walk(page, 16)
    assert {"体验看板", "工单", "客户原声", "审计日志", "欧阳建国"} <= set(reached)
    menu = page.locator(".menu summary")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="退出登录")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="退出登录")).to_be_hidden()
    expect(menu).to_be_focused()


def test_a_chart_takes_the_width_there_is_whenever_it_changes(window: Look, insurer: World) -> None:
    eyes = window(DESK, login="admin")
    eyes.open("/")
    chart = eyes.page.locator("[data-figure]").first
    for width in (PHONE, OLD_PHONE, DESK, PHONE):
        eyes.page.set_viewport_size({"width": width, "height": 800})
        eyes.page.wait_for_function(
            "chart => Math.abs(chart.querySelector('svg').clientWidth - chart.clientWidth) < 2",
            arg=chart.element_handle(),
        )
        assert chart.evaluate("chart => chart.clientWidth") < width
    # Not only the window: the room on the page may shrink alone.
    chart.evaluate("chart => { chart.parentElement.style.width = '240px'; }")
    eyes.page.wait_for_function(
        "chart => chart.querySelector('svg').clientWidth <= 240", arg=chart.element_handle()
    )


def test_the_menu_of_a_phone_opens_and_closes_by_keyboard(window: Look, insurer: World) -> None:
    eyes = window(PHONE, login="admin")
    eyes.open("/tickets")
    more = eyes.page.locator(".drawer summary")
    more.focus()
    eyes.page.keyboard.press("Enter")
    link = eyes.page.locator(".drawer-sheet").get_by_role("link", name="审计日志")
    expect(link).to_be_visible()
    assert eyes.faults() == []
    eyes.page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(more).to_be_focused()


def test_a_score_is_given_by_keyboard_and_the_choice_is_seen(window: Look, insurer: World) -> None:
    eyes = window(PHONE)
    eyes.open(insurer.path("/s/{nps}?nps=7"))
    eyes.page.locator("#nps-7").focus()
    eyes.page.keyboard.press("ArrowRight")
    expect(eyes.page.locator("#nps-8")).to_be_checked()
    ring = eyes.page.evaluate("getComputedStyle(document.querySelector('#nps-8 + label')).boxShadow")
    assert ring != "none"


def walk(page: Page, steps: int) -> list[str]:
    """Press Tab again and again; return the words of what was reached, all of it with a visible focus."""
    reached = []
    for _step in range(steps):
        page.keyboard.press("Tab")
        words = str(page.evaluate("(document.activeElement.innerText || '').trim()"))
        assert is_ringed(page), f"nobody sees that {words!r} has the focus"
        reached.append(words)
    return reached


def is_ringed(page: Page) -> bool:
    return bool(
        page.evaluate("""() => {
            const style = getComputedStyle(document.activeElement);
            return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        }""")
    )
