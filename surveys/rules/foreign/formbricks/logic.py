"""Formbricks's logic: conditions in groups with jump, require and calculate, and the older list of a question."""

from collections.abc import Mapping

from surveys.rules.definition import END
from surveys.rules.foreign import kinds
from surveys.rules.foreign.expressions import NotCarriedError, Target, condition
from surveys.rules.foreign.expressions.trees import Binary, Call, Literal, Many, Not, Ref, Tree
from surveys.rules.foreign.logic import all_of, any_of
from surveys.rules.foreign.names import slug
from surveys.rules.foreign.sketch import Asked, Json, Sheet, Sketch

MOST_DEPTH = 12

_BINARY = {
    "equals": "equals", "doesNotEqual": "differs", "isGreaterThan": "above", "isLessThan": "below",
    "isGreaterThanOrEqual": "at_least", "isLessThanOrEqual": "at_most", "contains": "contains",
    "doesNotContain": "notcontains", "equalsOneOf": "anyof", "includesOneOf": "anyof", "includesAllOf": "allof",
    "isAnyOf": "anyof", "doesNotIncludeAllOf": "noneof",
    # the names of the older logic
    "notEquals": "differs", "lessThan": "below", "lessEqual": "at_most", "greaterThan": "above",
    "greaterEqual": "at_least", "includesAll": "allof", "includesOne": "anyof",
}  # fmt: skip
_GIVEN = frozenset({"isSubmitted", "isAccepted", "isSet", "isNotEmpty", "submitted", "accepted", "uploaded"})
_MISSING = frozenset({"isSkipped", "isNotSet", "isEmpty", "skipped", "notUploaded"})
_OPERATIONS = {"assign": "set", "add": "add", "subtract": "subtract", "multiply": "multiply"}


class Names:
    """What the operands of conditions lead to: elements, rows of matrices, hidden fields, variables."""

    def __init__(self) -> None:
        self.targets: dict[str, Target] = {}
        self.rows: dict[str, list[str]] = {}
        self.variables: dict[str, Json] = {}

    def add(self, code: str, made: list[Asked]) -> None:
        """Note what an element or hidden field became."""
        if len(made) != 1:
            return
        asked = made[0]
        kind = asked.shape["type"]
        if kind == "matrix":
            ids = dict.fromkeys(asked.rows.values())
            self.rows[code] = [f"row:{code}:{row}" for row in ids]
            for row, row_id in asked.rows.items():
                self.targets[f"row:{code}:{row}"] = Target(f"{asked.id}.{row_id}", asked.codes)
            for row_id in ids:
                self.targets[f"row:{code}:{row_id}"] = Target(f"{asked.id}.{row_id}", asked.codes)
        elif kind != "section":
            numeric = (
                kind in {"nps", "csat", "ces", "rating", "slider"} or asked.shape.get("format") == "number"
            )
            self.targets[f"element:{code}"] = Target(asked.id, asked.codes or None, numeric=numeric)

    def add_variable(self, code: str, variable: Json) -> None:
        """Note a variable."""
        self.variables[code] = variable
        self.targets[f"variable:{code}"] = Target(
            f"var.{variable['id']}", numeric=variable["kind"] == "number"
        )

    def name(self, operand: Json) -> str:
        """Return the name under which the target of an operand is kept."""
        kind, code = kinds.string(operand.get("type")), kinds.string(operand.get("value"))
        row = kinds.code(kinds.record(operand.get("meta")).get("row"))
        if kind == "variable":
            return f"variable:{code}"
        return f"row:{code}:{row}" if row else f"element:{code}"

    def recalled(self, code: str) -> str | None:
        """Return what a recall in a text leads to."""
        target = self.targets.get(f"element:{code}") or self.targets.get(f"variable:{code}")
        return target.ref if target else None


class Logic:
    """Fastens the logic of one survey to its sketch."""

    def __init__(self, sketch: Sketch, names: Names, goals: Mapping[str, tuple[str, str | None]]) -> None:
        """Know the names, and where a jump can lead: a code to a page of ours, or to the end and an ending."""
        self.sketch = sketch
        self.names = names
        self.goals = goals
        self.questions = {asked.source: asked for sheet in sketch.sheets for asked in sheet.asked}

    def fasten(self, sheet: Sheet, rules: list[Json], fallback: str) -> None:
        """Fasten the rules of a block to its page; ``fallback`` is where to go if no rule jumps."""
        for rule in rules:
            told = _told(kinds.record(rule.get("conditions")))
            try:
                when = condition(self._group(kinds.record(rule.get("conditions")), 0), self.names.targets.get)
            except (NotCarriedError, RecursionError):
                for action in kinds.listed(rule.get("actions")):
                    self._lost(sheet, kinds.record(action), told)
                continue
            for action in map(kinds.record, kinds.listed(rule.get("actions"))):
                if when is False:
                    self._lost(sheet, action, told)
                else:
                    self._act(sheet, action, {} if when is True else {"when": when})
        if fallback:
            self._jump(sheet, fallback, {})

    def fasten_old(self, sheet: Sheet, asked: Asked | None, rules: list[Json]) -> None:
        """Fasten the older logic of a question, a list of comparisons with the page that each leads to."""
        for rule in rules:
            told = f"{rule.get('condition')} {rule.get('value')} → {rule.get('destination')}"
            try:
                if asked is None:
                    raise NotCarriedError("no question")
                tree = self._test(
                    f"element:{asked.source}", kinds.string(rule.get("condition")), rule.get("value")
                )
                when = condition(tree, self.names.targets.get)
            except (NotCarriedError, RecursionError):
                self.sketch.left_out(sheet.source, asked.name if asked else "", "jump", expression=told)
                continue
            if when is False:
                self.sketch.left_out(sheet.source, asked.name if asked else "", "jump", expression=told)
            else:
                self._jump(
                    sheet, kinds.string(rule.get("destination")), {} if when is True else {"when": when}
                )

    def _group(self, group: Json, depth: int) -> Tree:
        parts = [kinds.record(part) for part in kinds.listed(group.get("conditions"))]
        if depth > MOST_DEPTH or not parts:
            raise NotCarriedError("an empty or endless group")
        trees = [
            self._group(part, depth + 1) if "conditions" in part else self._single(part) for part in parts
        ]
        return any_of(trees) if (group.get("connector") or group.get("operator")) == "or" else all_of(trees)

    def _single(self, test: Json) -> Tree:
        right = kinds.record(test.get("rightOperand"))
        if right and right.get("type") != "static":
            raise NotCarriedError("a comparison of two answers")
        name = self.names.name(kinds.record(test.get("leftOperand")))
        return self._test(name, kinds.string(test.get("operator")), right.get("value"))

    def _test(self, name: str, operator: str, value: object) -> Tree:
        code = name.partition(":")[2]
        rows = [Ref(row) for row in self.names.rows.get(code, [])]
        if rows and name.startswith("element:"):
            return _of_rows(operator, [Call("notempty", (row,)) for row in rows])
        if operator in _GIVEN:
            return Call("notempty", (Ref(name),))
        if operator in _MISSING:
            return Call("empty", (Ref(name),))
        if operator == "doesNotIncludeOneOf":
            return Not(Binary("allof", Ref(name), _literal(value)))
        if operator not in _BINARY:
            raise NotCarriedError(operator)
        return Binary(_BINARY[operator], Ref(name), _literal(value))

    def _lost(self, sheet: Sheet, action: Json, told: str) -> None:
        code = {"requireAnswer": "require_condition", "calculate": "calculation"}.get(
            kinds.string(action.get("objective")), "jump"
        )
        self.sketch.left_out(
            sheet.source,
            sheet.title,
            code,
            expression=f"{told} → {action.get('target') or action.get('variableId') or ''}",
        )

    def _act(self, sheet: Sheet, action: Json, when: Json) -> None:
        objective = kinds.string(action.get("objective"))
        if objective in {"jumpToBlock", "jumpToQuestion"}:
            self._jump(sheet, kinds.string(action.get("target")), when)
        elif objective == "requireAnswer":
            self._require(sheet, action, when)
        elif objective == "calculate":
            self._calculate(sheet, action, when)
        else:
            self._lost(sheet, action, objective)

    def _jump(self, sheet: Sheet, target: str, when: Json) -> None:
        goal = self.goals.get(target)
        if goal is None:
            self.sketch.left_out(sheet.source, sheet.title, "jump", expression=f"→ {target}")
            return
        page, ending = goal
        if page == sheet.id:
            self.sketch.left_out(sheet.source, sheet.title, "jump_back", target=target)
            return
        sheet.jumps.append(when | {"to": page} | ({"ending": ending} if page == END and ending else {}))

    def _require(self, sheet: Sheet, action: Json, when: Json) -> None:
        asked = self.questions.get(kinds.string(action.get("target")))
        if asked is None or asked.shape["type"] in {"section", "hidden"}:
            self._lost(sheet, action, "requireAnswer")
        elif not when:
            asked.shape["required"] = True
        else:
            before = asked.shape.get("require")
            asked.shape["require"] = {"any": [before, when["when"]]} if before else when["when"]

    def _calculate(self, sheet: Sheet, action: Json, when: Json) -> None:
        variable = self.names.variables.get(kinds.string(action.get("variableId")))
        operator = kinds.string(action.get("operator"))
        given = kinds.record(action.get("value"))
        value: object = given.get("value")
        if variable is None:
            self._lost(sheet, action, operator)
            return
        if given.get("type") != "static":
            target = self.names.targets.get(self.names.name(given))
            value = {"of": target.ref} if target else None
        elif variable["kind"] == "number":
            value = kinds.number(value)
        else:
            value = kinds.code(value)[:1000]
        if operator == "divide" and isinstance(value, float) and value:
            operator, value = "multiply", 1 / value
        if (
            value is None
            or operator not in _OPERATIONS
            or (variable["kind"] == "text" and operator != "assign")
        ):
            self._lost(sheet, action, f"{operator} {given.get('value')}")
            return
        sheet.sets.append(when | {"variable": variable["id"], "op": _OPERATIONS[operator], "value": value})


def _told(group: Json, depth: int = 0) -> str:
    """Return a group of conditions as one line that an author recognises."""
    parts = [kinds.record(part) for part in kinds.listed(group.get("conditions"))[:20]]
    if depth > MOST_DEPTH:
        return "…"
    lines = []
    for part in parts:
        if "conditions" in part:
            lines.append(f"({_told(part, depth + 1)})")
            continue
        left, right = kinds.record(part.get("leftOperand")), kinds.record(part.get("rightOperand"))
        lines.append(f"{left.get('value', '')} {part.get('operator', '')} {right.get('value', '')}".strip())
    return f" {group.get('connector', 'and')} ".join(lines)


def _literal(value: object) -> Tree:
    if isinstance(value, list):
        return Many(tuple(Literal(kinds.code(one)) for one in value))
    if isinstance(value, bool | int | float | str):
        return Literal(float(value) if isinstance(value, int) and not isinstance(value, bool) else value)
    return Literal(None)


def _of_rows(operator: str, answered: list[Tree]) -> Tree:
    """Return what a condition on a whole matrix says about its rows."""
    if operator in {"isCompletelySubmitted", "isSubmitted", "submitted"}:
        return all_of(answered) if operator == "isCompletelySubmitted" else any_of(answered)
    if operator == "isPartiallySubmitted":
        return Binary("and", any_of(answered), Not(all_of(answered)))
    if operator in _MISSING:
        return Not(any_of(answered))
    raise NotCarriedError(operator)


def variable_name(variable: Json) -> str:
    """Return what a variable is called: its name, for its id is only a number of Formbricks's."""
    return slug(kinds.string(variable.get("name")) or kinds.string(variable.get("id")), "v")
