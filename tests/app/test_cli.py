"""What the command line does in a folder that is not the product's."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, make_url, text

import app
from app.cli.main import cx as commands
from core import db
from core.embedded import EmbeddedPostgres

ROOT = Path(app.__file__).resolve().parents[1]


def cx(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *command],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


COMMANDS = [
    ("import", "feedback", "good.csv"),
    ("import", "list"),
    ("import", "undo", "1"),
    ("db", "upgrade"),
    ("demo",),
    ("user", "add", "x", "--name", "x", "--role", "agent"),
    ("audit", "verify"),
    ("web", "--port", "1"),
    ("worker",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_a_command_in_another_folder_says_where_it_looked_and_leaves_nothing(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "good.csv").write_text("内容\n很好\n", encoding="utf-8")
    done = cx(tmp_path, *command)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    for name in (str(tmp_path / "var"), "HUISHENG_HOME", "DATABASE_URL", "cx up"):
        assert name in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["good.csv"]
    assert not running_in(tmp_path)


def test_secrets_alone_make_no_installation(tmp_path: Path) -> None:
    done = cx(
        tmp_path,
        "import",
        "list",
        HUISHENG_SECRET=os.environ["HUISHENG_SECRET"],
        HUISHENG_KEYS=os.environ["HUISHENG_KEYS"],
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert list(tmp_path.iterdir()) == []
    assert not running_in(tmp_path)


def test_a_database_without_our_tables_is_one_sentence(fresh_database: str, tmp_path: Path) -> None:
    with db.transaction() as session:
        session.connection().exec_driver_sql("DROP SCHEMA public CASCADE")
        session.connection().exec_driver_sql("CREATE SCHEMA public")
    done = cx(
        tmp_path,
        "import",
        "list",
        DATABASE_URL=db.plain_url(fresh_database),
        HUISHENG_SECRET=os.environ["HUISHENG_SECRET"],
        HUISHENG_KEYS=os.environ["HUISHENG_KEYS"],
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "cx db upgrade" in done.stderr


def test_a_file_is_imported_listed_and_taken_back(fresh_database: str, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text("短评,发表日\n理赔很快,2025-03-01\n", encoding="utf-8")
    environment = {
        "DATABASE_URL": db.plain_url(fresh_database),
        "HUISHENG_SECRET": os.environ["HUISHENG_SECRET"],
        "HUISHENG_KEYS": os.environ["HUISHENG_KEYS"],
    }
    wrong = cx(tmp_path, "import", "feedback", "good.csv", "--column", "短评", **environment)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    wishes = ("--column", "内容=短评", "--column", "时间=发表日")
    done = cx(tmp_path, "import", "feedback", "good.csv", *wishes, **environment)
    assert "第 1 次导入，来源 good：新增 1 条" in done.stdout
    assert "各列读作：内容←短评，时间←发表日。" in done.stdout
    assert "第 1 次导入" in cx(tmp_path, "import", "list", **environment).stdout
    assert "已撤销 1 条。" in cx(tmp_path, "import", "undo", "1", "--yes", **environment).stdout


def running_in(folder: Path) -> list[str]:
    return [
        process.info["name"]
        for process in psutil.process_iter(["name", "cmdline"])
        if any(str(folder) in part for part in process.info["cmdline"] or [])
    ]


MISTAKES = [
    (("web", "--port", "99999"), "--port"),
    (("up", "--port", "70000"), "--port"),
    (("up", "--port", "0"), "--port"),
    (("web", "--host", "nowhere.invalid"), "--host"),
    (("up", "--host", "nowhere.invalid"), "--host"),
    (("up", "--workers", "0"), "--workers"),
    (("worker", "--concurrency", "0"), "--concurrency"),
    (("import", "undo", "99999999999999999999"), "NUMBER"),
    (("tag", "words.jsonl", "nowhere/out.jsonl"), "nowhere/out.jsonl"),
    (("tag", "words.jsonl", "words.jsonl"), "same file"),
]


@pytest.mark.parametrize(("command", "named"), MISTAKES, ids=" ".join)
def test_a_mistake_in_a_command_is_named_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("words.jsonl").write_text('{"id": "1", "text": "很好"}\n', encoding="utf-8")
    done = CliRunner().invoke(commands, command, prog_name="cx")
    assert done.exit_code in {1, 2}
    assert isinstance(done.exception, SystemExit)
    assert named in done.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("url", ["huisheng", "mysql://a:geheim@db/x", "postgresql://a:geheim@db:99999/x"])
def test_an_address_that_is_no_database_is_refused_without_saying_its_password(
    tmp_path: Path, url: str
) -> None:
    done = cx(
        tmp_path,
        "db",
        "check",
        DATABASE_URL=url,
        HUISHENG_SECRET="s" * 40,
        HUISHENG_KEYS=f"k1={'A' * 43}=",
    )
    assert done.returncode == 2
    assert done.stderr.startswith("settings: DATABASE_URL: must read postgresql://")
    assert len(done.stderr.splitlines()) == 1
    assert "geheim" not in done.stderr


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = cx(tmp_path, "up", "--port", str(free_port()), HUISHENG_HOME=str(tmp_path / "file" / "home"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert str(tmp_path / "file") in done.stderr


def of(database: str) -> dict[str, str]:
    return {
        "DATABASE_URL": db.plain_url(database),
        "HUISHENG_SECRET": "s" * 40,
        "HUISHENG_KEYS": f"k1={'A' * 43}=",
    }


def test_the_command_line_refuses_the_accounts_and_keys_that_the_pages_refuse(
    fresh_database: str, tmp_path: Path
) -> None:
    assert cx(tmp_path, "db", "upgrade", **of(fresh_database)).returncode == 0
    long = "李" * 41
    done = cx(tmp_path, "user", "add", "a b", "--name", long, "--role", "agent", **of(fresh_database))
    assert done.returncode == 2
    assert "  login: " in done.stderr
    assert "  name: " in done.stderr
    done = cx(tmp_path, "key", "add", "  ", "--scope", "events:write", **of(fresh_database))
    assert done.returncode == 2
    assert "  name: " in done.stderr
    done = cx(tmp_path, "user", "add", "li.jing", "--name", "李静", "--role", "agent", **of(fresh_database))
    assert done.returncode == 0


def test_a_database_that_a_newer_version_has_been_at_is_one_sentence(
    fresh_database: str, tmp_path: Path
) -> None:
    assert cx(tmp_path, "db", "upgrade", **of(fresh_database)).returncode == 0
    with db.engine().begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    done = cx(tmp_path, "db", "upgrade", **of(fresh_database))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "9999" in done.stderr


def test_a_database_that_cannot_hold_chinese_is_one_sentence(fresh_database: str, tmp_path: Path) -> None:
    name = "latin_" + uuid4().hex[:8]
    outside = create_engine(db.driver_url(fresh_database), isolation_level="AUTOCOMMIT")
    with outside.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"))
    try:
        latin = (
            make_url(db.driver_url(fresh_database)).set(database=name).render_as_string(hide_password=False)
        )
        done = cx(tmp_path, "db", "upgrade", **of(latin))
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert "SQL_ASCII" in done.stderr
    finally:
        with outside.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        outside.dispose()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_command_on_a_stopped_house_leaves_no_database_behind(tmp_path: Path) -> None:
    home = tmp_path / "var"
    home.mkdir()
    secrets = {key: value for key, value in of("").items() if key != "DATABASE_URL"}
    (home / "secrets.env").write_text(
        "".join(f"{name}={value}\n" for name, value in secrets.items()), encoding="utf-8"
    )
    server = EmbeddedPostgres(home / "postgres")
    server.start()
    server.stop()
    done = cx(tmp_path, "db", "upgrade")
    assert done.returncode == 0, done.stderr
    assert not server.is_running()
    server.start()  # somebody else's now: the command leaves it so
    try:
        assert cx(tmp_path, "audit", "verify").returncode == 0
        assert server.is_running()
    finally:
        server.stop()


def test_a_database_that_does_not_start_is_one_sentence(tmp_path: Path) -> None:
    home = tmp_path / "var"
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "PG_VERSION").write_text("18\n", encoding="utf-8")
    (home / "secrets.env").write_text(
        "".join(f"{name}={value}\n" for name, value in of("").items() if value), encoding="utf-8"
    )
    done = cx(tmp_path, "audit", "verify")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("database: the database does not start")
