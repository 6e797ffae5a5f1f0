"""Ids that people can read, that never change and never come back.

Answers, conditions and earlier versions point at ids for ever, so an id is made once: the kind of thing and the
next number, one above the highest that was ever given. ``taken`` holds the names of all versions and steps of
the survey: ``q`` for a question, page, variable or ending, ``q.o`` for a line of question ``q``.
"""

import re
from collections.abc import Collection, Iterable
from typing import Any

from surveys.rules.editing.places import LISTS, Document, questions

_NUMBERED = re.compile(r"(.+?)_?(\d{1,6})")
_LINE = {"options": "o", "rows": "r", "columns": "c"}


def names_in(document: Document) -> set[str]:
    """Return every name that a draft gives now."""
    found = {page["id"] for page in document["pages"]}
    found |= {item["id"] for part in ("variables", "endings") for item in document.get(part) or []}
    for _, question in questions(document):
        found.add(question["id"])
        found |= {f"{question['id']}.{line}" for line in _lines(question)}
    return found


def _lines(question: dict[str, Any]) -> Iterable[str]:
    for name in LISTS:
        yield from (line["id"] for line in question.get(name) or [])


def next_id(stem: str, taken: Collection[str], *, joint: str = "_") -> str:
    """Return ``stem`` with the number after the highest that ``taken`` knows: ``choice_3`` after ``choice_2``."""
    highest = 0
    for name in taken:
        match = _NUMBERED.fullmatch(name)
        if match and match[1] == stem:
            highest = max(highest, int(match[2]))
    return f"{stem}{joint}{highest + 1}"


def next_line_id(question_id: str, part: str, taken: Collection[str]) -> str:
    """Return the next id in the list ``part`` of a question: ``o4`` after ``o3``, even if ``o3`` was removed."""
    start = f"{question_id}."
    inside = {name.removeprefix(start) for name in taken if name.startswith(start)}
    return next_id(_LINE[part], inside, joint="")
