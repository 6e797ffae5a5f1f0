"""The condition builder: and/or groups of comparisons as fields of a form, without a line of script.

A condition of at most two levels is shown as groups of rows; a deeper one (an import may bring it) is told in
words and can be replaced. Field names: ``join``, ``g0-join``, ``g0-r0-of``, ``g0-r0-is``, ``g0-r0-than`` (several
values for lists of options) and ``g0-r0-high`` for the upper end of a range.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from surveys.rules.conditions import OPERATORS
from surveys.rules.definition import Definition
from surveys.rules.formats import written
from surveys.rules.questions import CascaderQuestion, Question
from surveys.rules.readings import Column
from surveys.rules.texts import Language, say

Condition = dict[str, Any]

JOINS = ("all", "any", "none")
MOST_GROUPS = 10
MOST_ROWS = 20

_ROW = re.compile(r"g(\d{1,2})-r(\d{1,2})-of")

WITHOUT_VALUE = frozenset({"answered", "unanswered"})
OF_NUMBERS = (
    "at_most",
    "at_least",
    "below",
    "above",
    "equals",
    "differs",
    "between",
    "answered",
    "unanswered",
)
OF_OPTION = ("includes", "includes_any", "excludes", "answered", "unanswered")
OF_OPTIONS = ("includes", "includes_any", "includes_all", "excludes", "answered", "unanswered")
OF_WORDS = ("equals", "differs", "contains", "answered", "unanswered")
OF_FACTS = (*OF_WORDS, "at_most", "at_least", "below", "above", "between")
OF_OTHERS = ("answered", "unanswered")

USUAL = {
    "event.product": _l("产品"),
    "event.policy_type": _l("险种"),
    "event.amount": _l("金额"),
    "event.channel": _l("办理渠道"),
    "event.outcome": _l("办理结果"),
    "customer.segment": _l("客户分群"),
    "customer.age": _l("年龄"),
    "customer.gender": _l("性别"),
    "customer.language": _l("语言"),
    "customer.region": _l("所属机构代码"),
}
"""What business systems usually report; a draft may name any other attribute as well."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something a condition can look at; ``kind`` is "number", "option", "options", "words", "fact", "other".

    A number that is an answer lies between ``lowest`` and ``highest``, where the question says so.
    """

    ref: str
    label: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()
    group: str = "answers"
    lowest: float | None = None
    highest: float | None = None

    @property
    def operators(self) -> tuple[str, ...]:
        """The comparisons that make sense here, the most usual first."""
        return {
            "number": OF_NUMBERS, "option": OF_OPTION, "options": OF_OPTIONS, "words": OF_WORDS, "fact": OF_FACTS,
        }.get(self.kind, OF_OTHERS)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison as it stands in the form, complete or not."""

    of: str = ""
    op: str = ""
    than: tuple[str, ...] = ()
    high: str = ""

    @property
    def complete(self) -> bool:
        """Whether the row says all that a comparison needs."""
        if not self.of or self.op not in OPERATORS:
            return False
        if self.op in WITHOUT_VALUE:
            return True
        return bool(self.than and self.than[0]) and (self.op != "between" or bool(self.high))


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that count together: all of them, any of them, none of them."""

    join: str = "all"
    rows: tuple[Row, ...] = (Row(),)


@dataclass(frozen=True, slots=True)
class Builder:
    """A condition as it stands in the form."""

    join: str = "all"
    groups: tuple[Group, ...] = field(default=())

    @property
    def complete(self) -> bool:
        """Whether every row is; what is not cannot be saved."""
        return all(row.complete for group in self.groups for row in group.rows)


def targets(definition: Definition, language: Language) -> list[Target]:
    """Return everything a condition of this survey can look at, questions first."""
    found: list[Target] = []
    number = 0
    for question in definition.questions:
        counts = question.asks and question.type != "hidden"
        number += counts
        before = f"{number}. " if counts else ""
        found += [
            Target(
                column.key,
                before + column.title,
                _kind(column),
                _options(question, column, language),
                lowest=column.lowest,
                highest=column.highest,
            )
            for column in question.columns(language)
        ]
        if _has_points(question):
            title = say(question.title, language)
            found.append(Target(f"{question.id}.points", before + title, "number", group="points"))
    for variable in definition.variables:
        kind = "number" if variable.kind == "number" else "words"
        found.append(Target(f"var.{variable.id}", variable.id, kind, group="variables"))
    used = [ref for ref in _facts_in(definition) if ref.startswith(("event.", "customer."))]
    for ref in dict.fromkeys((*USUAL, *used)):
        source, _dot, name = ref.partition(".")
        label = str(USUAL[ref]) if ref in USUAL else name
        found.append(Target(ref, label, "fact", group=source))
    return found


def before(known: Sequence[Target], definition: Definition, place: str) -> list[Target]:
    """Return what is known when a customer reaches the question or page ``place``; elsewhere everything is.

    A condition that looks ahead is never true, so nobody is offered one. What the link brings is known everywhere.
    """
    later: set[str] = set()
    reached = False
    for page in definition.pages:
        reached = reached or page.id == place
        for question in page.questions:
            reached = reached or question.id == place
            if reached and question.shown:
                later.add(question.id)
    return [target for target in known if target.ref.partition(".")[0] not in later]


def _kind(column: Column) -> str:
    if column.kind in {"number", "option", "options"}:
        return column.kind
    return {"rank": "options", "place": "option", "words": "words", "day": "words"}.get(column.kind, "other")


def _options(question: Question, column: Column, language: Language) -> tuple[tuple[str, str], ...]:
    """Return the options to choose from, with their labels; of the places of China provinces and cities."""
    if not isinstance(question, CascaderQuestion) or question.source is None:
        return column.options
    found = []
    for province in question.below(None):
        called = question.label(province, language)
        found.append((province, called))
        found += [(city, f"{called} {question.label(city, language)}") for city in question.below(province)]
    return tuple(found)


def _has_points(question: object) -> bool:
    return any(option.points is not None for option in getattr(question, "options", ()))


def _facts_in(definition: Definition) -> Iterable[str]:
    for _place, condition in definition.conditions():
        yield from _refs(condition.model_dump(mode="json", by_alias=True))


def _refs(condition: Mapping[str, Any]) -> Iterable[str]:
    for join in JOINS:
        for part in condition.get(join) or []:
            yield from _refs(part)
    if "of" in condition:
        yield str(condition["of"])


def opened(condition: Condition | None) -> Builder | None:
    """Return the form of a stored condition, or None if it is too deep for the form."""
    if condition is None:
        return Builder(groups=(Group(),))
    if "of" in condition:
        return Builder(groups=(Group(rows=(_row(condition),)),))
    join, parts = _split(condition)
    if all("of" in part for part in parts):
        return Builder(groups=(Group(join, tuple(_row(part) for part in parts)),))
    groups = []
    for part in parts:
        if "of" in part:
            groups.append(Group(rows=(_row(part),)))
            continue
        inner, rows = _split(part)
        if any("of" not in row for row in rows):
            return None
        groups.append(Group(inner, tuple(_row(row) for row in rows)))
    return Builder(join, tuple(groups))


def _split(condition: Condition) -> tuple[str, list[Condition]]:
    join = next(name for name in JOINS if name in condition)
    return join, condition[join]


def _row(test: Condition) -> Row:
    than, op = test.get("than"), str(test["is"])
    if op == "between" and isinstance(than, list) and len(than) == 2:
        return Row(test["of"], op, (_shown(than[0]),), _shown(than[1]))
    values = than if isinstance(than, list) else [] if than is None else [than]
    return Row(test["of"], op, tuple(_shown(value) for value in values))


def _shown(value: object) -> str:
    return written(value) if isinstance(value, int | float) else str(value)


def sent(form: Mapping[str, Sequence[str]]) -> Builder:
    """Read the builder from the fields of a form, each with all its values."""
    places = sorted((int(m[1]), int(m[2])) for name in form if (m := _ROW.fullmatch(name)))
    groups: dict[int, list[Row]] = {}
    for group, row in places[: MOST_GROUPS * MOST_ROWS]:
        stem = f"g{group}-r{row}"
        than = tuple(value.strip()[:500] for value in form.get(f"{stem}-than", ()))
        groups.setdefault(group, []).append(
            Row(_one(form, f"{stem}-of"), _one(form, f"{stem}-is"), than, _one(form, f"{stem}-high").strip())
        )
    return Builder(
        _join(_one(form, "join")),
        tuple(Group(_join(_one(form, f"g{number}-join")), tuple(rows)) for number, rows in groups.items()),
    )


def _one(form: Mapping[str, Sequence[str]], name: str) -> str:
    values = form.get(name) or ("",)
    return values[0][:500]


def _join(name: str) -> str:
    return name if name in JOINS else "all"


def fitted(builder: Builder, known: Sequence[Target]) -> Builder:
    """Return the builder with comparisons and values that fit what each row looks at.

    After another question was chosen, the old comparison may make no sense and the old option does not exist.
    """
    by_ref = {target.ref: target for target in known}

    def fit(row: Row) -> Row:
        target = by_ref.get(row.of)
        if target is None:
            return row
        op = row.op if row.op in target.operators else target.operators[0]
        than = row.than
        if target.options and target.kind in {"option", "options"}:
            ids = {name for name, _label in target.options}
            than = tuple(value for value in than if value in ids)
            if op in {"includes", "equals"}:
                than = than[:1]
        return replace(row, op=op, than=than)

    return replace(
        builder,
        groups=tuple(replace(group, rows=tuple(map(fit, group.rows))) for group in builder.groups),
    )


def changed(builder: Builder, action: str) -> Builder:
    """Return the builder after a button: ``row:0``, ``group``, ``drop:0:1`` for the second row of the first group."""
    name, *numbers = action.split(":")
    groups = [list(group.rows) for group in builder.groups]
    joins = [group.join for group in builder.groups]
    places = [int(number) for number in numbers if number.isdecimal()]
    if name == "group" and len(groups) < MOST_GROUPS:
        groups.append([Row()])
        joins.append("all")
    elif name == "row" and places and places[0] < len(groups) and len(groups[places[0]]) < MOST_ROWS:
        groups[places[0]].append(Row())
    elif name == "drop" and len(places) == 2 and places[0] < len(groups):
        rows = groups[places[0]]
        if places[1] < len(rows):
            del rows[places[1]]
    kept = tuple(Group(join, tuple(rows)) for join, rows in zip(joins, groups, strict=True) if rows)
    return replace(builder, groups=kept)


def condition_of(builder: Builder, known: Sequence[Target]) -> Condition | None:
    """Return the condition that a complete builder says, as simply as it can be said; None for no rows."""
    numbers = {target.ref for target in known if target.kind == "number"}
    parts = [_grouped(group.join, [_test(row, numbers) for row in group.rows]) for group in builder.groups]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 and builder.join != "none" else {builder.join: parts}


def _grouped(join: str, tests: list[Condition]) -> Condition:
    return tests[0] if len(tests) == 1 and join != "none" else {join: tests}


def _test(row: Row, numbers: Iterable[str]) -> Condition:
    test: Condition = {"of": row.of, "is": row.op}
    if row.op in WITHOUT_VALUE:
        return test
    if row.op == "between":
        return test | {"than": [_figure(row.than[0]), _figure(row.high)]}
    if row.op in {"includes_any", "includes_all"} or (row.op == "excludes" and len(row.than) > 1):
        return test | {"than": list(row.than)}
    ordered = row.op in {"below", "at_most", "above", "at_least"}
    return test | {"than": _figure(row.than[0]) if ordered or row.of in numbers else row.than[0]}


def _figure(words: str) -> float | int | str:
    try:
        number = float(words)
    except ValueError:
        return words
    if not isfinite(number):
        return words
    return int(number) if number.is_integer() else number


def wrong_rows(builder: Builder, known: Sequence[Target]) -> dict[tuple[int, int], str]:
    """Return by place what is wrong with rows whose value is no number, or one that no answer can be."""
    numbers = {target.ref: target for target in known if target.kind == "number"}
    wrong = {}
    for g, group in enumerate(builder.groups):
        for r, row in enumerate(group.rows):
            if not row.complete or row.op in WITHOUT_VALUE:
                continue
            ordered = row.op in {"below", "at_most", "above", "at_least", "between"}
            values = [*row.than[:1], *([row.high] if row.op == "between" else [])]
            if ordered or row.of in numbers:
                mistake = _mistake([_figure(value) for value in values], numbers.get(row.of))
                if mistake is not None:
                    wrong[g, r] = mistake
    return wrong


def _mistake(figures: Sequence[float | str], target: Target | None) -> str | None:
    """Return why these are no values for a target that is a number; None if they are."""
    plain = [value for value in figures if not isinstance(value, str)]
    if len(plain) < len(figures):
        return str(_("请填写数字"))
    low = None if target is None else target.lowest
    high = None if target is None else target.highest
    if all((low is None or low <= value) and (high is None or value <= high) for value in plain):
        return None
    if low is None or high is None:
        return str(
            _("这道题的回答不小于 %(n)s", n=written(low or 0))
            if high is None
            else _("这道题的回答不大于 %(n)s", n=written(high))
        )
    return str(_("这道题的回答在 %(low)s 到 %(high)s 之间", low=written(low), high=written(high)))
