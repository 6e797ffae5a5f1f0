"""One Chromium for each module, and the product's own processes on a database of each module's own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from app.demo import factories
from core import db
from tests.browser.eyes import Eyes
from tests.chaos.house import House
from tests.conftest import TEMPLATE
from tests.delivery.servers import Recorder, recorder

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PROCESSES = ("web", "worker", "clock")

Look = Callable[..., Eyes]


# Its event loop runs in this thread while it is open, so it must be closed before other tests come.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser; without one these tests are skipped by name, except in CI, which has to have one."""
    if not CHROMIUM.exists():
        if os.environ.get("HUISHENG_CI"):
            pytest.fail(f"{CHROMIUM} is missing")
        pytest.skip(f"needs {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def own_database(chromium: Browser, template_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of this module's own, in which every test finds what the ones before it left behind."""
    name = request.module.__name__.rpartition(".")[2].removeprefix("test_")
    base = make_url(template_url)
    url = base.set(database=f"huisheng_browser_{name}").render_as_string(hide_password=False)
    admin = create_engine(base.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(
            text(f"CREATE DATABASE huisheng_browser_{name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        )
    admin.dispose()
    engine = db.connect(url)
    yield url
    engine.dispose()
    db._Current.sessions.configure(bind=None)
    db._Current.engine = None
    db._Current.autocommit = None


@pytest.fixture(scope="module")
def post() -> Iterator[Recorder]:
    """A real mail server that keeps what it took."""
    with recorder() as server:
        yield server


@pytest.fixture(scope="module")
def house(own_database: str, post: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Web, worker and clock of the product, reachable and mailing as in production."""
    built = House(own_database, tmp_path_factory.mktemp("house"), smtp_url=post.url)
    built.environment["HUISHENG_BASE_URL"] = f"http://127.0.0.1:{built.port}"
    for name in PROCESSES:
        built.start(name)
    built.wait_for_web(60)
    yield built
    built.stop()


@pytest.fixture(scope="module")
def look(chromium: Browser, house: House) -> Look:
    """Open a window as somebody sees the product: so wide, with or without JavaScript, logged in or not."""
    known: dict[str, StorageState] = {}

    def window(
        width: int, *, login: str | None = None, password: str = factories.PASSWORD, script: bool = True
    ) -> Eyes:
        context = chromium.new_context(
            viewport={"width": width, "height": 900 if width > 800 else 740},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=script,
            storage_state=known.get(login or ""),
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        eyes = Eyes(context, house.environment["HUISHENG_BASE_URL"])
        if login and login not in known:
            eyes.log_in(login, password)
            known[login] = context.storage_state()
        return eyes

    return window
