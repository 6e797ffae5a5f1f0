import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.errors import NotFoundError
from core.models import EventRow
from feedback import cli
from feedback.imports.report import ImportReport
from feedback.models import Feedback, ImportRun

REVIEWS = Path(__file__).resolve().parents[3] / "shared" / "data" / "reviews"

ROWS = """编号,提交时间,来源渠道,评分,评论内容,机构,触点,客户号,备注
A1,2026/06/01 09:30,APP评价,1,理赔太慢了，手机13812345678,3301,理赔结案,C900,x
A2,,官网,5分,服务很好,浙江分公司,claim_closed,,
A3,昨天,官网,5,时间坏了,,,,
A4,,,9999,评分坏了,,,,
A5,,,,没有这个机构,火星,,,
A6,,,,,,,,
"""


def imported(file: Path, **given: object) -> ImportReport:
    options = {
        "source": None,
        "channel": None,
        "open_tickets": False,
        "tag": True,
        "region_code": None,
    } | given
    return cli.import_feedback(file, **options)  # type: ignore[arg-type]


def stored(session: Session) -> dict[str, Feedback]:
    return {row.source_id: row for row in session.scalars(select(Feedback))}


@pytest.fixture
def file(session: Session, tmp_path: Path, clock_at: clock.FixedClock) -> Path:
    factories.region_tree(session)
    found = tmp_path / "六月.csv"
    found.write_text(ROWS, encoding="utf-8")
    return found


def test_good_rows_come_in_with_everything_their_columns_say(session: Session, file: Path) -> None:
    report = imported(file)
    assert (report.new, report.known, report.rejected, report.tagged) == (2, 0, 4, 2)
    row = stored(session)["A1"]
    assert row.occurred_at == datetime(2026, 6, 1, 1, 30, tzinfo=UTC)
    assert (row.source, row.channel, row.rating, row.region.code) == ("六月", "app", 1, "3301")
    assert (row.touchpoint_code, row.customer and row.customer.external_id) == ("claim_closed", "C900")
    assert "13812345678" in row.words
    assert "13812345678" not in row.masked_words
    assert row.sentiment is not None
    other = stored(session)["A2"]
    assert (other.channel, other.region.code, other.rating) == ("web", "33", 5)
    assert other.occurred_at == clock.now()


def test_bad_rows_are_written_down_with_line_reason_and_content(session: Session, file: Path) -> None:
    report = imported(file)
    assert report.reject_file == file.with_name("六月.csv.rejects.csv")
    with report.reject_file.open(encoding="utf-8-sig", newline="") as rejects:
        lines = list(csv.reader(rejects))
    assert [line[0] for line in lines[1:]] == ["4", "5", "6", "7"]
    assert [line[1][:4] for line in lines[1:]] == ["时间读不", "评分不是", "没有名为", "没有内容"]
    assert lines[0] == ["行号", "拒收原因", *ROWS.splitlines()[0].split(",")]
    assert lines[1][2:] == ["A3", "昨天", "官网", "5", "时间坏了", "", "", "", ""]


def test_a_second_run_adds_nothing(session: Session, file: Path) -> None:
    imported(file)
    again = imported(file)
    assert (again.new, again.known, again.tagged) == (0, 2, 0)
    assert len(stored(session)) == 2


def test_the_run_is_kept_with_its_counts(session: Session, file: Path) -> None:
    report = imported(file, tag=False)
    run = session.get_one(ImportRun, report.import_id)
    assert (run.new_rows, run.known_rows, run.rejected_rows) == (2, 0, 4)
    assert run.finished_at is not None
    assert report.ignored == ("备注",)


def test_history_is_tagged_without_a_word_to_the_tickets(session: Session, file: Path) -> None:
    imported(file)
    assert session.scalar(select(func.count()).where(EventRow.kind == "FeedbackTagged")) == 0


def test_tickets_may_open_where_the_importer_asks_for_it(session: Session, file: Path) -> None:
    imported(file, open_tickets=True)
    assert session.scalar(select(func.count()).where(EventRow.kind == "FeedbackTagged")) == 2


def test_rows_without_an_id_keep_theirs_over_runs_even_if_two_are_equal(
    session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(
        "".join(json.dumps({"text": text}) + "\n" for text in ("很好", "很好", "不行")), encoding="utf-8"
    )
    assert imported(file, tag=False).new == 3
    again = imported(file, tag=False)
    assert (again.new, again.known) == (0, 3)


def test_an_unknown_region_stops_the_import_before_it_begins(session: Session, file: Path) -> None:
    with pytest.raises(NotFoundError, match="火星"):
        imported(file, region_code="火星")
    assert not stored(session)


def test_what_the_caller_names_holds_for_rows_that_name_nothing(session: Session, file: Path) -> None:
    plain = file.with_name("b.csv")
    plain.write_text("内容\n来电投诉，等了很久\n", encoding="gb18030")
    report = imported(plain, source="热线", channel="hotline", region_code="32", tag=False)
    row = next(iter(stored(session).values()))
    assert (row.source, row.channel, row.region.code, report.encoding) == ("热线", "hotline", "32", "gb18030")


def test_hostile_cells_are_refused_one_by_one(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    lines = [
        '{"text": "a\\u0000b"}',
        '{"text": "\\ud800"}',
        '{"text": "' + "长" * 20_001 + '"}',
        '{"text": "=cmd()"}',
        '{"text": "x", "id": "a\\u0000"}',
        '{"text": "x", "rating": NaN}',
        '{"text": true, "time": 1e400}',
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    report = imported(file)
    assert (report.new, report.rejected) == (1, 6)
    assert next(iter(stored(session).values())).words == "=cmd()"


def test_a_row_that_spreadsheets_would_run_is_harmless_in_the_reject_file(
    session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("内容,评分\n=HYPERLINK(1),x\n", encoding="utf-8")
    report = imported(file)
    assert report.reject_file is not None
    assert "'=HYPERLINK(1)" in report.reject_file.read_text("utf-8-sig")


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "encoding", "least"),
    [
        ("waimai_gb18030.csv", "gb18030", 8_000),
        ("hotel.xlsx", "xlsx", 5_000),
        ("hotel.dev.jsonl", "utf-8", 500),
    ],
)
def test_real_reviews_load_without_a_reject(
    session: Session, tmp_path: Path, name: str, encoding: str, least: int
) -> None:
    file = tmp_path / name
    file.symlink_to(REVIEWS / name)
    report = imported(file, tag=False)
    assert (report.encoding, report.rejected, report.reject_file) == (encoding, 0, None)
    assert report.new >= least
    assert imported(file, tag=False).new == 0
