"""What changed between two definitions, as an author or a reviewer reads it.

Ids are stable, so what has the same id is the same thing: it was moved, reworded or set up otherwise, but never
"removed and added". Texts are told language by language, logic in words. What is found is told in the language of
whoever reads it: names of settings from the catalogues, titles and conditions in that language as far as they have it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import partial
from typing import Any, Literal

from core.sentences import N_, Sentence, Spoken, Translate, Value, row, said, tell
from surveys.rules.conditions import Condition, refs
from surveys.rules.definition import Definition, Ending, Page, Variable
from surveys.rules.describe import (
    change_in_words,
    in_words,
    jump_in_words,
    listing,
    page_in_words,
    short,
    short_title,
    when_in_words,
)
from surveys.rules.questions import Option, Question
from surveys.rules.texts import Language, Localised, say
from surveys.rules.tongues import LanguageName
from surveys.rules.wording import LISTS, SETTING_NAMES, TEXT_NAMES, TYPE_NAMES, ListNames, cut, value_in_words

Kind = Literal["survey", "page", "question", "variable", "ending"]
State = Literal["added", "removed", "changed"]
Aspect = Literal["wording", "options", "logic", "required", "settings", "place"]


Piece = tuple[Literal["same", "gone", "new"], str]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different: which aspect, what people call it, in which language, and both states."""

    aspect: Aspect
    name: Value
    before: Value = ""
    after: Value = ""
    language: Language | None = None

    def told(self, translate: Translate, language: Language) -> "Change":
        """Return the same change with every word as a reader of ``language`` reads it."""
        name, before, after = (tell(one, translate, language) for one in (self.name, self.before, self.after))
        return replace(self, name=name, before=before, after=after)

    def pieces(self) -> list[Piece]:
        """Return both states, once they are told, woven into one: what stayed, what is gone, what is new."""
        return woven(str(self.before), str(self.after))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the questionnaire that is different; a new or removed one has no changes of its own."""

    kind: Kind
    id: str
    title: Value
    state: State
    changes: tuple[Change, ...] = ()

    def told(self, translate: Translate, language: Language) -> "Part":
        """Return the same part with every word as a reader of ``language`` reads it."""
        changes = tuple(change.told(translate, language) for change in self.changes)
        return replace(self, title=tell(self.title, translate, language), changes=changes)


_ALWAYS = said(N_("总是"))
_NOTHING = said(N_("无"))

Title = Callable[[Any], Value]
Compare = Callable[[Any, Any], Iterable[Change]]


def difference(before: Definition, after: Definition) -> tuple[Part, ...]:
    """Return every part that differs, in the order of the later definition, removed ones last of their kind."""
    found = [Part("survey", "", _title_of(after), "changed", tuple(_of_survey(before, after)))]
    found += _parts(
        "page",
        before.pages,
        after.pages,
        lambda page: Spoken(partial(page_in_words, page, before)),
        lambda page: Spoken(partial(page_in_words, page, after)),
        _of_page(before, after),
    )
    found += _parts(
        "question",
        before.questions,
        after.questions,
        _title_of,
        _title_of,
        _of_question(before, after),
    )
    found += _parts("variable", before.variables, after.variables, _id_of, _id_of, _of_variable)
    found += _parts("ending", before.endings, after.endings, _title_of, _title_of, _of_ending(before, after))
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
            changes.append(Change("place", said(N_("顺序")), _nth(was), _nth(place)))
        yield Part(kind, one.id, new_title(one), "changed", tuple(changes))
    for one in before:
        if one.id not in new:
            yield Part(kind, one.id, old_title(one), "removed")


def _nth(place: int) -> Sentence:
    return said(N_("第 %(n)s 位"), n=place)


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
    for name, called in (("title", N_("问卷标题")), ("intro", N_("问卷说明")), ("thanks", N_("感谢语"))):
        yield from _texts(said(called), getattr(before, name), getattr(after, name))
    layouts = {"page": N_("一页多题"), "single": N_("一题一页")}
    yield from _settings(N_("版式"), said(layouts[before.layout]), said(layouts[after.layout]))
    yield from _settings(N_("匿名"), value_in_words(before.anonymous), value_in_words(after.anonymous))
    yield from _settings(N_("主题色"), before.theme.accent, after.theme.accent)
    shapes = {"rounded": N_("圆角"), "plain": N_("直角")}
    yield from _settings(N_("外形"), said(shapes[before.theme.shape]), said(shapes[after.theme.shape]))
    yield from _settings(N_("标志图片"), value_in_words(before.theme.logo), value_in_words(after.theme.logo))
    yield from _settings(N_("语言"), _languages(before), _languages(after))


def _languages(definition: Definition) -> Value:
    return row(map(LanguageName, definition.languages()), N_("、"))


def _of_page(before: Definition, after: Definition) -> Compare:
    def compare(old: Page, new: Page) -> Iterator[Change]:
        yield from _texts(said(N_("页标题")), old.title, new.title)
        yield from _condition(said(N_("显示条件")), old.show, new.show, before, after)
        if old.jumps != new.jumps:
            yield Change("logic", said(N_("跳转")), _jumps(old, before), _jumps(new, after))
        if old.sets != new.sets:
            yield Change("logic", said(N_("变量计算")), _sets(old, before), _sets(new, after))

    return compare


def _of_question(before: Definition, after: Definition) -> Compare:
    homes = [{q.id: page for page in one.pages for q in page.questions} for one in (before, after)]

    def compare(old: Question, new: Question) -> Iterator[Change]:
        if old.type != new.type:
            yield Change("settings", said(N_("题型")), said(TYPE_NAMES[old.type]), said(TYPE_NAMES[new.type]))
        if homes[0][old.id].id != homes[1][new.id].id:
            yield Change(
                "place",
                said(N_("所在页")),
                Spoken(partial(page_in_words, homes[0][old.id], before)),
                Spoken(partial(page_in_words, homes[1][new.id], after)),
            )
        options = _option_names(old) | _option_names(new)
        yield from _all_texts(dict(old.texts()), dict(new.texts()), options)
        for name, names in LISTS.items():
            yield from _options(names, getattr(old, name, ()), getattr(new, name, ()), before, after)
        if old.required != new.required:
            yield Change(
                "required", said(N_("必答")), value_in_words(old.required), value_in_words(new.required)
            )
        yield from _condition(said(N_("显示条件")), old.show, new.show, before, after)
        yield from _condition(said(N_("必答条件")), old.require, new.require, before, after, none=_NOTHING)
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
    kinds = {"number": N_("数字"), "text": N_("文字")}
    yield from _settings(N_("类型"), said(kinds[old.kind]), said(kinds[new.kind]))
    yield from _settings(N_("初始值"), value_in_words(old.start), value_in_words(new.start))


def _of_ending(before: Definition, after: Definition) -> Compare:
    def compare(old: Ending, new: Ending) -> Iterator[Change]:
        yield from _texts(said(N_("标题")), old.title, new.title)
        yield from _texts(said(N_("正文")), old.text, new.text)
        yield from _condition(said(N_("显示条件")), old.when, new.when, before, after)
        yield from _settings(N_("跳转地址"), value_in_words(old.redirect), value_in_words(new.redirect))

    return compare


def _all_texts(
    old: Mapping[str, Localised], new: Mapping[str, Localised], options: Mapping[str, Value]
) -> Iterator[Change]:
    for path in dict.fromkeys([*old, *new]):
        head, _dot, rest = path.partition(".")
        if rest:
            # Labels of options that came or went are told with the options.
            if path in old and path in new:
                label = options.get(rest.partition(".")[0], rest)
                yield from _texts(said(N_("选项“%(label)s”"), label=label), old[path], new[path], "options")
        else:
            called = said(TEXT_NAMES[head]) if head in TEXT_NAMES else head
            yield from _texts(called, old.get(path), new.get(path))


def _texts(
    name: Value, old: Localised | None, new: Localised | None, aspect: Aspect = "wording"
) -> Iterator[Change]:
    before, after = old or {}, new or {}
    for language in dict.fromkeys([*before, *after]):
        was, now = before.get(language, ""), after.get(language, "")
        if was != now:
            yield Change(aspect, name, was, now, language)


_ATTRIBUTES = {
    "points": N_("分值"),
    "exclusive": N_("互斥"),
    "call_back": N_("希望回电"),
    "image": N_("图片"),
}


def _options(
    names: ListNames, old: Sequence[Option], new: Sequence[Option], before: Definition, after: Definition
) -> Iterator[Change]:
    was, now = {o.id: o for o in _flat(old)}, {o.id: o for o in _flat(new)}
    for name, option in now.items():
        if name not in was:
            yield Change("options", said(names.added), "", _label(option))
            continue
        former, called = was[name], said(names.one, label=_label(option))
        for attribute, title in _ATTRIBUTES.items():
            pair = value_in_words(getattr(former, attribute)), value_in_words(getattr(option, attribute))
            if pair[0] != pair[1]:
                yield Change("options", _of(called, title), *pair)
        yield from _condition(_of(called, N_("显示条件")), former.show, option.show, before, after)
    for name, option in was.items():
        if name not in now:
            yield Change("options", said(names.removed), _label(option), "")
    if moved_ids(list(was), list(now)):
        yield Change("options", said(names.order), _order(was, now), _order(now, was))


def _of(called: Sentence, setting: str) -> Sentence:
    return said(N_("%(whose)s的%(setting)s"), whose=called, setting=said(setting))


def _label(option: Option) -> Spoken:
    return Spoken(partial(say, option.label))


def _order(options: Mapping[str, Option], others: Mapping[str, Option]) -> Value:
    labels = [o.label for name, o in options.items() if name in others]
    return Spoken(lambda language: cut(listing((short(say(one, language), 12) for one in labels), language)))


def _flat(options: Iterable[Option]) -> Iterator[Option]:
    for option in options:
        yield option
        yield from _flat(getattr(option, "children", ()))


def _settings(name: str, old: Value, new: Value) -> Iterator[Change]:
    if old != new:
        yield Change("settings", said(name), old, new)


# How things are said.


def _condition(
    name: Sentence,
    old: Condition | None,
    new: Condition | None,
    before: Definition,
    after: Definition,
    none: Sentence = _ALWAYS,
) -> Iterator[Change]:
    """Tell a condition that differs; a question that was only reworded leaves the conditions on it as they are."""
    if old == new:
        return
    # Said with the words of today, as far as what it looks at is still there, so only the difference shows.
    known = all(ref.partition(".")[0] in after.by_id for ref in refs(old))
    yield Change(
        "logic",
        name,
        none if old is None else Spoken(partial(in_words, old, after if known else before)),
        none if new is None else Spoken(partial(in_words, new, after)),
    )


def _jumps(page: Page, definition: Definition) -> Value:
    jumps = [Spoken(partial(jump_in_words, jump, definition)) for jump in page.jumps]
    return row(jumps, N_("；")) if jumps else _NOTHING


def _sets(page: Page, definition: Definition) -> Value:
    clauses = [
        row(
            (
                Spoken(partial(when_in_words, one.when, definition)),
                Spoken(partial(change_in_words, one, definition)),
            )
        )
        for one in page.sets
    ]
    return row(clauses, N_("；")) if clauses else _NOTHING


def _title_of(one: Definition | Question | Ending) -> Spoken:
    return Spoken(partial(say, one.title))


def _id_of(one: Variable) -> str:
    return one.id


def _option_names(question: Question) -> dict[str, Value]:
    lists = (getattr(question, name, ()) for name in LISTS)
    return {o.id: Spoken(partial(short_title, o.label)) for options in lists for o in _flat(options)}
