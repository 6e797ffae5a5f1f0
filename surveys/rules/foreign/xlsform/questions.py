"""XLSForm's types of question in the shapes of ours that mean the same."""

import re
from collections.abc import Callable, Mapping

from surveys.rules.foreign import kinds, words
from surveys.rules.foreign.sketch import Asked, Json, Sheet, Sketch, Text
from surveys.rules.foreign.xlsform.tables import Form, Row

METADATA = frozenset(
    [
        "start",
        "end",
        "today",
        "deviceid",
        "subscriberid",
        "simserial",
        "phonenumber",
        "username",
        "email",
        "audit",
        "start-geopoint",
        "device_id",
        "sim_id",
        "phone_number",
        "subscriber_id",
        "background-audio",
        "background-geopoint",
        "xml-external",
        "csv-external",
        "start_time",
        "end_time",
    ]
)
_SELECT = re.compile(
    r"(?P<kind>select[ _]one[ _]from[ _]file|select[ _]multiple[ _]from[ _]file|select[ _]one[ _]external|"
    r"select[ _]one(?:[ _]from)?|select1|select[ _]multiple(?:[ _]from)?|"
    r"select[ _]all[ _]that[ _]apply(?:[ _]from)?|rank)"
    r"\s+(?P<list>.+?)(?P<other>\s+or[ _](?:specify[ _])?other)?",
    re.IGNORECASE,
)
_YES = frozenset({"yes", "true", "true()", "1", "y"})
_NO = frozenset({"", "no", "false", "false()", "0", "n"})


def is_yes(cell: str) -> bool:
    """Tell whether a cell says yes."""
    return cell.strip().lower() in _YES


def is_no(cell: str) -> bool:
    """Tell whether a cell says no, or nothing."""
    return cell.strip().lower() in _NO


def parameters(cell: str) -> dict[str, str]:
    """Return the parameters of a cell like ``start=1; end=10 step=1``."""
    return {key.lower(): value for key, value in re.findall(r"([A-Za-z_-]+)\s*=\s*([^\s;,]+)", cell[:500])}


class Writer:
    """Writes the rows of one form into a sketch."""

    def __init__(self, sketch: Sketch, form: Form) -> None:
        self.sketch = sketch
        self.form = form

    def said(self, row: Row, name: str) -> Text:
        """Return a text of a row in all its languages."""
        default = self.sketch.default_language
        own = {code or default: text for code, text in row.said.get(name, {}).items()}
        return self.sketch.spoken(own, row.get("name"))

    def write(self, sheet: Sheet, row: Row) -> Asked | None:
        """Ask a row on a page; None if it has no counterpart."""
        name, kind = row.get("name"), " ".join(row.get("type").split())
        title = self.said(row, "label")
        self.sketch.found += 1
        if self.sketch.full():
            return None
        select = _SELECT.fullmatch(kind)
        if select:
            asked = self._select(sheet, row, title, select)
        else:
            make = _MAKERS.get(kind.lower().replace("_", " ")) or _MAKERS.get(kind.lower())
            if make is None:
                self.sketch.left_out(name, title, "kind_unknown", kind=kind)
                return None
            asked = make(self, sheet, row, title)
        if asked is not None:
            self._beside(row, asked)
        return asked

    def _beside(self, row: Row, asked: Asked) -> None:
        hint = kinds.paragraphs(self.said(row, "hint"), self.said(row, "guidance_hint"))
        if hint:
            asked.shape["hint"] = kinds.paragraphs(hint, asked.shape.get("hint", {}))
        if row.get("default") or (row.get("calculation") and asked.shape["type"] != "hidden"):
            self.sketch.left_out(asked.source, asked.name, "default_value")
        if is_yes(row.get("readonly")) and asked.shape["type"] not in {"section", "hidden"}:
            self.sketch.changed(asked.source, asked.name, "read_only")
        for medium in ("image", "audio", "video", "big-image"):
            if row.get(f"media::{medium}"):
                self.sketch.left_out(asked.source, asked.name, "attachment", name=row.get(f"media::{medium}"))

    def _select(
        self, sheet: Sheet, row: Row, title: Text, select: Mapping[str, str] | re.Match[str]
    ) -> Asked | None:
        sketch, name = self.sketch, row.get("name")
        kind = select["kind"].lower().replace("_", " ")
        listed = self.form.choices.get(select["list"].strip(), [])
        if "file" in kind or "external" in kind or not listed:
            sketch.left_out(name, title, "choices_elsewhere", source=select["list"])
            return None
        options, codes = sketch.options(
            name, [(one.get("name"), self.said(one, "label")) for one in listed if one.get("name")]
        )
        for one in listed:
            if any(key.startswith("media::") for key in one.cells):
                sketch.left_out(name, title, "option_image")
        if rule := row.get("choice_filter"):
            sketch.left_out(name, title, "filter", expression=rule)
        if kind == "rank":
            asked = sketch.ask(sheet, name, "ranking", title, options=options)
        else:
            several = "multiple" in kind or "all" in kind
            look = row.get("appearance").lower()
            folded = not several and any(word in look for word in ("minimal", "autocomplete", "search"))
            shuffle = is_yes(parameters(row.get("parameters")).get("randomize", ""))
            asked = sketch.ask(
                sheet, name, "choices" if several else "dropdown" if folded else "choice", title, options=options,
                other=words.said("other", sketch.languages) if select["other"] else {}, shuffle=shuffle and not folded,
            )  # fmt: skip
            asked.several = several
            if select["other"]:
                codes = codes | {"other": "other"}
        asked.codes = codes
        return asked


def _text(writer: Writer, sheet: Sheet, row: Row, title: Text) -> Asked:
    look = row.get("appearance").lower()
    many = "multiline" in look or "rows" in parameters(row.get("parameters"))
    return writer.sketch.ask(
        sheet,
        row.get("name"),
        "words",
        title,
        lines="many" if many else "one",
        format="number" if "numbers" in look else None,
    )


def _number(writer: Writer, sheet: Sheet, row: Row, title: Text) -> Asked:
    if row.get("type").lower() in {"integer", "int"}:
        writer.sketch.changed(row.get("name"), title, "whole_number")
    return writer.sketch.ask(sheet, row.get("name"), "words", title, format="number")


def _range(writer: Writer, sheet: Sheet, row: Row, title: Text) -> Asked:
    given = parameters(row.get("parameters"))
    low, high, step = (kinds.number(given.get(name)) for name in ("start", "end", "step"))
    return kinds.scale(
        writer.sketch, sheet, row.get("name"), title,
        low=0.0 if low is None else low, high=10.0 if high is None else high, step=step or 1.0,
        style="stars" if "rating" in row.get("appearance").lower() else "numbers",
    )  # fmt: skip


def _note(writer: Writer, sheet: Sheet, row: Row, title: Text) -> Asked | None:
    if not title:
        writer.sketch.left_out(row.get("name"), "", "unusable", reason="label")
        return None
    return kinds.section(writer.sketch, sheet, row.get("name"), title)


def _date(writer: Writer, sheet: Sheet, row: Row, title: Text) -> Asked:
    if row.get("type").lower() == "datetime":
        writer.sketch.changed(row.get("name"), title, "time_lost")
    return writer.sketch.ask(sheet, row.get("name"), "date", title)


def _plain_text(writer: Writer, sheet: Sheet, row: Row, title: Text) -> Asked:
    writer.sketch.changed(row.get("name"), title, "format", name=row.get("type"))
    return writer.sketch.ask(sheet, row.get("name"), "words", title, lines="one")


def _file(writer: Writer, sheet: Sheet, row: Row, title: Text) -> Asked:
    types = ["image"] if row.get("type").lower() in {"image", "photo"} else []
    shape: Json = kinds.files(writer.sketch, row.get("name"), title, types=types, size=None, count=1)
    return writer.sketch.ask(sheet, row.get("name"), "file", title, **shape)


def _consent(writer: Writer, sheet: Sheet, row: Row, title: Text) -> Asked:
    text = words.said("agree", writer.sketch.languages)
    return writer.sketch.ask(sheet, row.get("name"), "consent", title, text=text)


def _hidden(writer: Writer, sheet: Sheet, row: Row, title: Text) -> Asked:
    return kinds.hidden(writer.sketch, sheet, row.get("name"), title)


def _calculation(writer: Writer, sheet: Sheet, row: Row, title: Text) -> None:
    del sheet
    writer.sketch.left_out(row.get("name"), title, "calculation", expression=row.get("calculation"))


Maker = Callable[[Writer, Sheet, Row, Text], Asked | None]

_MAKERS: dict[str, Maker] = {
    "text": _text, "string": _text, "integer": _number, "int": _number, "decimal": _number, "range": _range,
    "note": _note, "add note prompt": _note, "date": _date, "datetime": _date, "time": _plain_text,
    "barcode": _plain_text,
    "phone number": _plain_text, "image": _file, "photo": _file, "file": _file, "acknowledge": _consent,
    "trigger": _consent, "hidden": _hidden, "calculate": _calculation,
}  # fmt: skip
