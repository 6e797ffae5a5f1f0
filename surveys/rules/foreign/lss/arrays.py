"""LimeSurvey's arrays: what is asked of several things in the same words."""

from typing import Protocol

from surveys.rules.foreign import kinds, words
from surveys.rules.foreign.lss.tables import Part, Question
from surveys.rules.foreign.sketch import Asked, Json, Sheet, Sketch, Text


class Labeller(Protocol):
    """What an array needs of the writer of questions."""

    sketch: Sketch

    def labels(self, question: Question, parts: list[Part]) -> list[tuple[str, Text]]:
        """Return codes and labels of subquestions or answers."""
        ...

    def shuffles(self, question: Question, title: Text) -> bool:
        """Tell whether the options come in random order."""
        ...


def points(question: Question, options: list[Json], codes: dict[str, str]) -> None:
    """Give options their assessment values, if any of them is not zero."""
    values = {part.code: kinds.number(part.points) for part in question.answers}
    if any(values.values()):
        by_id = {option_id: values.get(code) for code, option_id in codes.items()}
        for option in options:
            if (points := by_id.get(option["id"])) is not None:
                option["points"] = points


def matrix(writer: Labeller, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    """Ask an array as a matrix: rated from 1, with LimeSurvey's own columns, or with columns of the file."""
    sketch = writer.sketch
    rows, row_codes = sketch.options(
        question.code, writer.labels(question, [p for p in question.parts if p.scale == "0"]), fallback="r"
    )
    shape: Json = {"mode": "single"}
    codes: dict[str, str] = {}
    if question.kind in {"A", "B"}:
        shape = {"mode": "rating", "highest": 5 if question.kind == "A" else 10}
    elif question.kind in _FIXED:
        codes = dict(_FIXED[question.kind])
        shape["columns"] = [
            {"id": name, "label": words.said(name, sketch.languages)} for _code, name in _FIXED[question.kind]
        ]
    else:
        columns, codes = sketch.options(
            question.code,
            writer.labels(question, [a for a in question.answers if a.scale == "0"]),
            fallback="c",
        )
        points(question, columns, codes)
        shape["columns"] = columns
    asked = sketch.ask(sheet, question.code, "matrix", title, rows=rows, **shape)
    asked.codes, asked.rows = codes, row_codes
    if question.kind == "H":
        sketch.changed(question.code, title, "transposed")
    if writer.shuffles(question, title):
        sketch.left_out(question.code, title, "shuffle_gone")
    return [asked]


_FIXED = {
    "C": (("Y", "yes"), ("U", "uncertain"), ("N", "no")),
    "E": (("I", "increase"), ("S", "same"), ("D", "decrease")),
}


def dual_scale(writer: Labeller, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    """Ask an array with two scales as two matrices, one for each."""
    sketch = writer.sketch
    made = []
    for scale, header in (("0", "dualscale_headerA"), ("1", "dualscale_headerB")):
        rows, row_codes = sketch.options(question.code, writer.labels(question, question.parts), fallback="r")
        columns, codes = sketch.options(
            question.code,
            writer.labels(question, [a for a in question.answers if a.scale == scale]),
            fallback="c",
        )
        label = sketch.spoken(
            {
                code or sketch.default_language: said
                for code, said in question.attributes.get(header, {}).items()
            }
        )
        asked = sketch.ask(
            sheet,
            f"{question.code}_{scale}",
            "matrix",
            kinds.joined(title, label),
            rows=rows,
            columns=columns,
            mode="single",
        )
        asked.codes, asked.rows = codes, row_codes
        made.append(asked)
    sketch.changed(question.code, title, "dual_scale")
    return made


def grid(writer: Labeller, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    """Array of numbers or texts: boxes become a matrix, fields become questions of their own."""
    sketch = writer.sketch
    down = [part for part in question.parts if part.scale == "0"]
    across = [part for part in question.parts if part.scale == "1"]
    if question.kind == ":" and question.attribute("multiflexible_checkbox") == "1":
        rows, row_codes = sketch.options(question.code, writer.labels(question, down), fallback="r")
        columns, codes = sketch.options(question.code, writer.labels(question, across), fallback="c")
        asked = sketch.ask(sheet, question.code, "matrix", title, rows=rows, columns=columns, mode="multiple")
        asked.codes, asked.rows, asked.several = codes, row_codes, True
        return [asked]
    shape: Json = {"lines": "one"} if question.kind == ";" else {"format": "number"}
    parts = [
        (f"{row}_{column}", kinds.joined(row_label, column_label), shape)
        for row, row_label in writer.labels(question, down[: kinds.MOST_SPLIT])
        for column, column_label in writer.labels(question, across[: kinds.MOST_SPLIT])
    ]
    return kinds.split(sketch, sheet, question.code, title, parts)
