"""A quote too many costs its row and no other, and rows of several lines stay what they are."""

import time
from pathlib import Path

import pytest

from feedback.imports import lines, readers
from feedback.imports.readers import RawRow

HEADER = "编号,提交时间,评论内容,评分"


def rows_of(tmp_path: Path, content: list[str]) -> list[RawRow]:
    file = tmp_path / "a.csv"
    file.write_text("\n".join(content) + "\n", encoding="utf-8")
    with readers.opened(file) as source:
        return list(source.rows)


def hundred(**changed: str) -> list[str]:
    """Return a header and a hundred rows, of which the named ones (``r6``) read as given."""
    plain = {f"r{n}": f"a{n},2026-06-01,第{n}条,{n % 5 + 1}" for n in range(1, 101)}
    return [HEADER, *(plain | changed).values()]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="never closed"),
        pytest.param({"r50": 'a50,2026-06-01,"有, 逗号",5'}, id="closed by the quote that opens a good cell"),
        pytest.param({"r50": 'a50,2026-06-01,慢",5'}, id="closed by another quote too many"),
        pytest.param({"r7": 'a7,2026-06-01,慢",5'}, id="closed in the next row"),
        pytest.param({"r50": 'a50,2026-06-01,"两行\n的话",5'}, id="before a good row of two lines"),
    ],
)
def test_an_open_quote_costs_its_row_and_no_other(tmp_path: Path, changed: dict[str, str]) -> None:
    rows = rows_of(tmp_path, hundred(r6='a6,2026-06-01,"理赔慢,5', **changed))
    assert [(row.line, row.cells) for row in rows if row.fault] == [(7, ("a6", "2026-06-01", '"理赔慢', "5"))]
    assert "引号" in str(rows[5].fault)
    assert [row.fields["id"] for row in rows if not row.fault] == [f"a{n}" for n in range(1, 101) if n != 6]
    assert max(len(str(row.fields["words"])) for row in rows if not row.fault) < 10


def test_an_open_quote_in_the_last_row_is_seen(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, hundred(r100='a100,2026-06-01,"理赔慢,5'))
    assert [row.line for row in rows if row.fault] == [101]


@pytest.mark.parametrize(
    "cell",
    [
        "两行\n的话",
        "有, 逗号\n还有, 两, 个, 逗号",
        "空行\n\n之后",
        "他说\n“很好”\n走了",
        '引了""一句\n""的话',
        "x\n" * 60,
    ],
)
def test_a_cell_of_several_lines_stays_one(tmp_path: Path, cell: str) -> None:
    rows = rows_of(tmp_path, hundred(r6=f'a6,2026-06-01,"{cell}",5'))
    assert not [row.fault for row in rows if row.fault]
    assert rows[5].fields["words"] == cell.replace('""', '"')
    assert rows[6].line == 8 + cell.count("\n")


def test_a_first_cell_of_several_lines_stays_one(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, ["评论内容,评分", '"两行\n的话",5', "好,4"])
    assert [row.fields.get("words") for row in rows] == ["两行\n的话", "好"]


def test_without_telling_columns_the_number_of_cells_and_of_lines_must_do(tmp_path: Path) -> None:
    wide = ["触点,渠道,评论内容", *["a,网页,好"] * 5, 'a,网页,"慢', *["a,网页,好"] * 5, 'a,网页,慢"']
    rows = rows_of(tmp_path, wide)
    assert ([row.line for row in rows if row.fault], len(rows)) == ([7], 12)
    single = ["评论内容", '"慢', *["好"] * (lines.MOST_LINES + 1), '慢"']
    rows = rows_of(tmp_path, single)
    assert ([row.line for row in rows if row.fault], len(rows)) == ([2], lines.MOST_LINES + 3)


def test_a_quote_in_every_row_takes_no_time_without_end(tmp_path: Path) -> None:
    began = time.monotonic()
    rows = rows_of(tmp_path, ["评论内容", *['"a', "b"] * 5_000])
    assert time.monotonic() - began < 20
    assert len(rows) > 5_000
    assert max(row.line for row in rows) >= 10_000
