"""The reject file: rows that could not be taken in, with line and reason, ready to be mended and read again."""

import csv
import json
import re
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from core.spreadsheets import safe_cell
from feedback.imports.columns import REJECTS
from feedback.imports.readers import UNREADABLE, Source

LONGEST_CELL = 32_000
"""Characters of a cell; Excel takes no more, and words as long as this are refused again."""

_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class RejectFile:
    """``<file>.rejects.csv`` beside the file, or in ``fallback`` where that folder cannot be written.

    It has the columns of the file behind the line and the reason; rows of JSON lines go to ``<file>.rejects.jsonl``.
    The file appears with the first bad row; that of an earlier run goes when this one begins.
    """

    def __init__(self, imported: Path, fallback: Path, source: Source) -> None:
        ending = "jsonl" if source.lines_of_json else "csv"
        name = f"{imported.name}.rejects.{ending}"
        self._places = [folder / name for folder in (imported.parent, fallback)]
        self._source = source
        self._file: TextIO | None = None
        self.path: Path | None = None
        self.count = 0

    def __enter__(self) -> Self:
        for place in self._places:
            try:
                place.unlink(missing_ok=True)
            except OSError:
                continue
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, line: int, reason: str, cells: tuple[str, ...]) -> None:
        """Write one bad row down."""
        if self._file is None:
            self._file = self._open()
            if not self._source.lines_of_json:
                csv.writer(self._file).writerow([*REJECTS, *map(_written, self._source.header)])
        if self._source.lines_of_json:
            body = dict(zip(REJECTS, (line, reason), strict=True)) | _members(cells[0])
            self._file.write(_UNWRITABLE.sub(UNREADABLE, json.dumps(body, ensure_ascii=False)) + "\n")
        else:
            csv.writer(self._file).writerow([line, reason, *map(_written, cells)])
        self.count += 1

    def _open(self) -> TextIO:
        encoding = "utf-8" if self._source.lines_of_json else "utf-8-sig"
        try:
            self.path = self._places[0]
            return self.path.open("w", encoding=encoding, newline="")
        except OSError:
            self.path = self._places[1]
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return self.path.open("w", encoding=encoding, newline="")


def name_of_origin(path: Path) -> str:
    """Return a file's name without its ending; a reject file has that of the file it came from."""
    for ending in (".rejects.csv", ".rejects.jsonl"):
        if path.name.endswith(ending):
            return name_of_origin(path.with_name(path.name.removesuffix(ending)))
    return path.stem


def _written(cell: str) -> str:
    """Return a cell as it may be written: damaged places and NUL cannot be, and no spreadsheet may run it."""
    return safe_cell(_UNWRITABLE.sub(UNREADABLE, cell[:LONGEST_CELL]))


def _members(line: str) -> dict[str, Any]:
    """Return the members of a line's object, or the line itself under a name that no field has."""
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return {"原行": line[:LONGEST_CELL]}
    return {name: value for name, value in body.items() if name not in REJECTS}
