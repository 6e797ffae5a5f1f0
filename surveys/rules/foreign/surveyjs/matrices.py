"""SurveyJS's matrices: rows answered by columns, or columns that are questions of their own."""

from typing import Protocol

from surveys.rules.foreign import kinds, words
from surveys.rules.foreign.sketch import Asked, Json, Sheet, Sketch, Text
from surveys.rules.foreign.surveyjs.choices import Choices
from surveys.rules.foreign.surveyjs.said import Speaker


class Lister(Protocol):
    """What a matrix needs of the writer of questions."""

    sketch: Sketch
    speaker: Speaker
    choices: Choices
    options_shown: list[tuple[Asked, str, str]]


def matrix(writer: Lister, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    """Ask a matrix whose rows are answered by the same columns."""
    sketch, name = writer.sketch, kinds.string(element.get("name"))
    rows, row_codes, shown = _rows(writer, element, title)
    items = writer.choices.items(element.get("columns"), name)
    columns, codes = sketch.options(name, [(code, label) for code, label, _condition in items], fallback="c")
    several = element.get("cellType") == "checkbox"
    asked = sketch.ask(
        sheet, name, "matrix", title, rows=rows, columns=columns, mode="multiple" if several else "single"
    )
    asked.rows, asked.codes, asked.several = row_codes, codes, several
    writer.options_shown.extend((asked, row, expression) for row, expression in shown)
    every_row = element.get("isAllRowRequired") is True or element.get("eachRowRequired") is True
    if every_row:
        asked.shape["required"] = True
    elif element.get("isRequired") is True:
        sketch.changed(name, title, "matrix_required")
    if element.get("rowsOrder") == "random":
        sketch.left_out(name, title, "shuffle_gone")
    return [asked]


def _rows(
    writer: Lister, element: Json, title: Text
) -> tuple[list[Json], dict[str, str], list[tuple[str, str]]]:
    name = kinds.string(element.get("name"))
    items = writer.choices.items(element.get("rows"), name)
    if not items:
        items = [(name, title, "")]
    rows, codes = writer.sketch.options(
        name, [(code, label) for code, label, _condition in items], fallback="r"
    )
    return rows, codes, [(codes[code], condition) for code, _label, condition in items if condition]


def columns_apart(writer: Lister, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    """Ask a matrix whose columns are questions of their own: each column of options becomes a matrix."""
    sketch, name = writer.sketch, kinds.string(element.get("name"))
    made = []
    for column in map(kinds.record, kinds.listed(element.get("columns"))[:50]):
        code = kinds.string(column.get("name"))
        label = writer.speaker.said(column.get("title"), name) or writer.speaker.said(code, name)
        cell = kinds.string(column.get("cellType")) or kinds.string(element.get("cellType")) or "dropdown"
        if cell == "default":
            cell = kinds.string(element.get("cellType")) or "dropdown"
        listed = kinds.listed(column.get("choices")) or kinds.listed(element.get("choices"))
        items = writer.choices.items(listed, name)
        if cell == "boolean" and not items:
            items = [
                ("true", words.said("yes", sketch.languages), ""),
                ("false", words.said("no", sketch.languages), ""),
            ]
        if cell not in {"dropdown", "radiogroup", "checkbox", "tagbox", "boolean"} or not items:
            sketch.left_out(f"{name}.{code}", label, "kind_unknown", kind=f"matrix column ({cell})")
            continue
        rows, row_codes, shown = _rows(writer, element, title)
        columns, codes = sketch.options(
            name, [(value, text) for value, text, _condition in items], fallback="c"
        )
        several = cell in {"checkbox", "tagbox"}
        asked = sketch.ask(
            sheet,
            f"{name}_{code}",
            "matrix",
            kinds.joined(title, label),
            rows=rows,
            columns=columns,
            mode="multiple" if several else "single",
        )
        asked.rows, asked.codes, asked.several = row_codes, codes, several
        asked.shape["required"] = column.get("isRequired") is True
        writer.options_shown.extend((asked, row, expression) for row, expression in shown)
        for rule in ("visibleIf", "requiredIf", "enableIf"):
            if column.get(rule):
                sketch.left_out(f"{name}.{code}", label, "condition", expression=column[rule])
        made.append(asked)
    if made:
        sketch.changed(name, title, "columns_to_matrices", count=len(made))
    return made
