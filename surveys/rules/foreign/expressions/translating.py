"""Trees of foreign expressions turned into conditions of ours, or refused: never into something that is nearly it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from surveys.rules.conditions import DEEPEST, MOST_TESTS
from surveys.rules.foreign.expressions.trees import (
    Binary,
    Call,
    Literal,
    Many,
    Not,
    NotCarriedError,
    Ref,
    Scalar,
    Tree,
)

Json = dict[str, Any]

_FLIPPED = {"below": "above", "above": "below", "at_most": "at_least", "at_least": "at_most"}
_OPPOSITE = {
    "answered": "unanswered", "unanswered": "answered", "equals": "differs", "differs": "equals",
    "includes": "excludes", "includes_any": "excludes",
}  # fmt: skip
# Functions that only make sure of a type; our tests do that themselves.
_TRANSPARENT = frozenset({"intval", "floatval", "trim", "number", "int", "string", "boolean"})
_TRUE_WORDS = frozenset({"Y", "y", "1", "true", "True", "yes", "Yes"})


@dataclass(frozen=True, slots=True)
class Target:
    """What a foreign name leads to here.

    ``codes`` maps the file's option codes to our ids where options are chosen. ``flag`` is the id of one option
    of a question with several, where the file treats each of its boxes as a name of its own; ``consent`` says
    that the only answer is agreement, whatever the file calls it.
    """

    ref: str
    codes: Mapping[str, str] | None = None
    flag: str | None = None
    numeric: bool = False
    consent: bool = False


Targets = Callable[[str], Target | None]


def condition(tree: Tree, targets: Targets) -> Json | bool:
    """Return the condition of ours that means the same, or a bool for one that is always or never true.

    Raises NotCarriedError where there is none.
    """
    found = _boolean(tree, targets)
    if not isinstance(found, bool):
        _check_size(found)
    return found


def _check_size(found: Json, depth: int = 1) -> None:
    for group in ("all", "any", "none"):
        parts = found.get(group, [])
        if len(parts) > MOST_TESTS or depth > DEEPEST:
            raise NotCarriedError("more than a condition can hold")
        for part in parts:
            _check_size(part, depth + 1)


def _boolean(tree: Tree, targets: Targets) -> Json | bool:
    if isinstance(tree, Literal):
        return bool(tree.value) and tree.value not in {"0", "false"}
    if isinstance(tree, Not):
        return _opposite(_boolean(tree.inner, targets))
    if isinstance(tree, Binary):
        if tree.operator in {"and", "or"}:
            return _group(tree.operator, _boolean(tree.left, targets), _boolean(tree.right, targets))
        return _comparison(tree, targets)
    if isinstance(tree, Call):
        return _call(tree, targets)
    if isinstance(tree, Ref):
        return _truth(_target(tree, targets))
    raise NotCarriedError("a list is no condition")


def _group(operator: str, left: Json | bool, right: Json | bool) -> Json | bool:
    decisive = operator == "or"
    if decisive in (left, right):
        return decisive
    key = "any" if operator == "or" else "all"
    parts: list[Json] = []
    for side in (left, right):
        if not isinstance(side, bool):
            parts.extend(side.get(key, [side]))
    if not parts:
        return not decisive
    return parts[0] if len(parts) == 1 else {key: parts}


def _opposite(found: Json | bool) -> Json | bool:
    if isinstance(found, bool):
        return not found
    if "none" in found:
        inner = found["none"]
        return inner[0] if len(inner) == 1 else {"any": inner}
    if "is" in found and found["is"] in _OPPOSITE:
        return found | {"is": _OPPOSITE[found["is"]]}
    return {"none": [found]}


def _call(tree: Call, targets: Targets) -> Json | bool:
    arguments = tree.arguments
    if not arguments and tree.name in {"true", "false"}:
        return tree.name == "true"
    if len(arguments) == 1:
        if tree.name in {"is_empty", "empty"}:
            return _opposite(_answered(_target(arguments[0], targets)))
        if tree.name == "notempty":
            return _answered(_target(arguments[0], targets))
        if tree.name == "not":
            return _opposite(_boolean(arguments[0], targets))
        if tree.name in _TRANSPARENT:
            return _boolean(arguments[0], targets)
    if tree.name == "selected" and len(arguments) == 2:
        target, code = _target(arguments[0], targets), arguments[1]
        if isinstance(code, Literal) and target.codes is not None:
            return {"of": target.ref, "is": "includes", "than": _option(target, code.value)}
    raise NotCarriedError(f"{tree.name}()")


def _target(tree: Tree, targets: Targets) -> Target:
    if isinstance(tree, Call) and tree.name in _TRANSPARENT and len(tree.arguments) == 1:
        return _target(tree.arguments[0], targets)
    if not isinstance(tree, Ref):
        raise NotCarriedError("a calculation")
    target = targets(tree.name)
    if target is None:
        raise NotCarriedError(tree.name)
    return target


def _answered(target: Target) -> Json:
    if target.flag is not None:
        return {"of": target.ref, "is": "includes", "than": target.flag}
    return {"of": target.ref, "is": "answered"}


def _truth(target: Target) -> Json:
    """Return what a name alone says: that there is an answer, for yes and no that it is yes."""
    if target.codes is not None and {"true", "false"} <= set(target.codes):
        return {"of": target.ref, "is": "equals", "than": target.codes["true"]}
    return _answered(target)


def _comparison(tree: Binary, targets: Targets) -> Json | bool:
    left, operator, right = tree.left, tree.operator, tree.right
    if isinstance(left, Literal) and not isinstance(right, Literal):
        left, right, operator = right, left, _FLIPPED.get(operator, operator)
    if isinstance(left, Call) and left.name == "count-selected":
        return _how_many(left, operator, right, targets)
    target = _target(left, targets)
    if isinstance(right, Many):
        return _against_list(target, operator, right)
    if not isinstance(right, Literal):
        raise NotCarriedError("a comparison of two answers")
    value = right.value
    if operator in {"equals", "differs"} and (value is None or value == ""):
        answered = _answered(target)
        return answered if operator == "differs" else _opposite(answered)
    if target.flag is not None:
        return _against_flag(target, operator, value)
    if target.codes is not None:
        return _against_option(target, operator, value)
    return _against_value(target, operator, value)


def _how_many(tree: Call, operator: str, right: Tree, targets: Targets) -> Json | bool:
    if len(tree.arguments) != 1 or not isinstance(right, Literal) or not isinstance(right.value, float):
        raise NotCarriedError("count-selected()")
    answered = _answered(_target(tree.arguments[0], targets))
    if (operator, right.value) in {("above", 0.0), ("at_least", 1.0), ("differs", 0.0)}:
        return answered
    if (operator, right.value) in {("equals", 0.0), ("below", 1.0)}:
        return _opposite(answered)
    raise NotCarriedError("count-selected()")


def _against_flag(target: Target, operator: str, value: Scalar) -> Json | bool:
    ticked: Json = {"of": target.ref, "is": "includes", "than": target.flag}
    if operator not in {"equals", "differs"} or _plain(value) not in _TRUE_WORDS | {"N", "0", "false"}:
        raise NotCarriedError("a comparison of a tick box")
    return ticked if (operator == "equals") == (_plain(value) in _TRUE_WORDS) else _opposite(ticked)


def _against_option(target: Target, operator: str, value: Scalar) -> Json | bool:
    if operator in {"equals", "differs"}:
        return {"of": target.ref, "is": operator, "than": _option(target, value)}
    if operator in {"contains", "notcontains"}:
        word = "includes" if operator == "contains" else "excludes"
        return {"of": target.ref, "is": word, "than": _option(target, value)}
    if operator in {"anyof", "allof", "noneof"}:
        return _against_list(target, operator, Many((Literal(value),)))
    numbers = {code: _number(code) for code in target.codes or {}}
    bound = _number(value)
    if bound is None or None in numbers.values():
        raise NotCarriedError("an order of options")
    right = [
        code for code, number in numbers.items() if number is not None and _orders(number, operator, bound)
    ]
    if not right:
        return False
    return {"of": target.ref, "is": "includes_any", "than": [(target.codes or {})[code] for code in right]}


def _orders(number: float, operator: str, bound: float) -> bool:
    found = {
        "below": number < bound,
        "at_most": number <= bound,
        "above": number > bound,
        "at_least": number >= bound,
    }
    if operator not in found:
        raise NotCarriedError(operator)
    return found[operator]


def _against_value(target: Target, operator: str, value: Scalar) -> Json:
    if target.consent and operator in {"equals", "differs"} and not isinstance(value, bool):
        return {"of": target.ref, "is": "answered" if operator == "equals" else "unanswered"}
    if operator in {"below", "at_most", "above", "at_least"}:
        bound = _number(value)
        if bound is None:
            raise NotCarriedError("an order of words")
        return {"of": target.ref, "is": operator, "than": bound}
    if isinstance(value, bool):
        # A single box to agree to: 1 when ticked, nothing when not.
        word = "answered" if (operator == "equals") == value else "unanswered"
        if operator not in {"equals", "differs"}:
            raise NotCarriedError(operator)
        return {"of": target.ref, "is": word}
    if operator in {"equals", "differs"}:
        number = _number(value)
        return {
            "of": target.ref,
            "is": operator,
            "than": number if target.numeric and number is not None else _plain(value),
        }
    if operator == "contains":
        return {"of": target.ref, "is": "contains", "than": _plain(value)}
    if operator == "notcontains":
        return {"none": [{"of": target.ref, "is": "contains", "than": _plain(value)}]}
    raise NotCarriedError(operator)


def _against_list(target: Target, operator: str, right: Many) -> Json:
    if target.codes is None or target.flag is not None or not right.items:
        raise NotCarriedError("a list of words")
    chosen = []
    for item in right.items:
        if not isinstance(item, Literal):
            raise NotCarriedError("a list of calculations")
        chosen.append(_option(target, item.value))
    word = {"anyof": "includes_any", "allof": "includes_all", "contains": "includes_all", "noneof": "excludes",
            "equals": "equals", "differs": "differs"}.get(operator)  # fmt: skip
    if word is None:
        raise NotCarriedError(operator)
    return {"of": target.ref, "is": word, "than": chosen}


def _option(target: Target, value: Scalar) -> str:
    found = (target.codes or {}).get(_plain(value))
    if found is None:
        raise NotCarriedError(f"an option {_plain(value)!r} that is not there")
    return found


def _plain(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _number(value: Scalar) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except ValueError:
        return None
