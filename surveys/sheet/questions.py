"""Questions turned into what the page shows of them, for one group of respondents or for two side by side."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite

import numpy as np
from flask_babel import gettext as _

import sentiment
from surveys.forms.results import named
from surveys.queries.results import Words
from surveys.rules import marks
from surveys.rules.readings import Column
from surveys.rules.scores import HIDDEN_BELOW
from surveys.rules.scores import score as score_of
from surveys.rules.summaries import comparing, narrowing, single
from surveys.rules.summaries.asked import Asked
from surveys.rules.summaries.narrowing import Source
from surveys.rules.summaries.single import Tally
from surveys.rules.summaries.values import Flags, Values, joined, narrowed
from surveys.sheet.lines import (
    Block,
    Line,
    Part,
    RankLine,
    Said,
    Voices,
    kind_name,
    label_of,
    row_label,
    tone,
)
from surveys.tags import Tags

MOST_STEPS = 11
"""A scale with more steps than this is shown in ranges."""

MOST_LINES = 15
"""Of longer lists of options the most frequent are shown; the others are named in the export."""

LATEST = 8
"""Words shown of each question."""

TAGGED = 200
"""Words whose topics are counted; the latest are what can still be acted on."""

Door = Callable[[str], str]
"""Returns the address of this page for exactly the people who gave an answer (``question:value``)."""


def block(
    asked: Asked,
    source: Source,
    mask: Flags,
    other: Flags | None,
    *,
    language: str,
    several: bool,
    door: Door,
) -> Block:
    """Return what is shown of one question.

    ``several`` says that the survey has several versions, so that each question names those that asked it.
    """
    parts = tuple(
        _part(asked, column, source, mask, other, language=language, door=door) for column in asked.main
    )
    numbers = _("、").join(str(number) for number in sorted(asked.numbers))
    return Block(
        id="q-" + re.sub(r"[^a-z0-9_]", "-", asked.name),
        asked=asked,
        parts=parts,
        kind=kind_name(asked),
        versions=_("第 %(numbers)s 版", numbers=numbers) if several else "",
    )


def _part(
    asked: Asked,
    column: Column,
    source: Source,
    mask: Flags,
    other: Flags | None,
    *,
    language: str,
    door: Door,
) -> Part:
    values = source.values(asked.stored(column), asked.versions)
    ours = narrowed(values, mask)
    theirs = narrowed(values, other) if other is not None else None
    name = named(asked, column)
    part = Part(name, row_label(asked, column), column.kind, int(ours.answered.sum()))
    if theirs is not None:
        part = replace(part, other_base=int(theirs.answered.sum()))
    if column.kind == "rank":
        base, ranks = single.ranks(ours, [option for option, _label in column.options])
        labels = dict(column.options)
        return replace(
            part, base=base, ranks=tuple(RankLine(labels.get(rank.key, rank.key), rank) for rank in ranks)
        )
    if column.kind in {"words", "secret", "day", "file"}:
        return part
    # Ranges are cut by the numbers of both groups: one cut by its own would leave out what only the other said.
    ranged = ours if theirs is None else joined([ours, theirs])
    tally = _tally(column, ours, ranged)
    if column.kind == "number":
        part = replace(part, spread=single.spread(ours))
        if theirs is not None:
            part = replace(part, means=comparing.means(single.spread(theirs), part.spread))
    if asked.metric is not None:
        counts = single.scored(asked.metric, ours)
        part = replace(part, metric=asked.metric, counts=counts, score=score_of(asked.metric, counts))
        if theirs is not None:
            pair = comparing.scores(asked.metric, single.scored(asked.metric, theirs), counts)
            part = replace(part, pair=pair)
    shifts = {}
    if theirs is not None and tally.base:
        shifts = {shift.key: shift for shift in comparing.shares(_tally(column, theirs, ranged), tally)}
    lines = tuple(
        Line(
            bar.key,
            label_of(asked, column, bar.key, language),
            bar.n,
            bar.share,
            tone(asked.metric, float(bar.key))
            if column.kind == "number" and ".." not in bar.key
            else "brand",
            door(f"{name}:{bar.key}") if bar.n else None,
            _said(asked, column, bar.key, language),
            shifts.get(bar.key),
        )
        for bar in tally.bars
    )
    return replace(part, lines=_most(lines))


def _said(asked: Asked, column: Column, key: str, language: str) -> str:
    """Return an answer as a table says it: of a scale with how high it goes and what the step is called."""
    if column.kind == "number" and is_scale(column) and ".." not in key:
        return marks.spoken(asked.question, column, float(key), language)
    return label_of(asked, column, key, language)


def _tally(column: Column, values: Values, ranged: Values) -> Tally:
    """Return the answers counted; ranges of numbers are cut by ``ranged``, so that two groups share them."""
    if column.kind == "consent":
        return single.steps(values, 1, 1)
    if column.kind == "number":
        if is_scale(column):
            return single.steps(values, int(column.lowest or 0), int(column.highest or 0))
        return single.banded(values, single.bands(ranged))
    if column.kind == "place":
        return single.firsts(values)
    return single.options(values, [option for option, _label in column.options])


def is_scale(column: Column) -> bool:
    """Whether every number of a column stands by itself on the page."""
    low, high = column.lowest, column.highest
    return (
        low is not None
        and high is not None
        and isfinite(high - low)
        and float(low).is_integer()
        and float(high).is_integer()
        and high - low < MOST_STEPS
    )


def _most(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    if len(lines) <= MOST_LINES:
        return lines
    return tuple(sorted(lines, key=lambda line: -line.n))[:MOST_LINES]


def speakers(asked: Asked, source: Source, mask: Flags) -> list[int]:
    """Return the ids of the latest responses with words to this question, the newest first."""
    column = next(column for column in asked.columns if column.kind == "words")
    said = source.values(asked.stored(column), asked.versions).said
    ids = source.values(narrowing.ID).numbers
    if said is None or ids is None:
        return []
    found = np.sort(ids[said & mask])[::-1][:TAGGED]
    return [int(one) for one in found]


def voices(
    asked: Asked,
    source: Source,
    mask: Flags,
    latest: Sequence[Words],
    tags: dict[int, Tags],
    speakers: Sequence[int],
    *,
    anonymous: bool,
) -> Voices:
    """Return the words of a question as they may be shown.

    Personal data is masked. Fewer than ten anonymous voices stay unread: in a small group a way of writing
    is a name.
    """
    column = next(column for column in asked.columns if column.kind == "words")
    said = source.values(asked.stored(column), asked.versions).said
    base = int((said & mask).sum()) if said is not None else 0
    if anonymous and base < HIDDEN_BELOW:
        return Voices(base, ())
    topics = Counter(
        label
        for response_id in speakers
        if response_id in tags
        for label, _feeling in tags[response_id].topics
    )
    return Voices(
        base,
        tuple(
            Said(one.response_id, one.submitted_at, sentiment.mask(one.words), tags.get(one.response_id))
            for one in latest
        ),
        tuple(topics.most_common(8)),
        sum(response_id in tags for response_id in speakers),
    )
