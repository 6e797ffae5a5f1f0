"""Changing what elements say, and in which languages; translations of what stays are kept."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.sentences import N_, Sentence
from surveys.rules.editing.places import (
    Document,
    Edit,
    ImpossibleEditError,
    Place,
    copy_of,
    main_language,
    questions,
)

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_ORDER = {
    name: place
    for place, name in enumerate(
        (
            "title",
            "hint",
            "text",
            "label",
            "options",
            "rows",
            "columns",
            "tree",
            "children",
            "other",
            "low",
            "high",
        )
    )
}
"""In which order an author reads the texts of a question; JSONB keeps none."""
_LOGIC = frozenset({"show", "require", "when"})


def said(before: Mapping[str, str] | None, language: str, words: str) -> dict[str, str] | None:
    """Return a text with ``words`` in the language of writing; without words there is no text in any language.

    A translation of something that is not said any more would be shown in a language nobody chose.
    """
    return {**(before or {}), language: words} if words else None


def texts(document: Document) -> Iterator[tuple[str, Place, dict[str, Any], str]]:
    """Yield every text a customer may read: a path that names it, its element, and the mapping and key it is at.

    A path reads ``question.nps.title`` or ``question.why.options.o1.label``; it stays the same while a draft changes.
    """
    for key in ("title", "intro", "thanks"):
        if document.get(key):
            yield f"survey.{key}", Place("survey"), document, key
    for page in document["pages"]:
        if page.get("title"):
            yield f"page.{page['id']}.title", Place("page", page["id"]), page, "title"
    for _, question in questions(document):
        if question["type"] != "hidden":
            yield from _texts_of(question)
    for ending in document.get("endings") or []:
        for key in ("title", "text"):
            if ending.get(key):
                yield f"ending.{ending['id']}.{key}", Place("ending", ending["id"]), ending, key


def _texts_of(question: dict[str, Any]) -> Iterator[tuple[str, Place, dict[str, Any], str]]:
    at = Place("question", question["id"])
    for path, holder, key in _texts_in(question):
        yield f"question.{question['id']}.{path}", at, holder, key


def _texts_in(part: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the texts inside a piece of a question with their paths; a line is named by its id."""
    for key, value in sorted(part.items(), key=lambda item: _ORDER.get(item[0], len(_ORDER))):
        if key in _LOGIC or not isinstance(value, dict | list):
            continue
        if isinstance(value, dict):
            if _is_text(value):
                yield key, part, key
                continue
            inside: Iterable[tuple[str, Any]] = [(key, value)]
        else:
            inside = [(f"{key}.{one['id']}", one) for one in value if isinstance(one, dict) and "id" in one]
        for stem, one in inside:
            for path, holder, name in _texts_in(one):
                yield f"{stem}.{path}", holder, name


def _is_text(value: dict[str, Any]) -> bool:
    return bool(value) and all(
        isinstance(text, str) and _LANGUAGE.fullmatch(name) for name, text in value.items()
    )


def translated(document: Document, language: str, words: Mapping[str, str]) -> Edit:
    """Write translations into one language; ``words`` maps paths of texts to them, empty ones remove theirs."""
    changed = copy_of(document)
    if language == main_language(changed):
        raise ImpossibleEditError(Sentence(N_("原文请在各个问题里修改")))
    for path, _, holder, key in list(texts(changed)):
        if path not in words or (path == "survey.title" and not words[path]):
            # The title says which languages there are; it leaves with its language only.
            continue
        rest = {name: text for name, text in holder[key].items() if name != language}
        holder[key] = rest | {language: words[path]} if words[path] else rest
    return Edit(changed, Place("survey"))


def add_language(document: Document, language: str, title: str) -> Edit:
    """Open the survey in one more language, beginning with its title."""
    changed = copy_of(document)
    if language in changed["title"]:
        raise ImpossibleEditError(Sentence(N_("已经有这种语言")))
    changed["title"] = {**changed["title"], language: title}
    return Edit(changed, Place("survey"))


def remove_language(document: Document, language: str) -> Edit:
    """Remove all texts of a language; the one the survey was written in stays."""
    changed = copy_of(document)
    if language == main_language(changed):
        raise ImpossibleEditError(Sentence(N_("不能删除问卷的原文语言")))
    for _, _, holder, key in list(texts(changed)):
        holder[key] = {name: text for name, text in holder[key].items() if name != language}
    return Edit(changed, Place("survey"))
