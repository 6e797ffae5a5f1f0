"""Open links as customers and insurers meet them: on a poster, on a shared screen, inside the insurer's own page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect
from sqlalchemy import func, select

from app.demo import factories
from core import db
from grid.rules import Role
from surveys.models import OpenLink, Response, Suspect
from tests.browser.conftest import Look
from tests.browser.insurer_site import EVENTS, HOST_PAGE, Sites, serving
from tests.chaos.house import House
from tests.surveys import open_links as made

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def house(own_database: str, sites: Sites, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The web of the product, which lets the insurer's site frame questionnaires."""
    built = House(own_database, tmp_path_factory.mktemp("house"))
    built.environment["HUISHENG_BASE_URL"] = f"http://127.0.0.1:{built.port}"
    built.environment["HUISHENG_EMBED_HOSTS"] = sites.own
    built.start("web")
    built.wait_for_web(60)
    yield built
    built.stop()


@pytest.fixture(scope="module")
def slugs(house: House, sites: Sites) -> dict[str, str]:
    """One link of each kind."""
    with db.transaction() as session:
        factories.region_tree(session)
        factories.make_staff(session, login="manager", role=Role.CX_MANAGER)
        version = made.two_pages(session)
        found = {
            kind: made.make_link(
                session, version, kind=kind, name=kind, host=sites.own if kind == "embed" else None
            ).slug
            for kind in ("web", "qr", "poster", "kiosk", "embed")
        }
    base, names = house.environment["HUISHENG_BASE_URL"], str(list(EVENTS))
    address = f"{base}/q/{found['embed']}"
    for path, more in (("/inline", ""), ("/popup", ' data-mode="popup" data-delay="0.2"')):
        snippet = f'<div data-huisheng="{address}"{more}></div>'
        sites.pages[path] = HOST_PAGE.format(snippet=snippet, names=names, home=base)
        wrong = snippet.replace(found["embed"], "wrong")
        sites.pages[f"{path}/wrong"] = HOST_PAGE.format(snippet=wrong, names=names, home=base)
    sites.pages["/qr"] = f'<iframe src="{base}/q/{found["qr"]}"></iframe>'
    return found


def stored() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Response)) or 0


def answer(page: Page | FrameLocator, score: str = "9") -> None:
    """Answer both pages as a person does, who takes some seconds."""
    page.locator(f'input[name="nps"][value="{score}"]').check(force=True)
    page.get_by_role("button", name="下一页").click()
    page.locator('textarea[name="why"]').fill("办得很快")
    page.get_by_role("button", name="提交").click()
    solve(page)


def solve(page: Page | FrameLocator) -> None:
    """Solve the small sum, which a test that types faster than a person may be asked."""
    asked = page.locator('input[name="_sum"]')
    expect(asked.or_(page.locator(".message h1"))).to_be_visible()
    if asked.count():
        words = page.locator('label[for="_sum"]').inner_text()
        first, second = re.findall("[二三四五六七八九]", words)
        asked.fill(str("零一二三四五六七八九".index(first) + "零一二三四五六七八九".index(second)))
        page.get_by_role("button", name="提交").click()


@pytest.mark.parametrize(("width", "script"), [(320, False), (375, True), (1280, True)])
def test_whoever_scans_a_code_answers_and_is_thanked(
    look: Look, slugs: dict[str, str], width: int, script: bool
) -> None:
    before = stored()
    with look(width, script=script) as eyes:
        eyes.open(f"/q/{slugs['qr']}")
        assert eyes.faults(axe=script) == []
        answer(eyes.page)
        expect(eyes.page.get_by_role("heading", name="谢谢您，已收到")).to_be_visible()
        assert eyes.faults(axe=script) == []
        eyes.page.reload()
        expect(eyes.page.get_by_role("heading", name="谢谢您，已收到")).to_be_visible()
    assert stored() == before + 1


def test_going_back_finds_what_was_answered_and_stores_once(look: Look, slugs: dict[str, str]) -> None:
    before = stored()
    with look(375) as eyes:
        eyes.open(f"/q/{slugs['web']}")
        eyes.page.locator('input[name="nps"][value="4"]').check(force=True)
        eyes.page.get_by_role("button", name="下一页").click()
        eyes.page.wait_for_url(re.compile(r"/q/\w+/[\w-]{32}/at/two"))
        eyes.page.get_by_role("button", name="上一页").click()
        expect(eyes.page.locator('input[name="nps"][value="4"]')).to_be_checked()
        answer(eyes.page, "5")
        expect(eyes.page.get_by_role("heading", name="谢谢您，已收到")).to_be_visible()
        eyes.page.go_back()
        expect(eyes.page.get_by_role("heading", name="谢谢您，已收到")).to_be_visible()
    assert stored() == before + 1


def test_a_kiosk_begins_anew_after_the_thanks_and_shows_nothing_of_the_one_before(
    look: Look, slugs: dict[str, str]
) -> None:
    with look(1280) as eyes:
        eyes.page.clock.install()
        eyes.open(f"/q/{slugs['kiosk']}")
        answer(eyes.page)
        expect(eyes.page.get_by_role("heading", name="谢谢您，已收到")).to_be_visible()
        assert eyes.faults() == []
        eyes.page.clock.fast_forward(11_000)
        eyes.page.wait_for_url(re.compile(rf"/q/{slugs['kiosk']}(\?leave=[\w-]+)?$"))
        expect(eyes.page.locator('input[name="nps"]:checked')).to_have_count(0)
        assert eyes.page.evaluate("Object.keys(localStorage).length + document.cookie.length") == 0


def test_a_kiosk_that_nobody_touches_for_a_minute_begins_anew(look: Look, slugs: dict[str, str]) -> None:
    with look(1280) as eyes:
        eyes.page.clock.install()
        eyes.open(f"/q/{slugs['kiosk']}")
        eyes.page.locator('input[name="nps"][value="4"]').check(force=True)
        eyes.page.get_by_role("button", name="下一页").click()
        eyes.page.locator('textarea[name="why"]').fill("我的手机是 13812345678")
        eyes.page.clock.run_for(62_000)
        eyes.page.wait_for_url(re.compile(rf"/q/{slugs['kiosk']}(\?leave=[\w-]+)?$"))
        assert "13812345678" not in eyes.page.content()
        assert eyes.page.evaluate("Object.keys(localStorage).length") == 0


def heard(page: Page) -> list[str]:
    return page.locator("#heard li").all_inner_texts()


def test_inside_the_insurers_page_it_takes_the_height_it_needs_and_says_how_far_it_came(
    chromium: Browser, sites: Sites, slugs: dict[str, str]
) -> None:
    before = stored()
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page.goto(f"http://{sites.own}/inline")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("您有多愿意推荐我们？")).to_be_visible()
    expect(page.locator("#heard")).to_contain_text("height")
    inside = frame.locator("body").evaluate("body => body.scrollHeight")
    expect(page.locator("iframe")).to_have_css("height", re.compile(rf"^{inside}(\.\d+)?px$"))
    answer(frame)
    expect(frame.get_by_role("heading", name="谢谢您，已收到")).to_be_visible()
    expect(page.locator("#heard")).to_contain_text("completed")
    names = [line.split()[0] for line in heard(page)]
    assert names[0] == "shown"
    assert names.index("started") < names.index("completed")
    assert stored() == before + 1
    assert page.context.cookies() == []
    page.context.close()


def test_no_other_site_may_frame_it_and_no_other_kind_of_link_may_be_framed(
    chromium: Browser, sites: Sites, slugs: dict[str, str]
) -> None:
    page = chromium.new_page(locale="zh-CN")
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    for address in (f"http://{sites.foreign}/inline", f"http://{sites.own}/qr"):
        refused.clear()
        page.goto(address)
        page.wait_for_timeout(500)
        assert any("frame-ancestors" in line for line in refused), (address, refused)
        assert not any("height" in line for line in heard(page))
    page.context.close()


def test_the_window_comes_once_closes_by_keyboard_and_gives_the_focus_back(
    chromium: Browser, sites: Sites, slugs: dict[str, str]
) -> None:
    page = chromium.new_page(viewport={"width": 375, "height": 740}, locale="zh-CN")
    page.goto(f"http://{sites.own}/popup")
    box = page.get_by_role("dialog", name="满意度问卷")
    expect(box).to_be_visible()
    expect(page.frame_locator("iframe").get_by_text("您有多愿意推荐我们？")).to_be_visible()
    size = page.get_by_role("button", name="关闭问卷").bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 44
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    assert "closed " in heard(page) or "closed" in heard(page)
    page.reload()
    page.wait_for_timeout(600)
    expect(box).to_have_count(0)
    page.context.close()


def switch(slug: str, *, active: bool) -> None:
    """Switch a link on or off, as staff do on its page."""
    with db.transaction() as session:
        session.scalars(select(OpenLink).where(OpenLink.slug == slug)).one().active = active


def test_of_a_link_switched_off_no_window_opens_and_it_opens_once_the_link_is_on_again(
    chromium: Browser, sites: Sites, slugs: dict[str, str]
) -> None:
    page = chromium.new_page(viewport={"width": 375, "height": 740}, locale="zh-CN")
    box = page.get_by_role("dialog", name="满意度问卷")
    switch(slugs["embed"], active=False)
    try:
        for path in ("/popup", "/inline"):
            page.goto(f"http://{sites.own}{path}")
            expect(page.locator("#heard")).to_contain_text("unavailable")
            assert [line.strip() for line in heard(page)] == ["unavailable"]
            expect(page.locator("iframe")).to_have_count(0)
            expect(box).to_have_count(0)
        assert page.evaluate("Object.keys(localStorage).length") == 0
    finally:
        switch(slugs["embed"], active=True)
    page.goto(f"http://{sites.own}/popup")
    expect(box).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).length") == 1
    page.context.close()


@pytest.mark.parametrize("path", ["/inline/wrong", "/popup/wrong", "/inline", "/popup"])
def test_a_wrong_link_or_a_site_that_is_not_on_the_list_leaves_no_empty_frame(
    chromium: Browser, sites: Sites, slugs: dict[str, str], path: str
) -> None:
    host = sites.own if path.endswith("wrong") else sites.foreign
    page = chromium.new_page(locale="zh-CN")
    page.clock.install()
    page.goto(f"http://{host}{path}")
    page.clock.run_for(1_000)
    expect(page.locator("iframe")).to_have_count(1)
    expect(page.locator("iframe")).not_to_be_visible()
    page.wait_for_timeout(700)  # for the frame's own loading, which no clock of the page moves
    page.clock.run_for(11_000)
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert [line.strip() for line in heard(page)] == ["unavailable"]
    assert page.evaluate("Object.keys(localStorage).length") == 0
    page.context.close()


def test_a_program_is_put_aside_and_staff_let_it_count(look: Look, slugs: dict[str, str]) -> None:
    before = stored()
    with look(375) as eyes:
        eyes.open(f"/q/{slugs['poster']}")
        eyes.page.locator('input[name="nps"][value="1"]').check(force=True)
        eyes.page.get_by_role("button", name="下一页").click()
        eyes.page.locator('textarea[name="why"]').fill("机器填的")
        eyes.page.locator('input[name="_website"]').evaluate("field => { field.value = 'x'; }")
        eyes.page.get_by_role("button", name="提交").click()
        expect(eyes.page.get_by_role("heading", name="谢谢您，已收到")).to_be_visible()
    assert stored() == before
    with db.reading() as session:
        assert session.scalar(select(Suspect.state)) == "waiting"
    with look(1280, login="manager") as eyes:
        eyes.open("/surveys/suspects")
        assert eyes.faults() == []
        eyes.page.get_by_role("button", name="是真人，计入结果").first.click()
        expect(eyes.page.get_by_text("已计入结果。")).to_be_visible()
    assert stored() == before + 1


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_the_staff_pages_fit_and_let_everybody_in(look: Look, slugs: dict[str, str], width: int) -> None:
    with db.reading() as session:
        found = {link.kind: link.id for link in session.scalars(select(OpenLink))}
        survey_id = session.scalar(select(OpenLink.survey_id))
    home = f"/surveys/{survey_id}/links"
    with look(width, login="manager") as eyes:
        for path in (home, f"{home}?kind=embed&state=off", f"{home}/new", f"/surveys/links/{found['qr']}",
                     f"/surveys/links/{found['embed']}", f"/surveys/links/{found['qr']}/edit",
                     "/surveys/suspects", "/surveys/suspects?state="):  # fmt: skip
            eyes.open(path)
            assert eyes.faults() == [], path


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_links_can_be_ticked_for_printing_on_a_phone_too(
    look: Look, slugs: dict[str, str], width: int
) -> None:
    with db.reading() as session:
        found = {link.kind: link.id for link in session.scalars(select(OpenLink))}
        survey_id = session.scalar(select(OpenLink.survey_id).where(OpenLink.slug == slugs["poster"]))
    with look(width, login="manager") as eyes:
        page = eyes.page
        eyes.open(f"/surveys/{survey_id}/links?kind=poster")
        page.locator(f'input[name="link"][value="{found["poster"]}"]').check()
        if width < 760:
            # A cell after one of numbers begins where all others do.
            state = page.locator('td[data-label="状态"]').first
            assert state.evaluate("cell => getComputedStyle(cell).paddingLeft") == "0px"
        page.get_by_role("button", name="打印海报").click()
        expect(page.locator(".page.poster")).to_have_count(1)
        eyes.open(f"/surveys/{survey_id}/links?kind=kiosk")
        expect(page.locator('input[name="link"]')).to_have_count(0)


def test_many_links_are_made_and_printed_eight_a_page(
    look: Look, slugs: dict[str, str], tmp_path: Path
) -> None:
    with db.reading() as session:
        survey_id = session.scalar(select(OpenLink.survey_id))
    with look(1280, login="manager") as eyes:
        page = eyes.page
        eyes.open(f"/surveys/{survey_id}/links/new")
        page.locator("[name=spread][value=regions]").check(force=True)
        page.get_by_label(re.compile("全部 17 家")).check()
        page.get_by_label("触点").select_option("claim_closed")
        page.get_by_role("button", name="建好链接").click()
        expect(page.get_by_text("已建好 17 个链接。")).to_be_visible()
        page.get_by_role("button", name="打印二维码卡片").click()
        expect(page.locator("article.card")).to_have_count(20)
        assert eyes.faults() == []
        pages = page.pdf(path=tmp_path / "sheet.pdf", prefer_css_page_size=True).count(b"/Type /Page\n")
        assert pages == 3


def test_after_a_correction_back_finds_the_answers_of_the_same_sitting(
    chromium: Browser, house: House
) -> None:
    with db.transaction() as session:
        pages = [
            {"id": "one", "questions": [made.nps(), made.words("mobile", format="mobile")]},
            {"id": "two", "questions": [made.words()]},
        ]
        slug = made.make_link(session, made.make_survey(session, pages=pages)).slug
    page = chromium.new_page(base_url=house.environment["HUISHENG_BASE_URL"])
    page.goto(f"/q/{slug}")
    page.locator("#nps-4").check(force=True)
    page.locator("#mobile").fill("12")
    page.get_by_role("button", name="下一页").click()
    expect(page.locator("#mobile")).to_be_focused()
    sitting = page.url.split("/at/")[0]
    assert sitting.startswith(f"{house.environment['HUISHENG_BASE_URL']}/q/{slug}/")
    page.locator("#mobile").fill("13800138000")
    page.get_by_role("button", name="下一页").click()
    expect(page.locator("#why")).to_be_visible()
    page.go_back()
    expect(page.locator("#nps-4")).to_be_checked()
    expect(page.locator("#mobile")).to_have_value("13800138000")
    assert page.url.split("/at/")[0] == sitting
    page.close()
