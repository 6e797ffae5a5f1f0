"""Files of feedback: tagged line by line, bad lines told and passed over."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

import sentiment
from sentiment.__main__ import main
from sentiment.explain import explain
from sentiment.tagging import LINES_AT_ONCE, tag_file


def write(path: Path, lines: list[bytes]) -> Path:
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def line(number: int, text: str = "理赔太慢了") -> bytes:
    return json.dumps({"id": f"a{number}", "text": text}, ensure_ascii=False).encode()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_is_tagged_in_order_by_one_process_or_two(tmp_path: Path, jobs: int) -> None:
    count = LINES_AT_ONCE + 40
    source = write(tmp_path / "in.jsonl", [line(number) for number in range(count)])
    done: list[int] = []
    report = tag_file(source, tmp_path / "out.jsonl", jobs=jobs, progress=done.append)

    tags = [json.loads(one) for one in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [tag["id"] for tag in tags] == [f"a{number}" for number in range(count)]
    assert tags[0] == json.loads(json.dumps(sentiment.analyse("理赔太慢了").to_tag("a0")))
    assert (report.tagged, report.bad) == (count, 0)
    assert done == sorted(done)
    assert done[-1] == source.stat().st_size


def test_bad_lines_are_told_with_their_number_and_passed_over(tmp_path: Path) -> None:
    lines = [
        line(1),
        b"{broken",
        b"",
        b"[1]",
        b'{"id": 3}',
        "好".encode("gb18030"),
        b'{"text": "\xe5\xa5\xbd"}',
    ]
    report = tag_file(write(tmp_path / "in.jsonl", lines), tmp_path / "out.jsonl", jobs=1)

    assert [(bad.number, bad.reason) for bad in report.reasons] == [
        (2, "not JSON"),
        (4, "not a JSON object"),
        (5, 'no "text" with words in it'),
        (6, "not UTF-8"),
    ]
    ids = [json.loads(one)["id"] for one in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert ids == ["a1", 7]


def test_half_a_character_does_not_stop_the_file(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [b'{"id": "\\ud800", "text": "\\ud800\\ud800 \xe5\xa5\xbd"}'])

    assert tag_file(source, tmp_path / "out.jsonl", jobs=1).tagged == 1
    assert json.loads((tmp_path / "out.jsonl").read_bytes())["id"] == "\ud800"


def test_a_file_is_never_tagged_onto_itself(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [line(1)])
    with pytest.raises(ValueError, match="same file"):
        tag_file(source, source)
    assert source.read_bytes().startswith(b'{"id": "a1"')


def test_the_command_tags_and_counts(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [line(1), b"x"])
    result = CliRunner().invoke(main, ["tag", str(source), str(tmp_path / "out.jsonl")])

    assert result.exit_code == 0
    assert "tagged 1, skipped 1" in result.stderr
    assert "line 2: not JSON" in result.stderr


def test_an_explanation_shows_verdicts_with_their_words() -> None:
    text = "业务员罗晓曼态度很差，再这样我就投诉到12378"
    console = Console(record=True, width=100, force_terminal=True)
    console.print(explain(text, sentiment.analyse(text)))
    shown = console.export_text()

    for words in ("负面", "监管与诉讼", "「", "姓名", "罗晓曼", sentiment.engine_version()):
        assert words in shown


def test_the_command_explains_a_text() -> None:
    result = CliRunner().invoke(main, ["explain", "理赔很快，满意"])

    assert result.exit_code == 0
    assert "正面" in result.stdout


def test_the_commands_take_the_domain_and_name_those_there_are(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": 1, "text": "中午送的面，两双筷子"}\n', encoding="utf-8")
    out = tmp_path / "out.jsonl"

    assert CliRunner().invoke(main, ["tag", str(source), str(out), "--domain", "reviews"]).exit_code == 0
    assert json.loads(out.read_text(encoding="utf-8"))["sentiment"] in {"positive", "negative"}
    refused = CliRunner().invoke(main, ["explain", "面", "--domain", "moon"])
    assert refused.exit_code == 2
    assert "insurance" in refused.output
    assert "reviews" in refused.output
