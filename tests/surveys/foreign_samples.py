"""Samples of other tools' surveys, and what tests ask about what became of them."""

import io
from pathlib import Path
from typing import Any

from openpyxl import Workbook

import surveys
from surveys.rules.foreign import Carried, carry

FOLDER = Path(__file__).parent / "foreign"
DOCS = Path(surveys.__file__).parents[1] / "docs"


def sample(name: str) -> Carried:
    """Carry one of the samples beside these tests."""
    return carry(name, (FOLDER / name).read_bytes())


def told(carried: Carried, what: str | None = None) -> set[tuple[str, str]]:
    """Return elements and codes of the notes."""
    return {(note.element, note.code) for note in carried.notes if what in {None, note.what}}


def shape(carried: Carried, name: str) -> dict[str, Any]:
    """Return a question as JSON."""
    return carried.definition.by_id[name].model_dump(mode="json", by_alias=True, exclude_none=True)


def workbook(**sheets: list[list[str]]) -> bytes:
    """Return an .xlsx file with the sheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


FORM = {
    "survey": [
        ["type", "name", "label::English (en)", "label::中文 (zh)", "hint", "required", "relevant", "constraint",
         "appearance", "parameters", "choice_filter", "calculation"],
        ["start", "start"],
        ["select_one yn", "claimed", "Claimed?", "报过案吗？", "", "yes"],
        ["begin group", "claim", "Your claim", "", "", "", "${claimed} = 'y'"],
        ["select_multiple what", "what", "What, ${claimed}?", "", "All", "${claimed} = 'y'", "",
         "not(selected(., 'none') and count-selected(.) > 1) and count-selected(.) <= 2"],
        ["integer", "days", "Days", "", "", "", "selected(${what}, 'slow')", ". >= 0 and . <= 365"],
        ["begin group", "inner", "", "", "", "", "${days} > 10"],
        ["text", "why", "Why?", "", "", "", "${what} != ''", "string-length(.) <= 200", "multiline"],
        ["end group"],
        ["range", "stars", "Stars", "", "", "", "", "", "rating", "start=1 end=5 step=1"],
        ["end group"],
        ["begin repeat", "people", "People"], ["text", "who", "Who"], ["end repeat"],
        ["select_one what or_other", "one", "One", "", "", "", "", "", "minimal", "", "name != ${claimed}"],
        ["rank what", "order", "Order"],
        ["date", "day", "Day", "", "", "", "", ". <= today()"],
        ["text", "code", "Code", "", "", "", "", "regex(., '^[A-Z]{3}$')"],
        ["geopoint", "place", "Where"],
        ["acknowledge", "ok", "Agreed"],
        ["note", "said", "Thank you"],
        ["calculate", "twice", "", "", "", "", "", "", "", "", "", "${days} * 2"],
        ["hidden", "channel"],
    ],
    "choices": [
        ["list_name", "name", "label::English (en)"],
        ["yn", "y", "Yes"], ["yn", "n", "No"],
        ["what", "slow", "Slow"], ["what", "papers", "Papers"], ["what", "none", "None"],
    ],
    "settings": [["form_title", "default_language"], ["Claims", "English (en)"]],
}  # fmt: skip
