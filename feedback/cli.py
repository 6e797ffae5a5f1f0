"""What ``cx import`` does with feedback: rows of a file in, bad ones beside it, the good ones understood."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy.orm import Session

from core import clock, db, settings
from core.errors import InvalidInputError, NotFoundError
from feedback import queries, services
from feedback.imports import columns, known, readers, tagging, undoing, utterances, values
from feedback.imports.readers import RawRow, Source
from feedback.imports.rejects import RejectFile, name_of_origin
from feedback.imports.report import ImportReport
from feedback.imports.undoing import Recount, Ticketed, Undone
from feedback.imports.utterances import Found, Reading
from feedback.imports.values import UnreadableValueError
from feedback.models import ImportRun
from feedback.rules import UnusableWordsError
from grid import queries as grid

BATCH = 2_000
"""Rows of one transaction: enough to make its cost small, few enough to lose little when it is cut off."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How somebody wants a file to be read where its own words do not say it.

    ``columns`` maps fields to the headers of their columns. ``day`` is the time of rows without one, ``scale`` the
    highest rating that may be, ``new_channels`` are channels that nobody knew so far.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    day: datetime | None = None
    scale: int = 100
    new_channels: Collection[str] = ()


def wishes(
    *, column: Collection[str] = (), day: str = "", scale: int = 100, new_channels: Collection[str] = ()
) -> Wishes:
    """Return the wishes as a command line words them; raise InvalidInputError for those that cannot be."""
    try:
        said = values.instant(day)
    except UnreadableValueError as error:
        raise InvalidInputError(f"--date：{error}") from None
    return Wishes(columns.wanted(column), said, scale, new_channels)


def import_feedback(
    path: Path,
    *,
    source: str | None,
    channel: str | None,
    open_tickets: bool,
    tag: bool,
    region_code: str | None,
    wished: Wishes | None = None,
    processes: int = 1,
    console: Console | None = None,
) -> ImportReport:
    """Import a CSV, XLSX or JSON lines file of feedback and return what became of its rows.

    ``source`` (the file's name without its ending by default) and a row's id make a row unique, so a second
    run adds nothing. ``channel`` and the region hold for rows that name none. Without ``open_tickets`` the
    rows are history: 50,000 old reviews must not become 20,000 tickets. Each batch is a transaction of its
    own; a run that is cut off is finished by running it again. Raises UnreadableFileError for a file that
    cannot be read at all and NotFoundError for an unknown region.
    """
    console = console or Console(stderr=True)
    wished = wished or Wishes()
    with readers.opened(path, wished.columns) as file:
        reading, report = _begin(
            path,
            source=source,
            channel=channel,
            history=not open_tickets,
            region_code=region_code,
            wished=wished,
        )
        report.encoding, report.understood = file.encoding, file.understood
        fallback = settings.current().huisheng_home / "imports"
        with RejectFile(path, fallback, file) as rejects, _bar(console, "读取") as show:
            done = 0
            rows = file.rows
            while batch := list(islice(rows, BATCH)):
                done += len(batch)
                _take_in(batch, reading, rejects, report)
                show(done if file.encoding == "xlsx" else file.position(), file.size)
            report.rejected, report.reject_file = rejects.count, rejects.path
        report.unseen = _unseen(file)
        _finish(report)
    if tag:
        with db.reading() as session:
            waiting = queries.waiting(session)
        with _bar(console, "分析") as show:
            report.tagged = tagging.tag_all(
                lambda left: show(max(waiting - left, 0), waiting), processes=processes
            )
    return report


def import_list() -> list[str]:
    """Return a line about each of the latest imports, the newest first."""
    with db.reading() as session:
        return [_described(run) for run in queries.import_runs(session)]


def before_undoing(import_id: int) -> str:
    """Say which import is about to be undone and how many rows it has; raise NotFoundError if there is none."""
    with db.reading() as session:
        run = undoing.run_of(session, import_id)
        return f"{_described(run)}；现有 {undoing.left(session, import_id)} 条"


def undo_import(
    import_id: int, *, ticketed: Ticketed, recount: Recount, console: Console | None = None
) -> Undone:
    """Remove the rows of an import that nobody has worked on; see :func:`feedback.imports.undoing.undo`."""
    with db.reading() as session:
        rows = undoing.left(session, import_id)
    with _bar(console or Console(stderr=True), "撤销") as show:
        return undoing.undo(
            import_id,
            ticketed=ticketed,
            recount=recount,
            actor="system",
            show=lambda done: show(done, rows),
        )


def _described(run: ImportRun) -> str:
    at = f"{run.started_at.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}"
    counts = f"新增 {run.new_rows} 条，已有 {run.known_rows} 条，拒收 {run.rejected_rows} 条"
    ends = [] if run.finished_at else ["没有读完"]
    if undone := run.detail.get("undone"):
        ends.append(f"已撤销 {undone['removed']} 条")
    return f"第 {run.id} 次导入，{at}，{run.file_name}，来源 {run.source}：{'，'.join([counts, *ends])}"


def _begin(
    path: Path,
    *,
    source: str | None,
    channel: str | None,
    history: bool,
    region_code: str | None,
    wished: Wishes,
) -> tuple[Reading, ImportReport]:
    with db.transaction() as session:
        region = grid.region_by_code(session, region_code) if region_code else grid.root(session)
        if region is None:
            raise NotFoundError(f"没有代码为 {region_code} 的机构")
        run = ImportRun(
            kind="feedback",
            source=source or name_of_origin(path),
            file_name=path.name,
            started_at=clock.now(),
            detail={"channel": channel, "open_tickets": not history, "region": region.code},
        )
        session.add(run)
        session.flush()  # every row carries the run's id
        otherwise = columns.channel_code(channel) if channel else "file"
        reading = Reading(
            source=run.source,
            channel=otherwise,
            region_id=region.id,
            places=utterances.places(session),
            channels=columns.channel_codes()
            | {otherwise, *queries.channels(session)}
            | {columns.channel_code(name) for name in wished.new_channels},
            otherwise=wished.day or run.started_at,
            history=history,
            import_id=run.id,
            scale=wished.scale,
        )
        report = ImportReport(
            run.source, run.id, region.name, otherwise, reading.otherwise, dated=wished.day is not None
        )
        report.ratings = reading.ratings
        return reading, report


def _take_in(batch: list[RawRow], reading: Reading, rejects: RejectFile, report: ImportReport) -> None:
    good: list[Found] = []
    bad: list[tuple[RawRow, str]] = []
    for raw in batch:
        try:
            good.append(reading.row(raw))
        except (UnusableWordsError, UnreadableValueError) as error:
            bad.append((raw, str(error)))
    with db.transaction() as session:
        taken = services.take_in_many(session, utterances.with_customers(session, good))
        old = known.compare(session, good, taken, reading.import_id)
        bad += [(one.raw, f"编号 {one.row.source_id} 在前面已有一行，内容不同") for one in old.clashing]
        for raw, reason in sorted(bad, key=lambda one: one[0].line):
            rejects.add(raw.line, reason, raw.cells)
        report.new += len(taken)
        report.known += len(good) - len(taken) - len(old.clashing)
        report.differing += old.differing
        report.rejected, report.untimed = rejects.count, reading.untimed
        _note(session, report)


def _unseen(file: Source) -> list[str]:
    """Return the columns that were asked for and that no row had; a table without them is not read at all."""
    return [header for name, header in file.wanted.items() if name not in file.understood.taken]


def _finish(report: ImportReport) -> None:
    with db.transaction() as session:
        run = _note(session, report)
        run.finished_at = clock.now()
        run.detail = run.detail | {
            "encoding": report.encoding,
            "columns": report.understood.taken,
            "ignored": report.understood.ignored,
        }


def _note(session: Session, report: ImportReport) -> ImportRun:
    run = session.get_one(ImportRun, report.import_id)
    run.new_rows, run.known_rows, run.rejected_rows = report.new, report.known, report.rejected
    return run


@contextmanager
def _bar(console: Console, label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar; the yielded function takes what is done and what there is, in any unit."""
    shown = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*shown, console=console) as progress:
        task = progress.add_task(label, total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total or None)

        yield show
