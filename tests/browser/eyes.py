"""What is looked at on every page: does it fit, is it quiet, can everybody use it."""

from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import axe_core_python
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

LAYOUT = """() => ({
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    headings: document.querySelectorAll("h1").length,
    language: document.documentElement.lang,
    title: document.title,
})"""


class Eyes:
    """Watches every page of a browser context: what it logs, what it asks for, how it looks."""

    def __init__(self, context: BrowserContext, home: str) -> None:
        self.page = context.new_page()
        self.home = home
        self._noise: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self._noise.append(f"script error: {error}"))
        self.page.on("request", self._asked)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        # The browser reports every 4xx document as an error of its own; statuses are checked by name.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self._noise.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).scheme != "data" and not request.url.startswith(self.home + "/"):
            self._noise.append(f"asked another host: {request.url}")

    def open(self, path: str, status: int = 200) -> Response:
        """Go to a page of the house and insist on its status."""
        answer = self.page.goto(self.home + path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        return answer

    def log_in(self, login: str, password: str) -> None:
        """Log in as a person does."""
        self.open("/login")
        self.page.get_by_label("登录名").fill(login)
        self.page.get_by_label("密码").fill(password)
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_url(lambda url: "/login" not in url)

    def faults(self, *, axe: bool = True) -> list[str]:
        """Return everything that is wrong with the page as it stands, in words; empty when all is well."""
        found, self._noise = self._noise, []
        layout: dict[str, Any] = self.page.evaluate(LAYOUT)
        if layout["wide"] > 0:
            found.append(f"scrolls sideways by {layout['wide']} px")
        if layout["headings"] != 1:
            found.append(f"has {layout['headings']} h1")
        if layout["language"] not in {"zh-CN", "zh-Hans", "en"}:
            found.append(f"says lang={layout['language']!r}")
        if not layout["title"].strip():
            found.append("has no title")
        return found + (self._barriers() if axe else [])

    def _barriers(self) -> list[str]:
        """Return what axe-core finds; it is evaluated, for the page's own policy lets no script in."""
        self.page.evaluate(AXE)
        result = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"axe {violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in result["violations"]
            for node in violation["nodes"][:3]
        ]


def widest(page: Page) -> list[str]:
    """Return the elements that stick out of the window, for whoever has to mend a page."""
    return list(
        page.evaluate("""() => [...document.querySelectorAll("body *")]
            .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
            .slice(0, 5).map((one) => one.outerHTML.slice(0, 160))""")
    )
