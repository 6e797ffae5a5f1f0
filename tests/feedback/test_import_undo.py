"""An import can be taken back: what nobody worked on goes, the rest stays with its reason, and figures stay right."""

import threading
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo import factories
from core import audit, clock, db
from core.errors import NotFoundError
from core.models import AuditEntry
from dashboards import services as dashboards
from dashboards.models import EVERYWHERE, VoiceDay
from feedback import cli, services
from feedback.imports import undoing
from feedback.imports.report import ImportReport
from feedback.imports.undoing import Undone
from feedback.models import Feedback, FeedbackTopic, ImportRun
from tickets import queries as tickets

WHOLE = (date(2026, 1, 1), date(2026, 12, 31))


def imported(file: Path) -> ImportReport:
    return cli.import_feedback(
        file, source="评价", channel=None, open_tickets=False, tag=True, region_code=None
    )


def undone(import_id: int) -> Undone:
    return cli.undo_import(import_id, ticketed=tickets.ticketed, recount=dashboards.recount_voices_of)


def ids(session: Session) -> set[str]:
    return set(session.scalars(select(Feedback.source_id)))


def voices(session: Session) -> int:
    """Return how many utterances the rollup of what was said counts in all."""
    counted = func.sum(VoiceDay.negative + VoiceDay.neutral + VoiceDay.positive)
    return (
        session.scalar(select(counted).where(VoiceDay.topic == "", VoiceDay.touchpoint_code == EVERYWHERE))
        or 0
    )


@pytest.fixture
def file(
    session: Session, tmp_path: Path, clock_at: clock.FixedClock, monkeypatch: pytest.MonkeyPatch
) -> Path:
    factories.region_tree(session)
    monkeypatch.setattr(undoing, "BATCH", 3)
    found = tmp_path / "a.csv"
    rows = [f"a{n},2026-0{n % 3 + 4}-01,理赔太慢了，没人管,{('3301', '32')[n % 2]}" for n in range(8)]
    found.write_text("\n".join(["编号,时间,内容,机构", *rows]) + "\n", encoding="utf-8")
    return found


def test_what_nobody_worked_on_goes_and_the_figures_follow_at_once(session: Session, file: Path) -> None:
    other = factories.make_feedback(session, source="别处", source_id="x")
    report = imported(file)
    dashboards.recount_all(session, *WHOLE)
    assert voices(session) == 9
    done = undone(report.import_id)
    assert (done.removed, done.ticketed, done.handled) == (8, 0, 0)
    assert ids(session) == {other.source_id}
    assert voices(session) == 1
    assert dashboards.check(session, *WHOLE) == []
    remaining = select(FeedbackTopic).where(FeedbackTopic.feedback_id != other.id)
    assert session.scalars(remaining).all() == []


def test_words_with_a_ticket_or_a_mark_stay_and_the_reasons_are_told(session: Session, file: Path) -> None:
    report = imported(file)
    rows = {row.source_id: row for row in session.scalars(select(Feedback))}
    factories.make_ticket(session, feedback=rows["a1"])
    services.mark_handled(session, rows["a2"], handled=True, actor="staff:1")
    # A ticket says more than a mark: the row counts once.
    factories.make_ticket(session, feedback=rows["a3"])
    services.mark_handled(session, rows["a3"], handled=True, actor="staff:1")
    session.flush()  # the import's own sessions must see the marks
    dashboards.recount_all(session, *WHOLE)
    done = undone(report.import_id)
    assert done.sentence() == "已撤销 5 条，保留 3 条（2 条已开工单，1 条已标为处理过）。"
    assert ids(session) == {"a1", "a2", "a3"}
    assert dashboards.check(session, *WHOLE) == []
    assert undone(report.import_id).removed == 0
    assert cli.import_list()[0].endswith("已撤销 5 条")


def test_the_corrected_file_comes_in_after_the_wrong_one_was_taken_back(session: Session, file: Path) -> None:
    right = file.read_text(encoding="utf-8")
    file.write_text(right.replace("时间", "发表于"), encoding="utf-8")
    wrong = imported(file)
    file.write_text(right, encoding="utf-8")
    assert imported(file).known == 8
    undone(wrong.import_id)
    assert imported(file).new == 8
    days = session.scalars(select(func.min(Feedback.occurred_at))).one()
    assert clock.beijing_day(days) == date(2026, 4, 1)


def test_other_imports_of_the_same_source_stay(session: Session, file: Path) -> None:
    first = imported(file)
    more = file.with_name("b.csv")
    more.write_text("编号,内容\na1,不算\nb1,很好\n", encoding="utf-8")
    imported(more)
    undone(first.import_id)
    assert ids(session) == {"b1"}


def test_taking_back_is_in_the_audit_log_and_in_the_list_of_imports(session: Session, file: Path) -> None:
    report = imported(file)
    undone(report.import_id)
    lines = session.scalars(
        select(AuditEntry).where(AuditEntry.object_type == "import").order_by(AuditEntry.id)
    ).all()
    assert [(line.action, line.object_id) for line in lines] == [
        ("import.undo", str(report.import_id)),
        ("import.undone", str(report.import_id)),
    ]
    assert lines[0].detail == {"file": "a.csv", "source": "评价", "rows": 8}
    assert lines[1].detail == {"removed": 8, "ticketed": 0, "handled": 0}
    assert audit.verify(session).broken_at is None
    assert cli.import_list()[0].endswith("新增 8 条，已有 0 条，拒收 0 条，已撤销 8 条")
    assert session.get_one(ImportRun, report.import_id, populate_existing=True).new_rows == 8


def test_a_ticket_that_is_just_being_opened_is_waited_for(
    fresh_database: str, tmp_path: Path, clock_at: clock.FixedClock
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("编号,内容\na,理赔太慢\nb,很好\n", encoding="utf-8")
    report = imported(file)
    found: list[Undone] = []
    with db.transaction() as session:
        about = session.scalars(select(Feedback).where(Feedback.source_id == "a")).one()
        factories.make_ticket(session, feedback=about)
        taking_back = threading.Thread(target=lambda: found.append(undone(report.import_id)))
        taking_back.start()
        taking_back.join(1)
        assert taking_back.is_alive()
    taking_back.join(30)
    assert [(one.removed, one.ticketed) for one in found] == [(1, 1)]
    with db.reading() as session:
        assert ids(session) == {"a"}


def test_an_import_that_is_none_is_named(session: Session) -> None:
    with pytest.raises(NotFoundError, match="没有第 999999 次导入"):
        undone(999_999)
    with pytest.raises(NotFoundError, match="cx import list"):
        cli.before_undoing(999_999)
