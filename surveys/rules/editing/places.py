"""Where something stands in a draft: a page, a question, one of its options, a variable, an ending."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal

from core.errors import InvalidInputError, NotFoundError
from core.sentences import N_
from surveys.rules.texts import DEFAULT_LANGUAGE

Document = dict[str, Any]
Kind = Literal["survey", "page", "question", "option", "variable", "ending"]

LISTS = ("options", "rows", "columns")
"""The lists of a question that an author writes line by line; the first letter begins the ids in them."""


class ImpossibleEditError(InvalidInputError):
    """The draft cannot be changed in this way; the message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """One element of a draft; ``inside`` is the question of an option."""

    kind: Kind
    id: str = ""
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Loss:
    """A reference that ended because what it pointed at was removed.

    ``what`` is "condition", "jump", "set", "pipe" or "ending"; ``at`` is where it stood.
    """

    what: str
    at: Place


@dataclass(frozen=True, slots=True)
class Edit:
    """The draft after an operation, the element to look at now, and what the operation cost elsewhere."""

    document: Document
    focus: Place
    losses: tuple[Loss, ...] = field(default=())


def copy_of(document: Document) -> Document:
    """Return a copy that can be changed, with the short form of a one-page survey written out."""
    copied = deepcopy(document)
    if "pages" not in copied:
        copied["pages"] = [{"id": "p1", "questions": copied.pop("questions", [])}]
    for page in copied["pages"]:
        page["questions"] = list(page.get("questions") or [])
    return copied


def main_language(document: Document) -> str:
    """Return the language in which the survey is written: simplified Chinese wherever it has that.

    The order of the languages says nothing: JSONB sorts its keys.
    """
    title = document["title"]
    return DEFAULT_LANGUAGE if DEFAULT_LANGUAGE in title else str(next(iter(title)))


def questions(document: Document) -> Iterator[tuple[Document, Document]]:
    """Yield every question with its page, in the order of asking."""
    for page in document["pages"]:
        for question in page["questions"]:
            yield page, question


def page_of(document: Document, page_id: str) -> Document:
    """Return a page; raise NotFoundError if there is none of this id."""
    return _named(document["pages"], page_id, N_("没有这一页"))


def question_of(document: Document, question_id: str) -> Document:
    """Return a question; raise NotFoundError if there is none of this id."""
    return _named([question for _, question in questions(document)], question_id, N_("没有这个问题"))


def home_of(document: Document, question_id: str) -> tuple[Document, int]:
    """Return the page of a question and its number on that page, counted from 0; raise NotFoundError."""
    for page in document["pages"]:
        for index, question in enumerate(page["questions"]):
            if question["id"] == question_id:
                return page, index
    raise NotFoundError(N_("没有这个问题"))


def ending_of(document: Document, ending_id: str) -> Document:
    """Return an ending; raise NotFoundError if there is none of this id."""
    return _named(document.get("endings") or [], ending_id, N_("没有这个结束页"))


def variable_of(document: Document, variable_id: str) -> Document:
    """Return a variable; raise NotFoundError if there is none of this id."""
    return _named(document.get("variables") or [], variable_id, N_("没有这个变量"))


def line_of(document: Document, question_id: str, line_id: str) -> tuple[list[Document], int]:
    """Return the list of a question that holds an option, row or column, and its place in it; or raise."""
    question = question_of(document, question_id)
    for name in LISTS:
        for index, line in enumerate(question.get(name) or []):
            if line["id"] == line_id:
                return question[name], index
    raise NotFoundError(N_("没有这个选项"))


def position(items: list[Document], item_id: str) -> int:
    """Return the index of the item of this id; raise NotFoundError if there is none."""
    for index, item in enumerate(items):
        if item["id"] == item_id:
            return index
    raise NotFoundError(N_("没有这一项"))


def _named(items: list[Document], item_id: str, otherwise: str) -> Document:
    for item in items:
        if item["id"] == item_id:
            return item
    raise NotFoundError(otherwise)
