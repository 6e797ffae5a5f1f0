from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.spreadsheets import safe_cell
from feedback import rules
from feedback.imports import columns, encodings, values
from feedback.imports.values import UnreadableValueError

WORKED = datetime(2026, 6, 1, 1, 30, tzinfo=UTC)  # 09:30 in Beijing


@pytest.mark.parametrize(
    "cell",
    [
        "2026-06-01 09:30",
        "2026-06-01T09:30:00",
        "2026-06-01T01:30:00Z",
        "2026-06-01T09:30:00+08:00",
        "2026/6/1 9:30",
        "2026/06/01 09:30:00",
        "2026.6.1 9:30",
        "2026年6月1日 9时30分",
        "2026年06月01日 09:30",
        "20260601 0930",
        "20260601093000",
        pytest.param("1780277400", id="seconds as text"),
        1780277400,
        1780277400000,
        46174.395833333336,
        datetime(2026, 6, 1, 9, 30),  # noqa: DTZ001 - what a workbook gives
    ],
)
def test_a_time_in_any_usual_spelling_is_read_on_a_beijing_clock(
    clock_at: clock.FixedClock, cell: object
) -> None:
    assert values.instant(cell) == WORKED


def test_a_day_alone_is_its_beginning_and_no_time_is_none(clock_at: clock.FixedClock) -> None:
    assert values.instant("2026-06-01") == datetime(2026, 5, 31, 16, tzinfo=UTC)
    assert values.instant("  ") is None
    assert values.instant(None) is None


@pytest.mark.parametrize(
    "cell", ["昨天", "2026-13-01", "2026-02-30 10:00", "1970-01-01", "2027-01-01", True, 12, "9" * 80]
)
def test_what_is_no_possible_time_is_refused_with_a_reason(clock_at: clock.FixedClock, cell: object) -> None:
    with pytest.raises(UnreadableValueError, match="时间"):
        values.instant(cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("5", 5),
        ("4.5分", 4.5),
        ("3 星", 3),
        ("★★★★☆", 4),
        (2, 2),
        (0, 0),
        ("10/10", 10),
        ("", None),
        (None, None),
    ],
)
def test_ratings_are_read_from_numbers_and_stars(cell: object, number: float | None) -> None:
    assert values.rating(cell) == number


@pytest.mark.parametrize("cell", ["很好", "101", "-1", float("nan"), float("inf"), True, "=5", "1e9"])
def test_what_is_no_rating_is_refused_with_a_reason(cell: object) -> None:
    with pytest.raises(UnreadableValueError, match="评分"):
        values.rating(cell)


@given(
    st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.datetimes(), st.dates()),
)
def test_any_cell_is_a_value_or_a_reason(cell: object) -> None:
    with suppress(UnreadableValueError):
        instant = values.instant(cell)
        assert instant is None or instant.tzinfo is UTC
    with suppress(UnreadableValueError):
        number = values.rating(cell)
        assert number is None or 0 <= number <= 100
    with suppress(UnreadableValueError):
        assert len(values.name(cell, "渠道")) <= 128


def test_chinese_headers_are_recognised_whatever_decorates_them() -> None:
    found = columns.layout(["评论 编号", "提交时间（北京）", "来源渠道", "评 分", "评论内容(必填)", "label"])
    assert found is not None
    assert found.places == {"id": 0, "occurred_at": 1, "channel": 2, "rating": 3, "words": 4}
    assert found.ignored == ("label",)


def test_a_header_without_words_is_no_header() -> None:
    assert columns.layout(["姓名", "年龄"]) is None


def test_no_name_stands_for_two_fields() -> None:
    names = [columns.plain(name) for field in columns._names()["columns"] for name in columns.accepted(field)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encoding_is_found_by_decoding(tmp_path: Path, codec: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("编号,评论内容\n1,理赔太慢了，𠮷先生说再也不来了\n".encode(codec))
    assert "理赔太慢了" in file.read_text(encodings.of_file(file))


def test_a_utf8_file_with_one_damaged_row_stays_utf8(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("评论内容\n".encode() + "服务很好，下次还来\n".encode() * 50 + b"\xe6\x9c\n")
    assert encodings.of_file(file) == "utf-8"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=200))
def test_any_text_in_utf8_is_found_to_be_utf8(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(text.encode("utf-8"))
    codec = encodings.of_file(file)
    assert codec in {"utf-8", "utf-8-sig", "utf-16"}


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-2", "@sum", "\t=1", " =1", "＝1", "　＠x"])
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(cell: str) -> None:
    assert safe_cell(cell) == "'" + cell


def test_plain_words_are_exported_as_they_are() -> None:
    assert safe_cell("理赔=慢") == "理赔=慢"


@given(
    st.text(max_size=300),
    st.lists(
        st.builds(
            rules.Mark,
            st.sampled_from(["risk", "topic"]),
            st.just("x"),
            st.integers(-5, 310),
            st.integers(-5, 310),
        )
    ),
)
def test_marked_pieces_give_the_words_back(words: str, marks: list[rules.Mark]) -> None:
    assert "".join(text for text, _mark in rules.pieces(words, marks)) == words


@given(st.datetimes(timezones=st.just(UTC)), st.integers(1, 10**15))
def test_a_cursor_names_its_place_exactly(instant: datetime, number: int) -> None:
    place = rules.Place(instant, number)
    assert rules.Place.parse(str(place)) == place


@given(st.text())
def test_any_other_cursor_is_none_or_a_place(text: str) -> None:
    found = rules.Place.parse(text)
    assert found is None or isinstance(found, rules.Place)


def test_equal_rows_have_ids_of_their_own_and_the_same_in_every_run() -> None:
    first, second = rules.content_id("很好", "5"), rules.content_id("很好", "5", occurrence=2)
    assert first == rules.content_id("很好", "5")
    assert len({first, second, rules.content_id("很好5", "")}) == 3
