"""What all imports share: expressions, refusals, texts, names, notes, and the questionnaire on paper."""

import io
import json
import zipfile

import pytest

from surveys.rules.definition import Definition
from surveys.rules.foreign import SENTENCES, UnreadableFileError, carry, packing, texts
from surveys.rules.foreign.expressions import (
    EXPRESSION_SCRIPT,
    SURVEYJS,
    XPATH,
    NotCarriedError,
    Target,
    condition,
    parse,
)
from surveys.rules.foreign.expressions.parsing import Dialect
from surveys.rules.foreign.names import Names
from surveys.rules.paper import language_of, paper
from tests.surveys.foreign_samples import FOLDER, FORM, sample, told, workbook

# expressions


def targets(name: str) -> Target | None:
    """Know three questions: one of options, one of several, one of numbers."""
    known = {
        "one": Target("one", {"A1": "a1", "A2": "a2"}),
        "many": Target("many", {"1": "o1", "2": "o2", "3": "o3"}),
        "number": Target("number", numeric=True),
    }
    return known.get(name.removesuffix(".NAOK"))


@pytest.mark.parametrize(
    ("source", "dialect", "meaning"),
    [
        ('one.NAOK == "A1"', EXPRESSION_SCRIPT, {"of": "one", "is": "equals", "than": "a1"}),
        ('!(one == "A1")', EXPRESSION_SCRIPT, {"of": "one", "is": "differs", "than": "a1"}),
        ('one != ""', EXPRESSION_SCRIPT, {"of": "one", "is": "answered"}),
        ("3 < number", EXPRESSION_SCRIPT, {"of": "number", "is": "above", "than": 3.0}),
        ("number ge 3 and 1", EXPRESSION_SCRIPT, {"of": "number", "is": "at_least", "than": 3.0}),
        ("intval(number) > -1", EXPRESSION_SCRIPT, {"of": "number", "is": "above", "than": -1.0}),
        ("{many} >= 2", SURVEYJS, {"of": "many", "is": "includes_any", "than": ["o2", "o3"]}),
        ("{many} anyof [1, '3']", SURVEYJS, {"of": "many", "is": "includes_any", "than": ["o1", "o3"]}),
        ("{one} empty", SURVEYJS, {"of": "one", "is": "unanswered"}),
        ("{one} <> ['A1']", SURVEYJS, {"of": "one", "is": "differs", "than": ["a1"]}),
        ("not(selected(${many}, '2'))", XPATH, {"of": "many", "is": "excludes", "than": "o2"}),
        ("count-selected(${many}) > 0", XPATH, {"of": "many", "is": "answered"}),
        ("true() or ${one} = 'A1'", XPATH, True),
    ],
)  # fmt: skip
def test_an_expression_means_here_what_it_meant_there(source: str, dialect: Dialect, meaning: object) -> None:
    assert condition(parse(source, dialect), targets) == meaning


@pytest.mark.parametrize(
    ("source", "dialect"),
    [
        ("one == number", EXPRESSION_SCRIPT),
        ("number + 1 > 3", EXPRESSION_SCRIPT),
        ('unknown == "x"', EXPRESSION_SCRIPT),
        ('one == "A9"', EXPRESSION_SCRIPT),
        ("one > 2", EXPRESSION_SCRIPT),
        ("{one} contains", SURVEYJS),
        ("iif({one} = 'A1', 1, 2) = 1", SURVEYJS),
        ("{panel.x} = 1", SURVEYJS),
        ("../one = 'A1'", XPATH),
        ("(" * 200 + "true()" + ")" * 200, XPATH),
        ("", XPATH),
    ],
)
def test_an_expression_without_a_counterpart_is_refused_not_bent(source: str, dialect: Dialect) -> None:
    with pytest.raises(NotCarriedError):
        condition(parse(source, dialect), targets)


# files that are none


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty", b""),
        ("words.txt", b"hello"),
        ("old.xls", b"\xd0\xcf\x11\xe0" + b"0" * 100),
        ("cut.json", b'{"pages": [{"elements": [{"type": "text"'),
        ("other.json", b'{"a": 1}'),
        ("nan.json", b'{"questions": [{"type": "text", "name": "q", "min": NaN}]}'),
        ("huge.json", b'{"questions": [{"type": "text", "name": "q", "min": 1e999}]}'),
        ("deep.json", b"[" * 200_000 + b"]" * 200_000),
        ("surrogate.json", b'{"questions": [{"type": "text", "name": "\\ud800"}]}'),
        ("page.html", b"<html><body>not a survey</body></html>"),
        ("other.lss", b"<document><LimeSurveyDocType>Group</LimeSurveyDocType></document>"),
        ("latin.lss", "<document>é</document>".encode("latin-1")),
        ("zip.xlsx", b"PK\x03\x04 but no archive"),
        ("none.json", b'{"pages": [{"elements": [{"type": "unknown", "name": "q"}]}]}'),
        ("big.json", b" " * (5 * 1024 * 1024 + 1)),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_sentence(name: str, data: bytes) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        carry(name, data)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in str(refused.value))


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE document SYSTEM "http://elsewhere.example/x.dtd">',
    ],
)
def test_entities_and_document_types_are_never_expanded(declared: str) -> None:
    data = (FOLDER / "old.lss").read_text(encoding="utf-8").replace("?>", f"?>{declared}", 1)
    with pytest.raises(UnreadableFileError, match="DOCTYPE"):
        carry("x.lss", data.encode())


def test_entities_inside_a_workbook_are_refused_too() -> None:
    source, target = io.BytesIO(workbook(**FORM)), io.BytesIO()
    with zipfile.ZipFile(source) as read, zipfile.ZipFile(target, "w") as write:
        for part in read.namelist():
            data = read.read(part)
            if part == "xl/workbook.xml":
                data = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' + data.partition(b"?>")[2]
            write.writestr(part, data)
    with pytest.raises(UnreadableFileError, match="DOCTYPE"):
        carry("x.xlsx", target.getvalue())


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<a>" + b" " * 60_000_000 + b"</a>")
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(UnreadableFileError, match="过大"):
        carry("bomb.xlsx", bomb.getvalue())


def test_no_more_questions_come_along_than_a_survey_can_have() -> None:
    elements = [{"type": "text", "name": f"q{number}"} for number in range(700)]
    carried = carry("x.json", json.dumps({"title": "t", "elements": elements}).encode())
    assert len(carried.definition.questions) == 500
    assert ("", "too_many_questions") in told(carried, "left_out")


# texts, names, notes


def test_html_becomes_words_with_paragraphs_and_nothing_else() -> None:
    said = "<p>一 &amp; <b>二</b></p><p>三<br>四</p><script>alert(1)</script><ul><li>甲</li><li>乙</li></ul>"
    assert texts.plain(said) == "一 & 二\n\n三\n四\n\n- 甲\n- 乙"
    assert texts.plain("a < b and c > d") == "a < b and c > d"
    assert texts.plain("&lt;script&gt;") == "<script>"
    assert texts.plain("右\u202e左\x00") == "右左"


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("zh-Hans", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh_TW", "zh-Hant"), ("zh-Hant-HK", "zh-Hant"),
        ("zh", "zh-Hans"),
        ("en-US", "en-US"),
        ("de-informal", "de"), ("English (en)", "en"), ("Français", "fr"), ("pt_BR", "pt-BR"),
        ("Klingon language", None), ("", None),
    ],
)  # fmt: skip
def test_language_codes_of_others_are_ours(code: str, ours: str | None) -> None:
    assert texts.language(code) == ours


def test_names_are_valid_unique_and_the_same_at_every_import() -> None:
    codes = ["Q1", "q1", "Wie geht's?", "1 first", "满意度", "满意", "x" * 90, "ABC-def"]
    given_ = [Names({"end"}).give(code, "q") for code in codes]
    names = Names({"end"})
    unique = [names.give(code, "q") for code in codes]
    assert len(set(unique)) == len(codes)
    assert given_[0] == "q1"
    assert unique[:2] == ["q1", "q1_2"]
    assert unique[4] != unique[5]
    assert Names({"end"}).give("end", "q") == "end_2"


def test_every_note_has_a_chinese_sentence_that_its_values_fill() -> None:
    noted = [note for file in sorted(FOLDER.iterdir()) for note in carry(file.name, file.read_bytes()).notes]
    assert len(noted) > 40
    for note in noted:
        assert note.code in SENTENCES
        assert "%(" not in note.sentence
        assert any("\u4e00" <= letter <= "\u9fff" for letter in note.sentence)


def test_a_report_carries_its_survey_along_and_nothing_else_is_taken_for_one() -> None:
    carried = sample("branch.lss")
    assert packing.unpack(packing.pack(carried)) == carried
    for broken in ("", "x", "AAAA", packing.pack(carried)[:-8], packing.pack(carried)[8:]):
        with pytest.raises(UnreadableFileError):
            packing.unpack(broken)


# paper


def test_paper_numbers_questions_and_says_conditions_by_number() -> None:
    definition = sample("branch.lss").definition
    sheet = paper(definition, "zh-Hans")
    assert sheet.numbers["visit"] == 1
    assert "channel" not in sheet.numbers
    assert sheet.when(definition.by_id["why"].show) == "“第 1 题”是“否”"
    assert "________" in sheet.said(definition.by_id["words"].title)


def test_paper_says_where_a_jump_leads() -> None:
    definition = sample("questions.json").definition
    ways = paper(definition, "zh-Hans").ways_on(definition.pages[0])
    assert ways == ["如果“第 1 题”是“不会”，请跳到第 3 题。", "如果已回答“第 1 题”，就到这里结束，谢谢。"]


def _branching() -> Definition:
    low = {"of": "csat", "is": "at_most", "than": 2}
    title = {"zh-Hans": "题", "en": "Q"}
    pages = [
        {"id": "p1", "questions": [{"type": "csat", "id": "csat", "title": title}]},
        {"id": "p2", "questions": [{"type": "hidden", "id": "sent", "title": title, "parameter": "s"}]},
        {
            "id": "p3",
            "show": low,
            "title": {"zh-Hans": "细节"},
            "questions": [
                {"type": "ces", "id": "ces", "title": title},
                {
                    "type": "rating",
                    "id": "r",
                    "title": title,
                    "low": {"zh-Hans": "差"},
                    "high": {"zh-Hans": "好"},
                },
            ],
        },
        {
            "id": "p4",
            "questions": [
                {"type": "rating", "id": "plain", "title": title},
                {"type": "words", "id": "why", "title": title},
            ],
        },
    ]
    return Definition.model_validate({"title": {"zh-Hans": "回访", "en": "Visit"}, "pages": pages})


def test_paper_counts_its_parts_as_they_are_printed_and_says_who_skips_one() -> None:
    definition = _branching()
    sheet = paper(definition, "zh-Hans")
    printed = [page for page in definition.pages if sheet.questions(page)]
    assert [sheet.part(page) for page in printed] == ["第 1 部分", "第 2 部分\u3000细节", "第 3 部分"]
    assert [sheet.who(page) for page in printed] == [
        None,
        "如果“第 1 题”不超过 2，请回答这一部分（第 2 至 3 题）；否则请跳过，接着往下填。",
        None,
    ]


def test_paper_writes_the_words_at_the_ends_of_every_scale() -> None:
    definition = _branching()
    ends = {
        name: paper(definition, "zh-Hans").ends(definition.by_id[name])
        for name in ("csat", "ces", "r", "plain")
    }
    assert ends == {
        "csat": ("非常不满意", "非常满意"),
        "ces": ("非常不同意", "非常同意"),
        "r": ("差", "好"),
        "plain": ("最低", "最高"),
    }
    assert paper(definition, "en").ends(definition.by_id["csat"]) == ("Very dissatisfied", "Very satisfied")


def test_paper_is_printed_in_a_language_of_the_survey() -> None:
    definition = sample("old.lss").definition
    assert language_of(definition, "en") == "de"
    assert language_of(sample("branch.lss").definition, "en") == "en"
