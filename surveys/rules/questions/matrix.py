"""Several things asked about in the same words: a row for each, one answer a row."""

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from surveys.rules.questions.base import (
    Option,
    QuestionBase,
    all_sent,
    labelled,
    one_sent,
    require_no_conditions,
    require_unique,
    texts_of,
)
from surveys.rules.questions.scales import ends, step
from surveys.rules.readings import Column, Reading, Sent, UnreadableAnswerError
from surveys.rules.texts import Language, Localised, say

MOST_ROWS = 50
MOST_COLUMNS = 50


class MatrixQuestion(QuestionBase):
    """Rows answered each by one column, by several columns, or by a rating from 1 to ``highest``.

    In JSON the columns are called ``columns``; here ``columns_``, for ``columns()`` are those of the results.
    A row's answer has the key and the form field ``<id>.<row>``. Required means every row.
    """

    type: Literal["matrix"] = "matrix"
    rows: tuple[Option, ...] = Field(min_length=1, max_length=MOST_ROWS)
    columns_: tuple[Option, ...] = Field((), alias="columns", max_length=MOST_COLUMNS)
    mode: Literal["single", "multiple", "rating"] = "single"
    highest: int = Field(5, ge=2, le=10)
    low: Localised | None = None
    high: Localised | None = None

    @model_validator(mode="after")
    def _rows_and_columns_are_their_own(self) -> Self:
        if self.mode != "rating" and not self.columns_:
            raise ValueError("a matrix needs columns, unless its rows are rated")
        require_unique((row.id for row in self.rows), "rows")
        require_unique((column.id for column in self.columns_), "columns")
        require_no_conditions(self.columns_, "the columns of a matrix")
        return self

    def keys(self) -> tuple[str, ...]:
        """Return a key for each row."""
        return tuple(self._key(row) for row in self.rows)

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read row by row; the mistakes are those of a scale, of an unknown column and of exclusive columns."""
        readings = {self._key(row): self._row(sent, self._key(row)) for row in self.rows}
        return {key: reading for key, reading in readings.items() if not reading.empty}

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return a column for each row."""
        title = say(self.title, language)
        titles = {self._key(row): f"{title} – {say(row.label, language)}" for row in self.rows}
        if self.mode == "rating":
            return tuple(
                Column(key, said, "number", lowest=1, highest=self.highest) for key, said in titles.items()
            )
        kind: Literal["option", "options"] = "options" if self.mode == "multiple" else "option"
        options = labelled(self.columns_, language)
        return tuple(Column(key, said, kind, options) for key, said in titles.items())

    def texts(self) -> Iterator[tuple[str, Localised]]:
        """Yield the title, the hint, the rows, and the columns or the words at the ends of the scale."""
        yield from super().texts()
        yield from texts_of(self.rows, "rows")
        if self.mode == "rating":
            yield from ends(self.low, self.high)
        else:
            yield from texts_of(self.columns_, "columns")

    def option_ids(self) -> tuple[str, ...]:
        """Return the ids of the columns; nothing if the rows are rated."""
        return () if self.mode == "rating" else tuple(column.id for column in self.columns_)

    def _key(self, row: Option) -> str:
        return f"{self.id}.{row.id}"

    def _row(self, sent: Sent, key: str) -> Reading:
        if self.mode != "multiple":
            value = one_sent(sent, key)
            if value is None:
                return Reading()
            if self.mode == "rating":
                return Reading(number=step(value, 1, self.highest))
        chosen = all_sent(sent, key)
        ids = self.option_ids()
        if not set(chosen) <= set(ids):
            raise UnreadableAnswerError("option")
        alone = [column for column in self.columns_ if column.exclusive and column.id in chosen]
        if alone and len(chosen) > 1:
            raise UnreadableAnswerError("exclusive", option=alone[0].label)
        return Reading(options=tuple(name for name in ids if name in chosen))
