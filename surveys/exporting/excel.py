"""XLSX written row by row into a file of its own, so that memory stays flat however many rows there are."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

from core.errors import DomainError
from core.sentences import N_
from surveys.exporting.sheet import Cell, Head, Wording

MOST_ROWS = 1_048_575
"""What a sheet holds below its heads."""

LONGEST_CELL = 32_767


class TooManyRowsError(DomainError):
    """A sheet cannot hold so many responses."""

    status = 422


def write(
    path: Path, heads: Sequence[Head], rows: Iterable[Sequence[Cell]], wording: Wording, title: str
) -> None:
    """Write the file to ``path``. Texts are cells of text: no spreadsheet runs them, whatever they begin with."""
    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "tmpdir": str(path.parent),
        },
    )
    try:
        sheet = book.add_worksheet(
            "".join(letter for letter in title if letter not in "[]:*?/\\'")[:31] or "results"
        )
        bold, time = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, head in enumerate(heads):
            sheet.set_column(at, at, {"time": 19, "words": 40, "text": 16}.get(head.shape, 12))
            sheet.write_string(0, at, head.title if wording is Wording.LABELS else head.name, bold)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, 1):
            if number > MOST_ROWS:
                raise TooManyRowsError(N_("回答太多，一张 Excel 表放不下，请导出 CSV 或缩小范围"))
            for at, cell in enumerate(row):
                if cell is None:
                    continue
                if isinstance(cell, str):
                    sheet.write_string(number, at, cell[:LONGEST_CELL])
                elif isinstance(cell, datetime):
                    sheet.write_datetime(number, at, cell.replace(tzinfo=None), time)
                elif isinstance(cell, date):
                    sheet.write_datetime(number, at, cell, day)
                else:
                    sheet.write_number(number, at, cell)
    finally:
        book.close()
