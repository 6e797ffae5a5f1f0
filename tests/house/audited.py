"""What the product writes into its audit log, read out of the source: actions, kinds of thing, parts of the content.

An action often goes through a function or two before it reaches ``audit.record``; so a parameter that is handed on as
the action makes every call of that function a place where an action stands.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Written:
    """What was found: literals by the place where they stand, and what could not be followed."""

    actions: dict[str, str] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


def written(files: Mapping[Path, ast.Module]) -> Written:
    """Return all that reaches ``audit.record`` in these files."""
    found = Written()
    for file, module in files.items():
        takes: dict[str, str] = {}  # functions that take an action, by name with the name of the parameter
        _follow(file, module, takes, found)
    # Functions that other files call: known by their name alone, which is enough among so few.
    shared = {"note": "action"}
    for file, module in files.items():
        if any(isinstance(one, ast.FunctionDef) and one.name in shared for one in module.body):
            continue
        if any(isinstance(one, ast.ImportFrom) and _imports(one, shared) for one in module.body):
            _follow(file, module, dict(shared), found)
    return found


def _imports(node: ast.ImportFrom, names: Mapping[str, str]) -> bool:
    return node.module == "surveys.views.review" and any(one.name in names for one in node.names)


def _follow(file: Path, module: ast.Module, takes: dict[str, str], found: Written) -> None:
    known = -1
    while known != len(takes):  # a function may hand on to one that stands further down
        known = len(takes)
        for function, call in _calls(module):
            for name, value in _arguments(module, call, takes):
                where = f"{file.name}:{call.lineno}"
                if name == "action":
                    _literal(function, value, takes, found.actions, found.lost, where)
                elif name == "object_type":
                    _literal(function, value, {}, found.objects, found.lost, where)
                elif name == "detail":
                    _keys(function, value, found.parts, where)


def _calls(module: ast.Module) -> Iterator[tuple[Function | None, ast.Call]]:
    """Yield every call with the outermost function that it stands in."""
    for top in module.body:
        function = top if isinstance(top, Function) else None
        yield from ((function, node) for node in ast.walk(top) if isinstance(node, ast.Call))


def _arguments(
    module: ast.Module, call: ast.Call, takes: Mapping[str, str]
) -> Iterator[tuple[str, ast.expr]]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    is_record = (
        name == "record"
        and isinstance(call.func, ast.Attribute)
        and getattr(call.func.value, "id", "") == "audit"
    )
    if not is_record and (name not in takes or isinstance(call.func, ast.Attribute)):
        return
    yield from ((one.arg, one.value) for one in call.keywords if one.arg)
    if is_record:
        return
    defined = next((one for one in module.body if isinstance(one, Function) and one.name == name), None)
    names = [one.arg for one in defined.args.args] if defined else ["session", "version", "action", "detail"]
    yield from zip(names, call.args, strict=False)


def _literal(
    function: Function | None,
    value: ast.expr,
    takes: dict[str, str],
    into: dict[str, str],
    lost: list[str],
    where: str,
) -> None:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        into[value.value] = where
    elif isinstance(value, ast.IfExp):
        for side in (value.body, value.orelse):
            _literal(function, side, takes, into, lost, where)
    elif isinstance(value, ast.Name) and function is not None and value.id == "action":
        takes[function.name] = "action"
    else:
        lost.append(f"{where} {ast.unparse(value)}")


def _keys(function: Function | None, value: ast.expr, into: dict[str, str], where: str) -> None:
    """Note the keys that stand in a dictionary, or in one that this function called so before."""
    if isinstance(value, ast.Dict):
        into |= {str(one.value): where for one in value.keys if isinstance(one, ast.Constant)}
    elif isinstance(value, ast.Name) and function is not None:
        for node in ast.walk(function):
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if getattr(target, "id", "") == value.id:
                    _keys(function, node.value, into, where)
