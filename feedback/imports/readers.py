"""Rows out of CSV, XLSX and JSON lines, one at a time, whatever is in the file.

A reader gives numbered rows and notes what it took the columns for; a row that cannot be read is given as a
reason beside its cells. A file that is not what it claims raises UnreadableFileError with a sentence.
"""

import json
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import openpyxl

from core.errors import DomainError
from core.spreadsheets import plain_cell
from feedback.imports import columns, encodings
from feedback.imports.columns import HEADER_WITHIN, REJECTS, Layout, Understood
from feedback.imports.lines import Broken, Lines, Table

MOST_COLUMNS = 500
"""Columns of a workbook that are looked at."""

LARGEST_WORKBOOK = 600 * 1024 * 1024
"""Bytes that a workbook may unpack to; Excel's own limit of rows full of long reviews stays below."""

LARGEST_RATIO = 300
"""How many times its packed size a large part may unpack to; honest sheets stay below 50."""

START = 1_024
"""Bytes at the beginning of a text file among which a zero says that it is none."""

JSON_ENDINGS = {".jsonl", ".ndjson", ".json"}

UNREADABLE = "\ufffd"
"""What a reject file has in place of a character that could not be read; nobody said it."""

NO_JSON = "不是有效的 JSON"
NOT_MENDED = f"还有没补上的字（{UNREADABLE}）"

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
    """An open file: its rows, how far it is read, and what its columns were taken for (known after the first row).

    ``header`` is that of a table without the columns our reject files add; lines of JSON have none. ``wanted`` are
    the columns that somebody named for a field.
    """

    rows: Iterator[RawRow]
    size: int
    position: Any
    encoding: str
    wanted: Mapping[str, str] = field(default_factory=dict)
    understood: Understood = field(default_factory=Understood)
    header: tuple[str, ...] = ()
    lines_of_json: bool = False

    def note(self, found: Layout) -> None:
        """Remember the layout of a table's header."""
        self.header = found.header[len(REJECTS) :] if found.rejects else found.header
        self.understood.note(found)


@contextmanager
def opened(path: Path, wanted: Mapping[str, str] | None = None) -> Iterator[Source]:
    """Open a file by what its name ends in; XLSX is also recognised by its first bytes.

    ``wanted`` maps fields to the headers of the columns that hold them, where the names alone do not say it.
    """
    try:
        with path.open("rb") as raw:
            start = raw.read(START)
        ending = path.suffix.lower()
        if start.startswith(b"PK\x03\x04") or ending in {".xlsx", ".xlsm"}:
            yield _workbook(path, wanted or {})
        elif start.startswith(b"\xd0\xcf\x11\xe0") or ending == ".xls":
            raise UnreadableFileError("旧版 .xls 文件读不了，请在 Excel 里另存为 .xlsx 或 CSV 再导入")
        else:
            encoding = encodings.of_file(path)
            if encoding != "utf-16" and b"\x00" in start:
                raise _no_text()
            # Damaged places become lone surrogates, which the rows' own check refuses row by row.
            errors = "replace" if encoding == "utf-16" else "surrogateescape"
            with (
                path.open("rb") as raw,
                TextIOWrapper(raw, encoding=encoding, errors=errors, newline="") as text,
            ):
                source = Source(iter(()), path.stat().st_size, raw.tell, encoding, wanted or {})
                source.lines_of_json = ending in JSON_ENDINGS
                source.rows = _json_rows(text, source) if source.lines_of_json else _csv_rows(text, source)
                yield source
    except OSError as error:
        raise UnreadableFileError(f"文件打不开：{error.strerror or error}") from error


def _csv_rows(text: TextIOWrapper, source: Source) -> Iterator[RawRow]:
    table = Table(text)
    before: list[list[str]] = []
    for line, cells in table:
        if table.layout is not None:
            if isinstance(cells, Broken):
                whole = len(cells.cells) == table.layout.width
                shown = cells.cells[len(REJECTS) :] if table.layout.rejects and whole else cells.cells
                yield RawRow(line, cells=shown, fault=cells.reason)
            elif any(cell.strip() for cell in cells):
                yield _full_row(line, cells, table.layout)
            continue
        before.append(list(cells.cells) if isinstance(cells, Broken) else cells)
        if line > HEADER_WITHIN:
            break
        if not isinstance(cells, Broken):
            table.layout = _layout(cells, source)
            if table.layout is not None:
                source.note(table.layout)
    if table.layout is None:
        raise _no_header(before, source.wanted)


def _layout(header: Sequence[str], source: Source) -> Layout | None:
    """Return the layout of a table's header: it must have all columns that were asked for."""
    return None if columns.missing(header, source.wanted) else columns.layout(header, source.wanted)


def _full_row(line: int, cells: list[str], found: Layout) -> RawRow:
    row = _raw_row(line, cells, found)
    if row.fault is None and len(cells) < found.least:
        return RawRow(line, cells=row.cells, fault=f"只有 {len(cells)} 列，比表头的 {found.least} 列少")
    return row


def _raw_row(line: int, cells: list[Any], found: Layout) -> RawRow:
    if found.rejects:
        cells = [plain_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    shown = tuple("" if cell is None else str(cell) for cell in cells[:MOST_COLUMNS])
    if found.rejects:
        shown = shown[len(REJECTS) :]
    if any(cell not in {None, ""} for cell in cells[found.width :]):
        return RawRow(line, cells=shown, fault=f"有 {len(cells)} 列，比表头的 {found.width} 列多")
    if found.rejects and any(UNREADABLE in cell for cell in shown):
        return RawRow(line, cells=shown, fault=NOT_MENDED)
    fields = {name: cells[place] for name, place in found.places.items() if place < len(cells)}
    return RawRow(line, fields=fields, cells=shown)


def _json_rows(text: TextIOWrapper, source: Source) -> Iterator[RawRow]:
    layouts: dict[tuple[str, ...], Layout | None] = {}
    seen = valid = readable = False
    for line, content in enumerate(Lines(text), start=1):
        if not content.strip():
            continue
        seen = True
        shown = (content.strip(),)
        body = _json_object(content)
        valid |= body != NO_JSON
        if isinstance(body, str):
            yield RawRow(line, cells=shown, fault=body)
            continue
        keys = tuple(body)
        if keys not in layouts:
            if len(layouts) > 1_000:
                layouts.clear()  # a hostile file gives every line keys of its own
            layouts[keys] = columns.layout(keys, source.wanted)
        found = layouts[keys]
        if found is None:
            yield RawRow(line, cells=shown, fault="没有内容这一项（如 text、内容）")
            continue
        readable = True
        source.understood.note(found)
        yield _json_row(line, body, found, shown)
    if not seen:
        raise _empty()
    if not valid:
        raise UnreadableFileError("没有一行是有效的 JSON，请导出为 JSON lines：一行一条，每行一个 JSON 对象")
    if not readable:
        raise _no_words()


def _json_object(content: str) -> dict[str, Any] | str:
    """Return the object of a line, or why it is none."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return NO_JSON
    return body if isinstance(body, dict) else "不是 JSON 对象"


def _json_row(line: int, body: dict[str, Any], found: Layout, shown: tuple[str, ...]) -> RawRow:
    values = list(body.values())
    fields = {name: values[place] for name, place in found.places.items()}
    nested = next((name for name, value in fields.items() if isinstance(value, dict | list)), None)
    if nested is not None:
        return RawRow(line, cells=shown, fault=f"{found.header[found.places[nested]]} 不是文字也不是数字")
    if found.rejects and UNREADABLE in shown[0]:
        return RawRow(line, cells=shown, fault=NOT_MENDED)
    return RawRow(line, fields=fields, cells=shown)


def _workbook(path: Path, wanted: Mapping[str, str]) -> Source:
    if not path.stat().st_size:
        raise _empty()
    _refuse_bombs(path)
    source = Source(iter(()), 0, lambda: 0, "xlsx", wanted)
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
    before: list[list[str]] = []
    try:
        for sheet in book.worksheets:
            found: Layout | None = None
            for line, cells in enumerate(_cells(sheet), start=1):
                if found is None:
                    before.append(["" if cell is None else str(cell) for cell in cells])
                    found = _layout(before[-1], source)
                    if found is not None:
                        source.note(found)
                        source.size = max((sheet.max_row or 0) - line, 0)
                    elif line > HEADER_WITHIN:
                        break
                elif any(cell not in {None, ""} for cell in cells):
                    yield _raw_row(line, cells, found)
            if found is not None:
                return
    finally:
        book.close()
    raise _no_header(before, source.wanted)


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


def _no_header(before: list[list[str]], wanted: Mapping[str, str]) -> UnreadableFileError:
    """Return the refusal of a table without a header; ``before`` is what was read in search of it."""
    first = next((row for row in before if any(cell.strip() for cell in row)), None)
    if first is None:
        return _empty() if len(before) <= HEADER_WITHIN else _no_words(f"（前 {HEADER_WITHIN} 行是空的）")
    shown = "、".join(filter(None, map(_shown, first[:20])))
    if wanted:
        names = "、".join(wanted.values())
        return UnreadableFileError(
            f"前 {HEADER_WITHIN} 行里没有表头同时写有内容和 --column 指明的列（{names}）；文件以这一行开始：{shown}"
        )
    return _no_words(f"（文件以这一行开始：{shown}）")


def _shown(cell: str) -> str:
    """Return the beginning of a cell as a terminal may show it."""
    return "".join(char for char in cell.strip()[:20] if char.isprintable())


def _no_words(found: str = "") -> UnreadableFileError:
    names = "、".join(columns.accepted("words")[:8])
    return UnreadableFileError(
        f"没有找到写有客户原话的列{found}，请给那一列起一个这样的表头：{names}，或用 --column 内容=列名 指明"
    )


def _empty() -> UnreadableFileError:
    return UnreadableFileError("文件是空的")


def _no_text() -> UnreadableFileError:
    return UnreadableFileError("这不是文本文件，请导出为 CSV（UTF-8 或 GB18030）、XLSX 或 JSON lines")
