"""Foreign files read with care: sizes, depths and tricks are refused before anything is built from them.

XML goes through expat with every declaration of a document type refused, so there are no entities to expand
and nothing outside to fetch (XXE, billion laughs); the last release of defusedxml is from 2021 and would do the
same by the same hooks. Workbooks are unpacked within limits and every part is checked before openpyxl sees it.
"""

import io
import json
import math
import re
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import openpyxl

from core.sentences import N_, said
from surveys.rules.foreign.report import UnreadableFileError

MOST_BYTES = 5 * 1024 * 1024
MOST_QUESTIONS = 500
MOST_DEPTH = 60
MOST_ELEMENTS = 400_000
MOST_UNPACKED = 40 * 1024 * 1024
MOST_PARTS = 500
MOST_ROWS = 5_000
MOST_COLUMNS = 120


def json_of(data: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON of a file; raise UnreadableFileError for anything broken, endless or nested too deep."""
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_float=_finite, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise UnreadableFileError(said(N_("文件不是 UTF-8 编码，请重新导出"))) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(said(N_("文件不是完整的 JSON，请重新导出"))) from error
    _check_depth(found)
    return found


_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
"""Characters that neither JSON in the database nor UTF-8 can hold; escapes bring them into a file."""


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)


def _check_depth(found: object) -> None:
    level: list[object] = [found]
    for _depth in range(MOST_DEPTH):
        if any(isinstance(value, str) and _UNSTORABLE.search(value) for value in level):
            raise UnreadableFileError(said(N_("文件里有不能保存的字符，请重新导出")))
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in ((*value, *value.values()) if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise UnreadableFileError(said(N_("文件里的层次太深，无法读取")))


class _Tree:
    """Builds the elements of an XML file from expat's events, refusing what a survey never needs."""

    def __init__(self) -> None:
        self.builder = TreeBuilder()
        self.depth = 0
        self.count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.count += 1
        if self.depth > MOST_DEPTH or self.count > MOST_ELEMENTS:
            raise UnreadableFileError(said(N_("文件里的层次太深或内容太多，无法读取")))
        self.builder.start(tag, attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.builder.end(tag)


def xml_of(data: bytes) -> Element:
    """Return the root of an XML file; raise UnreadableFileError for broken XML and for any document type."""
    tree = _Tree()
    parser = _parser()
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.builder.data
    _parse(parser, data)
    return tree.builder.close()


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    parser.ExternalEntityRefHandler = _refuse_doctype
    return parser


def _parse(parser: expat.XMLParserType, data: bytes) -> None:
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's own signature
    except (expat.ExpatError, LookupError, ValueError) as error:
        # LookupError and ValueError: encodings that Python does not know, or cannot give to expat.
        raise UnreadableFileError(said(N_("文件不是完整的 XML，请重新导出"))) from error


def _refuse_doctype(*_declared: object) -> NoReturn:
    raise UnreadableFileError(said(N_("文件含有 DOCTYPE 或实体声明，出于安全不予读取")))


def workbook_of(data: bytes) -> dict[str, list[list[str]]]:
    """Return the sheets of an .xlsx file as rows of texts, by the sheet's name in small letters.

    Raises UnreadableFileError for anything that is no workbook, unpacks to too much, or hides entities.
    """
    _check_parts(data)
    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and extensions that it leaves out; none of them holds words.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            try:
                return {sheet.title.strip().lower(): list(_rows(sheet)) for sheet in book.worksheets[:20]}
            finally:
                book.close()
    except Exception as error:
        raise UnreadableFileError(said(N_("这个 Excel 文件读不出来，请重新另存为 .xlsx"))) from error


def _check_parts(data: bytes) -> None:
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise UnreadableFileError(said(N_("这个 Excel 文件里的部分太多，无法读取")))
            for part in parts:
                with archive.open(part) as opened:
                    # What the archive says of sizes may be a lie: count what really comes out.
                    content = opened.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise UnreadableFileError(said(N_("这个 Excel 文件解开后过大，无法读取")))
                if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                    _parse(_parser(), content)
    except UnreadableFileError:
        raise
    except Exception as error:
        raise UnreadableFileError(said(N_("这个 Excel 文件已损坏，请重新另存为 .xlsx"))) from error


def _rows(sheet: Any) -> Iterator[list[str]]:  # noqa: ANN401 - openpyxl's read-only sheet has no public type
    for cells in sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True):
        yield [_cell(value) for value in cells]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()
