"""Faults of what points at something: conditions, jumps, variables, pipes in texts, redirects."""

import re
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from surveys.rules import piping
from surveys.rules.checking.domains import options_of, owner
from surveys.rules.checking.findings import Fault
from surveys.rules.checking.outline import Looking, Outline
from surveys.rules.conditions import Test, refs, tests
from surveys.rules.definition import END, Jump, Of, Set
from surveys.rules.describe import column_of

_BRACES = re.compile(r"\{\{[^{}]*\}\}")
_OF_OPTIONS = frozenset({"equals", "differs", "includes", "includes_any", "includes_all", "excludes"})
_OF_CHOICES = frozenset({"option", "options", "rank"})
_RESERVED = frozenset({"var", "event", "customer", END})


def faults(outline: Outline, hosts: Collection[str]) -> Iterator[Fault]:
    """Yield everything that points at nothing, or at what is not answered yet."""
    yield from _of_names(outline)
    for looking in outline.conditions():
        yield from _of_condition(outline, looking)
    for spot, _page, action in outline.actions():
        if isinstance(action, Set):
            yield from (
                spot.fault(code, text) for code, text in _of_change(outline, action, spot.moment, spot.name)
            )
    yield from _of_endings(outline, hosts)
    yield from _of_pipes(outline)


def _of_names(outline: Outline) -> Iterator[Fault]:
    for page in outline.definition.pages:
        for question in page.questions:
            if question.id in _RESERVED:
                spot = outline.at_question(page, question)
                yield spot.fault("reserved", f"{spot.name}的编号“{question.id}”是保留字，请换一个")


def _of_condition(outline: Outline, looking: Looking) -> Iterator[Fault]:
    spot = looking.spot
    told = set()
    for ref in sorted(refs(looking.condition)):
        trouble = outline.trouble_with(ref, spot.moment)
        if trouble is not None:
            yield spot.fault(trouble[0], f"{spot.name}的条件{trouble[1]}")
    for test in tests(looking.condition):
        for sentence in _of_options(outline, test):
            if sentence not in told:
                told.add(sentence)
                yield spot.fault("unknown_option", f"{spot.name}的条件{sentence}")


def _of_options(outline: Outline, test: Test) -> Iterator[str]:
    question = owner(outline.definition, test.of)
    column = column_of(test.of, outline.definition)
    if question is None or column is None or column.kind not in _OF_CHOICES or test.is_ not in _OF_OPTIONS:
        return
    known = options_of(question, column)
    for than in test.than if isinstance(test.than, tuple) else (test.than,):
        name = f"{than:g}" if isinstance(than, float) else than
        if known and name not in known:
            yield f"要求{outline.names.question(question)}选择“{name or ''}”，但没有这个选项"


def _of_change(outline: Outline, change: Set, moment: int, name: str) -> Iterator[tuple[str, str]]:
    variable = next((v for v in outline.definition.variables if v.id == change.variable), None)
    if variable is None:
        yield "unknown", f"{name}要改变的变量“{change.variable}”不存在"
        return
    if variable.kind == "text" and change.op != "set":
        yield "text_arithmetic", f"{name}对文字变量“{variable.id}”做加减乘，文字变量只能设为某个值"
    if isinstance(change.value, Of):
        trouble = outline.trouble_with(change.value.of, moment)
        if trouble is not None:
            yield trouble[0], f"{name}给变量“{variable.id}”取值时{trouble[1]}"
    elif (
        variable.kind == "number"
        and not isinstance(change.value, int | float)
        and not _is_number(change.value)
    ):
        yield "text_arithmetic", f"{name}给数字变量“{variable.id}”的值“{change.value}”不是数字"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _of_endings(outline: Outline, hosts: Collection[str]) -> Iterator[Fault]:
    definition = outline.definition
    if definition.endings and all(ending.when is not None for ending in definition.endings):
        last = definition.endings[-1]
        yield outline.at_ending(last).fault(
            "no_last_ending", "每个结束页都有条件，可能有客户看不到任何结束页；请让最后一个结束页不带条件"
        )
    allowed = {host.casefold() for host in hosts}
    for ending in definition.endings:
        if ending.redirect is None:
            continue
        host = (urlsplit(ending.redirect).hostname or "").casefold()
        if host not in allowed:
            spot = outline.at_ending(ending)
            yield spot.fault(
                "redirect", f"{spot.name}跳转到 {host or '未知地址'}，这个域名不在允许跳转的名单里"
            )
    known = {ending.id for ending in definition.endings}
    for spot, _page, action in outline.actions():
        if isinstance(action, Jump) and action.ending is not None and action.ending not in known:
            yield spot.fault("unknown", f"{spot.name}的跳转指向不存在的结束页“{action.ending}”")


def _of_pipes(outline: Outline) -> Iterator[Fault]:
    told = set()
    for spot, _path, text in outline.texts():
        for said in text.values():
            found = list(piping.refs(said))
            for ref in found:
                trouble = outline.trouble_with(ref, spot.moment)
                if trouble is not None and (spot.name, ref) not in told:
                    told.add((spot.name, ref))
                    yield spot.fault(trouble[0], f"{spot.name}的文字中“{{{{{ref}}}}}”{trouble[1]}")
            broken = [braces for braces in _BRACES.findall(said) if not list(piping.refs(braces))]
            if (broken or said.count("{{") > len(found)) and (spot.name, "") not in told:
                told.add((spot.name, ""))
                shown = broken[0] if broken else "{{"
                yield spot.fault(
                    "pipe",
                    f"{spot.name}的文字中“{shown}”写法不对，应为“{{{{题目编号}}}}”或“{{{{event.属性|默认文字}}}}”",
                )
