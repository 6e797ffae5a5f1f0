"""What all tests share: one embedded PostgreSQL per run, a clock that can be set, people who log in."""

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app import flow, reference, schema
from app.demo import factories
from app.web import create_app
from core import clock, crypto, db, logs, settings
from core.embedded import EmbeddedPostgres
from core.jobs import engine as job_engine
from grid.models import Staff
from grid.rules import Role

SHARED = Path(__file__).resolve().parents[2] / "shared"
NO_TEXTS = not (SHARED / "data").exists()
SECRET = "a secret of the tests, long enough to be one"
KEYS = "k1=" + base64.b64encode(b"1" * 32).decode()
NOON = datetime(2026, 6, 10, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Beijing
TEMPLATE = "huisheng_template"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip by name what needs the review texts where they are not."""
    if not NO_TEXTS:
        return
    for item in items:
        if item.get_closest_marker("data"):
            item.add_marker(pytest.mark.skip(reason="needs the review texts of ../shared/data"))


_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was skipped although it could have run."""
    if report.skipped and not (NO_TEXTS and "review texts" in str(report.longrepr)):
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failed run: what can run there may not be left out."""
    if "HUISHENG_CI" in os.environ and _skipped:
        print("skipped in CI:", *_skipped, sep="\n  ")  # noqa: T201 - the log of CI must name them
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def _process(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give this process keys, wiring and settings of its own; no test reads the developer's environment."""
    home = tmp_path_factory.mktemp("home")
    for name in ("DATABASE_URL", "SMTP_URL", "SMS_URL", "HUISHENG_BASE_URL"):
        os.environ.pop(name, None)
    os.environ.update(
        HUISHENG_HOME=str(home), HUISHENG_SECRET=SECRET, HUISHENG_KEYS=KEYS, LOG_LEVEL="WARNING"
    )
    settings.current.cache_clear()
    logs.configure("WARNING", "json")
    crypto.use(crypto.Keyring.parse(KEYS, SECRET))
    job_engine.wire(flow.FLOW, flow.JOBS)
    flow.wire_doors()


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The embedded server of this run, in a folder that no other run of pytest touches."""
    with TemporaryDirectory(prefix="huisheng-tests-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the server runs as a user of its own when we are root
        server = EmbeddedPostgres(Path(folder) / "data")
        yield server
        server.stop(mode="immediate")


@pytest.fixture(scope="session")
def template_url(postgres: EmbeddedPostgres) -> str:
    """A database at head with the reference data in it; others are cloned from it, nobody works in it."""
    base = make_url(db.driver_url(postgres.start()))
    with _autocommit(base.render_as_string(hide_password=False)) as connection:
        connection.execute(text(f"CREATE DATABASE {TEMPLATE}"))
    url = base.set(database=TEMPLATE).render_as_string(hide_password=False)
    built = db.connect(url)
    schema.upgrade()
    with db.transaction() as session:
        reference.install(session, "安澜保险")
    built.dispose()
    return url


@pytest.fixture(scope="session")
def shared_engine(template_url: str) -> Iterator[Engine]:
    """The engine of the database in which tests run inside transactions that are rolled back."""
    engine = create_engine(_clone(template_url, "huisheng_shared"))
    yield engine
    engine.dispose()


@pytest.fixture
def session(shared_engine: Engine) -> Iterator[Session]:
    """A session in a transaction that ends rolled back; code under test joins it through savepoints."""
    with shared_engine.connect() as connection:
        outer = connection.begin()
        db._Current.sessions.configure(bind=connection, join_transaction_mode="create_savepoint")
        db._Current.engine = shared_engine
        db._Current.autocommit = None
        with Session(
            bind=connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as opened:
            yield opened
        outer.rollback()
    db._Current.sessions.configure(bind=None, join_transaction_mode="conditional_savepoint")
    db._Current.engine = None


_made = 0


@pytest.fixture
def fresh_database(template_url: str) -> Iterator[str]:
    """A database of its own, for tests with several connections or processes; returns its URL."""
    global _made  # noqa: PLW0603 - names of databases must differ within the run
    _made += 1
    url = _clone(template_url, f"huisheng_{_made}")
    engine = db.connect(url)
    yield url
    engine.dispose()
    db._Current.sessions.configure(bind=None)
    db._Current.engine = None
    db._Current.autocommit = None


@pytest.fixture
def clock_at() -> Iterator[clock.FixedClock]:
    """A clock standing at noon in Beijing on Wednesday 2026-06-10 until the test moves it."""
    with clock.use(clock.FixedClock(NOON)) as fixed:
        assert isinstance(fixed, clock.FixedClock)
        yield fixed


@pytest.fixture(scope="session")
def one_application() -> Flask:
    """The application that tests share: its routes and templates are compiled once."""
    return create_app(settings.current())


@pytest.fixture
def web(session: Session, one_application: Flask) -> Iterator[Flask]:
    """The application on the test's own transaction; what a test configures or puts in place of a page is forgotten."""
    configured, pages = one_application.config.copy(), dict(one_application.view_functions)
    yield one_application
    one_application.config.clear()
    one_application.config.update(configured)
    one_application.view_functions = pages


@pytest.fixture
def client(web: Flask) -> FlaskClient:
    """A browser without a login; forms need no CSRF token unless the test switches it on."""
    web.config["WTF_CSRF_ENABLED"] = False
    return web.test_client()


@pytest.fixture
def login(session: Session, client: FlaskClient) -> Callable[..., FlaskClient]:
    """Log a member of staff of the given role in and return the browser."""

    def log_in(
        role: Role | str = Role.ADMINISTRATOR, region: int | None = None, staff: Staff | None = None
    ) -> FlaskClient:
        person = staff or factories.make_staff(session, role=Role(role), region_id=region)
        session.flush()
        answer = client.post("/login", data={"login": person.login, "password": factories.PASSWORD})
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return client

    return log_in


@contextmanager
def _autocommit(url: str) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _clone(template_url: str, name: str) -> str:
    base = make_url(template_url)
    with _autocommit(base.set(database="postgres").render_as_string(hide_password=False)) as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY"))
    return base.set(database=name).render_as_string(hide_password=False)
