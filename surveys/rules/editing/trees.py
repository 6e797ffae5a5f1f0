"""A tree of options as lines of text, indented level by level: how people write down 产品线 and 产品."""

from collections.abc import Mapping
from typing import Any

from surveys.rules.editing.wording import said

Line = dict[str, Any]

DEEPEST = 5
_TAB = 2


def as_text(tree: list[Line], language: str, depth: int = 0) -> str:
    """Return a tree as text, one label a line, two blanks before each line for every level above it."""
    lines = []
    for line in tree:
        label = line["label"].get(language) or next(iter(line["label"].values()))
        lines.append(" " * _TAB * depth + label)
        if line.get("children"):
            lines.append(as_text(line["children"], language, depth + 1))
    return "\n".join(lines)


def from_text(text: str, before: list[Line], language: str) -> list[Line]:
    """Read a tree from text; a line whose labels stood under the same ones before keeps its id.

    Full-width blanks and tabs count like two blanks; a line indented too far belongs to the line above it.
    """
    numbers = {number for line in _all_lines(before) if (number := _number(line["id"])) is not None}
    highest = max(numbers, default=0)
    root: Line = {"children": []}
    path: list[tuple[int, Line, Mapping[str, Line]]] = [(-1, root, _by_label(before, language))]
    for raw in text.splitlines():
        plain = raw.replace("\t", " " * _TAB).replace("\u3000", " " * _TAB)
        label = plain.strip()
        if not label:
            continue
        indent = len(plain) - len(plain.lstrip())
        while len(path) > 1 and (path[-1][0] >= indent or len(path) > DEEPEST):
            path.pop()
        _, parent, known = path[-1]
        old = known.get(label)
        if old is None:
            highest += 1
            line: Line = {"id": f"o{highest}", "label": {language: label}}
        else:
            line = {name: value for name, value in old.items() if name != "children"}
            line["label"] = said(old["label"], language, label)
        if all(one["id"] != line["id"] for one in parent.setdefault("children", [])):
            parent["children"].append(line)
            path.append((indent, line, _by_label((old or {}).get("children") or [], language)))
    children: list[Line] = root["children"]
    return children


def _all_lines(tree: list[Line]) -> list[Line]:
    return [one for line in tree for one in (line, *_all_lines(line.get("children") or []))]


def _by_label(tree: list[Line], language: str) -> dict[str, Line]:
    return {line["label"][language]: line for line in tree if language in line["label"]}


def _number(name: str) -> int | None:
    digits = name.removeprefix("o")
    return int(digits) if digits.isdecimal() else None
