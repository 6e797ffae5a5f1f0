"""LimeSurvey's logic: relevance equations, the older conditions table, and names of questions in texts."""

import re
from collections.abc import Iterable, Mapping

from surveys.rules.foreign.expressions import EXPRESSION_SCRIPT, Target, condition
from surveys.rules.foreign.expressions.trees import Binary, Literal, NotCarriedError, Ref, Tree
from surveys.rules.foreign.logic import Fastener, all_of, any_of, reader
from surveys.rules.foreign.lss.tables import Question, Row, Survey
from surveys.rules.foreign.sketch import Asked, Sheet, Sketch

_SUFFIXES = frozenset({"NAOK", "code", "value", "valueNAOK"})
_ALWAYS = frozenset({"", "1"})
_SIGNS = {
    "==": "equals", "=": "equals", " ": "equals", "!=": "differs", "<": "below", "<=": "at_most", ">": "above",
    ">=": "at_least",
}  # fmt: skip
_CURLY = re.compile(r"\{([^{}\n]{1,300})\}")


class Names:
    """What LimeSurvey's names of answers lead to here: codes, and the numbers survey X group X question."""

    def __init__(self, survey: Survey, made: Mapping[str, list[Asked]]) -> None:
        self.targets: dict[str, Target] = {}
        sid = survey.settings.get("sid", "")
        for group in survey.groups:
            for question in group.questions:
                for name, target in _targets(question, made.get(question.qid, [])):
                    self.targets.setdefault(f"{question.code}{name}", target)
                    plain = name.removeprefix("_")
                    self.targets.setdefault(f"{sid}X{group.gid}X{question.qid}{plain}", target)
                    self.targets.setdefault(f"Q{question.qid}{name}", target)

    def __call__(self, name: str) -> Target | None:
        """Return the target of a name in an expression, None if it has none."""
        head, dot, suffix = name.partition(".")
        if dot and suffix not in _SUFFIXES:
            return None
        target = self.targets.get(head)
        if (
            target is not None
            and suffix.startswith("value")
            and target.codes is not None
            and suffix == "valueNAOK"
        ):
            return Target(f"{target.ref}.points", numeric=True)
        return target


def _targets(question: Question, made: list[Asked]) -> Iterable[tuple[str, Target]]:
    """Yield the endings of a question's names with their targets."""
    if not made:
        return
    first = made[0]
    if question.kind in {"Q", "K", ";"} or (question.kind == ":" and len(made) > 1):
        for asked in made:
            yield asked.source.removeprefix(question.code), Target(asked.id, numeric=question.kind != "Q")
        return
    if first.shape["type"] == "matrix":
        yield from _rows(question, made)
        return
    if question.kind in {"M", "P"}:
        for code, option in first.codes.items():
            yield f"_{code}", Target(first.id, first.codes, flag=option)
        return
    if first.shape["type"] != "section":
        yield "", Target(first.id, first.codes or None, numeric=_is_number(first))
    for asked in made[1:]:
        yield "_comment", Target(asked.id)


def _rows(question: Question, made: list[Asked]) -> Iterable[tuple[str, Target]]:
    for number, asked in enumerate(made):
        numeric = asked.shape["mode"] == "rating"
        for code, row in asked.rows.items():
            name = f"_{code}_{number}" if question.kind == "1" else f"_{code}"
            yield name, Target(f"{asked.id}.{row}", None if numeric else asked.codes, numeric=numeric)


def _is_number(asked: Asked) -> bool:
    return asked.shape["type"] in {"rating", "slider"} or asked.shape.get("format") == "number"


def fasten(
    survey: Survey, sketch: Sketch, made: Mapping[str, list[Asked]], sheets: Mapping[str, list[Sheet]]
) -> None:
    """Fasten all logic of a survey to its sketch."""
    names = Names(survey, made)
    read = reader(EXPRESSION_SCRIPT, names)
    fastener = Fastener(sketch)
    old: dict[str, list[Row]] = {}
    for row in survey.conditions:
        old.setdefault(row.get("qid", ""), []).append(row)
    for group in survey.groups:
        relevance = group.row.get("grelevance", "").strip()
        if relevance not in _ALWAYS:
            for sheet in sheets.get(group.gid, ()):
                fastener.page(sheet, lambda relevance=relevance: read(relevance), relevance)  # type: ignore[misc]
        for question in group.questions:
            _fasten_question(question, made.get(question.qid, []), old.get(question.qid, []), names, fastener)
    _pipe(sketch, names)


def _fasten_question(
    question: Question, made: list[Asked], old: list[Row], names: Names, fastener: Fastener
) -> None:
    read = reader(EXPRESSION_SCRIPT, names)
    relevance = question.row.get("relevance", "").strip()
    for asked in made:
        if relevance not in _ALWAYS:
            fastener.show(asked, lambda: read(relevance), relevance)
        elif old:
            fastener.show(asked, lambda: condition(_scenarios(old), names), _shown(old))
            if "show" in asked.shape:
                fastener.sketch.changed(question.code, asked.name, "scenario")
    for part in question.parts:
        equation = part.relevance.strip()
        if equation in _ALWAYS:
            continue
        for asked in made:
            option = asked.rows.get(part.code) or asked.codes.get(part.code)
            if option:
                fastener.option(asked, option, lambda equation=equation: read(equation), equation)  # type: ignore[misc]
            elif asked.source == f"{question.code}_{part.code}":
                fastener.show(asked, lambda equation=equation: read(equation), equation)  # type: ignore[misc]


def _scenarios(rows: list[Row]) -> Tree:
    """Return the old conditions as one tree.

    LimeSurvey's rule: scenarios are alternatives; inside one, conditions on the same question are alternatives
    and those on different questions must all hold.
    """
    scenarios: dict[str, dict[str, list[Tree]]] = {}
    for row in rows:
        scenario = scenarios.setdefault(row.get("scenario", "1"), {})
        scenario.setdefault(row.get("cqid", ""), []).append(_old_test(row))
    return any_of(all_of(any_of(tests) for tests in scenario.values()) for scenario in scenarios.values())


def _old_test(row: Row) -> Tree:
    name, method, value = (
        row.get("cfieldname", ""),
        row.get("method", "").strip() or "==",
        row.get("value", ""),
    )
    if name.startswith("{") or value.startswith(("@", "{")) or method not in _SIGNS:
        raise NotCarriedError(name)
    return Binary(_SIGNS[method], Ref(name.removeprefix("+")), Literal(value))


def _shown(rows: list[Row]) -> str:
    return "; ".join(
        f"{row.get('cfieldname', '')} {row.get('method', '')} {row.get('value', '')}" for row in rows
    )


def _pipe(sketch: Sketch, names: Names) -> None:
    """Turn ``{Q1.shown}`` in texts into pipes of ours; what leads nowhere stays as it is, with a note."""

    def change(text: str, element: str, title: str) -> str:
        def pipe(match: re.Match[str]) -> str:
            head, _dot, suffix = match[1].strip().partition(".")
            target = names.targets.get(head)
            if target is None or suffix not in _SUFFIXES | {"", "shown"} or target.flag is not None:
                sketch.left_out(element, title, "piping", expression=match[0])
                return match[0]
            return "{{" + target.ref + "}}"

        return _CURLY.sub(pipe, text)

    sketch.each_text(change)
