"""Whatever the file: a survey that holds together, or a sentence why not, and never a long wait."""

import io
import json
import time
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from surveys.rules import conditions
from surveys.rules.definition import END
from surveys.rules.foreign import UnreadableFileError, carry, own
from surveys.rules.foreign.expressions import (
    EXPRESSION_SCRIPT,
    SURVEYJS,
    XPATH,
    NotCarriedError,
    Target,
    parse,
)
from surveys.rules.foreign.expressions import condition as translated
from surveys.rules.foreign.texts import plain
from tests.surveys.foreign_samples import FOLDER, FORM, workbook

SLOWEST = 5.0
"""Seconds of the processor that any file of the allowed size may take."""

FUZZ = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def check(name: str, data: bytes) -> bool:
    """Bring a file in; return whether it was readable. Everything that comes out must hold together."""
    begun = time.process_time()
    try:
        carried = carry(name, data)
    except UnreadableFileError:
        return False
    finally:
        assert time.process_time() - begun < SLOWEST
    definition = carried.definition
    assert own.read(own.dump(definition, name="x")).definition == definition
    if carried.format == own.FORMAT:
        return True  # a draft of ours comes as it was, with its faults: whoever publishes it is told them
    known = {question.id for question in definition.questions} | {"var", "event", "customer"}
    for where, condition in definition.conditions():
        for ref in conditions.refs(condition):
            assert ref.partition(".")[0] in known, (where, ref)
    places = {page.id: place for place, page in enumerate(definition.pages)}
    for page in definition.pages:
        for jump in page.jumps:
            assert jump.to == END or places[jump.to] > places[page.id]
    for note in carried.notes:
        assert "%(" not in note.sentence or "%(" in str(note.values)
    for text in definition.all_texts():
        for said in text.values():
            said.encode()
            assert "\x00" not in said
    return True


SAMPLES = {file.name: file.read_bytes() for file in sorted(FOLDER.iterdir())} | {
    "form.xlsx": workbook(**FORM)
}
OWN = own.dump(carry("blocks.json", SAMPLES["blocks.json"]).definition, name="x")


@FUZZ
@given(st.binary(max_size=400))
def test_noise_is_refused(data: bytes) -> None:
    assert not check("noise", data)


@pytest.mark.parametrize("name", sorted(SAMPLES))
@FUZZ
@given(data=st.data())
def test_a_file_broken_anywhere_is_refused_or_holds_together(name: str, data: st.DataObject) -> None:
    file = bytearray(SAMPLES[name])
    for _time in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(file)))
        length = data.draw(st.sampled_from([0, 1, 2, 20, 500]))
        file[place : place + length] = (
            data.draw(st.binary(max_size=6)) or file[: data.draw(st.integers(0, 300))]
        )
    check(name, bytes(file[: data.draw(st.sampled_from([len(file), len(file) // 2, len(file) - 3]))]))


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        [
            "", "x" * 9_000, "{overall} = 1", "{" * 50, "((((", "zh-CN", "nps", "matrix", "<p>" * 400, "{{event.x}}",
            "other", "none", "end", [], {}, [[]], [{}], {"default": 5}, [None], {"value": []}, -1, 0, 10**30, True,
        ]
    ),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    """Return the ways to every part of some JSON."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inner for found in places(part, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:  # noqa: ANN401 - JSON
    """Return some JSON with one part of it replaced."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize("name", ["blocks.json", "creator.json", "questions.json", "own.json"])
@FUZZ
@given(data=st.data())
def test_json_with_anything_in_place_of_anything_holds_together(name: str, data: st.DataObject) -> None:
    found = json.loads(OWN if name == "own.json" else SAMPLES[name])
    for _time in range(data.draw(st.integers(1, 8))):
        ways = places(found)
        path = data.draw(st.sampled_from(ways[1:] or ways))
        other = data.draw(st.sampled_from(ways))
        taken = found
        for key in other:
            taken = taken[key]
        found = changed(found, path, data.draw(st.one_of(VALUES, st.just(taken))))
    check(name, json.dumps(found).encode())


@pytest.mark.parametrize("name", ["branch.lss", "old.lss"])
@FUZZ
@given(data=st.data())
def test_limesurvey_tables_with_anything_in_their_cells_hold_together(name: str, data: st.DataObject) -> None:
    text = SAMPLES[name].decode()
    cells = [part for part in text.split("<") if ">" in part]
    for _time in range(data.draw(st.integers(1, 10))):
        cell = data.draw(st.sampled_from(cells))
        tag = cell.partition(">")[0]
        said = data.draw(
            st.one_of(
                st.text(st.characters(exclude_characters="<&", exclude_categories=("Cs", "Cc")), max_size=12),
                st.sampled_from(
                    ["1", "0", "-1", "1e9", "M", "F", ":", ";", "1", "K", "R", "|", "*", "zz", "10", "20"]
                ),
            )
        )
        text = text.replace(f"<{cell}", f"<{tag}>{said}", 1)
    check(name, text.encode())


@settings(FUZZ, max_examples=20)
@given(data=st.data())
def test_workbooks_with_anything_in_their_cells_hold_together(data: st.DataObject) -> None:
    form = {name: [list(row) for row in rows] for name, rows in FORM.items()}
    for _time in range(data.draw(st.integers(1, 12))):
        rows = form[data.draw(st.sampled_from(sorted(form)))]
        row = data.draw(st.sampled_from(rows))
        place = data.draw(st.integers(0, len(row) - 1))
        row[place] = data.draw(
            st.one_of(
                st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12),
                st.sampled_from(
                    ["begin group", "end group", "begin repeat", "end repeat", "select_one yn", "rank what", "range",
                     "${days}", "${", "not(", "name", "type", "list_name", "label::xx (xx)", "x" * 5_000, "=1+1"]
                ),
            )
        )  # fmt: skip
    check("form.xlsx", workbook(**form))


@FUZZ
@given(st.text(max_size=60), st.sampled_from([EXPRESSION_SCRIPT, SURVEYJS, XPATH]))
def test_any_expression_is_read_or_refused(source: str, dialect: Any) -> None:  # noqa: ANN401 - a Dialect
    try:
        found = translated(
            parse(source, dialect), lambda name: Target(name.lower()) if name.isidentifier() else None
        )
    except NotCarriedError:
        return
    assert isinstance(found, bool | dict)


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", "<!--", "<!", "&", "&#", "<p>", "</", "<a href='", "<![CDATA[", "<?", "\n", " ", "<script>"],
)
def test_markup_that_never_ends_is_soon_read(piece: str) -> None:
    begun = time.process_time()
    for _time in range(20):
        plain(piece * (40_000 // len(piece)))
    assert time.process_time() - begun < SLOWEST


def test_the_largest_files_are_read_in_bounded_time() -> None:
    element = {
        "type": "checkbox",
        "title": "t" * 50,
        "choices": [f"c{n}" for n in range(110)],
        "visibleIf": "{q0} notempty",
    }
    many = {"title": "t", "elements": [element | {"name": f"q{n}"} for n in range(4_000)]}
    data = json.dumps(many).encode()
    assert 3_000_000 < len(data) < 5_000_000
    assert check("many.json", data)
    rows = "".join(f"<row><qid>{n}</qid><code>A</code><answer>x</answer></row>" for n in range(60_000))
    huge = (
        (FOLDER / "old.lss").read_text(encoding="utf-8").replace("<answers><rows>", f"<answers><rows>{rows}")
    )
    check("huge.lss", huge.encode())
    wide = "".join("<x>" * 500 + "</x>" * 500 for _n in range(10))
    check("deep.lss", f"<document>{wide}</document>".encode())


def test_a_workbook_with_a_million_empty_rows_is_soon_read() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "survey"
    sheet.append(["type", "name", "label"])
    sheet.append(["text", "q", "Q"])
    sheet.cell(1_048_576, 1, "text")
    file = io.BytesIO()
    book.save(file)
    assert check("long.xlsx", file.getvalue())


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(600):
            archive.writestr(f"xl/part{number}.xml", "<a/>")
    assert not check("parts.xlsx", file.getvalue())
