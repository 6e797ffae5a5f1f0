"""Adding, moving, duplicating and removing pages, questions, options, endings and variables."""

from collections.abc import Callable, Collection, Sequence
from copy import deepcopy

from core.sentences import N_, said
from surveys.rules.definition import MOST_PAGES, MOST_QUESTIONS
from surveys.rules.editing import blanks, naming, references
from surveys.rules.editing.places import (
    Document,
    Edit,
    ImpossibleEditError,
    Loss,
    Place,
    copy_of,
    ending_of,
    home_of,
    line_of,
    main_language,
    page_of,
    position,
    question_of,
    questions,
    variable_of,
)

MOST_LINES = 200
FEWEST_LINES = {"options": 1, "rows": 1, "columns": 1}


Pictures = Sequence[tuple[str, str]]
"""Tokens of kept pictures, each with the words it can be called by."""


def add_question(
    document: Document,
    *,
    kind: str,
    page_id: str,
    taken: Collection[str],
    after: str | None = None,
    pictures: Pictures | None = None,
) -> Edit:
    """Add a question of a kind to a page: behind the question ``after``, or at the end.

    A choice among pictures begins with the ``pictures`` it is made of.
    """
    changed = copy_of(document)
    page = page_of(changed, page_id)
    if sum(1 for _ in questions(changed)) >= MOST_QUESTIONS:
        raise ImpossibleEditError(said(N_("一份问卷最多 %(n)s 个问题"), n=MOST_QUESTIONS))
    question_id = naming.next_id(kind, {*taken, *naming.names_in(changed)})
    here = position(page["questions"], after) + 1 if after else len(page["questions"])
    question = blanks.question(kind, question_id, main_language(changed))
    if pictures is not None:
        question["options"] = []
        _append_pictures(changed, question, pictures, taken)
    page["questions"].insert(here, question)
    return Edit(changed, Place("question", question_id))


def add_page(document: Document, *, taken: Collection[str], after: str | None = None) -> Edit:
    """Add an empty page: behind the page ``after``, or at the end."""
    changed = copy_of(document)
    if len(changed["pages"]) >= MOST_PAGES:
        raise ImpossibleEditError(said(N_("一份问卷最多 %(n)s 页"), n=MOST_PAGES))
    page_id = naming.next_id("p", {*taken, *naming.names_in(changed)}, joint="")
    here = position(changed["pages"], after) + 1 if after else len(changed["pages"])
    changed["pages"].insert(here, blanks.page(page_id))
    return Edit(changed, Place("page", page_id))


def move_question(document: Document, *, question_id: str, page_id: str, index: int) -> Edit:
    """Put a question on a page as its number ``index``, counted from 0 among those that stay there."""
    changed = copy_of(document)
    home, here = home_of(changed, question_id)
    target = page_of(changed, page_id)
    question = home["questions"].pop(here)
    target["questions"].insert(max(0, min(index, len(target["questions"]))), question)
    return Edit(changed, Place("question", question_id))


def shift_question(document: Document, *, question_id: str, up: bool) -> Edit:
    """Move a question one place up or down; from the edge of a page it goes on to the next page."""
    changed = copy_of(document)
    page, here = home_of(changed, question_id)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(page["questions"]):
        number = position(changed["pages"], page["id"]) + (-1 if up else 1)
        if not 0 <= number < len(changed["pages"]):
            return Edit(changed, Place("question", question_id))
        target = changed["pages"][number]["questions"]
        target.insert(len(target) if up else 0, page["questions"].pop(here))
    else:
        page["questions"].insert(there, page["questions"].pop(here))
    return Edit(changed, Place("question", question_id))


def move_page(document: Document, *, page_id: str, index: int) -> Edit:
    """Make a page the number ``index`` of the survey, counted from 0; what is out of range goes to the end."""
    changed = copy_of(document)
    pages = changed["pages"]
    page = pages.pop(position(pages, page_id))
    pages.insert(max(0, min(index, len(pages))), page)
    return Edit(changed, Place("page", page_id))


def shift_page(document: Document, *, page_id: str, up: bool) -> Edit:
    """Move a page with its questions one place up or down."""
    here = position(copy_of(document)["pages"], page_id)
    return move_page(document, page_id=page_id, index=here - 1 if up else here + 1)


def duplicate_question(document: Document, *, question_id: str, taken: Collection[str]) -> Edit:
    """Put a copy of a question with an id of its own behind it; its options keep theirs."""
    changed = copy_of(document)
    if sum(1 for _ in questions(changed)) >= MOST_QUESTIONS:
        raise ImpossibleEditError(said(N_("一份问卷最多 %(n)s 个问题"), n=MOST_QUESTIONS))
    page, here = home_of(changed, question_id)
    copied = deepcopy(page["questions"][here])
    copied["id"] = naming.next_id(copied["type"], {*taken, *naming.names_in(changed)})
    page["questions"].insert(here + 1, copied)
    return Edit(changed, Place("question", copied["id"]))


def duplicate_page(document: Document, *, page_id: str, taken: Collection[str]) -> Edit:
    """Put a copy of a page behind it; the copied questions get ids of their own and point at each other."""
    changed = copy_of(document)
    page = page_of(changed, page_id)
    if sum(1 for _ in questions(changed)) + len(page["questions"]) > MOST_QUESTIONS:
        raise ImpossibleEditError(said(N_("一份问卷最多 %(n)s 个问题"), n=MOST_QUESTIONS))
    copied = deepcopy(page)
    known = {*taken, *naming.names_in(changed)}
    copied["id"] = naming.next_id("p", known, joint="")
    names: dict[str, str] = {}
    for question in copied["questions"]:
        names[question["id"]] = naming.next_id(question["type"], known)
        question["id"] = names[question["id"]]
        known.add(question["id"])
    references.rename(changed, copied, names)
    changed["pages"].insert(position(changed["pages"], page_id) + 1, copied)
    return Edit(changed, Place("page", copied["id"]))


def remove_question(document: Document, *, question_id: str) -> Edit:
    """Remove a question and whatever pointed at it; the focus goes to its neighbour."""
    changed = copy_of(document)
    page, here = home_of(changed, question_id)
    _keep_one(changed, 1)
    del page["questions"][here]
    losses = references.drop(changed, _about(question_id))
    rest = page["questions"]
    if not rest:
        return Edit(changed, Place("page", page["id"]), _once(losses))
    return Edit(changed, Place("question", rest[min(here, len(rest) - 1)]["id"]), _once(losses))


def remove_page(document: Document, *, page_id: str) -> Edit:
    """Remove a page with its questions, the jumps to it, and whatever pointed at its questions."""
    changed = copy_of(document)
    pages = changed["pages"]
    here = position(pages, page_id)
    if len(pages) == 1:
        raise ImpossibleEditError(said(N_("问卷至少要有一页")))
    _keep_one(changed, len(pages[here]["questions"]))
    gone = pages.pop(here)
    losses: list[Loss] = []
    for page in pages:
        kept = [jump for jump in page.get("jumps") or [] if jump["to"] != page_id]
        if len(kept) != len(page.get("jumps") or []):
            page["jumps"] = kept
            losses.append(Loss("jump", Place("page", page["id"])))
    for question in gone["questions"]:
        losses += references.drop(changed, _about(question["id"]))
    return Edit(changed, Place("page", pages[min(here, len(pages) - 1)]["id"]), _once(losses))


def add_line(document: Document, *, question_id: str, part: str, taken: Collection[str]) -> Edit:
    """Add an option, row or column at the end of its list."""
    changed = copy_of(document)
    question = question_of(changed, question_id)
    lines = question.setdefault(part, [])
    if len(lines) >= MOST_LINES:
        raise ImpossibleEditError(said(N_("最多 %(n)s 个选项"), n=MOST_LINES))
    line_id = naming.next_line_id(question_id, part, {*taken, *naming.names_in(changed)})
    lines.append(blanks.line(part, line_id, len(lines) + 1, main_language(changed)))
    return Edit(changed, Place("option", line_id, question_id))


def add_lines(
    document: Document, *, question_id: str, part: str, words: Sequence[str], taken: Collection[str]
) -> Edit:
    """Add one line for each of these words that is not empty: a list pasted from somewhere else."""
    edit = Edit(document, Place("question", question_id))
    for label in filter(None, (word.strip()[:300] for word in words)):
        edit = add_line(edit.document, question_id=question_id, part=part, taken=taken)
        lines, here = line_of(edit.document, question_id, edit.focus.id)
        lines[here]["label"] = {main_language(edit.document): label}
    if edit.document is document:
        raise ImpossibleEditError(said(N_("请先粘贴或写下选项，一行一个")))
    return edit


def add_pictures(document: Document, *, question_id: str, pictures: Pictures, taken: Collection[str]) -> Edit:
    """Add an option for each picture."""
    changed = copy_of(document)
    _append_pictures(changed, question_of(changed, question_id), pictures, taken)
    return Edit(changed, Place("question", question_id))


def _append_pictures(
    document: Document, question: Document, pictures: Pictures, taken: Collection[str]
) -> None:
    language, known = main_language(document), {*taken, *naming.names_in(document)}
    for token, label in pictures:
        line_id = naming.next_line_id(question["id"], "options", known)
        known.add(f"{question['id']}.{line_id}")
        question["options"].append({"id": line_id, "label": {language: label}, "image": token})


def move_line(document: Document, *, question_id: str, line_id: str, index: int) -> Edit:
    """Make an option, row or column the number ``index`` of its list, counted from 0."""
    changed = copy_of(document)
    lines, here = line_of(changed, question_id, line_id)
    line = lines.pop(here)
    lines.insert(max(0, min(index, len(lines))), line)
    return Edit(changed, Place("option", line_id, question_id))


def shift_line(document: Document, *, question_id: str, line_id: str, up: bool) -> Edit:
    """Move an option, row or column one place up or down."""
    changed = copy_of(document)
    lines, here = line_of(changed, question_id, line_id)
    there = here - 1 if up else here + 1
    if 0 <= there < len(lines):
        lines.insert(there, lines.pop(here))
    return Edit(changed, Place("option", line_id, question_id))


def remove_line(document: Document, *, question_id: str, line_id: str) -> Edit:
    """Remove an option, row or column and whatever pointed at it."""
    changed = copy_of(document)
    lines, here = line_of(changed, question_id, line_id)
    question = question_of(changed, question_id)
    part = next(name for name in FEWEST_LINES if question.get(name) is lines)
    if len(lines) <= FEWEST_LINES[part]:
        raise ImpossibleEditError(said(N_("至少要保留 %(n)s 项"), n=FEWEST_LINES[part]))
    del lines[here]
    losses = references.drop_option(changed, question_id, line_id)
    if part == "rows":
        losses += references.drop(changed, lambda ref: ref == f"{question_id}.{line_id}")
    return Edit(changed, Place("question", question_id), _once(losses))


def add_ending(document: Document, *, taken: Collection[str]) -> Edit:
    """Add an ending behind the others."""
    changed = copy_of(document)
    ending_id = naming.next_id("end", {*taken, *naming.names_in(changed)})
    changed.setdefault("endings", []).append(blanks.ending(ending_id, main_language(changed)))
    return Edit(changed, Place("ending", ending_id))


def shift_ending(document: Document, *, ending_id: str, up: bool) -> Edit:
    """Move an ending one place up or down: the first whose condition holds is shown."""
    changed = copy_of(document)
    endings = changed.get("endings") or []
    here = position(endings, ending_id)
    there = here - 1 if up else here + 1
    if 0 <= there < len(endings):
        endings.insert(there, endings.pop(here))
    return Edit(changed, Place("ending", ending_id))


def remove_ending(document: Document, *, ending_id: str) -> Edit:
    """Remove an ending; jumps that led to it now end the survey in the ordinary way."""
    changed = copy_of(document)
    changed["endings"].remove(ending_of(changed, ending_id))
    losses = []
    for page in changed["pages"]:
        for jump in page.get("jumps") or []:
            if jump.get("ending") == ending_id:
                del jump["ending"]
                losses.append(Loss("ending", Place("page", page["id"])))
    return Edit(changed, Place("survey"), _once(losses))


def add_variable(document: Document, *, variable_id: str, kind: str, taken: Collection[str]) -> Edit:
    """Add a variable under the name that its author chose; it starts at 0, or at no words."""
    changed = copy_of(document)
    if variable_id in {*taken, *naming.names_in(changed)}:
        raise ImpossibleEditError(said(N_("这个名称已经用过，请换一个")))
    start: float | str = 0 if kind == "number" else ""
    changed.setdefault("variables", []).append({"id": variable_id, "kind": kind, "start": start})
    return Edit(changed, Place("variable", variable_id))


def remove_variable(document: Document, *, variable_id: str) -> Edit:
    """Remove a variable, the steps that compute it and whatever looked at it."""
    changed = copy_of(document)
    changed["variables"].remove(variable_of(changed, variable_id))
    losses = references.drop(changed, lambda ref: ref == f"var.{variable_id}")
    return Edit(changed, Place("survey"), _once(losses))


def _keep_one(document: Document, fewer: int) -> None:
    if sum(1 for _ in questions(document)) <= fewer:
        raise ImpossibleEditError(said(N_("问卷至少要有一个问题，请先添加新的再删除")))


def _about(question_id: str) -> Callable[[str], bool]:
    return lambda ref: ref == question_id or ref.startswith(f"{question_id}.")


def _once(losses: list[Loss]) -> tuple[Loss, ...]:
    return tuple(dict.fromkeys(losses))
