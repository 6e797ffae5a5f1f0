"""Who points at what in a draft: conditions, jumps, computed variables, endings and {{…}} in texts.

When something is removed, what pointed at it is taken out and named, so that no dangling reference is left and
the author can see what was lost. When a page is copied, the copies point at each other.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from surveys.rules.editing.places import LISTS, Document, Loss, Place, questions

Condition = dict[str, Any]
GROUPS = ("all", "any", "none")
_PIPE = re.compile(r"\{\{\s*([^{}|]+?)\s*(?:\|([^{}]*))?\}\}")
_NO_TEXT = frozenset({"id", "type", "pattern"})


def holders(document: Document) -> Iterator[tuple[Place, Document, str]]:
    """Yield every spot that may hold a condition: where it is, the mapping, and the key in it."""
    for page in document["pages"]:
        here = Place("page", page["id"])
        yield here, page, "show"
        for rule in (*(page.get("jumps") or []), *(page.get("sets") or [])):
            yield here, rule, "when"
        for question in page["questions"]:
            at = Place("question", question["id"])
            yield at, question, "show"
            yield at, question, "require"
            for name in LISTS:
                for line in question.get(name) or []:
                    yield Place("option", line["id"], question["id"]), line, "show"
    for ending in document.get("endings") or []:
        yield Place("ending", ending["id"]), ending, "when"


def rewritten(condition: Condition, change: Callable[[Condition], Condition | None]) -> Condition | None:
    """Return the condition with ``change`` applied to every leaf; leaves that become None fall out.

    A group that lost all its leaves falls out too; None means that nothing is left of the condition.
    """
    for name in GROUPS:
        if name in condition:
            parts = [left for part in condition[name] if (left := rewritten(part, change)) is not None]
            return {name: parts} if parts else None
    return change(condition)


def leaves(condition: Condition) -> Iterator[Condition]:
    """Yield the single comparisons of a condition."""
    for name in GROUPS:
        if name in condition:
            for part in condition[name]:
                yield from leaves(part)
            return
    yield condition


def drop(document: Document, gone: Callable[[str], bool]) -> list[Loss]:
    """Take every reference for which ``gone`` is true out of the document, in place; return what was lost."""

    def kept(leaf: Condition) -> Condition | None:
        return None if gone(str(leaf.get("of", ""))) else leaf

    return _change_conditions(document, kept) + _drop_sets(document, gone) + _drop_pipes(document, gone)


def drop_option(document: Document, question_id: str, option_id: str) -> list[Loss]:
    """Take an option out of every condition that looks whether it was chosen, in place."""

    def kept(leaf: Condition) -> Condition | None:
        if leaf.get("of") != question_id:
            return leaf
        than = leaf.get("than")
        if than == option_id:
            return None
        if isinstance(than, list) and option_id in than:
            rest = [one for one in than if one != option_id]
            return leaf | {"than": rest} if rest else None
        return leaf

    return _change_conditions(document, kept)


def _change_conditions(document: Document, change: Callable[[Condition], Condition | None]) -> list[Loss]:
    lost = []
    for place, holder, key in holders(document):
        before = holder.get(key)
        if before is None:
            continue
        after = rewritten(before, change)
        if after != before:
            lost.append(Loss("condition", place))
            holder[key] = after
            if after is None:
                del holder[key]
    return lost


def _drop_sets(document: Document, gone: Callable[[str], bool]) -> list[Loss]:
    lost = []
    for page in document["pages"]:
        kept = []
        for rule in page.get("sets") or []:
            value = rule.get("value")
            of = str(value.get("of", "")) if isinstance(value, dict) else ""
            if gone(f"var.{rule['variable']}") or (of and gone(of)):
                lost.append(Loss("set", Place("page", page["id"])))
            else:
                kept.append(rule)
        if "sets" in page:
            page["sets"] = kept
    return lost


def _drop_pipes(document: Document, gone: Callable[[str], bool]) -> list[Loss]:
    def mended(text: str) -> str:
        return _PIPE.sub(lambda pipe: (pipe[2] or "") if gone(pipe[1]) else pipe[0], text)

    return [Loss("pipe", place) for place in _change_texts(document, mended)]


def rename(document: Document, part: Document, names: Mapping[str, str]) -> None:
    """Let ``part``, a page of the document, point at the new names of questions instead of the old, in place."""

    def renamed(ref: str) -> str:
        head, dot, tail = ref.partition(".")
        return f"{names.get(head, head)}{dot}{tail}"

    def change(leaf: Condition) -> Condition:
        return leaf | {"of": renamed(str(leaf["of"]))} if "of" in leaf else leaf

    alone: Document = {**document, "pages": [part], "endings": []}
    _change_conditions(alone, change)
    for rule in part.get("sets") or []:
        if isinstance(rule.get("value"), dict):
            rule["value"] = {"of": renamed(str(rule["value"]["of"]))}
    _texts_in(part, lambda text: _PIPE.sub(lambda pipe: pipe[0].replace(pipe[1], renamed(pipe[1])), text))


def _change_texts(document: Document, change: Callable[[str], str]) -> Iterator[Place]:
    """Change every text of the document in place and yield the elements whose texts became others."""
    for name in ("title", "intro", "thanks"):
        if _texts_in({name: document.get(name)}, change):
            yield Place("survey")
    for page in document["pages"]:
        if _texts_in({"title": page.get("title")}, change):
            yield Place("page", page["id"])
    for _, question in questions(document):
        if _texts_in(question, change):
            yield Place("question", question["id"])
    for ending in document.get("endings") or []:
        if _texts_in(ending, change):
            yield Place("ending", ending["id"])


def _texts_in(part: Any, change: Callable[[str], str]) -> bool:  # noqa: ANN401 - any piece of JSON
    """Change the texts inside a piece of JSON in place; say whether any became another."""
    changed = False
    pairs = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in list(pairs):
        if isinstance(value, str) and key not in _NO_TEXT:
            after = change(value)
            if after != value:
                # A text may not become empty; a dash says that something was here.
                part[key] = after.strip() or "—"
                changed = True
        elif isinstance(value, dict | list):
            changed = _texts_in(value, change) or changed
    return changed
