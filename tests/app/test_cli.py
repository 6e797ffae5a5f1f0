"""What the command line does in a folder that is not the product's."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import app
from core import db

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
