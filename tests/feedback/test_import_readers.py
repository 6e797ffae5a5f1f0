import io
import json
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from feedback.imports import readers
from feedback.imports.readers import RawRow, UnreadableFileError


def rows_of(file: Path) -> list[RawRow]:
    with readers.opened(file) as source:
        return list(source.rows)


def write(tmp_path: Path, name: str, content: bytes | str) -> Path:
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=2_000), name=st.sampled_from(["a.csv", "a.jsonl", "a.xlsx", "a.txt"]))
def test_any_bytes_are_rows_or_a_clear_refusal(tmp_path: Path, content: bytes, name: str) -> None:
    file = write(tmp_path, name, content)
    with suppress(UnreadableFileError):
        assert all(row.fields or row.fault for row in rows_of(file))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(tail=st.binary(max_size=1_000))
def test_rows_before_garbage_are_kept(tmp_path: Path, tail: bytes) -> None:
    file = write(tmp_path, "a.csv", "评论内容,评分\n".encode() + "服务很好很耐心,5\n".encode() * 80 + tail)
    rows = rows_of(file)
    assert [row.fields["words"] for row in rows[:80]] == ["服务很好很耐心"] * 80


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_workbook_is_refused_or_read(tmp_path: Path, damages: list[tuple[float, int]]) -> None:
    good = bytearray(workbook([["内容"], ["理赔很快"]]))
    for place, value in damages:
        good[int(place * len(good))] = value
    file = write(tmp_path, "a.xlsx", bytes(good))
    with suppress(UnreadableFileError):
        assert len(rows_of(file)) <= 1


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_header_may_stand_below_a_title(tmp_path: Path) -> None:
    file = write(tmp_path, "a.xlsx", workbook([["六月客户评价汇总"], [], ["编号", "内容"], ["a1", "不错"]]))
    assert [row.fields for row in rows_of(file)] == [{"id": "a1", "words": "不错"}]


def test_lines_are_numbered_as_an_editor_numbers_them(tmp_path: Path) -> None:
    file = write(tmp_path, "a.csv", '评论内容,评分\n"两行\n的话",5\n\n第二条,4\n')
    assert [row.line for row in rows_of(file)] == [2, 5]


@pytest.mark.parametrize("mark", [";", "\t", ","])
def test_the_delimiter_is_seen_from_the_header(tmp_path: Path, mark: str) -> None:
    file = write(tmp_path, "a.csv", f"评论内容{mark}评分\n很好{mark}5\n")
    assert rows_of(file)[0].fields == {"words": "很好", "rating": "5"}


def test_a_huge_cell_costs_its_row_and_no_other(tmp_path: Path) -> None:
    file = write(tmp_path, "a.csv", "评论内容,评分\n前,5\n" + "长" * 3_000_000 + ",5\n后,5\n")
    rows = rows_of(file)
    assert [row.fields.get("words") for row in rows if not row.fault] == ["前", "后"]
    assert any(row.fault for row in rows)


def test_ten_thousand_columns_cost_their_row_and_no_other(tmp_path: Path) -> None:
    file = write(tmp_path, "a.csv", "评论内容,评分\n前,5\n" + "x," * 10_000 + "\n后,5\n")
    rows = rows_of(file)
    assert [row.fields.get("words") for row in rows if not row.fault] == ["前", "后"]
    assert "列" in str(rows[1].fault)


def test_broken_json_lines_are_named_and_the_others_kept(tmp_path: Path) -> None:
    lines = ['{"text": "好"}', "{", "[1]", '{"a": 1}', '{"text": ["x"]}', "[" * 100_000, '{"text": "坏"}']
    rows = rows_of(write(tmp_path, "a.jsonl", "\n".join(lines)))
    assert [row.line for row in rows if row.fault] == [2, 3, 4, 5, 6]
    assert [row.fields["words"] for row in rows if not row.fault] == ["好", "坏"]


def test_a_file_without_words_says_which_header_it_needs(tmp_path: Path) -> None:
    for name, content in (("a.csv", "姓名,年龄\n张,5\n"), ("a.jsonl", json.dumps({"a": 1}))):
        with pytest.raises(UnreadableFileError, match="评论内容"):
            rows_of(write(tmp_path, name, content))


def test_a_row_with_fewer_cells_than_the_header_is_refused(tmp_path: Path) -> None:
    rows = rows_of(write(tmp_path, "a.csv", "编号,评论内容,评分,,\na1,好,5\na2,不好\na3,,,,\n"))
    assert [(row.line, row.fault) for row in rows if row.fault] == [(3, "只有 2 列，比表头的 3 列少")]


def test_an_empty_sheet_is_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="文件是空的"):
        rows_of(write(tmp_path, "a.xlsx", workbook([])))


def test_a_header_without_words_is_shown_as_it_was_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"姓名、年龄.*--column 内容=列名"):
        rows_of(write(tmp_path, "a.csv", "姓名,年龄\n张,5\n"))


@pytest.mark.parametrize("content", ['"没有关上的引号\n', "\n" * 12 + "姓名\n"])
def test_a_file_with_anything_in_it_is_not_called_empty(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnreadableFileError, match=r"没有找到写有客户原话的列（.+）"):
        rows_of(write(tmp_path, "a.csv", content))


def test_what_a_terminal_would_obey_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        rows_of(write(tmp_path, "a.csv", "姓名\x1b[31m\x07,年龄\n"))
    assert "姓名[31m、年龄" in str(refused.value)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (40 * 1024 * 1024))
    with pytest.raises(UnreadableFileError, match="过大"):
        rows_of(write(tmp_path, "a.xlsx", buffer.getvalue()))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xlsx", b"PK\x03\x04 nothing", "已损坏"),
        ("a.xls", b"\xd0\xcf\x11\xe0rest", "另存为"),
        ("a.csv", b"\x00\x01\x02\x00", "不是文本文件"),
        ("a.jsonl", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "不是文本文件"),
        ("a.jsonl", "没有 JSON\n一行也没有\n".encode(), "没有一行是有效的 JSON"),
        ("a.csv", b"", "文件是空的"),
        ("a.csv", b"\xef\xbb\xbf\r\n \r\n", "文件是空的"),
        ("a.jsonl", b"\n\n", "文件是空的"),
        ("a.xlsx", b"", "文件是空的"),
    ],
)
def test_what_is_not_a_table_is_refused_with_advice(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    with pytest.raises(UnreadableFileError, match=sentence):
        rows_of(write(tmp_path, name, content))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="打不开"):
        rows_of(tmp_path / "none.csv")
