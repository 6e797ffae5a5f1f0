"""LimeSurvey's types of question, each in the shape of ours that means the same.

The one-letter types are those of LimeSurvey's manual ("Question object types"). None of them is an NPS, CSAT or
CES question, so none becomes one.
"""

from collections.abc import Callable

from surveys.rules.foreign import kinds, words
from surveys.rules.foreign.lss.arrays import dual_scale, grid, matrix, points
from surveys.rules.foreign.lss.tables import Part, Question
from surveys.rules.foreign.sketch import Asked, Json, Sheet, Sketch, Text

NAMES = {
    "1": "Array dual scale", "5": "5 point choice", "A": "Array (5 point)", "B": "Array (10 point)",
    "C": "Array (yes/no/uncertain)", "D": "Date/time", "E": "Array (increase/same/decrease)", "F": "Array",
    "G": "Gender", "H": "Array by column", "I": "Language switch", "K": "Multiple numerical input",
    "L": "List (radio)", "M": "Multiple choice", "N": "Numerical input", "O": "List with comment",
    "P": "Multiple choice with comments", "Q": "Multiple short text", "R": "Ranking", "S": "Short free text",
    "T": "Long free text", "U": "Huge free text", "X": "Text display", "Y": "Yes/No", "!": "List (dropdown)",
    ":": "Array (numbers)", ";": "Array (texts)", "|": "File upload", "*": "Equation",
}  # fmt: skip

OTHER_CODE = "-oth-"


class Writer:
    """Writes the questions of one survey into a sketch, one page after another."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch
        self.made: dict[str, list[Asked]] = {}
        """By question id of the file: the questions of ours that it became, in order."""

    def write(self, sheet: Sheet, question: Question) -> None:
        """Ask a question of the file on a page; what has no counterpart is noted."""
        self.sketch.found += 1
        if self.sketch.full():
            return
        title = self.sketch.spoken(question.said, question.code)
        if question.attribute("hidden") == "1":
            self._hidden(sheet, question, title)
            return
        make = _MAKERS.get(question.kind)
        if make is None:
            kind = NAMES.get(question.kind, question.kind)
            self.sketch.left_out(question.code, title, "kind_unknown", kind=kind)
            return
        mandatory = question.row.get("mandatory", "")
        if mandatory == "S":
            self.sketch.changed(question.code, title, "soft_required")
        made = make(self, sheet, question, title)
        hint = self.sketch.spoken(question.help, question.code)
        for asked in made:
            # A section says something and asks nothing, whatever the file says of it.
            if asked.shape["type"] != "section" and mandatory == "Y" and not asked.optional:
                asked.shape["required"] = True
        if made and hint:
            made[0].shape["hint"] = kinds.paragraphs(hint, made[0].shape.get("hint", {}))
        self.made[question.qid] = made
        if made:
            self._told_apart(question, title)

    def _hidden(self, sheet: Sheet, question: Question, title: Text) -> None:
        if question.kind in {"S", "T", "U", "N"}:
            self.made[question.qid] = [kinds.hidden(self.sketch, sheet, question.code, title)]
        else:
            self.sketch.left_out(question.code, title, "never_shown")

    def _told_apart(self, question: Question, title: Text) -> None:
        """Note the settings that have no counterpart here."""
        for name in ("em_validation_q", "em_validation_sq"):
            if rule := question.attribute(name):
                self.sketch.left_out(question.code, title, "validation", expression=rule)
        for name in ("array_filter", "array_filter_exclude"):
            if rule := question.attribute(name):
                self.sketch.left_out(question.code, title, "filter", expression=f"{name} {rule}")
        if question.attribute("random_group"):
            self.sketch.left_out(question.code, title, "shuffle_gone")
        if (question.attribute("time_limit") or "0") not in {"", "0"}:
            self.sketch.left_out(question.code, title, "limit", name="time_limit")
        if question.row.get("preg") and question.kind not in {"S", "T", "U"}:
            self.sketch.left_out(question.code, title, "pattern", pattern=question.row["preg"])

    def labels(self, question: Question, parts: list[Part]) -> list[tuple[str, Text]]:
        """Return codes and labels of subquestions or answers."""
        return [(part.code, self.sketch.spoken(part.said, question.code)) for part in parts]

    def shuffles(self, question: Question, title: Text) -> bool:
        """Tell whether the options come in random order; alphabetical order is lost and noted."""
        order = question.attribute("answer_order") or question.attribute("subquestion_order")
        if question.attribute("alphasort") == "1" or order == "alphabetical":
            self.sketch.left_out(question.code, title, "limit", name="alphasort")
        return question.attribute("random_order") == "1" or order == "random"

    def other(self, question: Question) -> Text:
        """Return the label of the answer "other", {} if there is none."""
        if question.row.get("other") != "Y":
            return {}
        own = self.sketch.spoken(
            {
                code or self.sketch.default_language: said
                for code, said in question.attributes.get("other_replace_text", {}).items()
            },
            question.code,
        )
        return own or words.said("other", self.sketch.languages)


def _list(writer: Writer, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    sketch = writer.sketch
    options, codes = sketch.options(
        question.code, writer.labels(question, [a for a in question.answers if a.scale == "0"])
    )
    points(question, options, codes)
    other = writer.other(question)
    if not options and not other:
        sketch.changed(question.code, title, "options_missing")
        return [sketch.ask(sheet, question.code, "words", title)]
    kind = "dropdown" if question.kind == "!" else "choice"
    shuffle = writer.shuffles(question, title)
    asked = sketch.ask(
        sheet, question.code, kind, title, options=options, other=other, shuffle=shuffle and kind == "choice"
    )
    asked.codes = codes | ({OTHER_CODE: "other"} if other else {})
    if kind == "dropdown" and shuffle:
        sketch.left_out(question.code, title, "shuffle_gone")
    if question.kind != "O":
        return [asked]
    comment = sketch.ask(
        sheet,
        f"{question.code}comment",
        "words",
        kinds.joined(title, words.said("comment", sketch.languages)),
        lines="many",
    )
    sketch.changed(question.code, title, "comment_split", id=comment.id)
    comment.optional = True
    return [asked, comment]


def _several(writer: Writer, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    sketch = writer.sketch
    options, codes = sketch.options(question.code, writer.labels(question, question.parts))
    alone = {code.strip() for code in question.attribute("exclude_all_others").replace(",", ";").split(";")}
    for code, option_id in codes.items():
        if code in alone:
            next(option for option in options if option["id"] == option_id)["exclusive"] = True
    other = writer.other(question)
    asked = sketch.ask(
        sheet,
        question.code,
        "choices",
        title,
        options=options,
        other=other,
        shuffle=writer.shuffles(question, title),
    )
    asked.codes, asked.several = codes, True
    kinds.bounds(
        asked,
        sketch,
        kinds.whole(question.attribute("min_answers")),
        kinds.whole(question.attribute("max_answers")),
    )
    if question.kind == "P":
        sketch.left_out(question.code, title, "comments_dropped")
    return [asked]


def _ranking(writer: Writer, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    # Until version 6 the things to rank were answers, since then they are subquestions.
    options, codes = writer.sketch.options(
        question.code, writer.labels(question, question.answers or question.parts)
    )
    asked = writer.sketch.ask(sheet, question.code, "ranking", title, options=options)
    asked.codes = codes
    kinds.bounds(asked, writer.sketch, kinds.whole(question.attribute("min_answers")), None)
    if most := question.attribute("max_answers"):
        writer.sketch.left_out(question.code, title, "limit", name=f"max_answers {most}")
    return [asked]


def _five(writer: Writer, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    style = "stars" if question.attribute("slider_rating") == "1" else "numbers"
    return [writer.sketch.ask(sheet, question.code, "rating", title, highest=5, style=style)]


def _yes_no(writer: Writer, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    options, codes = kinds.yes_no(writer.sketch, "Y", "N")
    asked = writer.sketch.ask(sheet, question.code, "choice", title, options=options)
    asked.codes = codes
    return [asked]


def _gender(writer: Writer, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    options = [
        {"id": name, "label": words.said(name, writer.sketch.languages)} for name in ("female", "male")
    ]
    asked = writer.sketch.ask(sheet, question.code, "choice", title, options=options)
    asked.codes = {"F": "female", "M": "male"}
    writer.sketch.changed(question.code, title, "kind", was=NAMES["G"], now="单选")
    return [asked]


def _text(writer: Writer, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    shape: Json = {"lines": "one" if question.kind == "S" else "many"}
    if most := kinds.whole(question.attribute("maximum_chars")):
        shape["max_length"] = min(most, 5000)
    if question.attribute("numbers_only") == "1":
        shape["format"] = "number"
    asked = writer.sketch.ask(sheet, question.code, "words", title, **shape)
    if rule := question.row.get("preg"):
        kinds.pattern(writer.sketch, asked, rule.strip().removeprefix("/").removesuffix("/"))
    _units(writer, question, asked)
    return [asked]


def _units(writer: Writer, question: Question, asked: Asked) -> None:
    around = [
        text
        for name in ("prefix", "suffix")
        if (
            text := writer.sketch.spoken(
                {
                    code or writer.sketch.default_language: said
                    for code, said in question.attributes.get(name, {}).items()
                },
                question.code,
            )
        )
    ]
    if around:
        asked.shape["hint"] = kinds.paragraphs(*around)
        writer.sketch.changed(question.code, asked.name, "unit")


def _numeric(writer: Writer, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    low = kinds.number(question.attribute("min_num_value_n"))
    high = kinds.number(question.attribute("max_num_value_n"))
    asked = writer.sketch.ask(sheet, question.code, "words", title, format="number", low=low, high=high)
    _units(writer, question, asked)
    return [asked]


def _numbers(writer: Writer, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    shape: Json = {"format": "number"}
    if question.attribute("slider_layout") == "1":
        low = kinds.number(question.attribute("slider_min")) or 0.0
        high = kinds.number(question.attribute("slider_max"))
        step = kinds.number(question.attribute("slider_accuracy")) or 1.0
        shape = {"type": "slider", "lowest": low, "highest": 100.0 if high is None else high, "step": step}
    else:
        shape |= {"low": kinds.number(question.attribute("min_num_value_n")),
                  "high": kinds.number(question.attribute("max_num_value_n"))}  # fmt: skip
    for name in ("equals_num_value", "min_num_value", "max_num_value"):
        if rule := question.attribute(name):
            writer.sketch.left_out(question.code, title, "validation", expression=f"{name} {rule}")
    return kinds.split(
        writer.sketch,
        sheet,
        question.code,
        title,
        [(code, label, shape) for code, label in writer.labels(question, question.parts)],
    )


def _texts(writer: Writer, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    most = kinds.whole(question.attribute("maximum_chars"))
    shape: Json = {"lines": "one"} | ({"max_length": min(most, 5000)} if most else {})
    if question.attribute("numbers_only") == "1":
        shape["format"] = "number"
    return kinds.split(
        writer.sketch,
        sheet,
        question.code,
        title,
        [(code, label, shape) for code, label in writer.labels(question, question.parts)],
    )


def _date(writer: Writer, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    form = question.attribute("date_format")
    if form and not any(letter in form.lower() for letter in "dmy"):
        writer.sketch.changed(question.code, title, "kind", was=f"{NAMES['D']} {form}", now="填空")
        return [writer.sketch.ask(sheet, question.code, "words", title, lines="one")]
    if form and ("h" in form.lower() or ":" in form):
        writer.sketch.changed(question.code, title, "kind", was=f"{NAMES['D']} {form}", now="日期")
    shape: Json = {}
    for ours, theirs in (("earliest", "date_min"), ("latest", "date_max")):
        value = question.attribute(theirs).strip()
        if value and writer.sketch.fits({"type": "date", "id": "q", "title": {"en": "q"}, ours: value}):
            shape[ours] = value
        elif value:
            writer.sketch.left_out(question.code, title, "limit", name=f"{theirs} {value}")
    return [writer.sketch.ask(sheet, question.code, "date", title, **shape)]


def _file(writer: Writer, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    kilobytes = kinds.number(question.attribute("max_filesize"))
    shape = kinds.files(
        writer.sketch, question.code, title,
        types=question.attribute("allowed_filetypes").split(","),
        size=kilobytes * 1024 if kilobytes else None,
        count=kinds.whole(question.attribute("max_num_of_files")),
    )  # fmt: skip
    return [writer.sketch.ask(sheet, question.code, "file", title, **shape)]


def _section(writer: Writer, sheet: Sheet, question: Question, title: Text) -> list[Asked]:
    return [kinds.section(writer.sketch, sheet, question.code, title)]


Maker = Callable[[Writer, Sheet, Question, Text], list[Asked]]

_MAKERS: dict[str, Maker] = {
    "L": _list, "!": _list, "O": _list, "M": _several, "P": _several, "R": _ranking, "5": _five, "Y": _yes_no,
    "G": _gender, "S": _text, "T": _text, "U": _text, "N": _numeric, "K": _numbers, "Q": _texts, "A": matrix,
    "B": matrix, "C": matrix, "E": matrix, "F": matrix, "H": matrix, "1": dual_scale, ":": grid, ";": grid,
    "D": _date, "|": _file, "X": _section,
}  # fmt: skip
