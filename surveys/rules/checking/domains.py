"""What each reference of a questionnaire can lead to, read off its questions, variables and settings."""

from collections.abc import Collection

from surveys.rules.checking.truth import ANYTHING, FREE, NOTHING, Domain
from surveys.rules.definition import Definition, Variable
from surveys.rules.questions import Option, Question
from surveys.rules.readings import Column
from surveys.rules.texts import DEFAULT_LANGUAGE

_WHOLE = frozenset({"nps", "csat", "ces", "rating", "matrix"})
"""Kinds whose numbers are whole; a slider or a number may lie between."""


class Domains:
    """Looks up what references can lead to; questions that are never shown lead to nothing."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._dead: set[str] = set()
        self._known: dict[str, Domain] = {}

    def is_dead(self, question_id: str) -> bool:
        """Say whether a question was found never to be shown."""
        return question_id in self._dead

    def bury(self, question_id: str) -> None:
        """Note that a question is never shown."""
        self._dead.add(question_id)
        self._known.clear()

    def __call__(self, ref: str) -> Domain:
        """Return what ``ref`` can lead to."""
        if ref not in self._known:
            self._known[ref] = self._found(ref)
        return self._known[ref]

    def _found(self, ref: str) -> Domain:
        question = owner(self._definition, ref)
        if question is not None:
            if question.id in self._dead:
                return NOTHING
            column = next((c for c in question.columns(DEFAULT_LANGUAGE) if c.key == ref), None)
            return _of_points(question) if column is None else _of_column(question, column)
        head, _dot, tail = ref.partition(".")
        if head == "var":
            variable = next((v for v in self._definition.variables if v.id == tail), None)
            return NOTHING if variable is None else self._of_variable(variable)
        return FREE

    def _of_variable(self, variable: Variable) -> Domain:
        changes = [
            change
            for page in self._definition.pages
            for change in page.sets
            if change.variable == variable.id
        ]
        values = [variable.start, *(change.value for change in changes)]
        wanted = float if variable.kind == "number" else str
        plain = all(change.op == "set" for change in changes)
        if plain and all(isinstance(value, int | float if wanted is float else str) for value in values):
            return Domain("listed", values=tuple(wanted(value) for value in values))  # type: ignore[arg-type]
        return Domain("real", always=True) if variable.kind == "number" else FREE


def owner(definition: Definition, ref: str) -> Question | None:
    """Return the question whose answer (or points) a reference looks at."""
    if ref in definition.keys:
        return definition.by_id.get(ref) or definition.by_id.get(ref.partition(".")[0])
    head, _dot, tail = ref.partition(".")
    return definition.by_id.get(head) if tail == "points" else None


def options_of(question: Question, column: Column) -> frozenset[str]:
    """Return the ids that an answer can hold; empty if they are not known one by one."""
    return frozenset({option for option, _label in column.options} | set(question.option_ids()))


def _of_column(question: Question, column: Column) -> Domain:
    if column.kind == "number":
        kind = "whole" if question.type in _WHOLE else "real"
        return Domain(kind, lowest=column.lowest, highest=column.highest)  # type: ignore[arg-type]
    if column.kind in {"option", "options", "rank"}:
        ids = tuple(sorted(options_of(question, column)))
        if not ids:
            return ANYTHING
        return Domain(
            "one" if column.kind == "option" else "some",
            options=ids,
            alone=frozenset(o.id for o in _chosen_from(question) if o.exclusive),
            most=getattr(question, "most", None),
        )
    if column.kind == "consent":
        return Domain("agreed")
    if column.kind == "day":
        return Domain("day")
    return FREE if column.kind in {"words", "secret"} else ANYTHING


def _chosen_from(question: Question) -> tuple[Option, ...]:
    options: tuple[Option, ...] = getattr(question, "options", ()) or getattr(question, "columns_", ())
    return options


def _of_points(question: Question) -> Domain:
    given: Collection[float] = [option.points or 0 for option in getattr(question, "options", ())]
    return Domain(
        "real",
        lowest=sum(value for value in given if value < 0),
        highest=sum(value for value in given if value > 0),
    )
