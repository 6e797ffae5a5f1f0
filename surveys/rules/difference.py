"""What changed between two definitions, as an author or a reviewer reads it.

Ids are stable, so what has the same id is the same thing: it was moved, reworded or set up otherwise, but never
"removed and added". Texts are told language by language, logic in words.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from surveys.rules.conditions import Condition, refs
from surveys.rules.definition import Definition, Ending, Page, Variable
from surveys.rules.describe import (
    change_in_words,
    in_words,
    jump_in_words,
    page_in_words,
    short,
    when_in_words,
)
from surveys.rules.questions import Option, Question
from surveys.rules.texts import DEFAULT_LANGUAGE, Language, Localised, say
from surveys.rules.wording import SETTING_NAMES, TEXT_NAMES, TYPE_NAMES, cut, value_in_words

Kind = Literal["survey", "page", "question", "variable", "ending"]
State = Literal["added", "removed", "changed"]
Aspect = Literal["wording", "options", "logic", "required", "settings", "place"]


Piece = tuple[Literal["same", "gone", "new"], str]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different: which aspect, what people call it, in which language, and both states."""

    aspect: Aspect
    name: str
    before: str = ""
    after: str = ""
    language: Language | None = None

    def pieces(self) -> list[Piece]:
        """Return both states woven into one: what stayed, what is gone, what is new."""
        return woven(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the questionnaire that is different; a new or removed one has no changes of its own."""

    kind: Kind
    id: str
    title: str
    state: State
    changes: tuple[Change, ...] = ()


Title = Callable[[Any], str]
Compare = Callable[[Any, Any], Iterable[Change]]


def difference(before: Definition, after: Definition) -> tuple[Part, ...]:
    """Return every part that differs, in the order of the later definition, removed ones last of their kind."""
    found = [
        Part("survey", "", say(after.title, DEFAULT_LANGUAGE), "changed", tuple(_of_survey(before, after)))
    ]
    found += _parts(
        "page",
        before.pages,
        after.pages,
        lambda page: page_in_words(page, before),
        lambda page: page_in_words(page, after),
        _of_page(before, after),
    )
    found += _parts(
        "question",
        before.questions,
        after.questions,
        _question_title,
        _question_title,
        _of_question(before, after),
    )
    found += _parts("variable", before.variables, after.variables, _id_of, _id_of, _of_variable)
    found += _parts(
        "ending", before.endings, after.endings, _question_title, _question_title, _of_ending(before, after)
    )
    return tuple(part for part in found if part.changes or part.state != "changed")


def woven(before: str, after: str) -> list[Piece]:
    """Return two texts woven into one, character by character; too unlike ones stand one after the other."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < 0.4:
        apart: list[Piece] = [("gone", before), ("new", after)]
        return [piece for piece in apart if piece[1]]
    pieces: list[Piece] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(("same", before[a:b]))
            continue
        if b > a:
            pieces.append(("gone", before[a:b]))
        if d > c:
            pieces.append(("new", after[c:d]))
    return pieces


def _parts(
    kind: Kind,
    before: Sequence[Any],
    after: Sequence[Any],
    old_title: Title,
    new_title: Title,
    compare: Compare,
) -> Iterator[Part]:
    old = {one.id: one for one in before}
    new = {one.id: one for one in after}
    moved = moved_ids([one.id for one in before], [one.id for one in after])
    for place, one in enumerate(after, 1):
        if one.id not in old:
            yield Part(kind, one.id, new_title(one), "added")
            continue
        changes = list(compare(old[one.id], one))
        if one.id in moved and not any(change.aspect == "place" for change in changes):
            was = next(n for n, other in enumerate(before, 1) if other.id == one.id)
            changes.append(Change("place", "顺序", f"第 {was} 位", f"第 {place} 位"))
        yield Part(kind, one.id, new_title(one), "changed", tuple(changes))
    for one in before:
        if one.id not in new:
            yield Part(kind, one.id, old_title(one), "removed")


def moved_ids(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """Return which of the common ids stand in another order: all but a longest run that kept it."""
    places = {name: place for place, name in enumerate(before)}
    common = [name for name in after if name in places]
    best: list[list[str]] = []
    for name in common:
        runs = (run for run in best if places[run[-1]] < places[name])
        best.append([*_longest(runs), name])
    kept = set(_longest(best))
    return {name for name in common if name not in kept}


def _longest(runs: Iterable[list[str]]) -> list[str]:
    return max(runs, key=len, default=[])


# What is compared part by part.


def _of_survey(before: Definition, after: Definition) -> Iterator[Change]:
    for name, called in (("title", "问卷标题"), ("intro", "问卷说明"), ("thanks", "感谢语")):
        yield from _texts(called, getattr(before, name), getattr(after, name))
    layouts = {"page": "一页多题", "single": "一题一页"}
    yield from _settings("版式", layouts[before.layout], layouts[after.layout])
    yield from _settings("匿名", value_in_words(before.anonymous), value_in_words(after.anonymous))
    yield from _settings("主题色", before.theme.accent, after.theme.accent)
    shapes = {"rounded": "圆角", "plain": "直角"}
    yield from _settings("外形", shapes[before.theme.shape], shapes[after.theme.shape])
    yield from _settings("标志图片", before.theme.logo or "无", after.theme.logo or "无")
    yield from _settings("语言", "、".join(before.languages()), "、".join(after.languages()))


def _of_page(before: Definition, after: Definition) -> Compare:
    def compare(old: Page, new: Page) -> Iterator[Change]:
        yield from _texts("页标题", old.title, new.title)
        yield from _condition("显示条件", old.show, new.show, before, after)
        if old.jumps != new.jumps:
            yield Change("logic", "跳转", _jumps(old, before), _jumps(new, after))
        if old.sets != new.sets:
            yield Change("logic", "变量计算", _sets(old, before), _sets(new, after))

    return compare


def _of_question(before: Definition, after: Definition) -> Compare:
    homes = [{q.id: page for page in one.pages for q in page.questions} for one in (before, after)]

    def compare(old: Question, new: Question) -> Iterator[Change]:
        if old.type != new.type:
            yield Change("settings", "题型", TYPE_NAMES[old.type], TYPE_NAMES[new.type])
        if homes[0][old.id].id != homes[1][new.id].id:
            yield Change(
                "place",
                "所在页",
                page_in_words(homes[0][old.id], before),
                page_in_words(homes[1][new.id], after),
            )
        options = _option_names(old) | _option_names(new)
        yield from _all_texts(dict(old.texts()), dict(new.texts()), options)
        for name, called in (("options", "选项"), ("rows", "行"), ("columns_", "列"), ("tree", "选项")):
            yield from _options(called, getattr(old, name, ()), getattr(new, name, ()), before, after)
        if old.required != new.required:
            yield Change("required", "必答", value_in_words(old.required), value_in_words(new.required))
        yield from _condition("显示条件", old.show, new.show, before, after)
        yield from _condition("必答条件", old.require, new.require, before, after, none="无")
        for name in SETTING_NAMES:
            if (
                hasattr(old, name)
                and hasattr(new, name)
                and name not in dict(old.texts()) | dict(new.texts())
            ):
                yield from _settings(
                    SETTING_NAMES[name],
                    value_in_words(getattr(old, name)),
                    value_in_words(getattr(new, name)),
                )

    return compare


def _of_variable(old: Variable, new: Variable) -> Iterator[Change]:
    kinds = {"number": "数字", "text": "文字"}
    yield from _settings("类型", kinds[old.kind], kinds[new.kind])
    yield from _settings("初始值", value_in_words(old.start), value_in_words(new.start))


def _of_ending(before: Definition, after: Definition) -> Compare:
    def compare(old: Ending, new: Ending) -> Iterator[Change]:
        yield from _texts("标题", old.title, new.title)
        yield from _texts("正文", old.text, new.text)
        yield from _condition("显示条件", old.when, new.when, before, after)
        yield from _settings("跳转地址", old.redirect or "无", new.redirect or "无")

    return compare


def _all_texts(
    old: Mapping[str, Localised], new: Mapping[str, Localised], options: Mapping[str, str]
) -> Iterator[Change]:
    for path in dict.fromkeys([*old, *new]):
        head, _dot, rest = path.partition(".")
        if rest:
            # Labels of options that came or went are told with the options.
            if path in old and path in new:
                yield from _texts(
                    f"选项“{options.get(rest.partition('.')[0], rest)}”", old[path], new[path], "options"
                )
        else:
            yield from _texts(TEXT_NAMES.get(head, head), old.get(path), new.get(path))


def _texts(
    name: str, old: Localised | None, new: Localised | None, aspect: Aspect = "wording"
) -> Iterator[Change]:
    before, after = old or {}, new or {}
    for language in dict.fromkeys([*before, *after]):
        was, now = before.get(language, ""), after.get(language, "")
        if was != now:
            yield Change(aspect, name, was, now, language)


def _options(
    called: str, old: Sequence[Option], new: Sequence[Option], before: Definition, after: Definition
) -> Iterator[Change]:
    was, now = {o.id: o for o in _flat(old)}, {o.id: o for o in _flat(new)}
    for name, option in now.items():
        label = say(option.label, DEFAULT_LANGUAGE)
        if name not in was:
            yield Change("options", f"新增{called}", "", label)
            continue
        former = was[name]
        for attribute, title in (("points", "分值"), ("exclusive", "互斥"), ("image", "图片")):
            pair = value_in_words(getattr(former, attribute)), value_in_words(getattr(option, attribute))
            if pair[0] != pair[1]:
                yield Change("options", f"{called}“{label}”的{title}", *pair)
        yield from _condition(f"{called}“{label}”的显示条件", former.show, option.show, before, after)
    for name, option in was.items():
        if name not in now:
            yield Change("options", f"删除{called}", say(option.label, DEFAULT_LANGUAGE), "")
    if moved_ids(list(was), list(now)):
        yield Change("options", f"{called}顺序", _order(was, now), _order(now, was))


def _order(options: Mapping[str, Option], others: Mapping[str, Option]) -> str:
    labels = (short(say(o.label, DEFAULT_LANGUAGE), 12) for name, o in options.items() if name in others)
    return cut("、".join(labels))


def _flat(options: Iterable[Option]) -> Iterator[Option]:
    for option in options:
        yield option
        yield from _flat(getattr(option, "children", ()))


def _settings(name: str, old: str, new: str) -> Iterator[Change]:
    if old != new:
        yield Change("settings", name, old, new)


# How things are said.


def _condition(
    name: str,
    old: Condition | None,
    new: Condition | None,
    before: Definition,
    after: Definition,
    none: str = "总是",
) -> Iterator[Change]:
    """Tell a condition that differs; a question that was only reworded leaves the conditions on it as they are."""
    if old == new:
        return
    # Said with the words of today, as far as what it looks at is still there, so only the difference shows.
    known = all(ref.partition(".")[0] in after.by_id for ref in refs(old))
    yield Change(
        "logic",
        name,
        none if old is None else in_words(old, after if known else before, DEFAULT_LANGUAGE),
        none if new is None else in_words(new, after, DEFAULT_LANGUAGE),
    )


def _jumps(page: Page, definition: Definition) -> str:
    return "；".join(jump_in_words(jump, definition, DEFAULT_LANGUAGE) for jump in page.jumps) or "无"


def _sets(page: Page, definition: Definition) -> str:
    said = (
        when_in_words(one.when, definition, DEFAULT_LANGUAGE)
        + change_in_words(one, definition, DEFAULT_LANGUAGE)
        for one in page.sets
    )
    return "；".join(said) or "无"


def _question_title(one: Question | Ending) -> str:
    return say(one.title, DEFAULT_LANGUAGE)


def _id_of(one: Variable) -> str:
    return one.id


def _option_names(question: Question) -> dict[str, str]:
    lists = (getattr(question, name, ()) for name in ("options", "rows", "columns_", "tree"))
    return {o.id: short(say(o.label, DEFAULT_LANGUAGE)) for options in lists for o in _flat(options)}
