"""Taking an import back: its rows go, but for those that somebody has worked on."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.orm import Session

from core import audit, clock, db
from core.errors import NotFoundError
from feedback.models import Feedback, ImportRun

BATCH = 2_000
"""Rows of one transaction, in the order of their days: so each day is counted again about once."""

Ticketed = Callable[[Session, Sequence[int]], Collection[int]]
"""Returns those of the utterances that have a ticket; tickets stand above feedback."""

Recount = Callable[[Session, Collection[tuple[date, int]]], None]
"""Counts what was said on these Beijing days in these regions again; dashboards stand above feedback."""


@dataclass(slots=True)
class Undone:
    """What became of the rows of an import that was taken back."""

    removed: int = 0
    ticketed: int = 0
    handled: int = 0

    def sentence(self) -> str:
        """Say it in Chinese, with the reasons why rows stay."""
        kept = [
            f"{count} 条{why}"
            for count, why in ((self.ticketed, "已开工单"), (self.handled, "已标为处理过"))
            if count
        ]
        stays = f"，保留 {self.ticketed + self.handled} 条（{'，'.join(kept)}）" if kept else ""
        return f"已撤销 {self.removed} 条{stays}。"


def run_of(session: Session, import_id: int) -> ImportRun:
    """Return an import of feedback; raise NotFoundError if there is none of this number."""
    run = session.get(ImportRun, import_id)
    if run is None or run.kind != "feedback":
        raise NotFoundError(f"没有第 {import_id} 次导入，用 cx import list 查看导入的编号")
    return run


def left(session: Session, import_id: int) -> int:
    """Return how many rows of an import are there."""
    return session.scalar(select(func.count()).where(Feedback.import_id == import_id)) or 0


def undo(
    import_id: int,
    *,
    ticketed: Ticketed,
    recount: Recount,
    actor: str,
    show: Callable[[int], None] = lambda _done: None,
) -> Undone:
    """Remove the rows of an import that have no ticket and were not handled; return what became of all.

    Each batch is a transaction of its own, which also counts its days again; one that is cut off is finished by
    asking again. The first line in the audit log says that it begins, the last how it ended. Customers whom the
    import brought stay. Raises NotFoundError if there is no such import.
    """
    with db.transaction() as session:
        run = run_of(session, import_id)
        detail = {"file": run.file_name, "source": run.source, "rows": left(session, import_id)}
        _audit(session, actor, "import.undo", import_id, detail)
    done = Undone()
    after: tuple[datetime, int] | None = None
    while True:
        with db.transaction() as session:
            after = _batch(session, import_id, after, done, ticketed=ticketed, recount=recount)
        if after is None:
            break
        show(done.removed + done.ticketed + done.handled)
    with db.transaction() as session:
        counts = {"removed": done.removed, "ticketed": done.ticketed, "handled": done.handled}
        run = run_of(session, import_id)
        before = run.detail.get("undone", {}).get("removed", 0)
        run.detail = run.detail | {
            "undone": counts | {"removed": before + done.removed, "at": clock.now().isoformat()}
        }
        _audit(session, actor, "import.undone", import_id, counts)
    return done


def _batch(
    session: Session,
    import_id: int,
    after: tuple[datetime, int] | None,
    done: Undone,
    *,
    ticketed: Ticketed,
    recount: Recount,
) -> tuple[datetime, int] | None:
    """Remove what may go of the next rows; return the place of the last one, None if there were none."""
    query = select(Feedback.id, Feedback.occurred_at, Feedback.region_id, Feedback.handled_at).where(
        Feedback.import_id == import_id
    )
    if after is not None:
        query = query.where(tuple_(Feedback.occurred_at, Feedback.id) > after)
    # A row that is held gets no ticket until we are done, and one that is about to get one is waited for.
    rows = session.execute(
        query.order_by(Feedback.occurred_at, Feedback.id).limit(BATCH).with_for_update()
    ).all()
    if not rows:
        return None
    promised = set(ticketed(session, [row.id for row in rows]))
    going = [row for row in rows if row.id not in promised and row.handled_at is None]
    session.execute(delete(Feedback).where(Feedback.id.in_([row.id for row in going])))
    recount(session, {(clock.beijing_day(row.occurred_at), row.region_id) for row in going})
    done.removed += len(going)
    done.ticketed += len(promised)
    done.handled += len(rows) - len(going) - len(promised)
    return rows[-1].occurred_at, rows[-1].id


def _audit(session: Session, actor: str, action: str, import_id: int, detail: dict[str, Any]) -> None:
    audit.record(
        session, actor=actor, action=action, object_type="import", object_id=import_id, detail=detail
    )
