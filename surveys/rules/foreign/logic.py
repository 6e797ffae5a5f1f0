"""Foreign expressions fastened to the sketch: to pages, questions, options and endings."""

from collections.abc import Callable, Iterable

from surveys.rules.foreign.expressions import NotCarriedError, Targets, condition, parse
from surveys.rules.foreign.expressions.parsing import Dialect
from surveys.rules.foreign.expressions.trees import Binary, Tree
from surveys.rules.foreign.sketch import Asked, Json, Sheet, Sketch

Reader = Callable[[str], Json | bool]


def reader(dialect: Dialect, targets: Targets) -> Reader:
    """Return how expressions of one language are read, given what its names lead to."""
    return lambda source: condition(parse(source, dialect), targets)


def both(first: Json | None, second: Json) -> Json:
    """Return a condition that is true where both are."""
    if first is None or first == second:
        return second
    parts = [
        *(first.get("all", [first])),
        *(second.get("all", [second])),
    ]
    return {"all": parts}


def any_of(trees: Iterable[Tree]) -> Tree:
    """Return a tree that is true where one of them is."""
    first, *rest = trees
    for tree in rest:
        first = Binary("or", first, tree)
    return first


def all_of(trees: Iterable[Tree]) -> Tree:
    """Return a tree that is true where all of them are."""
    first, *rest = trees
    for tree in rest:
        first = Binary("and", first, tree)
    return first


class Fastener:
    """Fastens conditions; what cannot be carried is noted where it stood."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch

    def show(
        self, asked: Asked, read: Callable[[], Json | bool], expression: str, code: str = "condition"
    ) -> None:
        """Show a question only where a condition holds; one that never holds takes the question away."""
        try:
            found = read()
        except (NotCarriedError, RecursionError):
            self.sketch.left_out(asked.source, asked.name, code, expression=expression)
            return
        if found is False:
            self._take_away(asked)
        elif found is not True:
            asked.shape["show"] = both(asked.shape.get("show"), found)

    def require(self, asked: Asked, read: Callable[[], Json | bool], expression: str) -> None:
        """Require an answer only where a condition holds."""
        if asked.shape["type"] in {"section", "hidden"}:
            return
        try:
            found = read()
        except (NotCarriedError, RecursionError):
            self.sketch.left_out(asked.source, asked.name, "require_condition", expression=expression)
            return
        if found is True:
            asked.shape["required"] = True
        elif found is not False:
            asked.shape["require"] = found

    def page(self, sheet: Sheet, read: Callable[[], Json | bool], expression: str) -> None:
        """Show a page only where a condition holds."""
        try:
            found = read()
        except (NotCarriedError, RecursionError):
            self.sketch.left_out(sheet.source, sheet.title, "page_condition", expression=expression)
            return
        if found is False:
            for asked in list(sheet.asked):
                self._take_away(asked)
        elif found is not True:
            sheet.show = both(sheet.show, found)

    def option(self, asked: Asked, option_id: str, read: Callable[[], Json | bool], expression: str) -> None:
        """Offer an option, or a row of a matrix, only where a condition holds."""
        try:
            found = read()
        except (NotCarriedError, RecursionError):
            self.sketch.left_out(
                asked.source, asked.name, "option_condition", option=option_id, expression=expression
            )
            return
        if found is True:
            return
        for name in ("options", "rows"):
            listed = asked.shape.get(name, [])
            for option in [one for one in listed if one["id"] == option_id]:
                if found is False:
                    listed.remove(option)
                    self.sketch.left_out(
                        asked.source, asked.name, "option_condition", option=option_id, expression=expression
                    )
                else:
                    option["show"] = both(option.get("show"), found)

    def _take_away(self, asked: Asked) -> None:
        for sheet in self.sketch.sheets:
            if any(one is asked for one in sheet.asked):
                sheet.asked = [one for one in sheet.asked if one is not asked]
                self.sketch.left_out(asked.source, asked.name, "never_shown")
