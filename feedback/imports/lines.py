"""Rows of delimited text, with a watch on quotes: one that is never closed must not swallow the rows after it.

A cell in quotes may go on over several lines, so a quote too many makes one cell of all lines up to the next quote,
or up to the end of the file. A row of several lines is therefore looked at twice. Where it is none, its first line
is refused and the others are read again one by one.
"""

import csv
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

from feedback.imports import values
from feedback.imports.columns import Layout
from feedback.imports.values import UnreadableValueError

LONGEST_LINE = 1 << 20
"""Characters of one line; the rest of a longer one is not read into memory, and its row is refused."""

MOST_LINES = 100
"""Lines of one row: more than anybody writes into one cell, and few enough to be read again at once."""

DELIMITERS = ",\t;，"

UNCLOSED = "从这一行起引号没有配对，请补上或去掉多余的引号；后面的行已另行读取"


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is no row: the reason, and its cells as far as they can be told apart."""

    reason: str
    cells: tuple[str, ...] = ()


class Lines:
    """The lines of a text, of which those of the row being read can be given back.

    An endless line is cut and ends in NUL, so that its row is refused. ``ended`` says that somebody asked for a line
    after the last.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._again:
            return self._again.popleft()
        line = self._text.readline(LONGEST_LINE)
        if not line:
            self.ended = True
            raise StopIteration
        if len(line) < LONGEST_LINE or line.endswith("\n"):
            return line
        while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
            pass
        return line + "\x00\n"

    def give_back(self, lines: list[str]) -> None:
        """Let these lines come next, in their order."""
        self._again.extendleft(reversed(lines))
        self.ended = False


class _TooManyLinesError(Exception):
    """A row goes on for more lines than a row may."""


class Table:
    """The rows of delimited text, each with the line it begins on; whoever finds the header sets ``layout``.

    The delimiter is seen from the first line.
    """

    def __init__(self, text: TextIO) -> None:
        self.layout: Layout | None = None
        self._lines = Lines(text)
        first = next(self._lines, "")
        self._delimiter = max(DELIMITERS, key=first.count)
        self._lines.give_back([first] if first else [])
        self._row: list[str] = []
        self._size = 0

    def __iter__(self) -> Iterator[tuple[int, list[str] | Broken]]:
        """Yield the cells of each row, or why a line is none."""
        number = 1
        reader = csv.reader(self._watched(), delimiter=self._delimiter)
        while True:
            self._row.clear()
            self._size = 0
            found: list[str] | Broken
            try:
                found = next(reader)
                if (len(self._row) > 1 or self._lines.ended) and not self._is_one_row(found):
                    found = Broken(UNCLOSED)
            except StopIteration:
                return
            except _TooManyLinesError:
                found = Broken(UNCLOSED)
            except csv.Error as error:
                found = Broken(UNCLOSED if len(self._row) > 1 else _reason(error))
            if isinstance(found, Broken):
                found = Broken(found.reason, tuple(self._apart(self._row[0])))
                # The lines behind were no part of this row: they are read again, by a reader that knows of no quote.
                self._lines.give_back(self._row[1:])
                del self._row[1:]
                reader = csv.reader(self._watched(), delimiter=self._delimiter)
            yield number, found
            number += len(self._row)

    def _watched(self) -> Iterator[str]:
        """Yield the lines and keep those of the row being read."""
        for line in self._lines:
            self._row.append(line)
            self._size += len(line)
            if len(self._row) > MOST_LINES or (self._size > LONGEST_LINE and len(self._row) > 1):
                raise _TooManyLinesError
            yield line

    def _is_one_row(self, cells: list[str]) -> bool:
        """Say whether a row of several lines is one, and not several rows behind a quote too many.

        It is none if the text ends inside its quotes, if anything but a delimiter follows a closing quote, or if
        one of its lines reads as a row of its own.
        """
        if self._lines.ended:
            return False
        try:
            next(csv.reader(self._row, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return False
        first, *inner, last = self._row
        if any(self._stands_alone(line, cells) for line in inner):
            return False
        # Behind a first cell of several lines the last line has as many cells as any row.
        natural = "\n" in cells[0] and not self._stands_alone(first, cells)
        return natural or not self._stands_alone(last, cells)

    def _stands_alone(self, line: str, cells: list[str]) -> bool:
        """Say whether a line within a row of these cells is a whole row itself.

        It has as many cells as the header, and where times, ratings and ids stand, it has such. Without any of these
        columns the number of cells must do, if it is not two: one comma is soon written.
        """
        layout = self.layout
        if layout is None:
            return False
        alone = self._apart(line)
        if len(alone) != layout.width:
            return False
        telling = [name for name in ("occurred_at", "rating", "id") if name in layout.places]
        if not telling:
            return layout.width > 2
        there = [name for name in telling if alone[layout.places[name]].strip()]
        return bool(there) and all(_fits(name, alone, cells, layout.places[name]) for name in there)

    def _apart(self, line: str) -> list[str]:
        """Return the cells of one line whose quotes mean nothing, or as a reader has them who believes in quotes."""
        for quoting in (csv.QUOTE_NONE, csv.QUOTE_MINIMAL):
            with suppress(csv.Error, StopIteration):
                found = next(csv.reader([line.rstrip("\r\n")], delimiter=self._delimiter, quoting=quoting))
                if self.layout is None or len(found) == self.layout.width:
                    return found
        return [line.rstrip("\r\n")[:LONGEST_LINE]]


def _fits(name: str, alone: list[str], cells: list[str], place: int) -> bool:
    if name == "id":
        return place < len(cells) and _shape(alone[place]) == _shape(cells[place])
    try:
        values.instant(alone[place]) if name == "occurred_at" else values.rating(alone[place])
    except UnreadableValueError:
        return False
    return True


def _shape(name: str) -> str:
    """Return how an id is built: what kinds of characters follow each other, in runs."""
    kinds = ["9" if char.isdigit() else "a" if char.isalpha() else char for char in name.strip('" ')]
    return "".join(kind for at, kind in enumerate(kinds) if at == 0 or kinds[at - 1] != kind)


def _reason(error: csv.Error) -> str:
    return "有一格太长，或引号没有配对" if "limit" in str(error) else "这一行读不出来（格式不对）"
