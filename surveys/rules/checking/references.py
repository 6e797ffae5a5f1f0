"""Faults of what points at something: conditions, jumps, variables, pipes in texts, redirects."""

import re
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from core.sentences import N_, Sentence, said
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
                spot.fault(code, N_("%(spot)s%(clause)s"), clause=clause)
                for code, clause in _of_change(outline, action, spot.moment)
            )
    yield from _of_endings(outline, hosts)
    yield from _of_pipes(outline)


def _of_names(outline: Outline) -> Iterator[Fault]:
    for page in outline.definition.pages:
        for question in page.questions:
            if question.id in _RESERVED:
                spot = outline.at_question(page, question)
                yield spot.fault("reserved", N_("%(spot)s的编号“%(id)s”是保留字，请换一个"), id=question.id)


def _of_condition(outline: Outline, looking: Looking) -> Iterator[Fault]:
    spot = looking.spot
    told = set()
    for ref in sorted(refs(looking.condition)):
        trouble = outline.trouble_with(ref, spot.moment)
        if trouble is not None:
            yield spot.fault(trouble[0], N_("%(spot)s的条件%(clause)s"), clause=trouble[1])
    for test in tests(looking.condition):
        for clause in _of_options(outline, test):
            if clause not in told:
                told.add(clause)
                yield spot.fault("unknown_option", N_("%(spot)s的条件%(clause)s"), clause=clause)


def _of_options(outline: Outline, test: Test) -> Iterator[Sentence]:
    question = owner(outline.definition, test.of)
    column = column_of(test.of, outline.definition)
    if question is None or column is None or column.kind not in _OF_CHOICES or test.is_ not in _OF_OPTIONS:
        return
    known = options_of(question, column)
    for than in test.than if isinstance(test.than, tuple) else (test.than,):
        name = f"{than:g}" if isinstance(than, float) else than
        if known and name not in known:
            yield said(
                N_("要求%(question)s选择“%(option)s”，但没有这个选项"),
                question=outline.names.question(question),
                option=name or "",
            )


def _of_change(outline: Outline, change: Set, moment: int) -> Iterator[tuple[str, Sentence]]:
    variable = next((v for v in outline.definition.variables if v.id == change.variable), None)
    if variable is None:
        yield "unknown", said(N_("要改变的变量“%(name)s”不存在"), name=change.variable)
        return
    if variable.kind == "text" and change.op != "set":
        yield (
            "text_arithmetic",
            said(N_("对文字变量“%(name)s”做加减乘，文字变量只能设为某个值"), name=variable.id),
        )
    if isinstance(change.value, Of):
        trouble = outline.trouble_with(change.value.of, moment)
        if trouble is not None:
            yield (
                trouble[0],
                said(N_("给变量“%(name)s”取值时%(clause)s"), name=variable.id, clause=trouble[1]),
            )
    elif (
        variable.kind == "number"
        and not isinstance(change.value, int | float)
        and not _is_number(change.value)
    ):
        yield (
            "text_arithmetic",
            said(
                N_("给数字变量“%(name)s”的值“%(value)s”不是数字"), name=variable.id, value=str(change.value)
            ),
        )


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
            "no_last_ending", N_("每个结束页都有条件，可能有客户看不到任何结束页；请让最后一个结束页不带条件")
        )
    allowed = {host.casefold() for host in hosts}
    for ending in definition.endings:
        if ending.redirect is None:
            continue
        host = (urlsplit(ending.redirect).hostname or "").casefold()
        if host not in allowed:
            spot = outline.at_ending(ending)
            yield spot.fault(
                "redirect",
                N_("%(spot)s跳转到 %(host)s，这个域名不在允许跳转的名单里"),
                host=host or said(N_("未知地址")),
            )
    known = {ending.id for ending in definition.endings}
    for spot, _page, action in outline.actions():
        if isinstance(action, Jump) and action.ending is not None and action.ending not in known:
            yield spot.fault(
                "unknown", N_("%(spot)s的跳转指向不存在的结束页“%(ending)s”"), ending=action.ending
            )


def _of_pipes(outline: Outline) -> Iterator[Fault]:
    told = set()
    for spot, _path, text in outline.texts():
        for version in text.values():
            found = list(piping.refs(version))
            for ref in found:
                trouble = outline.trouble_with(ref, spot.moment)
                if trouble is not None and (spot.name, ref) not in told:
                    told.add((spot.name, ref))
                    yield spot.fault(
                        trouble[0],
                        N_("%(spot)s的文字中“%(pipe)s”%(clause)s"),
                        pipe=f"{{{{{ref}}}}}",
                        clause=trouble[1],
                    )
            broken = [braces for braces in _BRACES.findall(version) if not list(piping.refs(braces))]
            if (broken or version.count("{{") > len(found)) and (spot.name, "") not in told:
                told.add((spot.name, ""))
                shown = broken[0] if broken else "{{"
                yield spot.fault(
                    "pipe",
                    N_("%(spot)s的文字中“%(pipe)s”写法不对，应为“{{题目编号}}”或“{{event.属性|默认文字}}”"),
                    pipe=shown,
                )
