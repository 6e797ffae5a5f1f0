"""Every address of the house as data: which rule, which methods, who may come in."""

import json
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

INVENTORY = Path(__file__).with_name("routes.json")

PUBLIC_BLUEPRINTS = {"public", "health"}
"""Answer pages open with the token in their address; health pages tell nothing about anybody."""

PUBLIC_ENDPOINTS = {"static", "grid.login"}
"""Everything else without a guard is a mistake."""

IGNORED_METHODS = {"HEAD", "OPTIONS"}


def rules(app: Flask) -> list[Rule]:
    """Return all rules, sorted by address."""
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))


def methods(rule: Rule) -> list[str]:
    """Return the methods that somebody wrote for the rule."""
    return sorted((rule.methods or set()) - IGNORED_METHODS)


def guard(app: Flask, rule: Rule) -> str:
    """Return who may come in: staff, a permission, ``key:`` and a scope, public, or "nobody asked"."""
    view = app.view_functions[rule.endpoint]
    if hasattr(view, "needs"):
        return "staff" if view.needs is None else str(view.needs)
    if hasattr(view, "needs_scope"):
        return f"key:{view.needs_scope}"
    if rule.endpoint in PUBLIC_ENDPOINTS or rule.endpoint.split(".")[0] in PUBLIC_BLUEPRINTS:
        return "public"
    return "nobody asked"


def inventory(app: Flask) -> dict[str, str]:
    """Return ``METHOD /address`` → who may come in, for every method of every rule."""
    return {f"{method} {rule.rule}": guard(app, rule) for rule in rules(app) for method in methods(rule)}


def stored() -> dict[str, str]:
    """Return the inventory as it was last accepted."""
    return dict(json.loads(INVENTORY.read_text(encoding="utf-8")))


def store(found: dict[str, str]) -> None:
    """Accept ``found`` as the inventory."""
    lines = json.dumps(dict(sorted(found.items(), key=_by_address)), ensure_ascii=False, indent=1)
    INVENTORY.write_text(lines + "\n", encoding="utf-8")


def _by_address(entry: tuple[str, str]) -> tuple[str, str]:
    method, _space, address = entry[0].partition(" ")
    return address, method
