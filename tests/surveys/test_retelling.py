"""Answers in words: each kind of question as staff read it, covered and in clear."""

from typing import Any

import pytest

from surveys.rules.definition import Definition
from surveys.rules.logic import NO_FACTS, Facts
from surveys.rules.retelling import Given, Known, Line, retell
from tests.surveys.answering import choice, said, words

PLACES = {"type": "cascader", "id": "q", "title": said("在哪里"), "source": "places"}
LIST = {**choice("q", "a", "b"), "type": "dropdown"}
RATED = {
    "type": "matrix", "id": "q", "title": said("打分"), "mode": "rating",
    "rows": [{"id": "r", "label": said("态度")}, {"id": "s", "label": said("速度")}],
}  # fmt: skip
OTHER = {**choice("q", "a"), "type": "choices", "other": said("别的")}


def lines(
    question: dict[str, Any], language: str = "zh-Hans", *, revealed: bool = False, **given: Given
) -> list[Line]:
    """Return the lines of one question, answered under these keys (``q__r`` for ``q.r``)."""
    definition = Definition.model_validate({"title": said("问卷"), "questions": [question]})
    answers = {key.replace("__", "."): answer for key, answer in given.items()}
    told = retell(definition, answers, {}, Known({}, NO_FACTS), language=language, revealed=revealed)
    return [line for one in told for line in one.lines]


@pytest.mark.parametrize(
    ("question", "given", "text"),
    [
        (PLACES, Given(options=("330000", "330100")), "浙江省 / 杭州市"),
        (LIST, Given(options=("b",)), "选项b"),
        (LIST, Given(options=("gone",)), "gone"),
        (OTHER, Given(options=("other", "a")), "选项a、别的"),
        (OTHER, Given(options=("other",), words="排队太久"), "别的：排队太久"),
        (words("q", format="number"), Given(number=2.5), "2.5"),
        ({"type": "csat", "id": "q", "title": said("满意吗")}, Given(number=4.0), "4 / 5"),
        ({"type": "slider", "id": "q", "title": said("几天")}, Given(number=12.0), "12"),
    ],
)
def test_an_answer_is_told_in_words(question: dict[str, Any], given: Given, text: str) -> None:
    (line,) = lines(question, q=given)
    assert (line.text, line.personal) == (text, False)


def test_rows_that_were_left_out_are_not_told() -> None:
    (line,) = lines(RATED, q__s=Given(number=3.0))
    assert (line.row, line.text) == ("速度", "3 / 5")


@pytest.mark.parametrize(
    ("form", "secret", "covered"),
    [
        ("mobile", "13912345678", "139****5678"),
        ("email", "wang@example.cn", "w***@example.cn"),
        ("policy", "P20260001234", "***"),
        ("id_card", "11010519491231002X", "***"),
    ],
)
def test_personal_data_is_covered_and_shown_to_who_asks(form: str, secret: str, covered: str) -> None:
    question = words("q", format=form)
    (line,) = lines(question, q=Given(secret=secret))
    assert (line.text, line.personal) == (covered, True)
    (line,) = lines(question, revealed=True, q=Given(secret=secret))
    assert (line.text, line.personal) == (secret, True)


def test_english_readers_get_english_labels_and_marks() -> None:
    (line,) = lines(OTHER, "en", q=Given(options=("a", "other"), words="long queue"))
    assert line.text == "选项a (en), 别的 (en): long queue"


def test_what_the_link_brought_along_is_no_answer() -> None:
    hidden = {"type": "hidden", "id": "q", "title": said("渠道"), "parameter": "from"}
    assert lines(hidden, q=Given(words="sms")) == []


@pytest.mark.parametrize(
    ("title", "revealed", "told"),
    [
        ("您给{{score}}分，为什么？", False, "您给3分，为什么？"),
        ("关于{{event.product|您的保单}}", False, "关于安心百万医疗"),
        ("关于{{event.agent|您的经办人}}", False, "关于您的经办人"),
        ("合计{{var.points}}分", False, "合计12分"),
        ("您说“{{why}}”", False, "您说“打●●●●●●●●●●●没人接”"),
        ("您说“{{why}}”", True, "您说“打13912345678没人接”"),
        ("您留的{{card}}", True, "您留的"),
    ],
)
def test_what_a_title_quotes_stands_in_it_as_the_customer_read_it(
    title: str, revealed: bool, told: str
) -> None:
    asked = [
        {"type": "rating", "id": "score", "title": said("打分")},
        words("why"),
        words("card", format="id_card"),
        words("more") | {"title": {"zh-Hans": title}},
    ]
    definition = Definition.model_validate({"title": said("问卷"), "questions": asked})
    given = {
        "score": Given(number=3),
        "why": Given(words="打13912345678没人接"),
        "card": Given(secret="11010519491231002X"),
        "more": Given(words="{{score}}"),
    }
    known = Known({"points": 12.0}, Facts({"product": "安心百万医疗"}, {}))
    last = retell(definition, given, {}, known, language="zh-Hans", revealed=revealed)[-1]
    assert (last.title, last.lines[0].text) == (told, "{{score}}")
