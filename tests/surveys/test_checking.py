"""Which questionnaires may not go out, and which somebody should look at first."""

from typing import Any

import pytest

from surveys.rules.checking import NEEDS_A_NAME, Fault, completeness, contrast, faults, is_readable, warnings
from surveys.rules.checking import words as sensitive
from surveys.rules.checking.notices import missing_parts
from surveys.rules.conditions import Test
from surveys.rules.definition import Definition
from surveys.rules.describe import in_words
from surveys.rules.editing import blanks
from surveys.rules.notice import starting_point

ZH = "zh-Hans"


def zh(text: str) -> dict[str, str]:
    return {ZH: text}


def nps(name: str = "nps", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    base = {"type": "nps", "id": name, "title": zh("您愿意推荐我们吗？"), "low": zh("不会"), "high": zh("会")}
    return base | more


def choice(name: str, *options: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    listed = [{"id": option, "label": zh(f"选项{option}")} for option in options or ("a", "b")]
    return {"type": "choice", "id": name, "title": zh("办理渠道"), "options": listed} | more


def words(name: str, title: str = "为什么？", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"type": "words", "id": name, "title": zh(title)} | more


def page(name: str, *questions: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"id": name, "questions": list(questions)} | more


def survey(*pages: dict[str, Any], **more: Any) -> Definition:  # noqa: ANN401
    return Definition.model_validate({"title": zh("理赔回访"), "pages": list(pages)} | more)


def when(of: str, is_: str, than: Any = None) -> dict[str, Any]:  # noqa: ANN401
    return {"of": of, "is": is_, "than": than}


def only(found: tuple[Fault, ...]) -> Fault:
    assert len(found) == 1, [fault.sentence for fault in found]
    return found[0]


def test_a_plain_survey_has_neither_faults_nor_warnings() -> None:
    plain = survey(page("p1", nps(), words("why")))
    assert faults(plain) == ()
    assert warnings(plain) == ()


def test_a_jump_back_is_a_loop_and_its_circle_is_named() -> None:
    looping = survey(
        page("p1", nps()), page("p2", words("why")),
        page("p3", words("more", "还有吗？"), jumps=[{"to": "p1", "when": when("nps", "at_most", 6)}]),
    )  # fmt: skip
    fault = only(faults(looping))
    assert (fault.code, fault.page) == ("loop", "p3")
    assert "第 1 页 → 第 2 页 → 第 3 页 → 第 1 页" in fault.sentence


@pytest.mark.parametrize(
    ("show", "named"),
    [
        (when("gone", "answered"), "不存在的题目“gone”"),
        (when("var.gone", "answered"), "不存在的变量“gone”"),
        (when("table", "equals", "x"), "没有指明是哪一行"),
        (when("table.gone", "equals", "x"), "那一行不存在"),
        (when("note", "answered"), "它没有答案"),
        (when("channel", "equals", "gone"), "没有这个选项"),
        (when("channel", "includes_any", ["a", "gone"]), "“gone”"),
        (when("channel.other", "answered"), "没有指明是哪一行"),
    ],
)
def test_a_condition_on_what_is_not_there_is_named(show: dict[str, Any], named: str) -> None:
    table = {"type": "matrix", "id": "table", "title": zh("各项评价"), "mode": "rating",
             "rows": [{"id": "speed", "label": zh("速度")}]}  # fmt: skip
    note = {"type": "section", "id": "note", "title": zh("说明"), "text": zh("请看")}
    fault = only(faults(survey(page("p1", choice("channel"), table, note, words("why", show=show)))))
    assert fault.code in {"unknown", "unknown_option"}
    assert fault.question == "why"
    assert "“为什么？”" in fault.sentence
    assert named in fault.sentence


def test_a_condition_cannot_look_at_what_is_asked_later_but_at_what_the_link_brings() -> None:
    hidden = {"type": "hidden", "id": "branch", "title": zh("机构"), "parameter": "branch"}
    early = survey(page("p1", words("why", show=when("nps", "at_most", 6)), nps()))
    fault = only(faults(early))
    assert fault.code == "later"
    assert "那时客户还没有答到" in fault.sentence
    assert faults(survey(page("p1", words("why", show=when("branch", "answered")), hidden))) == ()


def test_jumps_sets_and_endings_must_lead_somewhere() -> None:
    definition = survey(
        page("p1", nps(), jumps=[{"to": "p9", "when": when("nps", "equals", 0)}, {"to": "end", "ending": "e9"}],
             sets=[{"variable": "gone", "value": 1}, {"variable": "word", "op": "add", "value": 1},
                   {"variable": "sum", "value": "很多"}]),
        variables=[{"id": "word", "kind": "text", "start": ""}, {"id": "sum", "start": 0}],
    )  # fmt: skip
    codes = sorted(fault.code for fault in faults(definition))
    assert codes == ["text_arithmetic", "text_arithmetic", "unknown", "unknown", "unknown"]


def test_a_page_that_every_way_jumps_over_is_dead_and_so_is_what_waits_for_it() -> None:
    definition = survey(
        page("p1", nps(), jumps=[{"to": "p3"}]),
        page("p2", choice("channel")),
        page("p3", words("why", show=when("channel", "equals", "a")), words("more", "还有吗？")),
    )
    assert [(fault.code, fault.where) for fault in faults(definition)] == [("never", "p2"), ("never", "why")]


def test_a_page_before_a_conditional_jump_is_alive() -> None:
    jumps = [{"to": "p3", "when": when("nps", "at_least", 9)}]
    assert (
        faults(survey(page("p1", nps(), jumps=jumps), page("p2", words("why")), page("p3", words("more"))))
        == ()
    )


@pytest.mark.parametrize(
    "show",
    [
        {"all": [when("channel", "equals", "a"), when("channel", "equals", "b")]},
        {"all": [when("nps", "at_most", 3), when("nps", "at_least", 5)]},
        when("nps", "at_least", 11),
        {"all": [when("channel", "equals", "b"), when("channel", "unanswered")]},
    ],
)
def test_a_question_with_a_contradiction_is_never_shown(show: dict[str, Any]) -> None:
    definition = survey(
        page("p1", nps(), choice("channel")), page("p2", words("why", show=show, required=True))
    )
    fault = only(faults(definition))
    assert (fault.code, fault.where) == ("never", "why")
    assert "设为必答，却永远不会显示" in fault.sentence
    assert in_words(definition.by_id["why"].show, definition, ZH) in fault.sentence


def test_contradictions_are_seen_through_page_question_and_the_question_looked_at() -> None:
    by_page = survey(
        page("p1", nps()),
        page("p2", words("why", show=when("nps", "at_least", 9)), show=when("nps", "at_most", 6)),
    )
    assert only(faults(by_page)).where == "why"
    by_chain = survey(
        page("p1", nps(), choice("channel", show=when("nps", "at_most", 6))),
        page("p2", words("why", show={"all": [when("channel", "equals", "a"), when("nps", "at_least", 9)]})),
    )
    assert only(faults(by_chain)).where == "why"


def test_an_option_that_is_never_offered_is_named() -> None:
    options = [
        {"id": "a", "label": zh("官网")},
        {"id": "b", "label": zh("柜面"), "show": when("nps", "above", 10)},
    ]
    fault = only(faults(survey(page("p1", nps(), choice("channel") | {"options": options}))))
    assert fault.where == "channel.b"
    assert "柜面" in fault.sentence


def test_what_always_holds_is_a_warning() -> None:
    always = {"any": [when("nps", "at_most", 6), when("nps", "above", 6), when("nps", "unanswered")]}
    warning = only(warnings(survey(page("p1", nps(), words("why", show=always)))))
    assert (warning.code, warning.where) == ("always", "why")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("您刚才选了{{gone}}", "不存在的题目"),
        ("您刚才选了{{more}}", "还没有答到"),
        ("您好 {{ }}", "写法不对"),
        ("您好 {{nps", "写法不对"),
    ],
)
def test_a_pipe_must_lead_to_an_earlier_answer(text: str, named: str) -> None:
    fault = only(faults(survey(page("p1", nps(), words("why", text), words("more", "还有吗？")))))
    assert fault.where == "why"
    assert named in fault.sentence


def test_pipes_of_the_event_and_of_earlier_answers_are_fine() -> None:
    title = "关于{{event.product|您的保单}}，您打了 {{nps}} 分，为什么？"
    assert faults(survey(page("p1", nps(), words("why", title)))) == ()


def test_there_is_an_ending_for_everybody() -> None:
    ending = {"id": "e1", "title": zh("感谢"), "when": when("nps", "at_least", 9)}
    assert only(faults(survey(page("p1", nps()), endings=[ending]))).code == "no_last_ending"
    last = {"id": "e2", "title": zh("谢谢")}
    assert faults(survey(page("p1", nps()), endings=[ending, last])) == ()
    assert [w.code for w in warnings(survey(page("p1", nps()), endings=[last, ending]))] == ["dead_ending"]


def test_an_ending_leads_only_to_hosts_that_are_allowed() -> None:
    ending = {"id": "e1", "title": zh("谢谢"), "redirect": "https://Www.Insurer.cn/thanks?x=1"}
    definition = survey(page("p1", nps()), endings=[ending])
    assert only(faults(definition)).code == "redirect"
    assert faults(definition, hosts=["www.insurer.cn"]) == ()
    tricked = ending | {"redirect": "https://www.insurer.cn@evil.cn/"}
    assert (
        "evil.cn"
        in only(faults(survey(page("p1", nps()), endings=[tricked]), hosts=["www.insurer.cn"])).sentence
    )


def test_without_a_privacy_notice_nothing_is_published() -> None:
    assert only(faults(survey(page("p1", nps())), has_notice=False)).code == "notice"


def test_sensitive_questions_come_after_a_consent_that_covers_them() -> None:
    agree = {"type": "consent", "id": "agree", "title": zh("单独同意"), "text": zh("我同意收集手机号")}
    mobile = words("mobile", "您的手机号", format="mobile")
    assert only(faults(survey(page("p1", mobile, agree)))).code == "consent"
    assert "不同意时也会问到" in only(faults(survey(page("p1", agree, mobile)))).sentence
    assert faults(survey(page("p1", agree | {"required": True}, mobile))) == ()
    asked_if_agreed = mobile | {"show": when("agree", "answered")}
    assert faults(survey(page("p1", agree, asked_if_agreed))) == ()


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("您是否有既往症？", "医疗健康"),
        ("请填写收款银行卡号", "金融账户"),
        ("您的家庭年收入是？", "金融账户"),
        ("您的宗教信仰", "宗教"),
    ],
)
def test_what_a_question_asks_for_makes_it_sensitive(title: str, kind: str) -> None:
    fault = only(faults(survey(page("p1", words("it", title)))))
    assert fault.code == "consent"
    assert kind in fault.sentence


@pytest.mark.parametrize(
    "title",
    ["银行账号填写是否方便？", "提交病历材料方便吗？", "人脸识别登录是否顺畅？", "体检报告解读服务满意吗？"],
)
def test_judging_a_matter_is_not_asking_for_data_but_worth_a_look(title: str) -> None:
    definition = survey(page("p1", words("it", title)))
    assert faults(definition) == ()
    assert only(warnings(definition)).code == "sensitive"
    agree = {"type": "consent", "id": "agree", "title": zh("单独同意"), "text": zh("我同意")}
    assert warnings(survey(page("p1", agree, words("it", title)))) == ()


@pytest.mark.parametrize("title", ["您对医疗险理赔满意吗？", "银行卡代扣保费是否顺利？"])
def test_what_is_plainly_harmless_is_left_alone(title: str) -> None:
    definition = survey(page("p1", words("it", title)))
    assert faults(definition) == warnings(definition) == ()


def test_the_lists_of_words_are_tidy() -> None:
    for group in sensitive.groups():
        assert len(set(group.words)) == len(group.words), group.code
        assert all(group.hits(word) for word in (*group.words, *group.always)), group.code
        assert not any(group.hits(spared) for spared in group.spare), group.code


def test_an_anonymous_survey_asks_for_no_name() -> None:
    mobile = words("mobile", "您的手机号", format="mobile")
    assert only(faults(survey(page("p1", mobile), anonymous=True))).code == "anonymous"


def test_chinese_must_be_whole_and_other_languages_are_told() -> None:
    half = survey(page("p1", nps(hint={"en": "Be honest"})), title={ZH: "回访", "en": "Call-back"})
    assert only(faults(half)).code == "chinese"
    state = completeness(half)
    assert state[ZH].missing == ("nps.hint",)
    assert state["en"].missing == ("nps.title", "nps.low", "nps.high")
    assert (state["en"].done, state["en"].total) == (2, 5)
    assert [warning.code for warning in warnings(half)] == ["language"]
    assert only(faults(survey(page("p1", nps()), title={"en": "Only English"}))).code == "chinese"


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("完成问卷即可领取红包", ["红包"]),
        ("答题赠送积分", ["答题赠送", "积分"]),
        ("续保就送加油卡", ["续保就送", "加油卡"]),
        ("推送红包给您", ["送红包"]),
        ("参与即送好礼", ["参与即送", "好礼"]),
        ("送您一份保障", ["送您一份保障"]),
        ("服务人员是否有礼貌？", []),
        ("需要我们送您去医院吗", []),
        ("请把材料送到服务网点", []),
        ("保单是否及时送达？", []),
        ("短信发送是否及时", []),
        ("救援人员护送您到医院了吗", []),
        ("无赔款优惠系数说明清楚吗", []),
        ("事故车是否送修", []),
    ],
)
def test_rewards_are_found_and_deliveries_are_not(text: str, hits: list[str]) -> None:
    assert sensitive.group("reward").hits(text) == hits


def test_rewards_and_marketing_want_a_name_and_cite_the_law() -> None:
    found = warnings(survey(page("p1", nps()), thanks=zh("谢谢，红包已发放，立即投保享好礼")))
    assert {warning.code for warning in found} == NEEDS_A_NAME
    assert any("第一百一十六条" in warning.sentence for warning in found)


def test_what_tires_or_misleads_customers_is_told() -> None:
    many = [words(f"w{number}", "说说看？") for number in range(21)]
    assert [w.code for w in warnings(survey(page("p1", *many)))] == ["long"]
    assert only(warnings(survey(page("p1", nps()), theme={"accent": "#ffcc00"}))).code == "contrast"
    assert only(warnings(survey(page("p1", nps(title=zh("您一定愿意推荐我们吧？")))))).code == "leading"
    assert only(warnings(survey(page("p1", nps(title=zh("您对速度和态度满意吗？")))))).code == "double"


def test_a_required_sensitive_question_leaves_no_way_to_refuse() -> None:
    agree = {"type": "consent", "id": "agree", "title": zh("同意"), "text": zh("同意"), "required": True}
    definition = survey(page("p1", agree, words("mobile", "手机号", format="mobile", required=True)))
    assert only(warnings(definition)).code == "no_refusal"


def test_contrast_is_that_of_the_web_guidelines() -> None:
    assert contrast("#000000") == pytest.approx(21)
    assert contrast("#fff") == pytest.approx(1)
    assert contrast("#767676") == pytest.approx(4.54, abs=0.01)
    assert is_readable("#767676")
    assert not is_readable("#777777")
    with pytest.raises(ValueError, match="not a colour"):
        contrast("red")


def test_conditions_are_said_in_words() -> None:
    definition = survey(page("p1", nps(), choice("channel"), words("why")))
    condition = {
        "all": [
            when("nps", "between", [0, 6]),
            {"any": [when("channel", "equals", "a"), when("why", "answered")]},
        ]
    }
    asked = survey(page("p1", nps(), choice("channel"), words("why"), words("x", show=condition))).by_id["x"]
    said = in_words(asked.show, definition, ZH)
    assert said == "“您愿意推荐我们吗？”在 0 到 6 之间，并且（“办理渠道”是“选项a”，或者已回答“为什么？”）"
    assert "is between 0 and 6 and (" in in_words(asked.show, definition, "en")


def test_the_notice_to_begin_with_says_all_that_the_law_wants() -> None:
    for phone in ("95500", ""):
        assert missing_parts(starting_point("安澜保险", phone)[1][ZH]) == ()
    assert "撤回同意的方式" in missing_parts("我们收集您的回答")


@pytest.mark.parametrize("kind", ["choice", "choices", "dropdown", "ranking", "image_choice", "section"])
def test_what_was_added_and_never_written_over_is_not_published(kind: str) -> None:
    added = blanks.question(kind, "q", ZH)
    found = faults(survey(page("p1", nps(), added)))
    assert [fault.code for fault in found] == ["sample"]
    assert "还是示例文字" in found[0].sentence
    assert found[0].question == "q"


@pytest.mark.parametrize("kind", ["nps", "csat", "ces", "rating", "matrix", "words", "consent", "file"])
def test_what_can_be_asked_as_it_comes_may_be_published(kind: str) -> None:
    assert faults(survey(page("p1", blanks.question(kind, "q", ZH)))) == ()


def test_a_line_that_was_added_and_left_as_it_came_is_named() -> None:
    whole = choice("way", "a", "b") | {
        "options": [{"id": "a", "label": zh("柜面")}, blanks.line("options", "b", 2, ZH)]
    }
    assert "第 1 题“办理渠道”还是示例文字“选项 2”" in only(faults(survey(page("p1", whole)))).sentence


def test_a_test_that_was_never_checked_can_still_be_told() -> None:
    empty = Test.model_construct(of="nps", is_="equals", than=())
    assert in_words(empty, survey(page("p1", nps())), ZH) == "“您愿意推荐我们吗？”是空"
