"""The reject file: rows that could not be taken in, with their line and the reason, ready to be mended."""

import csv
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from core.spreadsheets import safe_cell


class RejectFile:
    """``<file>.rejects.csv`` beside the file, or in ``fallback`` where that folder cannot be written.

    The file appears with the first bad row; that of an earlier run goes when this one begins.
    """

    def __init__(self, imported: Path, fallback: Path) -> None:
        self._places = [folder / f"{imported.name}.rejects.csv" for folder in (imported.parent, fallback)]
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
            csv.writer(self._file).writerow(["行号", "原因", "内容"])
        # Damaged places and NUL cannot be written as they are.
        shown = [
            cell[:2_000].encode("utf-8", "replace").decode().replace("\x00", "�") for cell in cells[:100]
        ]
        csv.writer(self._file).writerow([line, reason, *map(safe_cell, shown)])
        self.count += 1

    def _open(self) -> TextIO:
        try:
            self.path = self._places[0]
            return self.path.open("w", encoding="utf-8-sig", newline="")
        except OSError:
            self.path = self._places[1]
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return self.path.open("w", encoding="utf-8-sig", newline="")
