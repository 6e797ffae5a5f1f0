"""Constraints of an XLSForm that a question of ours can keep: bounds, lengths, patterns, how many are chosen."""

import re

from surveys.rules.foreign import kinds
from surveys.rules.foreign.expressions import XPATH, NotCarriedError, parse
from surveys.rules.foreign.expressions.trees import Binary, Call, Literal, Ref, Tree
from surveys.rules.foreign.sketch import Asked, Sketch

_FLIPPED = {
    "below": "above",
    "above": "below",
    "at_most": "at_least",
    "at_least": "at_most",
    "equals": "equals",
}
_SELF = Ref(".")


def constrain(sketch: Sketch, asked: Asked, source: str) -> None:
    """Keep as much of a constraint as our question can; note the rest."""
    try:
        parts = _parts(parse(source, XPATH))
    except (NotCarriedError, RecursionError):
        sketch.left_out(asked.source, asked.name, "validation", expression=source)
        return
    kept = [_keep(sketch, asked, part) for part in parts]
    if not any(kept):
        sketch.left_out(asked.source, asked.name, "validation", expression=source)
    elif not all(kept):
        sketch.left_out(asked.source, asked.name, "validation_part", expression=source)


def _parts(tree: Tree) -> list[Tree]:
    if isinstance(tree, Binary) and tree.operator == "and":
        return [*_parts(tree.left), *_parts(tree.right)]
    inner = (
        tree.arguments[0]
        if isinstance(tree, Call) and tree.name == "not" and len(tree.arguments) == 1
        else None
    )
    if isinstance(inner, Binary) and inner.operator == "or":
        return [*_parts(Call("not", (inner.left,))), *_parts(Call("not", (inner.right,)))]
    return [tree]


def _keep(sketch: Sketch, asked: Asked, tree: Tree) -> bool:
    before = dict(asked.shape)
    kept = _bound(asked, tree) or _pattern(asked, tree) or _alone(asked, tree)
    if kept and not sketch.fits(asked.shape):
        asked.shape.clear()
        asked.shape.update(before)
        return False
    return kept


def _bound(asked: Asked, tree: Tree) -> bool:
    if not isinstance(tree, Binary) or tree.operator not in _FLIPPED:
        return False
    left, operator, right = tree.left, tree.operator, tree.right
    if isinstance(left, Literal):
        left, right, operator = right, left, _FLIPPED[operator]
    kind, form = asked.shape["type"], asked.shape.get("format", "text")
    if left == _SELF and kind == "date":
        return _day(asked, operator, right)
    value = right.value if isinstance(right, Literal) else None
    counted = {
        (_SELF, "words", "number"): ("low", "high"),
        (Call("string-length", (_SELF,)), "words", "text"): ("min_length", "max_length"),
        (Call("count-selected", (_SELF,)), "choices", "text"): ("least", "most"),
    }
    names = counted.get((left, kind, form))
    if names is None or not isinstance(value, float):
        return False
    return _between(asked, operator, value, names, whole=names[0] != "low")


def _between(asked: Asked, operator: str, value: float, names: tuple[str, str], *, whole: bool) -> bool:
    """Narrow a pair of bounds; an open bound can only be kept where there are whole numbers."""
    if operator in {"above", "below"}:
        if not whole:
            return False
        value += 1 if operator == "above" else -1
    bound: float | int = int(value) if whole else value
    if whole and (value < 0 or not value.is_integer()):
        return False
    low, high = names
    if operator in {"above", "at_least", "equals"} and not (low == "least" and bound == 0):
        asked.shape[low] = max(bound, asked.shape.get(low, bound))
    if operator in {"below", "at_most", "equals"}:
        asked.shape[high] = min(bound, asked.shape.get(high, bound))
    return True


def _day(asked: Asked, operator: str, right: Tree) -> bool:
    if right == Call("today", ()):
        shift = {"above": "+1", "below": "-1"}.get(operator, "")
        bound = f"today{shift}"
    elif (
        isinstance(right, Call)
        and right.name == "date"
        and len(right.arguments) == 1
        and isinstance(right.arguments[0], Literal)
    ):
        bound = kinds.string(right.arguments[0].value)
        if operator in {"above", "below"} or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", bound):
            return False
    else:
        return False
    if operator in {"above", "at_least", "equals"}:
        asked.shape["earliest"] = bound
    if operator in {"below", "at_most", "equals"}:
        asked.shape["latest"] = bound
    return True


def _pattern(asked: Asked, tree: Tree) -> bool:
    if not (
        isinstance(tree, Call)
        and tree.name == "regex"
        and len(tree.arguments) == 2
        and tree.arguments[0] == _SELF
    ):
        return False
    rule = tree.arguments[1]
    if (
        asked.shape["type"] != "words"
        or asked.shape.get("format", "text") != "text"
        or not isinstance(rule, Literal)
    ):
        return False
    asked.shape.update(format="pattern", pattern=kinds.string(rule.value), lines="one")
    return True


def _alone(asked: Asked, tree: Tree) -> bool:
    """Keep ``not(selected(., 'none') and count-selected(.) > 1)``: an option that comes with no other."""
    if asked.shape["type"] != "choices" or not (
        isinstance(tree, Call) and tree.name == "not" and len(tree.arguments) == 1
    ):
        return False
    parts = _parts(tree.arguments[0])
    chosen = [
        part
        for part in parts
        if isinstance(part, Call) and part.name == "selected" and part.arguments[:1] == (_SELF,)
    ]
    several = Call("count-selected", (_SELF,))
    counted = [
        part
        for part in parts
        if part in (Binary("above", several, Literal(1.0)), Binary("at_least", several, Literal(2.0)))
    ]
    if len(parts) != 2 or len(chosen) != 1 or len(counted) != 1 or len(chosen[0].arguments) != 2:
        return False
    code = chosen[0].arguments[1]
    option_id = asked.codes.get(kinds.code(code.value)) if isinstance(code, Literal) else None
    for option in asked.shape["options"]:
        if option["id"] == option_id:
            option["exclusive"] = True
            return True
    return False
