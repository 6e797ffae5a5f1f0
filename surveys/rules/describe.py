"""Conditions and references in plain words, as an author reads them.

Chinese for every language but English; the titles and labels are said in the language that is asked for. Where staff
read a questionnaire in another language than their own, ``reader`` is the language of the words around the titles.
"""

from collections.abc import Iterable, Sequence

from surveys.rules.conditions import AllOf, AnyOf, Condition, NoneOf, Test
from surveys.rules.definition import END, Definition, Jump, Of, Page, Set
from surveys.rules.formats import written
from surveys.rules.questions import CascaderQuestion
from surveys.rules.readings import Column
from surveys.rules.texts import DEFAULT_LANGUAGE, Language, Localised, say

LONGEST_TITLE = 24

_CHINESE = {
    "answered": "已回答{of}",
    "unanswered": "没有回答{of}",
    "equals": "{of}是{than}",
    "differs": "{of}不是{than}",
    "below": "{of}低于{than}",
    "at_most": "{of}不超过{than}",
    "above": "{of}高于{than}",
    "at_least": "{of}不低于{than}",
    "between": "{of}在 {low} 到 {high} 之间",
    "includes": "{of}选了{than}",
    "includes_any": "{of}选了{than}中的任一项",
    "includes_all": "{of}同时选了{than}",
    "excludes": "{of}没有选{than}",
    "contains": "{of}的文字里有{than}",
    "all": "，并且",
    "any": "，或者",
    "none": "以下都不成立：",
    "none_of": "；",
    "open": "（",
    "close": "）",
    "listed": "、",
    "quote": "“{0}”",
    "points": "{0}的得分",
    "var": "变量 {0}",
    "event": "业务属性 {0}",
    "customer": "客户属性 {0}",
    "row": "“{0}”的“{1}”",
    "always": "总是",
    "agreed": "同意",
    "nothing": "空",
    "when": "当{0}时，",
    "end": "结束问卷",
    "showing": "，显示“{0}”",
    "jump": "跳到{0}",
    "page": "第 {0} 页",
}
_ENGLISH = {
    "answered": "{of} is answered",
    "unanswered": "{of} is not answered",
    "equals": "{of} is{than}",
    "differs": "{of} is not{than}",
    "below": "{of} is below{than}",
    "at_most": "{of} is at most{than}",
    "above": "{of} is above{than}",
    "at_least": "{of} is at least{than}",
    "between": "{of} is between {low} and {high}",
    "includes": "{of} includes{than}",
    "includes_any": "{of} includes any of{than}",
    "includes_all": "{of} includes all of{than}",
    "excludes": "{of} does not include{than}",
    "contains": "{of} contains{than}",
    "all": " and ",
    "any": " or ",
    "none": "none of: ",
    "none_of": "; ",
    "open": "(",
    "close": ")",
    "listed": ", ",
    "quote": "“{0}”",
    "points": "points of {0}",
    "var": "variable {0}",
    "event": "event attribute {0}",
    "customer": "customer attribute {0}",
    "row": "“{1}” of “{0}”",
    "always": "always",
    "agreed": "agreed",
    "nothing": "nothing",
    "when": "when {0}, ",
    "end": "end the survey",
    "showing": ", showing “{0}”",
    "jump": "go to {0}",
    "page": "page {0}",
}
_CHANGES = {
    "set": "把变量 {0} 设为{1}",
    "add": "变量 {0} 加上{1}",
    "subtract": "变量 {0} 减去{1}",
    "multiply": "变量 {0} 乘以{1}",
}
_CHANGES_IN_ENGLISH = {
    "set": "set variable {0} to{1}",
    "add": "add{1} to variable {0}",
    "subtract": "subtract{1} from variable {0}",
    "multiply": "multiply variable {0} by{1}",
}


def in_words(
    condition: Condition | None, definition: Definition, language: Language, *, reader: Language | None = None
) -> str:
    """Return a condition as a clause that fits after "当" or "when"; no condition is "always"."""
    words = _words(reader or language)
    if condition is None:
        return words["always"]
    return _said(condition, definition, language, words, inside=False)


def when_in_words(
    condition: Condition | None, definition: Definition, language: Language, *, reader: Language | None = None
) -> str:
    """Return a condition as the beginning of a sentence, 当…时，; no condition says nothing."""
    if condition is None:
        return ""
    words = _words(reader or language)
    said = in_words(condition, definition, language, reader=reader)
    gap = " " if said[-1:].isascii() and words is _CHINESE else ""
    return words["when"].format(said + gap)


def change_in_words(
    change: Set, definition: Definition, language: Language, *, reader: Language | None = None
) -> str:
    """Return what a page does to a variable as a clause, without its condition."""
    words = _words(reader or language)
    if isinstance(change.value, Of):
        value = _reference(change.value.of, definition, language, words)
    else:
        value = _plain(change.value)
    changes = _CHANGES if words is _CHINESE else _CHANGES_IN_ENGLISH
    return changes[change.op].format(change.variable, _beside(value, words))


def jump_in_words(
    jump: Jump, definition: Definition, language: Language, *, reader: Language | None = None
) -> str:
    """Return a jump as a sentence: when it happens and where it leads."""
    words = _words(reader or language)
    when = when_in_words(jump.when, definition, language, reader=reader)
    if jump.to == END:
        ending = next((one for one in definition.endings if one.id == jump.ending), None)
        shown = words["showing"].format(short_title(ending.title, language)) if ending else ""
        return when + words["end"] + shown
    page = next((one for one in definition.pages if one.id == jump.to), None)
    return when + words["jump"].format(_page(page, definition, language, words) if page else jump.to)


def page_in_words(
    page: Page, definition: Definition, language: Language, *, reader: Language | None = None
) -> str:
    """Return what people call a page where it stands by itself: its number, and its title if it has one."""
    name = _page(page, definition, language, _words(reader or language))
    return name[:1].upper() + name[1:]


def short(text: str, longest: int = LONGEST_TITLE) -> str:
    """Return a title on one line, cut after ``longest`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def short_title(text: Localised, language: Language) -> str:
    """Return a title in a language, on one line of bearable length."""
    return short(say(text, language))


def listing(names: Iterable[str], language: Language) -> str:
    """Return names one after the other, as a sentence in that language lists them."""
    return _words(language)["listed"].join(names)


def column_of(ref: str, definition: Definition, language: Language = DEFAULT_LANGUAGE) -> Column | None:
    """Return the column of the answers that a reference looks at; None if it looks at no answer."""
    question = definition.by_id.get(ref) or definition.by_id.get(ref.partition(".")[0])
    if question is None:
        return None
    return next((column for column in question.columns(language) if column.key == ref), None)


def _words(language: Language) -> dict[str, str]:
    return _ENGLISH if language.startswith("en") else _CHINESE


def _said(
    condition: Condition, definition: Definition, language: Language, words: dict[str, str], *, inside: bool
) -> str:
    if isinstance(condition, Test):
        return _tested(condition, definition, language, words)
    parts, joint = (
        (condition.all, words["all"])
        if isinstance(condition, AllOf)
        else (condition.any, words["any"])
        if isinstance(condition, AnyOf)
        else (condition.none, words["none_of"])
    )
    text = joint.join(
        _said(part, definition, language, words, inside=len(parts) > 1 or isinstance(condition, NoneOf))
        for part in parts
    )
    if isinstance(condition, NoneOf):
        text = words["none"] + text
    return words["open"] + text + words["close"] if inside and (len(parts) > 1) else text


def _page(page: Page, definition: Definition, language: Language, words: dict[str, str]) -> str:
    place = next(number for number, one in enumerate(definition.pages, 1) if one.id == page.id)
    name = words["page"].format(place)
    title = words["quote"].format(short_title(page.title, language)) if page.title else ""
    return name + (_beside(title, words) if title else "")


def _reference(ref: str, definition: Definition, language: Language, words: dict[str, str]) -> str:
    """Return what a reference leads to as people call it: the title of a question, a variable, an attribute."""
    question = definition.by_id.get(ref)
    if question is not None:
        return words["quote"].format(short_title(question.title, language))
    head, _dot, tail = ref.partition(".")
    question = definition.by_id.get(head)
    if question is not None:
        title = short_title(question.title, language)
        for row in getattr(question, "rows", ()):
            if row.id == tail:
                return words["row"].format(title, short_title(row.label, language))
        return words["points"].format(words["quote"].format(title)) if tail == "points" else ref
    return words[head].format(tail) if head in {"var", "event", "customer"} and tail else ref


def _tested(test: Test, definition: Definition, language: Language, words: dict[str, str]) -> str:
    # An empty list, which only a test that was never checked can hold, compares with nothing.
    than = (test.than or (None,)) if isinstance(test.than, tuple) else (test.than,)
    labels = _labels(test.of, definition, language, than)
    column = column_of(test.of, definition, language)
    if column is not None and column.kind == "consent" and test.is_ == "equals":
        listed = words["agreed"]
    else:
        listed = words["listed"].join(_value(one, labels, words) for one in than)
    low, high = (than[0], than[1]) if len(than) == 2 else (than[0], than[0])
    return words[test.is_].format(
        of=_reference(test.of, definition, language, words),
        than=_beside(listed, words),
        low=_plain(low),
        high=_plain(high),
    )


def _labels(
    ref: str, definition: Definition, language: Language, values: Sequence[float | str | None]
) -> dict[str, str]:
    """Return what the values of a test are called; there are too many places to list them all."""
    question = definition.by_id.get(ref)
    if isinstance(question, CascaderQuestion):
        return {value: question.label(value, language) for value in values if isinstance(value, str)}
    column = column_of(ref, definition, language)
    return dict(column.options) if column is not None else {}


def _beside(text: str, words: dict[str, str]) -> str:
    """Return a value as it follows a word: Chinese takes a space before figures and Latin letters only."""
    return f" {text}" if words is _ENGLISH or text[:1].isascii() else text


def _value(value: float | str | None, labels: dict[str, str], words: dict[str, str]) -> str:
    if value is None:
        return words["nothing"]
    if isinstance(value, str):
        return words["quote"].format(short(labels.get(value, value)))
    return _plain(value)


def _plain(value: float | str | None) -> str:
    if isinstance(value, float | int):
        return written(value)
    return value or ""
