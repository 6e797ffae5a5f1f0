"""The sheets of an XLSForm as rows of named cells, texts by language.

Headers may be written in any case, with spaces or underscores, and with one or two colons before a language, as
pyxform has always read them. See the XLSForm documentation, "Overview of XLSForm structure".
"""

import re
from dataclasses import dataclass, field

from core.sentences import N_, said
from surveys.rules.foreign.report import UnreadableFileError

_SAID = ("label", "hint", "guidance_hint", "constraint_message", "required_message")
_ALIASES = {
    "list_name": "list_name", "listname": "list_name", "value": "name", "relevance": "relevant", "caption": "label",
    "read_only": "readonly", "compulsory": "required", "command": "type", "title": "form_title",
    "id_string": "form_id", "image": "media::image", "audio": "media::audio", "video": "media::video",
}  # fmt: skip


@dataclass(slots=True)
class Row:
    """One row: its plain cells by name, and its texts by name and language ("" where the header names none)."""

    number: int
    cells: dict[str, str] = field(default_factory=dict)
    said: dict[str, dict[str, str]] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """Return a plain cell, "" if it is empty."""
        return self.cells.get(name, "")


@dataclass(slots=True)
class Form:
    """A form: the rows of its survey, its lists of choices, its settings."""

    survey: list[Row]
    choices: dict[str, list[Row]]
    settings: dict[str, str]
    languages: list[str]


def read(sheets: dict[str, list[list[str]]]) -> Form:
    """Return the form in the sheets of a workbook; raise UnreadableFileError if it holds none."""
    named = {name.replace(" ", "_"): rows for name, rows in sheets.items()}
    if "survey" not in named:
        raise UnreadableFileError(said(N_("这个 Excel 文件里没有名为 survey 的工作表，不是 XLSForm")))
    survey = _rows(named["survey"])
    if not any("type" in row.cells for row in survey):
        raise UnreadableFileError(said(N_("survey 工作表里没有 type 列，不是 XLSForm")))
    choices: dict[str, list[Row]] = {}
    for row in _rows(named.get("choices") or named.get("choices_and_columns") or []):
        if row.get("list_name"):
            choices.setdefault(row.get("list_name"), []).append(row)
    settings = next((row.cells for row in _rows(named.get("settings", []))), {})
    languages = dict.fromkeys(
        language for row in (*survey, *(row for listed in choices.values() for row in listed))
        for texts in row.said.values() for language in texts if language
    )  # fmt: skip
    return Form(survey, choices, settings, list(languages))


def _rows(lines: list[list[str]]) -> list[Row]:
    """Return the rows below the header, which is the first line that is not empty."""
    places: list[tuple[str, str]] | None = None
    rows = []
    for number, line in enumerate(lines, start=1):
        if not any(line):
            continue
        if places is None:
            places = [_place(header) for header in line]
            continue
        row = Row(number)
        for (name, language), cell in zip(places, line, strict=False):
            if not cell or not name:
                continue
            if name in _SAID:
                row.said.setdefault(name, {}).setdefault(language, cell)
            else:
                row.cells.setdefault(name, cell)
        rows.append(row)
    return rows


def _place(header: str) -> tuple[str, str]:
    """Return a header's name and its language: ``label::English (en)`` is label in "English (en)"."""
    first, *rest = [part.strip() for part in re.split(r"::|:", header.strip())]
    name = re.sub(r"[\s_]+", "_", first.lower())
    name = _ALIASES.get(name, name)
    if name in _SAID:
        return name, rest[0] if rest else ""
    if name in {"media", "bind", "body", "control", "instance"} and rest:
        second = re.sub(r"\s+", "_", rest[0].lower())
        if name in {"bind", "control", "body"}:
            return _ALIASES.get(second, second), ""
        return f"{name}::{second}", ""
    return name, ""
