"""The database of this process, and the only place that commits.

The edge (a view, an API route, a job, a command) opens one ``with transaction() as session`` and calls
one service. Leaving the block commits, an exception rolls everything back. Nothing else in the house
commits or rolls back; a house test looks for it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

import psycopg
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Engine,
    MetaData,
    Text,
    TextClause,
    create_engine,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The common ancestor of all tables: 64-bit keys, aware instants, unbounded text, JSONB."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigInteger,
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
    }


class _Current:
    engine: Engine | None = None
    autocommit: Engine | None = None
    sessions: sessionmaker[Session] = sessionmaker(expire_on_commit=False)


def connect(url: str, *, pool_size: int = 8, application: str = "huisheng") -> Engine:
    """Make ``url`` the database of this process; connections open on first use.

    Waiting for a connection or a lock ends with an error instead of a queue without end: 5 s for a
    place in the pool, 10 s for a lock, 60 s for a statement.
    """
    engine = create_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=2,
        pool_timeout=5,
        connect_args={
            "application_name": application,
            "client_encoding": "utf8",  # a database of another encoding can then say so (app.schema)
            "options": "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=60s",
        },
    )
    use(engine)
    return engine


def use(engine: Engine) -> None:
    """Let sessions of this process work on ``engine``."""
    _Current.engine = engine
    _Current.autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    _Current.sessions.configure(bind=engine)


def disconnect() -> None:
    """Close the connections of this process that nobody uses now."""
    if _Current.engine is not None:
        _Current.engine.dispose()


def engine() -> Engine:
    """Return the engine of this process; raise RuntimeError before :func:`connect`."""
    if _Current.engine is None:
        raise RuntimeError("core.db.connect() was not called at start")
    return _Current.engine


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the one transaction of a request, job or command; commit at the end, roll back on any error."""
    with _Current.sessions() as session, session.begin():
        yield session


@contextmanager
def single_statements() -> Iterator[Connection]:
    """Open a connection on which every statement is a transaction of its own.

    For the one hot path whose use case is a single atomic statement: it spares the round trips of BEGIN and
    COMMIT, which cost as much as the work (``docs/adr/0003-one-statement-per-answer.md``). The code inside must
    not need two statements to succeed together.
    """
    if _Current.autocommit is None:
        with transaction() as session:
            yield session.connection()
    else:
        with _Current.autocommit.connect() as connection:
            yield connection


def run_bare(connection: Connection, statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Run a statement in the driver's own notation past SQLAlchemy and return its first row, if it has one.

    For the one statement that stores an answer: what SQLAlchemy does around it costs as much Python as the rest of the
    request's handling of the database. A database that is away raises OperationalError as everywhere.
    """
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection was closed")
    try:
        row: tuple[Any, ...] | None = driver.execute(statement, values).fetchone()
    except psycopg.OperationalError as error:
        connection.invalidate(error)
        raise OperationalError(statement, None, error) from error
    return row


def bare(statement: TextClause) -> str:
    """Return a statement in the driver's own notation, for :func:`run_bare`."""
    return str(statement.compile(dialect=PGDialect_psycopg()))  # type: ignore[no-untyped-call]


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session that only reads; whatever it changed by mistake is rolled back."""
    with _Current.sessions() as session:
        try:
            yield session
        finally:
            session.rollback()


def driver_url(url: str) -> str:
    """Return ``url`` with psycopg 3 named as its driver."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in {"postgres", "postgresql"} else url


def plain_url(url: str) -> str:
    """Return ``url`` as libpq and psycopg themselves read it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def is_reachable() -> bool:
    """Say whether the database answers a query now."""
    try:
        with engine().connect() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError:
        return False
    return True
