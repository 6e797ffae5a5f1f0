"""The rules of the house that no linter knows."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

import app
from app import flow
from app.tables import MODULES
from core.jobs.engine import name_of

ROOT = Path(app.__file__).resolve().parents[1]
PACKAGES = (
    "app", "core", "grid", "customers", "journeys", "delivery", "surveys", "sentiment", "feedback", "tickets",
    "dashboards", "migrations",
)  # fmt: skip


def sources(*folders: str) -> Iterator[Path]:
    """Yield the Python files of these folders."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def tree(file: Path) -> ast.Module:
    """Parse a file."""
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def test_the_readme_map_says_what_each_package_says_of_itself() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for package in PACKAGES:
        first = (ast.get_docstring(tree(ROOT / package / "__init__.py")) or "").splitlines()[0]
        assert re.search(rf"^{package}/ +{re.escape(first)}$", readme, re.MULTILINE), (package, first)


def test_only_core_db_commits_and_rolls_back() -> None:
    guilty = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in sources(*PACKAGES)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"commit", "rollback"}
        and file not in {ROOT / "core" / "db.py", ROOT / "migrations" / "env.py"}
    ]
    assert guilty == []


def test_nothing_is_imported_inside_a_function() -> None:
    guilty = [
        f"{file.relative_to(ROOT)}:{inner.lineno}"
        for file in sources(*PACKAGES)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert guilty == []


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in sources(*PACKAGES, "tests", "bench")
    }
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_a_flush_says_why() -> None:
    guilty = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in sources(*PACKAGES)
        for number, (above, line) in enumerate(
            pairwise(["", *file.read_text(encoding="utf-8").splitlines()]), 1
        )
        if ".flush()" in line and "#" not in line and "#" not in above
    ]
    assert guilty == []


def test_pages_and_assets_name_no_other_host() -> None:
    # The namespace of SVG is a name, nobody fetches it.
    allowed = "http://www.w3.org/2000/svg"
    guilty = []
    for file in ROOT.rglob("*"):
        inside = file.relative_to(ROOT).parts
        if (
            inside[0] not in PACKAGES
            or "vendor" in inside
            or file.suffix not in {".html", ".css", ".js", ".svg"}
        ):
            continue
        text = file.read_text(encoding="utf-8").replace(allowed, "")
        guilty += [
            f"{file.relative_to(ROOT)}: {url}" for url in re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", text)
        ]
    assert guilty == []


def test_templates_have_no_inline_handlers_and_no_inline_scripts() -> None:
    letters = {
        ROOT / "surveys" / "templates" / "surveys" / "letter.html"
    }  # mail programs know no style sheets
    guilty = []
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.html"):
            text = file.read_text(encoding="utf-8")
            if file not in letters and re.search(
                r"<[a-z][^>]*\s(?:on[a-z]+|style)=|<script(?![^>]*nonce)|<style(?![^>]*nonce)", text
            ):
                guilty.append(str(file.relative_to(ROOT)))
    assert guilty == []


def test_vendored_files_are_those_of_the_manifest() -> None:
    folder = ROOT / "app" / "static" / "vendor"
    manifest = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))
    listed: dict[str, str] = {}
    for package in manifest["package"]:
        assert package["version"]
        assert package["licence"]
        listed |= {f"{package['folder']}/{name}": digest for name, digest in package["sha256"].items()}
    found = {
        str(file.relative_to(folder)): sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "manifest.toml"
    }
    assert found == listed


def modules(name: str) -> Iterator[Path]:
    """Yield the files that are ``name`` in the packages with tables: a file, or all of a folder of that name."""
    for package in PACKAGES:
        if package not in {"core", "sentiment"}:
            yield from (ROOT / package).glob(f"{name}.py")
            yield from (ROOT / package / name).glob("[a-z]*.py")


def test_every_handler_and_job_stands_on_the_flow_page() -> None:
    wired = {name_of(handler) for handlers in flow.FLOW.values() for handler in handlers}
    wired |= {name_of(job) for job in flow.JOBS}
    written = {
        f"{file.relative_to(ROOT).parts[0]}.{node.name}"
        for file in (*modules("jobs"), ROOT / "core" / "jobs" / "housekeeping.py")
        for node in tree(file).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and is_handler_or_job(node)
    }
    assert written == wired
    assert {name_of(bell.job) for bell in flow.BELLS} <= {name_of(job) for job in flow.JOBS}


def is_handler_or_job(node: ast.FunctionDef) -> bool:
    """Say whether a function of jobs.py is one that a queue calls: (session, events), or nothing mandatory."""
    names = [argument.arg for argument in node.args.args]
    return names == ["session", "events"] or len(names) == len(node.args.defaults)


def test_every_models_file_is_known_to_the_migrations() -> None:
    written = {".".join(file.relative_to(ROOT).with_suffix("").parts) for file in modules("models")}
    written.add("core.models")
    assert {".".join(name.split(".")[:2]) for name in written} == {module.__name__ for module in MODULES}
    assert written <= set(sys.modules), "a module of tables that nobody imports"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_are_hashed_and_name_no_host(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pinned = re.findall(r"^[a-z0-9][^ ]*==[^ ]+", text, re.MULTILINE)
    assert len(pinned) > 40
    assert text.count("--hash=sha256:") >= len(pinned)
    assert "://" not in text
