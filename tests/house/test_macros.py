"""Templates that others import are run once for all: what they say must wait for whoever reads it."""

from collections.abc import Iterator, Mapping

import pytest
from jinja2 import Environment, nodes

from tests.house.test_rules import PACKAGES, ROOT

parser = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


def said_beside_macros(node: nodes.Node) -> Iterator[int]:
    """Yield the lines on which a template says something outside its macros."""
    if isinstance(node, nodes.Macro):
        return
    if isinstance(node, nodes.Name) and node.name in {"_", "gettext"}:
        yield node.lineno
    for inner in node.iter_child_nodes():
        yield from said_beside_macros(inner)


def imports(tree: nodes.Template) -> Iterator[str]:
    """Yield the names of the templates that a template imports without its context."""
    for one in (*tree.find_all(nodes.FromImport), *tree.find_all(nodes.Import)):
        assert isinstance(one, nodes.FromImport | nodes.Import)
        if not one.with_context and isinstance(one.template, nodes.Const):
            yield str(one.template.value)


def said_once_for_all(templates: Mapping[str, str]) -> list[str]:
    """Return where templates that others import without their context say something when they are imported."""
    trees = {name: parser.parse(source) for name, source in templates.items()}
    imported = {name for tree in trees.values() for name in imports(tree)}
    return [f"{name}:{line}" for name in sorted(imported) for line in said_beside_macros(trees[name])]


def test_nothing_is_said_in_the_language_of_whoever_came_first() -> None:
    templates = {
        str(file.relative_to(ROOT / package / "templates")): file.read_text(encoding="utf-8")
        for package in PACKAGES
        for file in (ROOT / package / "templates").rglob("*.html")
    }
    assert "components/forms.html" in templates
    assert said_once_for_all(templates) == []


@pytest.mark.parametrize(
    ("words", "imported", "found"),
    [
        (
            "{% set words = {'all': _('全部')} %}{% macro m() %}{{ words }}{% endmacro %}",
            "",
            ["words.html:1"],
        ),
        ("{% macro m() %}{% set words = {'all': _('全部')} %}{{ words }}{% endmacro %}", "", []),
        ("{% set words = _('全部') %}{% macro m() %}{{ words }}{% endmacro %}", " with context", []),
    ],
)
def test_what_is_said_beside_a_macro_is_found(words: str, imported: str, found: list[str]) -> None:
    page = "{% from 'words.html' import m" + imported + " %}{{ m() }}"
    assert said_once_for_all({"words.html": words, "page.html": page}) == found
