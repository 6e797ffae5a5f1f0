"""What ``cx import feedback`` does: rows of a file in, bad ones beside it, the good ones understood."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy.orm import Session

from core import clock, db, settings
from core.errors import NotFoundError
from feedback import queries, services
from feedback.imports import readers, tagging, utterances
from feedback.imports.readers import RawRow
from feedback.imports.rejects import RejectFile
from feedback.imports.utterances import Reading
from feedback.imports.values import UnreadableValueError
from feedback.models import ImportRun
from feedback.rules import UnusableWordsError
from grid import queries as grid

BATCH = 2_000
"""Rows of one transaction: enough to make its cost small, few enough to lose little when it is cut off."""


@dataclass(slots=True)
class ImportReport:
    """What became of a file's rows; ``known`` ones had come in before, ``ignored`` columns were not needed."""

    source: str
    import_id: int
    encoding: str = ""
    new: int = 0
    known: int = 0
    rejected: int = 0
    tagged: int = 0
    reject_file: Path | None = None
    ignored: tuple[str, ...] = field(default_factory=tuple)

    def sentence(self) -> str:
        """Say in Chinese what became of the file, for whoever ran the import."""
        parts = [f"来源 {self.source}：新增 {self.new} 条，已有 {self.known} 条，拒收 {self.rejected} 条"]
        if self.tagged:
            parts.append(f"已分析 {self.tagged} 条")
        if self.reject_file is not None:
            parts.append(f"拒收的行及原因见 {self.reject_file}")
        return "；".join(parts) + "。"


def import_feedback(
    path: Path,
    *,
    source: str | None,
    channel: str | None,
    open_tickets: bool,
    tag: bool,
    region_code: str | None,
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
    with readers.opened(path) as file:
        reading = _begin(
            path, source=source, channel=channel, history=not open_tickets, region_code=region_code
        )
        report = ImportReport(reading.source, reading.import_id, file.encoding)
        fallback = settings.current().huisheng_home / "imports"
        with RejectFile(path, fallback) as rejects, _bar(console, "读取") as show:
            done = 0
            rows = file.rows
            while batch := list(islice(rows, BATCH)):
                done += len(batch)
                _take_in(batch, reading, rejects, report)
                show(done if file.encoding == "xlsx" else file.position(), file.size)
            report.rejected, report.reject_file = rejects.count, rejects.path
        report.ignored = file.ignored
        _finish(report)
    if tag:
        with db.reading() as session:
            waiting = queries.waiting(session)
        with _bar(console, "分析") as show:
            report.tagged = tagging.tag_all(
                lambda left: show(max(waiting - left, 0), waiting), processes=processes
            )
    return report


def _begin(
    path: Path, *, source: str | None, channel: str | None, history: bool, region_code: str | None
) -> Reading:
    with db.transaction() as session:
        region = grid.region_by_code(session, region_code) if region_code else grid.root(session)
        if region is None:
            raise NotFoundError(f"没有代码为 {region_code} 的机构")
        run = ImportRun(
            kind="feedback",
            source=source or path.stem,
            file_name=path.name,
            started_at=clock.now(),
            detail={"channel": channel, "open_tickets": not history, "region": region.code},
        )
        session.add(run)
        session.flush()  # every row carries the run's id
        return Reading(
            source=run.source,
            channel=channel or "file",
            region_id=region.id,
            places=utterances.places(session),
            now=run.started_at,
            history=history,
            import_id=run.id,
        )


def _take_in(batch: list[RawRow], reading: Reading, rejects: RejectFile, report: ImportReport) -> None:
    good = []
    for raw in batch:
        try:
            good.append(reading.row(raw))
        except (UnusableWordsError, UnreadableValueError) as error:
            rejects.add(raw.line, str(error), raw.cells)
    with db.transaction() as session:
        taken = services.take_in_many(session, utterances.with_customers(session, good))
        report.new += len(taken)
        report.known += len(good) - len(taken)
        report.rejected = rejects.count
        _note(session, report)


def _finish(report: ImportReport) -> None:
    with db.transaction() as session:
        run = _note(session, report)
        run.finished_at = clock.now()
        run.detail = run.detail | {"encoding": report.encoding, "ignored": list(report.ignored)[:50]}


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
