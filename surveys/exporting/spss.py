"""SPSS system files (.sav), written row by row: long names, value labels, texts of any length, UTF-8.

The format is described by the PSPP developers ("System File Format", PSPP Developers Guide); the parts that
are written here: the file header, variable records, value labels (types 3 and 4), the information records 3,
4, 11, 13, 14, 16, 20 and 21, and cases under the simple compression by bytecode. A text longer than 255 bytes is
kept in segments: each takes 252 bytes of declared width and holds 255 of text, the last one what is left.

Why not a library: ``docs/adr/0011-results-from-columns.md``. Tests read the files back with ReadStat.
"""

import re
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from core import clock
from surveys.exporting.sheet import Cell, Head

SEGMENT, DECLARED = 255, 252
WIDEST = 32_767
LONGEST_LABEL = 120
LONGEST_TITLE = 252

_GREGORIAN = datetime(1582, 10, 14)  # noqa: DTZ001 - SPSS counts wall-clock seconds from here, without zones
_MISSING = -sys.float_info.max
_BIAS = 100
_F, _A, _DATE, _DATETIME = 5, 1, 20, 22
_NOMINAL, _ORDINAL, _CONTINUOUS = 1, 2, 3
_RESERVED = frozenset({"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"})
_DOUBLE = struct.Struct("<d")


@dataclass(frozen=True)
class Variable:
    """A column of the file: ``width`` bytes of text, or a number for 0."""

    name: str
    head: Head
    width: int

    @cached_property
    def segments(self) -> tuple[int, ...]:
        """The declared widths of its segments; one of 0 for a number."""
        if self.width <= SEGMENT:
            return (self.width,)
        count = -(-self.width // DECLARED)
        return (*[SEGMENT] * (count - 1), self.width - (count - 1) * DECLARED)


def write(
    heads: Sequence[Head], rows: Iterable[Sequence[Cell]], count: int, widths: dict[str, int], title: str
) -> Iterator[bytes]:
    """Yield the file piece by piece.

    ``count`` is how many rows there are; ``widths`` says how many bytes the texts of a column have at most,
    by the name of its head. Longer ones are cut, between two characters.
    """
    variables = [
        Variable(name, head, _width(head, widths)) for name, head in zip(_names(heads), heads, strict=True)
    ]
    yield _dictionary(variables, count, title)
    squeezed = _Squeezed()
    for row in rows:
        for variable, cell in zip(variables, row, strict=True):
            squeezed.add(variable, cell)
        if squeezed.full:
            yield squeezed.take()
    yield squeezed.end()


class _Squeezed:
    """Cases under the bytecode compression: eight codes of a byte, then the eight-byte values they call for."""

    def __init__(self) -> None:
        self._done = bytearray()
        self._codes = bytearray()
        self._raw = bytearray()

    def add(self, variable: Variable, cell: Cell) -> None:
        """Add one value."""
        if not variable.width:
            # Small whole numbers and gaps are nearly all there is, and each is a single code.
            if cell is None:
                self._code(255)
            elif type(cell) is int and 1 - _BIAS <= cell <= 251 - _BIAS:
                self._code(cell + _BIAS)
            else:
                self._number(_value(cell))
            return
        if not cell:
            for declared in variable.segments:
                for _eight in range(-(-declared // 8)):
                    self._code(254)
            return
        text = cut(str(cell), variable.width)
        for at, declared in enumerate(variable.segments):
            part = text[at * SEGMENT : (at + 1) * SEGMENT]
            room = -(-declared // 8) * 8
            self._text(part[:room].ljust(room))

    @property
    def full(self) -> bool:
        """Whether enough has come together to be sent."""
        return len(self._done) >= 65_536

    def take(self) -> bytes:
        """Return what is finished and forget it."""
        done = bytes(self._done)
        self._done.clear()
        return done

    def end(self) -> bytes:
        """Return what is left, with the mark of the end."""
        self._code(252)
        while self._codes:
            self._code(0)
        return self.take()

    def _number(self, value: float) -> None:
        if value == _MISSING:
            self._code(255)
        elif value.is_integer() and 1 <= value + _BIAS <= 251:
            self._code(int(value) + _BIAS)
        else:
            self._code(253, _DOUBLE.pack(value))

    def _text(self, padded: bytes) -> None:
        for at in range(0, len(padded), 8):
            eight = padded[at : at + 8]
            if eight == b"        ":
                self._code(254)
            else:
                self._code(253, eight)

    def _code(self, code: int, raw: bytes = b"") -> None:
        codes = self._codes
        codes.append(code)
        if raw:
            self._raw += raw
        if len(codes) == 8:
            self._done += codes
            self._done += self._raw
            codes.clear()
            self._raw.clear()


def cut(text: str, most: int) -> bytes:
    """Return at most ``most`` bytes of a text, never half a character."""
    data = text.replace("\x00", "").encode()
    return data if len(data) <= most else data[:most].decode(errors="ignore").encode()


def _value(cell: Cell) -> float:
    if cell is None or isinstance(cell, str):
        return _MISSING
    if isinstance(cell, datetime):
        return (cell.replace(tzinfo=None) - _GREGORIAN) / timedelta(seconds=1)
    if isinstance(cell, date):
        return (cell - _GREGORIAN.date()) / timedelta(seconds=1)
    return float(cell)


def _width(head: Head, widths: dict[str, int]) -> int:
    if head.shape not in {"text", "words"}:
        return 0
    return min(max(widths.get(head.name, 64), 1), WIDEST)


def _names(heads: Sequence[Head]) -> list[str]:
    """Return names that SPSS takes: a letter in front, 64 bytes, no word of its own, no two alike."""
    found: list[str] = []
    taken: set[str] = set()
    for head in heads:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", head.name)[:60].rstrip("_")
        name = plain if re.match("[A-Za-z]", plain) and plain.lower() not in _RESERVED else f"v_{plain}"
        at, wanted = 1, name
        while name.lower() in taken:
            at += 1
            name = f"{wanted[:56]}_{at}"
        taken.add(name.lower())
        found.append(name)
    return found


def _dictionary(variables: Sequence[Variable], count: int, title: str) -> bytes:
    short: list[str] = []
    places: list[int] = []
    records = bytearray()
    place = 1
    for variable in variables:
        for at, width in enumerate(variable.segments):
            name = f"V{len(short) + 1:06d}"
            if at == 0:
                places.append(place)
            short.append(name)
            records += _variable(name, width, variable.head if at == 0 else None)
            more = max(0, -(-width // 8) - 1)
            records += struct.pack("<6i8s", 2, -1, 0, 0, 0, 0, b" " * 8) * more
            place += 1 + more
    firsts = _firsts(variables, short)
    for variable, at in zip(variables, places, strict=True):
        if variable.head.labels and not variable.width:
            records += _labels(variable.head.labels, at)
    records += _extension(3, 4, struct.pack("<8i", 1, 0, 0, -1, 1, 1, 2, 65001))
    records += _extension(4, 8, struct.pack("<3d", _MISSING, sys.float_info.max, -1.7976931348623155e308))
    records += _extension(11, 4, b"".join(_display(variable) for variable in variables))
    long_names = "\t".join(f"{name}={variable.name}" for variable, name in firsts)
    records += _extension(13, 1, long_names.encode())
    wide = b"".join(
        f"{name}={variable.width:05d}".encode() + b"\x00\t"
        for variable, name in firsts
        if variable.width > SEGMENT
    )
    if wide:
        records += _extension(14, 1, wide)
    records += _extension(16, 8, struct.pack("<2q", 1, count))
    records += _extension(20, 1, b"UTF-8")
    meanings = b"".join(_meanings(variable) for variable in variables if variable.head.meanings)
    if meanings:
        records += _extension(21, 1, meanings)
    records += struct.pack("<2i", 999, 0)
    return _header(place - 1, count, title) + bytes(records)


def _firsts(variables: Sequence[Variable], short: Sequence[str]) -> list[tuple[Variable, str]]:
    found, at = [], 0
    for variable in variables:
        found.append((variable, short[at]))
        at += len(variable.segments)
    return found


def _header(case_size: int, count: int, title: str) -> bytes:
    now = clock.beijing(clock.now())
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return struct.pack(
        "<4s60s5id9s8s64s3s",
        b"$FL2",
        b"@(#) SPSS DATA FILE - Huisheng".ljust(60),
        2,
        case_size,
        1,
        0,
        count if count < 2**31 else -1,
        float(_BIAS),
        f"{now.day:02d} {months[now.month - 1]} {now.year % 100:02d}".encode(),
        f"{now:%H:%M:%S}".encode(),
        cut(title, 64).ljust(64),
        b"\x00" * 3,
    )


def _variable(name: str, width: int, head: Head | None) -> bytes:
    if width:
        form = (_A << 16) | (min(width, SEGMENT) << 8)
    elif head is not None and head.shape == "time":
        form = (_DATETIME << 16) | (20 << 8)
    elif head is not None and head.shape == "day":
        form = (_DATE << 16) | (11 << 8)
    else:
        form = (_F << 16) | (10 << 8) | (2 if head is not None and head.shape == "number" else 0)
    title = cut(head.title, LONGEST_TITLE) if head is not None else b""
    record = struct.pack("<6i8s", 2, width, int(bool(title)), 0, form, form, name.encode().ljust(8))
    if title:
        record += struct.pack("<i", len(title)) + title.ljust(-(-len(title) // 4) * 4)
    return record


def _labels(labels: Sequence[tuple[int, str]], place: int) -> bytes:
    record = struct.pack("<2i", 3, len(labels))
    for value, label in labels:
        text = cut(label, LONGEST_LABEL)
        room = -(-(len(text) + 1) // 8) * 8 - 1
        record += _DOUBLE.pack(float(value)) + bytes([len(text)]) + text.ljust(room)
    return record + struct.pack("<3i", 4, 1, place)


def _meanings(variable: Variable) -> bytes:
    """Return the labels of a text's values; codes of more than eight bytes have no room in the older record."""
    name = variable.name.encode()
    record = struct.pack("<i", len(name)) + name
    record += struct.pack("<2i", variable.width, len(variable.head.meanings))
    for value, label in variable.head.meanings:
        code, text = cut(value, variable.width).ljust(variable.width), cut(label, LONGEST_LABEL)
        record += struct.pack("<i", len(code)) + code + struct.pack("<i", len(text)) + text
    return record


def _display(variable: Variable) -> bytes:
    shape = variable.head.shape
    measure = _NOMINAL if variable.width or shape == "code" else _ORDINAL if shape == "scale" else _CONTINUOUS
    return b"".join(
        struct.pack("<3i", measure, min(width, 40) if width else 10, 0 if width else 1)
        for width in variable.segments
    )


def _extension(subtype: int, size: int, data: bytes) -> bytes:
    return struct.pack("<4i", 7, subtype, size, len(data) // size) + data
