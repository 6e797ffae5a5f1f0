"""Two questions, or a question and where people come from, against each other, as the page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from flask_babel import gettext as _

from core.errors import NotFoundError
from core.sentences import N_
from surveys.forms.results import DIMENSIONS, Scope, named
from surveys.rules.readings import Column
from surveys.rules.scores import HIDDEN_BELOW, SMALL_BELOW
from surveys.rules.summaries import crossing, single
from surveys.rules.summaries.asked import Asked
from surveys.rules.summaries.chances import Independence
from surveys.rules.summaries.crossing import Axis
from surveys.rules.summaries.narrowing import LINK, REGION, Source
from surveys.rules.summaries.values import Flags, Values, narrowed
from surveys.sheet.lines import group_names, label_of
from surveys.sheet.questions import is_scale

VERSION = "@version"


@dataclass(frozen=True, slots=True)
class Names:
    """Labels of what people come from: by dimension, then by key; regions in groups of all below each."""

    labels: Mapping[str, Mapping[str, str]]
    regions: Sequence[tuple[str, str, frozenset[int]]]


@dataclass(frozen=True, slots=True)
class Cell:
    """How many are in a row and a column, and their shares of both; no shares where these are too small."""

    n: int
    of_row: float | None
    of_column: float | None


@dataclass(frozen=True, slots=True)
class CrossLine:
    """One row of the table; ``hidden`` where fewer than ten people are in it."""

    label: str
    n: int
    cells: tuple[Cell, ...]

    @property
    def hidden(self) -> bool:
        """Whether there are too few people to show their answers."""
        return self.n < HIDDEN_BELOW

    @property
    def small(self) -> bool:
        """Whether there are so few that they are grey."""
        return self.n < SMALL_BELOW


@dataclass(frozen=True, slots=True)
class CrossTable:
    """The whole table; ``test`` is None where a test would say nothing true."""

    rows: str
    columns: str
    heads: tuple[tuple[str, int], ...]
    lines: tuple[CrossLine, ...]
    n: int
    test: Independence | None
    single: bool


def choices(asked: Sequence[Asked]) -> list[tuple[str, str]]:
    """Return what can be crossed: every question (every row of a matrix) that is counted, and dimensions."""
    found = [
        (named(one, column), column.title if one.matrix else one.title)
        for one in asked
        for column in one.main
        if column.kind in {"number", "option", "options", "rank", "place", "consent"}
    ]
    names = dimension_names()
    return found + [(name, names[name]) for name in DIMENSIONS]


def dimension_names() -> dict[str, str]:
    """Return what the dimensions are called."""
    return {
        "@channel": _("渠道"),
        "@touchpoint": _("触点"),
        "@region": _("下级机构"),
        "@language": _("语言"),
        "@link": _("开放链接"),
        VERSION: _("问卷版本"),
    }


def table(
    rows: str,
    columns: str,
    scope: Scope,
    source: Source,
    mask: Flags,
    names: Names,
    versions: Values,
    language: str,
) -> CrossTable:
    """Return the table of two things named in the address; raise NotFoundError for what does not exist."""
    one, one_labels, one_title = _axis(rows, scope, source, mask, names, versions, language)
    other, other_labels, other_title = _axis(columns, scope, source, mask, names, versions, language)
    found = crossing.cross(one, other, int(mask.sum()))
    kept_rows = [at for at in range(len(one.keys)) if found.across[at]][: crossing.MOST_LINES]
    kept_columns = [at for at in range(len(other.keys)) if found.down[at]][: crossing.MOST_LINES]
    lines = tuple(
        CrossLine(
            one_labels[at],
            int(found.across[at]),
            tuple(
                Cell(
                    int(found.counts[at, place]),
                    _share(found.counts[at, place], found.across[at]),
                    _share(found.counts[at, place], found.down[place]),
                )
                for place in kept_columns
            ),
        )
        for at in kept_rows
    )
    return CrossTable(
        one_title,
        other_title,
        tuple((other_labels[place], int(found.down[place])) for place in kept_columns),
        lines,
        found.n,
        found.test if found.n >= SMALL_BELOW else None,
        found.single,
    )


def _share(n: int, base: int) -> float | None:
    return float(n) / float(base) if base >= HIDDEN_BELOW else None


def _axis(
    name: str, scope: Scope, source: Source, mask: Flags, names: Names, versions: Values, language: str
) -> tuple[Axis, list[str], str]:
    if name.startswith("@"):
        title = dimension_names().get(name)
        if title is None:
            raise NotFoundError(N_("没有这个问题"))
        values = narrowed(versions if name == VERSION else source.values(name), mask)
        axis, labels = _dimension(name, values, names)
        return axis, labels, title
    asked, column = scope.column(name)
    values = narrowed(source.values(asked.stored(column), asked.versions), mask)
    axis = _question(asked, column, values)
    title = column.title if asked.matrix else asked.title
    if asked.metric is not None:
        groups = group_names(asked.metric)
        return axis, [groups[key] for key in axis.keys], title
    return axis, [label_of(asked, column, key, language) for key in axis.keys], title


def _question(asked: Asked, column: Column, values: Values) -> Axis:
    if asked.metric is not None:
        return crossing.by_score(asked.metric, values)
    if column.kind == "consent":
        return crossing.by_ranges(values, [(1, 1)])
    if column.kind == "number":
        if is_scale(column):
            low, high = int(column.lowest or 0), int(column.highest or 0)
            return crossing.by_ranges(values, [(step, step) for step in range(low, high + 1)])
        return crossing.by_ranges(values, single.bands(values, most=5))
    if column.kind == "place":
        keys = [bar.key for bar in single.firsts(values).bars]
        return crossing.by_options(values, keys, first_only=True)
    ids = [option for option, _label in column.options]
    return crossing.by_options(values, ids, first_only=column.kind == "rank")


def _dimension(name: str, values: Values, names: Names) -> tuple[Axis, list[str]]:
    if name == REGION:
        keys = tuple(code for code, _label, _ids in names.regions)
        labels = [label for _code, label, _ids in names.regions]
        group = np.full(values.n, -1, np.int64)
        if values.numbers is not None:
            for at, (_code, _label, ids) in enumerate(names.regions):
                group[np.isin(values.numbers, np.fromiter(ids, np.int64, len(ids)))] = at
        rows = np.flatnonzero(group >= 0)
        return Axis(keys, rows, group[rows], single=True), labels
    known = names.labels.get(name, {})
    if name in {LINK, VERSION}:
        numbers = [int(key) for key in known]
        return crossing.by_numbers(values, numbers), [known[str(one)] for one in numbers]
    options = values.choices.options if values.choices is not None else ()
    keys_of_texts = [*(key for key in known if key in options), *(key for key in options if key not in known)]
    return crossing.by_options(values, keys_of_texts), [known.get(key, key) for key in keys_of_texts]
