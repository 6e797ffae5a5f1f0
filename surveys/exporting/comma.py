"""CSV as spreadsheets in China open it: UTF-8 with its mark, CRLF, no cell that could be run as a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from core.spreadsheets import safe_cell
from surveys.exporting.sheet import Cell, Head, Wording

LINES = 200
"""Rows sent at a time."""


def write(heads: Sequence[Head], rows: Iterable[Sequence[Cell]], wording: Wording) -> Iterator[bytes]:
    """Yield the file piece by piece; heads are titles, or names where codes are wanted."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    names = [head.title if wording is Wording.LABELS else head.name for head in heads]
    writer.writerow([safe_cell(name) for name in names])
    yield "\ufeff".encode() + buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    for number, row in enumerate(rows, 1):
        writer.writerow([_text(cell) for cell in row])
        if number % LINES == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    if buffer.tell():
        yield buffer.getvalue().encode()


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe_cell(cell)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return f"{cell:.10g}" if isinstance(cell, float) else str(cell)
