"""The private server keeps to itself what customers said."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from core import db
from core.embedded import EmbeddedPostgres

WORDS = "理赔员的手机是13800138000"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    made = EmbeddedPostgres(tmp_path / "postgres")
    made.start()
    yield made
    made.stop()


def test_slow_and_failing_statements_are_logged_without_what_customers_said(
    server: EmbeddedPostgres,
) -> None:
    engine = create_engine(db.driver_url(server.start()))
    with engine.begin() as connection:
        connection.execute(text("SET log_min_duration_statement = 0"))
        connection.execute(text("CREATE TABLE said (words text CHECK (length(words) < 40) UNIQUE)"))
        connection.execute(text("INSERT INTO said VALUES (:words)"), {"words": WORDS})
    for words in (WORDS, WORDS * 9):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(text("INSERT INTO said VALUES (:words)"), {"words": words})
    engine.dispose()
    log = (server.folder / "log").read_text(encoding="utf-8")
    assert "INSERT INTO said" in log
    assert "violates check constraint" in log
    assert "13800138000" not in log


def test_a_home_of_an_older_version_becomes_as_discreet_at_its_next_start(server: EmbeddedPostgres) -> None:
    server.stop()
    conf = server.folder / "postgresql.conf"
    older = [line for line in conf.read_text(encoding="utf-8").splitlines() if not line.startswith("log_")]
    conf.write_text("\n".join(older) + "\n", encoding="utf-8")
    for _start in range(2):
        engine = create_engine(db.driver_url(server.start()))
        with engine.connect() as connection:
            assert connection.execute(text("SHOW log_parameter_max_length")).scalar() == "0"
            assert connection.execute(text("SHOW log_error_verbosity")).scalar() == "terse"
        engine.dispose()
        server.stop()
    assert conf.read_text(encoding="utf-8").count("\nlog_parameter_max_length =") == 1
