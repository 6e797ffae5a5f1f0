"""Whatever a rule says no with can be told in the language of whoever reads it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.test_rules import PACKAGES, ROOT, sources, tree

CHINESE = re.compile("[\u3400-\u9fff]")
MARKS = {"N_", "_", "_l", "gettext", "lazy_gettext"}
"""What a sentence stands in so that the catalogues know it."""


def is_read_by_machines_or_in_a_terminal(file: Path) -> bool:
    """Tell whether a file speaks to those who get Chinese whatever they read: systems, operators, the demo."""
    inside = file.relative_to(ROOT).parts
    return inside[-1] in {"api.py", "cli.py"} or inside[:2] in {
        ("app", "cli"),
        ("app", "demo"),
        ("core", "settings.py"),
        ("feedback", "imports"),
    }


def name_of(node: ast.expr) -> str:
    """Return the last name of ``a.b`` or ``b``, "" for anything else."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def refusals(trees: list[ast.Module]) -> set[str]:
    """Return the names of DomainError and all classes below it."""
    bases = {
        node.name: {name_of(base) for base in node.bases}
        for one in trees
        for node in ast.walk(one)
        if isinstance(node, ast.ClassDef)
    }
    found, before = {"DomainError"}, 0
    while len(found) > before:
        before = len(found)
        found |= {name for name, above in bases.items() if above & found}
    return found


def unmarked(node: ast.AST) -> Iterator[ast.Constant]:
    """Yield the Chinese literals in an expression that no catalogue will know."""
    if isinstance(node, ast.Call) and name_of(node.func) in MARKS:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and CHINESE.search(node.value):
        yield node
    for inner in ast.iter_child_nodes(node):
        yield from unmarked(inner)


def in_chinese_only(module: ast.Module, kinds: set[str]) -> Iterator[ast.Constant]:
    """Yield the unmarked Chinese in what a module raises, in the making of its errors, and in lists of complaints.

    What is raised may be a ValueError that a form or a page tells; lists of complaints are how the sentences of
    InvalidInputError are gathered before it is raised.
    """
    gathers = any(isinstance(node, ast.Name) and node.id == "InvalidInputError" for node in ast.walk(module))
    for node in ast.walk(module):
        if isinstance(node, ast.Raise) and node.exc is not None:
            yield from unmarked(node.exc)
        elif isinstance(node, ast.Call) and name_of(node.func) in kinds:
            yield from unmarked(node)
        elif isinstance(node, ast.ClassDef) and node.name in kinds:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and name_of(inner.func) == "__init__":
                    yield from unmarked(inner)
        elif gathers and isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
            yield from unmarked(node.value)


def test_no_refusal_is_in_chinese_only() -> None:
    files = {file: tree(file) for file in sources(*PACKAGES)}
    kinds = refusals(list(files.values()))
    assert {"NotFoundError", "ConflictError", "UnreadableFileError", "UnfitImageError"} <= kinds
    guilty = {
        f"{file.relative_to(ROOT)}:{literal.lineno} {literal.value!r}"
        for file, module in files.items()
        if not is_read_by_machines_or_in_a_terminal(file)
        for literal in in_chinese_only(module, kinds)
    }
    assert guilty == set(), "mark the sentence: N_(…), or said(N_(…), …) with what fills it"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("raise NotFoundError('没有')", ["没有"]),
        ("raise NotFoundError(f'没有 {name}')", ["没有 "]),
        ("raise InvalidInputError(N_('有误'), {'name': ['已有']}) from None", ["已有"]),
        ("why = DomainError('不行')", ["不行"]),
        ("class FullError(DomainError):\n def __init__(self):\n  super().__init__('已满')", ["已满"]),
        ("wrong['name'] = [f'{n} 太多']\nraise InvalidInputError(N_('有误'), wrong)", [" 太多"]),
        ("raise NotFoundError(N_('没有'))", []),
        ("raise ConflictError(said(N_('已由%(name)s认领'), name=name))", []),
        ("raise ValidationError(_l('没有'))", []),
        ("names = ['张三']", []),
    ],
)
def test_chinese_that_nobody_marked_is_found(source: str, found: list[str]) -> None:
    module = ast.parse(source)
    kinds = refusals([module]) | {"NotFoundError", "InvalidInputError", "ConflictError"}
    assert list({literal: literal.value for literal in in_chinese_only(module, kinds)}.values()) == found
