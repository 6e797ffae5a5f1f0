"""A survey's answers as a table: heads that are never twice the same, and rows one after the other.

The rows are those that the page counts, in the order of their ids. Numbers come from the columns, words are
read a thousand responses at a time, so a table of a million rows needs no more memory than one of a thousand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import numpy as np
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import sentiment
from core import clock
from surveys.models import Answer, Response
from surveys.rules.marks import marks
from surveys.rules.questions import CascaderQuestion, SliderQuestion
from surveys.rules.questions.base import OTHER
from surveys.rules.readings import Column
from surveys.rules.summaries import narrowing
from surveys.rules.summaries.asked import Asked
from surveys.rules.summaries.narrowing import Source
from surveys.rules.summaries.single import numbers_of
from surveys.rules.summaries.values import Choices, Flags, Values, known

CHUNK = 1_000

TEXT_BYTES = 255
"""Names of regions, touchpoints, options: longer ones are cut where a width must be said."""

SECRET = "***"  # noqa: S105 - what stands in place of personal data

Cell = int | float | str | date | datetime | None


class Wording(StrEnum):
    """Whether chosen options are written as people read them or as the ids that never change."""

    LABELS = "labels"
    CODES = "codes"


@dataclass(frozen=True, slots=True)
class Head:
    """One column of the table.

    ``name`` is for programs (unique, letters of ASCII), ``title`` for people (unique in the table). A
    number that stands for something has ``labels``, a code that does has ``meanings``, each for programs that keep
    both; ``shape`` says of what kind the cells are: integer, number, scale (steps whose ends or all have names), code
    (a number in place of a name), day, time, text (a name or a code of letters) or words.
    """

    name: str
    title: str
    shape: str
    labels: tuple[tuple[int, str], ...] = ()
    meanings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Lookups:
    """What ids of regions, links and versions, and codes of touchpoints, are called; and the codes of regions."""

    regions: Mapping[int, str]
    region_codes: Mapping[int, str]
    touchpoints: Mapping[str, str]
    links: Mapping[int, str]
    versions: Mapping[int, str]
    channels: Mapping[str, str]
    languages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Field:
    """A head and how its cell is made for a response at a place, with the words that were read for it."""

    head: Head
    cell: Any
    key: str | None = None


class Table:
    """The table of some responses. ``revealed`` shows words as they were written and personal data in clear.

    ``numbered`` writes single choices as the number of the option, for programs that label numbers; for
    people they are texts.
    """

    def __init__(
        self,
        asked: Iterable[Asked],
        source: Source,
        mask: Flags,
        lookups: Lookups,
        *,
        versions: Values,
        wording: Wording,
        language: str,
        revealed: bool = False,
        numbered: bool = False,
    ) -> None:
        self._source = source
        self._wording = wording
        self._language = language
        self._revealed = revealed
        self._numbered = numbered
        self._versions = versions
        ids = source.values(narrowing.ID).numbers
        self._ids = np.zeros(0, np.int64) if ids is None else ids.astype(np.int64)
        places = np.flatnonzero(mask)
        self._places = places[np.argsort(self._ids[places], kind="stable")]
        self._worded: set[str] = set()
        fields = [*self._base(lookups, versions)]
        for one in asked:
            for column in one.columns:
                fields += self._fields(one, column)
        self._columns = _apart(fields)

    @property
    def heads(self) -> list[Head]:
        """The columns in their order."""
        return [field.head for field in self._columns]

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self._places)

    def widths(self, session: Session) -> dict[str, int]:
        """Return how many bytes the texts of each column take at most, by the name of its head.

        Masking may make words longer, so there is room for it.
        """
        versions = sorted({int(one) for one in numbers_of(self._versions)})
        found: dict[str, int] = dict(
            session.execute(
                select(
                    Answer.question_id,
                    func.max(
                        func.coalesce(func.octet_length(Answer.words), func.octet_length(Answer.secret))
                    ),
                )
                .join(Response, Response.id == Answer.response_id)
                .where(Response.version_id.in_(versions), Answer.question_id.in_(sorted(self._worded)))
                .group_by(Answer.question_id)
            ).all()
        )
        return {
            field.head.name: TEXT_BYTES if field.key is None else int(1.5 * (found.get(field.key) or 0)) + 64
            for field in self._columns
            if field.head.shape in {"text", "words"}
        }

    def rows(self, session: Session) -> Iterator[list[Cell]]:
        """Yield the rows in the order of the ids of responses."""
        for start in range(0, len(self._places), CHUNK):
            places = self._places[start : start + CHUNK]
            words = self._read_words(session, [int(one) for one in self._ids[places]])
            for place in places.tolist():
                written = words.get(int(self._ids[place]), {})
                yield [field.cell(place, written) for field in self._columns]

    def _read_words(self, session: Session, ids: Sequence[int]) -> dict[int, dict[str, str]]:
        if not self._worded:
            return {}
        found: dict[int, dict[str, str]] = {}
        # Personal data is not even decrypted for those who may not see it.
        columns = (Answer.response_id, Answer.question_id, Answer.words)
        query = select(*columns, Answer.secret) if self._revealed else select(*columns)
        rows = session.execute(
            query.where(Answer.response_id.in_(ids), Answer.question_id.in_(list(self._worded)))
        )
        for row in rows:
            said = row.words
            if self._revealed and said is None:
                said = row.secret
            if said is not None:
                found.setdefault(row.response_id, {})[row.question_id] = (
                    said if self._revealed else sentiment.mask(said)
                )
        return found

    def _base(self, lookups: Lookups, versions: Values) -> Iterator[_Field]:
        at = self._source.values(narrowing.AT)
        yield _Field(Head("response_id", _("编号"), "integer"), lambda place, _words: int(self._ids[place]))
        yield _Field(
            Head("submitted_at", _("提交时间"), "time"),
            lambda place, _words: _instant(at, place),
        )
        yield self._region(lookups)
        for name, title, values, names in (
            ("link", _("开放链接"), self._source.values(narrowing.LINK), lookups.links),
            ("version", _("问卷版本"), versions, lookups.versions),
        ):
            yield _Field(Head(name, title, "text"), _named(values, names))
        for name, title, key, texts in (
            ("touchpoint", _("触点"), narrowing.TOUCHPOINT, lookups.touchpoints),
            ("channel", _("渠道"), narrowing.CHANNEL, lookups.channels),
            ("language", _("语言"), narrowing.LANGUAGE, lookups.languages),
        ):
            found = self._source.values(key)
            if self._wording is Wording.LABELS:
                yield _Field(Head(name, title, "text"), _first(found, texts))
            else:
                seen = found.choices.options if found.choices is not None else ()
                meanings = tuple((code, texts[code]) for code in sorted(seen) if code in texts)
                yield _Field(Head(name, title, "text", meanings=meanings), _first(found, {}))
        yield _Field(
            Head("seconds", _("答题用时（秒）"), "integer"), _number(self._source.values(narrowing.SECONDS))
        )

    def _region(self, lookups: Lookups) -> _Field:
        values = self._source.values(narrowing.REGION)
        if self._wording is Wording.LABELS:
            return _Field(Head("region", _("机构"), "text"), _named(values, lookups.regions))
        seen = set() if values.numbers is None else set(values.numbers[known(values.numbers)].tolist())
        codes = lookups.region_codes
        meanings = tuple(sorted((codes[at], lookups.regions[at]) for at in seen if at in codes))
        return _Field(Head("region", _("机构"), "text", meanings=meanings), _named(values, codes))

    def _fields(self, asked: Asked, column: Column) -> Iterator[_Field]:
        key = asked.stored(column)
        values = self._source.values(key, asked.versions)
        name = column.key.replace(".", "_") + asked.name.removeprefix(asked.question.id).replace("@", "_v")
        title = column.title
        if column.kind == "words" and column.key == f"{asked.question.id}.{OTHER}":
            # Whether 其他 was ticked has the plain name where several may be.
            name += "_text"
        if len(asked.name) > len(asked.question.id):
            numbers = _("、").join(map(str, sorted(asked.numbers)))
            title = _("%(title)s（第 %(n)s 版）", title=title, n=numbers)
        if column.kind == "number":
            named = marks(asked.question, column, self._language)
            shape = "number" if isinstance(asked.question, SliderQuestion) or not named else "scale"
            yield _Field(Head(name, title, shape, named), _number(values))
        elif column.kind == "day":
            self._worded.add(key)
            yield _Field(Head(name, title, "day"), lambda _place, words: _day(words.get(key)), key)
        elif column.kind == "consent":
            yield self._said_or_number(Head(name, title, "code", ((1, _("同意")),)), _number(values))
        elif column.kind == "option":
            yield self._one_option(Head(name, title, "text"), column, values)
        elif column.kind in {"options", "rank"}:
            yield from self._many_options(name, title, column, values)
        elif column.kind == "place":
            yield _Field(Head(name, title, "text"), self._way(asked, values))
        else:
            yield _Field(Head(name, title, "words"), self._words(column, key, values), key)

    def _one_option(self, head: Head, column: Column, values: Values) -> _Field:
        if not self._numbered:
            labels = dict(column.options) if self._wording is Wording.LABELS else {}
            return _Field(head, _first(values, labels))
        ids = [option for option, _label in column.options]
        others = values.choices.options if values.choices is not None else ()
        ids += sorted(option for option in others if option not in ids)
        places = {option: at for at, option in enumerate(ids, 1)}
        known_labels = dict(column.options)
        labels_of_numbers = tuple((at, known_labels.get(option, option)) for option, at in places.items())
        text = _first(values, {})
        return _Field(
            Head(head.name, head.title, "code", labels_of_numbers),
            lambda place, words: places.get(text(place, words) or ""),
        )

    def _many_options(self, name: str, title: str, column: Column, values: Values) -> Iterator[_Field]:
        """Yield a column per option: 是 or 否 (as codes 1 or 0), the rank for rankings; empty if not answered."""
        ranked = column.kind == "rank"
        yes_no = () if ranked else ((0, _("否")), (1, _("是")))
        for option, label in column.options:
            titled = _("%(name)s：%(value)s", name=title, value=label)
            head = Head(f"{name}_{option}", titled, "number" if ranked else "code", yes_no)
            if ranked:
                yield _Field(head, _ranked(values.choices, option))
            else:
                yield self._said_or_number(head, _ticked(values.choices, option))

    def _said_or_number(self, head: Head, number: Any) -> _Field:  # noqa: ANN401 - a function of place and words
        """Return a field of a number that stands for something: in words for people, as it is for programs."""
        if self._wording is Wording.CODES or self._numbered:
            return _Field(head, number)
        labels = dict(head.labels)
        return _Field(
            Head(head.name, head.title, "text"), lambda place, words: labels.get(number(place, words))
        )

    def _way(self, asked: Asked, values: Values) -> Any:  # noqa: ANN401 - a function of place and words
        question = asked.question
        labels = self._wording is Wording.LABELS and isinstance(question, CascaderQuestion)

        def cell(place: int, _words: Mapping[str, str]) -> Cell:
            steps = _chosen(values.choices, place)
            if not steps:
                return None
            if labels and isinstance(question, CascaderQuestion):
                return " / ".join(question.label(step, self._language) for step in steps)
            return "/".join(steps)

        return cell

    def _words(self, column: Column, key: str, values: Values) -> Any:  # noqa: ANN401 - a function of place and words
        if column.kind == "secret" and not self._revealed:
            said = values.said
            return lambda place, _words: SECRET if said is not None and said[place] else None
        if column.kind == "file":
            said = values.said
            there = _("有文件")
            return lambda place, _words: there if said is not None and said[place] else None
        self._worded.add(key)
        return lambda _place, words: words.get(key)


def _apart(fields: Sequence[_Field]) -> list[_Field]:
    """Return the fields with titles and names that are all different, whatever authors wrote."""
    titles: dict[str, int] = {}
    names: dict[str, int] = {}
    found = []
    for field in fields:
        title, name = field.head.title, field.head.name
        titles[title] = titles.get(title, 0) + 1
        names[name.lower()] = names.get(name.lower(), 0) + 1
        if titles[title] > 1:
            title = f"{title} [{name}]"
        if names[name.lower()] > 1:
            name = f"{name}_{names[name.lower()]}"
        found.append(replace(field, head=replace(field.head, name=name, title=title)))
    return found


def _number(values: Values) -> Any:  # noqa: ANN401 - a function of place and words
    numbers = values.numbers
    if numbers is None:
        return lambda _place, _words: None
    there = known(numbers)
    whole = numbers.dtype.kind != "f"
    return lambda place, _words: (
        (int(numbers[place]) if whole else float(numbers[place])) if there[place] else None
    )


def _named(values: Values, names: Mapping[int, str]) -> Any:  # noqa: ANN401 - a function of place and words
    number = _number(values)

    def cell(place: int, words: Mapping[str, str]) -> Cell:
        found = number(place, words)
        return None if found is None else names.get(found, str(found))

    return cell


def _first(values: Values, labels: Mapping[str, str]) -> Any:  # noqa: ANN401 - a function of place and words
    def cell(place: int, _words: Mapping[str, str]) -> Cell:
        steps = _chosen(values.choices, place)
        return labels.get(steps[0], steps[0]) if steps else None

    return cell


def _chosen(choices: Choices | None, place: int) -> tuple[str, ...]:
    if choices is None:
        return ()
    return tuple(
        choices.options[code]
        for code in choices.codes[choices.starts[place] : choices.starts[place + 1]].tolist()
    )


def _ticked(choices: Choices | None, option: str) -> Any:  # noqa: ANN401 - a function of place and words
    def cell(place: int, _words: Mapping[str, str]) -> Cell:
        steps = _chosen(choices, place)
        return int(option in steps) if steps else None

    return cell


def _ranked(choices: Choices | None, option: str) -> Any:  # noqa: ANN401 - a function of place and words
    def cell(place: int, _words: Mapping[str, str]) -> Cell:
        steps = _chosen(choices, place)
        return steps.index(option) + 1 if option in steps else None

    return cell


def _day(written: str | None) -> date | str | None:
    """Return a day as one; what an older version kept as words stays words."""
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        return written


def _instant(at: Values, place: int) -> datetime | None:
    if at.numbers is None or not known(at.numbers[place : place + 1])[0]:
        return None
    return clock.beijing(datetime.fromtimestamp(int(at.numbers[place]), UTC))
