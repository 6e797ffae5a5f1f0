"""What an import says of the file: which column it took for what, what it did not read, what should be looked at."""

import json
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.errors import InvalidInputError
from feedback import cli
from feedback.imports.readers import UnreadableFileError
from feedback.imports.report import ImportReport
from feedback.models import Feedback


def imported(file: Path, **wished: object) -> ImportReport:
    return cli.import_feedback(
        file,
        source=None,
        channel=None,
        open_tickets=False,
        tag=False,
        region_code=None,
        wished=cli.wishes(**wished),  # type: ignore[arg-type]
    )


def said(report: ImportReport) -> str:
    return "\n".join(report.lines())


def stored(session: Session) -> dict[str, Feedback]:
    return {row.source_id: row for row in session.scalars(select(Feedback))}


@pytest.fixture
def folder(session: Session, tmp_path: Path, clock_at: clock.FixedClock) -> Path:
    factories.region_tree(session)
    return tmp_path


def write(folder: Path, content: str, name: str = "a.csv") -> Path:
    file = folder / name
    file.write_text(content, encoding="utf-8")
    return file


def test_the_report_says_which_column_was_taken_for_what_and_which_were_not_read(folder: Path) -> None:
    report = imported(
        write(folder, "编号,提交时间,评论内容,内容,机构,评分,渠道,心情\na,2026-06-01,好,坏,3301,5,网页,晴\n")
    )
    text = said(report)
    assert "各列读作：内容←评论内容，编号←编号，时间←提交时间，渠道←渠道，评分←评分，机构←机构。" in text
    assert "没有读的列：心情。" in text
    assert "“内容”也像是内容，没有读（内容取自“评论内容”）" in text
    assert text.count("注意") == 1


def test_a_file_without_times_is_warned_of_with_the_time_its_rows_got(session: Session, folder: Path) -> None:
    report = imported(write(folder, "编号,评论内容,发表日\na,好,2025-03-01\nb,不好,2025-03-02\n"))
    text = said(report)
    assert "没有时间列，2 行都没有时间，记为导入的时间 2026-06-10 12:00，会当作刚收到的排在最前" in text
    assert "没有评分列" in text
    assert "没有机构列，都记在" in text
    assert "没有渠道列，渠道都记为 file" in text
    assert "没有读的列：发表日" in text
    assert stored(session)["a"].occurred_at == clock.now()


def test_a_day_may_be_named_for_rows_without_a_time(session: Session, folder: Path) -> None:
    file = write(folder, "编号,评论内容,时间\na,好,\nb,不好,2025-04-01\n")
    report = imported(file, day="2025-03-01")
    assert "有 1 行没有写时间，按 --date 记为 2025-03-01 00:00" in said(report)
    assert stored(session)["a"].occurred_at == datetime(2025, 2, 28, 16, tzinfo=UTC)
    assert stored(session)["b"].occurred_at == datetime(2025, 3, 31, 16, tzinfo=UTC)
    assert imported(file, day="2025-03-01").known == 2


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.xlsx"])
def test_a_column_may_be_named_for_a_meaning(session: Session, folder: Path, name: str) -> None:
    header, row = ["编号", "短评", "内容", "发表日"], ["a", "好", "标题", "2025-03-01"]
    file = folder / name
    if name.endswith("csv"):
        file.write_text(",".join(header) + "\n" + ",".join(row) + "\n", encoding="utf-8")
    elif name.endswith("jsonl"):
        file.write_text(json.dumps(dict(zip(header, row, strict=True))), encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        assert isinstance(book.active, Worksheet)
        book.active.append(header)
        book.active.append(row)
        book.save(file)
    report = imported(file, column=["时间=发表日", "内容=短评"])
    found = stored(session)["a"]
    assert (found.words, found.occurred_at) == ("好", datetime(2025, 2, 28, 16, tzinfo=UTC))
    assert "内容←短评" in said(report)
    assert "时间←发表日" in said(report)


def test_a_column_that_the_file_does_not_have_stops_a_table_and_is_named_of_json(folder: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"（发表日）.*编号、评论内容"):
        imported(write(folder, "编号,评论内容\na,好\n"), column=["时间=发表日"])
    report = imported(write(folder, '{"text": "好"}\n', "a.jsonl"), column=["时间=发表日"])
    assert "没有一行有“发表日”这一项" in said(report)


@pytest.mark.parametrize(
    "column", [["心情=x"], ["时间"], ["时间="], ["时间=a", "日期=b"], ["时间=a", "内容=a"]]
)
def test_a_wish_that_cannot_be_is_refused(column: list[str]) -> None:
    with pytest.raises(InvalidInputError, match="--column"):
        cli.wishes(column=column)


@pytest.mark.parametrize("day", ["昨天", "2027-01-01", "1970-01-01"])
def test_a_day_that_cannot_be_is_refused(clock_at: clock.FixedClock, day: str) -> None:
    with pytest.raises(InvalidInputError, match="--date"):
        cli.wishes(day=day)


def test_the_same_id_with_other_words_is_refused_within_a_file(session: Session, folder: Path) -> None:
    good = "".join(f"b{n},好,5\n" for n in range(cli.BATCH))
    file = write(folder, f"编号,评论内容,评分\na,很好,5\na,不好,1\na,很好,5\n{good}a,第三次,5\n")
    report = imported(file)
    assert (report.new, report.known, report.rejected) == (cli.BATCH + 1, 1, 2)
    assert stored(session)["a"].words == "很好"
    assert report.reject_file is not None
    rejected = report.reject_file.read_text(encoding="utf-8-sig").splitlines()
    assert rejected[1:] == [
        "3,编号 a 在前面已有一行，内容不同,a,不好,1",
        f"{cli.BATCH + 5},编号 a 在前面已有一行，内容不同,a,第三次,5",
    ]


def test_rows_that_came_in_earlier_and_say_something_else_are_counted_with_their_import(folder: Path) -> None:
    file = write(folder, "编号,评论内容,几分\na,很好,5\nb,不好,1\n")
    first = imported(file)
    again = imported(file, column=["评分=几分"])
    assert (again.new, again.known, again.rejected) == (0, 2, 0)
    assert (
        f"已有的当中有 2 条与这个文件写的不同，没有更改；要按这个文件更正，请先 cx import undo {first.import_id}"
        in said(again)
    )
    assert "不同" not in said(imported(file))


def test_a_reject_file_is_mended_and_read_again(session: Session, folder: Path) -> None:
    write(folder, "编号,评论内容,评分,机构\na,=好,x,\nb,不好,1,火星\nc,'引,x,\n", "六月.csv")
    rejects = imported(folder / "六月.csv").reject_file
    assert rejects is not None
    mended = rejects.read_text(encoding="utf-8-sig").replace(",x,", ",5,")
    rejects.write_text(mended, encoding="utf-8-sig")
    report = imported(rejects)
    assert (report.source, report.new, report.rejected) == ("六月", 2, 1)
    assert {row.words for row in stored(session).values()} == {"=好", "'引"}
    assert "行号" not in said(report)
    assert report.reject_file is not None
    last = report.reject_file.read_text(encoding="utf-8-sig").splitlines()
    assert last == ["行号,拒收原因,编号,评论内容,评分,机构", "3,没有名为 火星 的机构,b,不好,1,火星"]


def test_rejected_lines_of_json_are_lines_of_json(session: Session, folder: Path) -> None:
    rows = ['{"text": "好", "id": "a", "rating": "x"}', "{", '{"text": "\\ud800", "id": "c"}']
    rejects = imported(write(folder, "\n".join(rows), "六月.jsonl"), column=[]).reject_file
    assert rejects is not None
    assert rejects.name == "六月.jsonl.rejects.jsonl"
    lines = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
    assert [line["行号"] for line in lines] == [1, 2, 3]
    assert lines[1]["原行"] == "{"
    rejects.write_text(rejects.read_text(encoding="utf-8").replace('"x"', '"5"'), encoding="utf-8")
    report = imported(rejects)
    assert (report.source, report.new, report.rejected) == ("六月", 1, 2)
    assert stored(session)["a"].rating == 5
    assert "行号" not in said(report)


def test_characters_that_could_not_be_read_must_be_mended_first(session: Session, folder: Path) -> None:
    file = folder / "a.csv"
    file.write_bytes("编号,评论内容\na,很好很好很好很好".encode() + b"\xff\xfe\n")
    rejects = imported(file).reject_file
    assert rejects is not None
    assert imported(rejects).rejected == 1
    assert not stored(session)


def test_an_unknown_channel_is_refused_if_nobody_names_it(session: Session, folder: Path) -> None:
    file = write(folder, "编号,评论内容,渠道\na,好,客户经理\nb,好,微信公众号\nc,好,hotline\n")
    report = imported(file)
    assert (report.new, report.rejected) == (2, 1)
    assert report.reject_file is not None
    assert "--new-channel 客户经理" in report.reject_file.read_text(encoding="utf-8-sig")
    assert imported(file, new_channels=["客户经理"]).new == 1
    assert stored(session)["a"].channel == "客户经理"
    # What has once brought something is known.
    assert imported(write(folder, "编号,评论内容,渠道\nd,好,客户经理\n", "b.csv")).new == 1


def test_a_rating_beyond_nearly_all_others_is_pointed_out_and_refused_on_wish(folder: Path) -> None:
    rows = [f"a{n},好,{n % 5 + 1}" for n in range(100)]
    rows[7] = "a7,好,99"
    file = write(folder, "\n".join(["编号,评论内容,评分", *rows, ""]))
    assert (
        "评分几乎都不超过 5，但有 1 条超过（如第 9 行的 99），请核对；要拒收这样的行，请用 --scale 5"
        in said(imported(file))
    )
    report = imported(write(folder, file.read_text(encoding="utf-8"), "b.csv"), scale=5)
    assert (report.new, report.rejected) == (99, 1)
    tens = "\n".join(["编号,评论内容,评分", *(f"a{n},好,{n % 10 + 1}" for n in range(100)), ""])
    assert "几乎" not in said(imported(write(folder, tens, "c.csv")))
