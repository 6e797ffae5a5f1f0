"""What a reviewer reads about the change from one version to the next."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.sentences import Translate, tell
from surveys.rules.definition import Definition
from surveys.rules.difference import Change, Part, difference, moved_ids, woven
from surveys.rules.wording import value_in_words

ZH = "zh-Hans"
OPTIONS = [{"id": "web", "label": {ZH: "官网"}}, {"id": "desk", "label": {ZH: "柜面"}}]
BASE: dict[str, Any] = {
    "title": {ZH: "理赔回访", "en": "Claim"},
    "pages": [
        {
            "id": "p1",
            "questions": [
                {
                    "type": "csat",
                    "id": "csat",
                    "title": {ZH: "您满意吗？", "en": "Satisfied?"},
                    "required": True,
                },
                {"type": "choice", "id": "channel", "title": {ZH: "办理渠道"}, "options": OPTIONS},
            ],
        },
        {"id": "p2", "questions": [{"type": "words", "id": "why", "title": {ZH: "为什么？"}}]},
    ],
}


def changed(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return BASE | more


def between(after: dict[str, Any], before: dict[str, Any] = BASE) -> tuple[Part, ...]:
    """Return the difference as a reader of Chinese reads it."""
    return read_by(lambda sentence: sentence, ZH, after, before)


def read_by(
    translate: Translate, language: str, after: dict[str, Any], before: dict[str, Any] = BASE
) -> tuple[Part, ...]:
    found = difference(Definition.model_validate(before), Definition.model_validate(after))
    return tuple(part.told(translate, language) for part in found)


def with_questions(first: list[dict[str, Any]], second: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    pages = BASE["pages"]
    return changed(
        pages=[{**pages[0], "questions": first}, {**pages[1], "questions": second or pages[1]["questions"]}]
    )


CSAT, CHANNEL = BASE["pages"][0]["questions"]
WHY = BASE["pages"][1]["questions"][0]


def test_the_same_survey_has_no_difference() -> None:
    assert between(BASE) == ()


def test_wording_is_told_language_by_language() -> None:
    title = {ZH: "您对理赔满意吗？", "en": "Satisfied?", "zh-Hant": "您滿意嗎？"}
    (part,) = between(with_questions([CSAT | {"title": title}, CHANNEL]))
    assert (part.kind, part.id, part.state) == ("question", "csat", "changed")
    assert part.changes == (
        Change("wording", "题目", "您满意吗？", "您对理赔满意吗？", ZH),
        Change("wording", "题目", "", "您滿意嗎？", "zh-Hant"),
    )
    assert part.changes[0].pieces() == [("same", "您"), ("new", "对理赔"), ("same", "满意吗？")]


def test_added_removed_and_moved_questions_are_told_apart() -> None:
    new = {"type": "nps", "id": "nps", "title": {ZH: "推荐吗？"}, "low": {ZH: "否"}, "high": {ZH: "是"}}
    parts = between(with_questions([CHANNEL, new], [WHY, CSAT]))
    told = {
        (part.id, part.state): [(c.aspect, c.name, c.before, c.after) for c in part.changes] for part in parts
    }
    assert told == {
        ("nps", "added"): [],
        ("csat", "changed"): [("place", "所在页", "第 1 页", "第 2 页")],
    }
    (gone,) = between(with_questions([CSAT]))
    assert (gone.id, gone.state, gone.title) == ("channel", "removed", "办理渠道")


def test_options_logic_and_required_are_told() -> None:
    options = [
        {"id": "desk", "label": {ZH: "柜面服务"}},
        {"id": "web", "label": {ZH: "官网"}, "points": 2},
        {"id": "app", "label": {ZH: "手机 App"}},
    ]
    why = WHY | {"required": True, "show": {"of": "csat", "is": "at_most", "than": 3}, "max_length": 500}
    parts = between(with_questions([CSAT, CHANNEL | {"options": options, "shuffle": True}], [why]))
    names = {part.id: [(c.aspect, c.name, c.before, c.after) for c in part.changes] for part in parts}
    assert names["channel"] == [
        ("options", "选项“柜面服务”", "柜面", "柜面服务"),
        ("options", "选项“官网”的分值", "无", "2"),
        ("options", "新增选项", "", "手机 App"),
        ("options", "选项顺序", "官网、柜面", "柜面服务、官网"),
        ("settings", "选项随机排列", "否", "是"),
    ]
    assert names["why"] == [
        ("required", "必答", "否", "是"),
        ("logic", "显示条件", "总是", "“您满意吗？”不超过 3"),
        ("settings", "最多字数", "1000", "500"),
    ]


def test_jumps_variables_endings_and_the_theme_are_told() -> None:
    pages = BASE["pages"]
    jump = {"to": "end", "when": {"of": "csat", "is": "equals", "than": 5}, "ending": "happy"}
    after = changed(
        pages=[
            pages[0] | {"jumps": [jump], "sets": [{"variable": "sum", "op": "add", "value": 1}]},
            pages[1],
        ],
        variables=[{"id": "sum", "start": 0}],
        endings=[{"id": "happy", "title": {ZH: "谢谢"}}],
        theme={"accent": "#005500"},
        anonymous=True,
    )
    parts = {(part.kind, part.id): part for part in between(after)}
    assert [(c.name, c.after) for c in parts["survey", ""].changes] == [("匿名", "是"), ("主题色", "#005500")]
    assert [c.after for c in parts["page", "p1"].changes] == [
        "当“您满意吗？”是 5 时，结束问卷，显示“谢谢”", "变量 sum 加上 1",
    ]  # fmt: skip
    assert parts["variable", "sum"].state == parts["ending", "happy"].state == "added"


def test_rewording_a_question_leaves_the_conditions_on_it_as_they_are() -> None:
    show = {"of": "csat", "is": "at_most", "than": 3}
    before = with_questions([CSAT, CHANNEL], [WHY | {"show": show}])
    reworded = CSAT | {"title": {ZH: "这次理赔您满意吗？", "en": "Satisfied?"}}
    (part,) = between(with_questions([reworded, CHANNEL], [WHY | {"show": show}]), before)
    assert part.id == "csat"
    (_, why) = between(with_questions([reworded, CHANNEL], [WHY | {"show": show | {"than": 2}}]), before)
    assert why.changes == (
        Change("logic", "显示条件", "“这次理赔您满意吗？”不超过 3", "“这次理赔您满意吗？”不超过 2"),
    )
    assert ("gone", "3") in why.changes[0].pieces()


def test_another_kind_of_question_under_the_same_id_is_told() -> None:
    rating = {"type": "rating", "id": "csat", "title": CSAT["title"], "required": True}
    (part,) = between(with_questions([rating, CHANNEL]))
    assert (part.changes[0].name, part.changes[0].before, part.changes[0].after) == (
        "题型",
        "满意度 CSAT",
        "打分",
    )


ENGLISH = {
    "所在页": "On page",
    "选项“%(label)s”": "Option “%(label)s”",
    "%(whose)s的%(setting)s": "%(whose)s: %(setting)s",
    "分值": "Points",
    "显示条件": "Shown when",
    "总是": "Always",
    "无": "none",
    "是": "yes",
    "否": "no",
    "匿名": "Anonymous",
    "语言": "Language",
    "、": ", ",
    "；": "; ",
    "跳转": "Jumps",
    "新增选项": "Option added",
    "选项顺序": "Order of options",
}


def test_a_reader_of_english_reads_names_conditions_and_titles_in_english() -> None:
    titled = CSAT | {"title": {ZH: "您满意吗？", "en": "Satisfied?"}}
    options = [
        {"id": "desk", "label": {ZH: "柜面", "en": "Desk"}},
        {"id": "web", "label": {ZH: "官网", "en": "Web"}, "points": 2},
        {"id": "app", "label": {ZH: "手机", "en": "App"}},
    ]
    why = WHY | {"show": {"of": "csat", "is": "at_most", "than": 3}}
    after = with_questions([CHANNEL | {"options": options}], [titled, why]) | {"anonymous": True}
    after["pages"][0]["jumps"] = [{"to": "p2"}, {"to": "end"}]
    before = with_questions([titled, CHANNEL | {"options": options[1::-1]}])
    told = {
        part.id: (part.title, [(c.name, c.before, c.after) for c in part.changes])
        for part in read_by(ENGLISH.__getitem__, "en", after, before)
    }
    assert told[""] == ("Claim", [("Anonymous", "no", "yes")])
    assert told["p1"] == ("Page 1", [("Jumps", "none", "go to page 2; end the survey")])
    assert told["csat"] == ("Satisfied?", [("On page", "Page 1", "Page 2")])
    assert told["why"] == ("为什么？", [("Shown when", "Always", "“Satisfied?” is at most 3")])
    assert told["channel"] == (
        "办理渠道",
        [("Option added", "", "App"), ("Order of options", "Web, Desk", "Desk, Web")],
    )


def test_what_was_set_is_told_as_a_sentence_of_the_catalogues() -> None:
    kinds = value_in_words(("images", "pdf"))
    assert tell(kinds, str, ZH) == "图片、PDF"
    assert tell(kinds, {"图片": "Picture", "PDF": "PDF", "、": ", "}.__getitem__, "en") == "Picture, PDF"
    days = value_in_words("today-030")
    assert str(days) == "作答当天前 30 天"
    assert tell(days, lambda _sentence: "%(n)s days before", "en") == "30 days before"
    assert (str(value_in_words("today")), str(value_in_words(None)), value_in_words(2.0)) == (
        "作答当天",
        "无",
        "2",
    )


@given(st.lists(st.sampled_from("abcdefgh"), unique=True), st.lists(st.sampled_from("abcdefgh"), unique=True))
def test_without_what_moved_the_order_is_the_same(before: list[str], after: list[str]) -> None:
    moved = moved_ids(before, after)
    common = set(before) & set(after) - moved
    assert [x for x in before if x in common] == [x for x in after if x in common]
    assert moved == set() if before == after else moved < set(before) | {""}


@given(st.text("您对理赔满意吗", max_size=20), st.text("您对理赔满意吗", max_size=20))
def test_woven_texts_hold_both_texts(before: str, after: str) -> None:
    pieces = woven(before, after)
    assert "".join(text for tag, text in pieces if tag != "new") == before
    assert "".join(text for tag, text in pieces if tag != "gone") == after
