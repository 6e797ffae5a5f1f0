"""Rows out of CSV, XLSX and JSON lines, one at a time, whatever is in the file.

A reader gives the header's layout once and then numbered rows; a row that cannot be read is given as a
reason instead of cells. A file that is not what it claims raises UnreadableFileError with a sentence.
"""

import csv
import json
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import openpyxl

from core.errors import DomainError
from feedback.imports import columns, encodings
from feedback.imports.columns import HEADER_WITHIN, Layout

LONGEST_LINE = 1 << 20
"""Characters of one line; the rest of a longer one is not read into memory, and its row is refused."""

MOST_COLUMNS = 500
"""Columns of a workbook that are looked at."""

LARGEST_WORKBOOK = 600 * 1024 * 1024
"""Bytes that a workbook may unpack to; Excel's own limit of rows full of long reviews stays below."""

LARGEST_RATIO = 300
"""How many times its packed size a large part may unpack to; honest sheets stay below 50."""

Cell = str | int | float | bool | datetime | date | None


class UnreadableFileError(DomainError):
    """The file as a whole cannot be read; the sentence says why and what to do."""

    status = 422


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as the file has it: ``fields`` by meaning, or the ``fault`` for which it cannot be read."""

    line: int
    fields: dict[str, Cell] = field(default_factory=dict)
    cells: tuple[str, ...] = ()
    fault: str | None = None


@dataclass(slots=True)
class Source:
    """An open file: its rows, how far it is read, and the columns nobody needs (known after the first row)."""

    rows: Iterator[RawRow]
    size: int
    position: Any
    encoding: str
    ignored: tuple[str, ...] = ()


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open a file by what its name ends in; XLSX is also recognised by its first bytes."""
    try:
        with path.open("rb") as raw:
            start = raw.read(4)
        ending = path.suffix.lower()
        if start == b"PK\x03\x04" or ending in {".xlsx", ".xlsm"}:
            yield _workbook(path)
        elif start == b"\xd0\xcf\x11\xe0" or ending == ".xls":
            raise UnreadableFileError("旧版 .xls 文件读不了，请在 Excel 里另存为 .xlsx 或 CSV 再导入")
        else:
            encoding = encodings.of_file(path)
            # Damaged places become lone surrogates, which the rows' own check refuses row by row.
            errors = "replace" if encoding == "utf-16" else "surrogateescape"
            with (
                path.open("rb") as raw,
                TextIOWrapper(raw, encoding=encoding, errors=errors, newline="") as text,
            ):
                source = Source(iter(()), path.stat().st_size, raw.tell, encoding)
                read = _json_rows if ending in {".jsonl", ".ndjson", ".json"} else _csv_rows
                source.rows = read(text, source)
                yield source
    except OSError as error:
        raise UnreadableFileError(f"文件打不开：{error.strerror or error}") from error


def _lines(text: TextIOWrapper) -> Iterator[str]:
    """Return the lines; an endless one is cut and ends in NUL, so that its row is refused."""
    while line := text.readline(LONGEST_LINE):
        if len(line) < LONGEST_LINE or line.endswith("\n"):
            yield line
            continue
        while (rest := text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
            pass
        yield line + "\x00\n"


def _csv_rows(text: TextIOWrapper, source: Source) -> Iterator[RawRow]:
    found: Layout | None = None
    for line, cells in _csv_cells(text):
        if found is not None:
            if isinstance(cells, str):
                yield RawRow(line, fault=cells)
            elif any(cell.strip() for cell in cells):
                yield _raw_row(line, cells, found)
        elif line > HEADER_WITHIN:
            break
        elif not isinstance(cells, str) and (found := columns.layout(cells)) is not None:
            source.ignored = found.ignored
    if found is None:
        raise _no_words()


def _csv_cells(text: TextIOWrapper) -> Iterator[tuple[int, list[str] | str]]:
    """Return the cells of each row with the line it begins on, or the reason why it cannot be read."""
    first = text.readline(LONGEST_LINE)
    if "\x00" in first:
        raise UnreadableFileError("这不是文本文件，请导出为 CSV（UTF-8 或 GB18030）、XLSX 或 JSON lines")
    delimiter = max(",\t;，", key=first.count)
    reader = csv.reader(_chained(first, text), delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"这一行读不出来（{_csv_fault(error)}）"


def _csv_fault(error: csv.Error) -> str:
    return "有一格太长，或引号没有配对" if "limit" in str(error) else "格式不对"


def _chained(first: str, text: TextIOWrapper) -> Iterator[str]:
    yield first if len(first) < LONGEST_LINE or first.endswith("\n") else first + "\x00\n"
    yield from _lines(text)


def _raw_row(line: int, cells: list[Any], found: Layout) -> RawRow:
    shown = tuple("" if cell is None else str(cell) for cell in cells[:MOST_COLUMNS])
    if any(cell not in {None, ""} for cell in cells[found.width :]):
        return RawRow(line, cells=shown, fault=f"有 {len(cells)} 列，比表头的 {found.width} 列多")
    fields = {name: cells[place] for name, place in found.places.items() if place < len(cells)}
    return RawRow(line, fields=fields, cells=shown)


def _json_rows(text: TextIOWrapper, source: Source) -> Iterator[RawRow]:
    layouts: dict[tuple[str, ...], Layout | None] = {}
    seen = readable = False
    for line, content in enumerate(_lines(text), start=1):
        if not content.strip():
            continue
        seen = True
        shown = (content.strip(),)
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            yield RawRow(line, cells=shown, fault="不是有效的 JSON")
            continue
        if not isinstance(body, dict):
            yield RawRow(line, cells=shown, fault="不是 JSON 对象")
            continue
        keys = tuple(body)
        if keys not in layouts:
            if len(layouts) > 1_000:
                layouts.clear()  # a hostile file gives every line keys of its own
            layouts[keys] = columns.layout(keys)
        found = layouts[keys]
        if found is None:
            yield RawRow(line, cells=shown, fault="没有内容这一项（如 text、内容）")
            continue
        readable = True
        source.ignored = source.ignored or found.ignored
        values = list(body.values())
        fields = {name: values[place] for name, place in found.places.items()}
        nested = next((name for name, value in fields.items() if isinstance(value, dict | list)), None)
        if nested is not None:
            yield RawRow(line, cells=shown, fault=f"{keys[found.places[nested]]} 不是文字也不是数字")
        else:
            yield RawRow(line, fields=fields, cells=shown)
    if seen and not readable:
        raise _no_words()


def _workbook(path: Path) -> Source:
    _refuse_bombs(path)
    source = Source(iter(()), 0, lambda: 0, "xlsx")
    source.rows = _sheet_rows(path, source)
    return source


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableFileError("这个 Excel 文件已损坏，请重新导出") from error
    total = sum(part.file_size for part in parts)
    packed_tight = any(
        part.file_size > 10 * 1024 * 1024 and part.file_size > LARGEST_RATIO * max(part.compress_size, 1)
        for part in parts
    )
    if total > LARGEST_WORKBOOK or packed_tight or len(parts) > 10_000:
        raise UnreadableFileError("这个 Excel 文件解开后过大，请拆分后再导入，或改用 CSV")


def _sheet_rows(path: Path, source: Source) -> Iterator[RawRow]:
    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and extensions that it leaves out; none of them holds words.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        raise UnreadableFileError("这个 Excel 文件读不出来，请重新导出为 .xlsx 或 CSV") from error
    try:
        for sheet in book.worksheets:
            found: Layout | None = None
            for line, cells in enumerate(_cells(sheet), start=1):
                if found is None:
                    found = columns.layout(["" if cell is None else str(cell) for cell in cells])
                    if found is not None:
                        source.ignored = found.ignored
                        source.size = max((sheet.max_row or 0) - line, 0)
                    elif line > HEADER_WITHIN:
                        break
                elif any(cell not in {None, ""} for cell in cells):
                    yield _raw_row(line, cells, found)
            if found is not None:
                return
    finally:
        book.close()
    raise _no_words()


def _cells(sheet: Any) -> Iterator[list[Any]]:  # noqa: ANN401 - openpyxl's read-only sheet has no public type
    try:
        rows = sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
        for row in rows:
            cells = list(row)
            while cells and cells[-1] is None:
                cells.pop()
            yield cells
    except GeneratorExit:
        raise
    except Exception as error:
        raise UnreadableFileError("这个 Excel 文件中途读不下去，此前的行已经导入，请重新导出") from error


def _no_words() -> UnreadableFileError:
    names = "、".join(columns.accepted("words")[:8])
    return UnreadableFileError(f"没有找到写有客户原话的列，请给那一列起一个这样的表头：{names}")
