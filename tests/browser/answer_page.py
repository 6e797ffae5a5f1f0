"""Questionnaires with every kind of question, browsers that open them, and the way through one of them."""

import struct
import zlib
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Browser, Page
from sqlalchemy import func, select

from core import db
from surveys.models import Answer, Response
from tests.browser.eyes import Eyes
from tests.surveys.answering import Json, choice, nps, said, words

NARROW, PHONE, DESK = 320, 375, 1280
WECHAT = (
    "Mozilla/5.0 (Linux; Android 8.1; PBAM00 Build/OPM1.171019.026; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/86.0.4240.99 XWEB/4317 MMWEBSDK/20220903 Mobile Safari/537.36 MicroMessenger/8.0.28"
)
IMAGE = "answerpage_picture"


def options(*ids: str, **more: object) -> list[Json]:
    """Return options with these ids, each with ``more``."""
    return [{"id": name, "label": said(f"选项{name}")} | more for name in ids]


def asked(kind: str, name: str, title: str, **more: object) -> Json:
    """Return a question of any kind."""
    return {"type": kind, "id": name, "title": said(title)} | more


SCALES = [
    nps("nps", required=False),
    asked("csat", "csat", "总的来说，您满意吗？"),
    asked("csat", "stars", "您对速度满意吗？", style="stars"),
    asked("csat", "numbers", "您对态度满意吗？", style="numbers"),
    asked("ces", "ces", "办理很容易，您同意吗？"),
    asked("rating", "rate", "请打分", highest=5),
    asked("rating", "ten", "请打分", highest=10, style="numbers", low=said("差"), high=said("好")),
]
CHOICES = [
    asked("section", "about", "关于保单", text=said("下面几个问题\n和保单有关。")),
    choice("way", "phone", "app", "agent", other=said("其他方式")),
    asked("choices", "trouble", "什么困难？", options=options("papers", "wait", "money"), other=said("其他"), most=2),
    asked("dropdown", "product", "哪一类保险？", options=options("car", "life")),
    asked("cascader", "place", "在哪里办理？", source="places", levels=3),
    asked("image_choice", "part", "哪里受损？", options=options("front", "rear", image=IMAGE), several=True),
]  # fmt: skip
GRIDS = [
    asked("matrix", "grid", "请评价", rows=options("r1", "r2"), columns=options("good", "bad"), hint=said("每行一个")),
    asked("matrix", "several", "用过哪些？", mode="multiple", rows=options("r1"), columns=options("a", "b")),
    asked("matrix", "rated", "请打分", mode="rating", highest=7, rows=options("r1", "r2")),
    asked("ranking", "rank", "最看重什么？", options=options("a", "b", "c"), least=2),
    asked("slider", "months", "多久算合理？", lowest=0, highest=24, unit=said("个月")),
]  # fmt: skip
WORDS = [
    words("why", max_length=100, hint=said("请不要填写卡号")),
    words("mobile", format="mobile"),
    words("card", format="id_card"),
    words("age", format="number", low=0, high=120),
    asked("date", "day", "哪一天？", earliest="2020-01-01", latest="today"),
    asked("consent", "agree", "授权", text=said("我同意联系我。"), required=True),
    asked("file", "papers", "请上传照片", most_files=2),
]
GROUPS = {"scales": SCALES, "choices": CHOICES, "grids": GRIDS, "words": WORDS}
WHOLE: Json = {
    "title": said("理赔服务回访"),
    "intro": said("大约两分钟。"),
    "pages": [{"id": name, "questions": group} for name, group in GROUPS.items()],
}


def png() -> bytes:
    """Return a real picture of one grey point."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0\x80"))
        + chunk(b"IEND", b"")
    )


def one_page(*questions: Json, **more: object) -> Json:
    return {"title": said("一页问卷"), "questions": list(questions)} | more


class Site(ThreadingHTTPServer):
    """The insurer's own site, of one page, on a real port: browsers keep pages they made up out of this machine."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SitePage)
        self.host = f"localhost:{self.server_port}"
        self.html = ""


class SitePage(BaseHTTPRequestHandler):
    """The only page of that site."""

    server: Site

    def do_GET(self) -> None:
        """Send the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.html.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Phones:
    """Opens browsers on the product."""

    chromium: Browser
    home: str

    def open(self, width: int = PHONE, *, script: bool = True, **more: Any) -> Eyes:  # noqa: ANN401 - playwright's
        """Open a window of a browser of its own."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": 740},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=script,
            reduced_motion="reduce",
            **more,
        )
        context.set_default_timeout(10_000)
        return Eyes(context, self.home)


def stored(path: str) -> dict[str, object]:
    """Return the answers of the one response to a personal link, files and the hour apart."""
    with db.reading() as session:
        response = session.scalars(select(Response).order_by(Response.id.desc())).first()
        assert response is not None, path
        rows = session.scalars(select(Answer).where(Answer.response_id == response.id))
        return {
            row.question_id: row.number if row.number is not None else row.option_ids or row.words or row.secret
            for row in rows
        }  # fmt: skip


def responses() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count(Response.id))) or 0


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def choose(page: Page, name: str, value: str) -> None:
    """Tap a choice; its control lies over the whole of its label."""
    page.locator(f'[id="{name}-{value}"]').click()


def fill_scales(page: Page) -> None:
    for name, value in (
        ("nps", 9),
        ("csat", 4),
        ("stars", 3),
        ("numbers", 2),
        ("ces", 7),
        ("rate", 5),
        ("ten", 10),
    ):
        choose(page, name, str(value))


def fill_choices(page: Page, *, script: bool) -> None:
    choose(page, "way", "other")
    page.locator('[id="way.other"]').fill("邮寄")
    choose(page, "trouble", "papers")
    choose(page, "trouble", "money")
    page.locator("#product").select_option("life")
    for level, code in ((1, "330000"), (2, "330100"), (3, "330106")):
        page.locator(f'[id="place.{level}"]').select_option(code)
        if not script and level < 3:
            press(page, "显示下一级")
    choose(page, "part", "rear")


def fill_grids(page: Page, *, script: bool) -> None:
    for name, value in (
        ("grid.r1", "good"),
        ("grid.r2", "bad"),
        ("several.r1", "b"),
        ("rated.r1", "7"),
        ("rated.r2", "1"),
    ):
        choose(page, name, value)
    for rank, option in enumerate(("b", "c"), start=1):
        if script:
            page.locator(".unranked").get_by_role("button", name=f"选项{option}").click()
        else:
            page.locator(f'[id="rank.{option}"]').select_option(str(rank))
    page.locator("#months").fill("6")


def fill_words(page: Page) -> None:
    page.locator("#why").fill("<b>很好</b> & 快")
    page.locator("#mobile").fill("138 1234 5678")
    page.locator("#age").fill("71")
    page.locator("#day").fill("2024-02-29")
    choose(page, "agree", "1")
    page.locator("#papers").set_input_files({"name": "现场.png", "mimeType": "image/png", "buffer": png()})


EXPECTED: dict[str, object] = {
    "nps": 9, "csat": 4, "stars": 3, "numbers": 2, "ces": 7, "rate": 5, "ten": 10,
    "way": ["other"], "trouble": ["papers", "money"], "product": ["life"], "place": ["330000", "330100", "330106"],
    "part": ["rear"], "grid.r1": ["good"], "grid.r2": ["bad"], "several.r1": ["b"], "rated.r1": 7, "rated.r2": 1,
    "rank": ["b", "c"], "months": 6, "why": "<b>很好</b> & 快", "age": 71, "day": "2024-02-29", "agree": 1,
}  # fmt: skip
