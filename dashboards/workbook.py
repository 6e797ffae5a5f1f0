"""The numbers of the page as an Excel workbook, for the reports that managers write themselves.

It says no more than the page: what the page withholds for want of answers is an empty cell here too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import xlsxwriter
from flask_babel import gettext as _

from dashboards import sheet
from dashboards.board import Board
from dashboards.sheet import Line
from surveys.rules.scores import Change, Counts, Metric, Score

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of the workbook; the first row holds the heads."""

    name: str
    rows: Sequence[Sequence[Cell]]


def tables(board: Board, narrowed_to: Sequence[str]) -> list[Table]:
    """Return the sheets; ``narrowed_to`` are the stage and touchpoint that the numbers are of, in words."""
    return [
        Table(_("概要"), list(_overview(board, narrowed_to))),
        Table(_("每周走势"), list(_lines(_("周（起始日）"), board.weekly, lambda line: line.key))),
        Table(_("触点"), list(_lines(_("触点"), board.by_point, _label, compared=True))),
        Table(_("机构"), list(_lines(_("机构"), board.by_region, _label, compared=True))),
        Table(_("变化"), list(_changes(board))),
        Table(_("话题"), list(_moods(_("话题"), board.topics))),
        Table(_("情感"), list(_moods(_("周"), board.moods))),
    ]


def write(found: Sequence[Table]) -> bytes:
    """Return the workbook as a file. Texts are cells of text: no spreadsheet runs them, whatever they begin with."""
    file = BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold, tenths = book.add_format({"bold": True}), book.add_format({"num_format": "0.0"})
    for table in found:
        page = book.add_worksheet(table.name)
        page.set_column(0, 0, 24)
        page.set_column(1, 12, 14)
        page.freeze_panes(1, 0)
        for at, row in enumerate(table.rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    page.write_string(at, column, cell, None if at else bold)
                elif isinstance(cell, float):
                    page.write_number(at, column, cell, tenths)
                elif cell is not None:
                    page.write_number(at, column, cell)
    book.close()
    return file.getvalue()


def _overview(board: Board, narrowed_to: Sequence[str]) -> Iterator[list[Cell]]:
    period, past = board.asked.period, board.asked.before.period
    yield [_("机构"), board.top.name]
    yield [_("本期"), f"{period.first} ~ {period.last}"]
    yield [_("上期"), f"{past.first} ~ {past.last}"]
    yield [_("范围"), _("；").join(narrowed_to) or _("全部触点")]
    yield []
    yield [_("指标"), *_score_heads(), _("较上期"), _("变化是否显著")]
    for line in board.headlines:
        yield [
            line.metric.upper(),
            *_score(line.score, line.counts),
            _points(line.change.value) if line.change else None,
            _said(line.change, holds=line.change is not None and line.change.significant),
        ]
    yield []
    yield [_("未结工单（现在）"), board.work.open]
    yield [_("已超时工单（现在）"), board.work.overdue]
    yield [_("本期到期工单"), board.work.promises.fell_due]
    yield [_("其中按时办结"), board.work.promises.kept]
    yield []
    yield [_("问卷回收漏斗"), _("人次")]
    for name, count in sheet.steps(board.funnel):
        yield [name, count]


def _lines(
    head: str,
    found: Mapping[Metric, Sequence[Line]],
    name: Callable[[Line], str],
    *,
    compared: bool = False,
) -> Iterator[list[Cell]]:
    past = [_("上期分数"), _("上期回答数"), _("较上期"), _("变化是否成立")] if compared else []
    yield [head, _("指标"), *_score_heads(), *past]
    for metric, lines in found.items():
        for line in lines:
            row: list[Cell] = [name(line), metric.upper(), *_score(line.score, line.counts)]
            if compared and line.before is not None:
                row += [
                    _shown(line.before, line.before.value),
                    line.before.n,
                    _points(line.change.value) if line.change else None,
                    _said(line.change, holds=line.holds),
                ]
            yield row


def _changes(board: Board) -> Iterator[list[Cell]]:
    yield [_("在哪里"), _("指标"), _("上期"), _("本期"), _("变化")]
    for kind, moved in (
        (_("触点：%(name)s"), board.points_moved),
        (_("机构：%(name)s"), board.regions_moved),
    ):
        for metric, line in moved:
            before = line.before.value if line.before else None
            yield [
                kind % {"name": line.label},
                metric.upper(),
                _points(before),
                _points(line.score.value),
                _points(line.change.value if line.change else None),
            ]
    for theme in board.themes:
        yield [
            _("话题：%(name)s", name=theme.label),
            _("不满的原声占比"),
            _points(theme.before.value),
            _points(theme.now.value),
            _points(theme.change.value),
        ]


def _moods(head: str, found: Sequence[sheet.Mood]) -> Iterator[list[Cell]]:
    yield [head, _("全部"), _("负面"), _("中性"), _("正面")]
    for mood in found:
        feelings = mood.feelings
        yield [mood.label, feelings.all, feelings.negative, feelings.neutral, feelings.positive]


def _score_heads() -> list[Cell]:
    return [_("分数"), _("95% 区间下限"), _("95% 区间上限"), _("回答数"), _("推荐或满意"), _("贬损或不满意")]


def _score(score: Score, counts: Counts) -> list[Cell]:
    limits = [_shown(score, value) for value in (score.value, score.low, score.high)]
    return [*limits, score.n, None if score.hidden else counts.good, counts.bad]


def _said(change: Change | None, *, holds: bool) -> Cell:
    if change is None:
        return None
    return str(_("是") if holds else _("否"))


def _shown(score: Score, value: float | None) -> float | None:
    return None if score.hidden else _points(value)


def _points(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 2)


def _label(line: Line) -> str:
    return line.label
