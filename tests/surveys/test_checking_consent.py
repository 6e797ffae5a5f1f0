"""Who may ask for sensitive data, who may never ask for secrets, and that all of it can be told in English."""

from typing import Any

import pytest

from surveys.rules.checking import faults, warnings
from tests.surveys.test_checking import choice, nps, only, page, survey, when, words, zh


def agree(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"type": "consent", "id": "agree", "title": zh("单独同意"), "text": zh("我同意收集")} | more


def illness(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return words("illness", "您是否有既往症？", **more)


def test_a_consent_behind_the_question_does_not_cover_it() -> None:
    assert only(faults(survey(page("p1", illness()), page("p2", agree(required=True))))).code == "consent"


def test_a_required_consent_that_some_customers_never_see_does_not_cover_the_question() -> None:
    low = when("nps", "at_most", 6)
    hidden = survey(page("p1", nps(), agree(required=True, show=low), illness()))
    assert "没有经过" in only(faults(hidden)).sentence
    on_a_hidden_page = survey(
        page("p1", nps()), page("p2", agree(required=True), show=low), page("p3", illness())
    )
    assert only(faults(on_a_hidden_page)).code == "consent"
    jumped_over = survey(
        page("p1", nps(), jumps=[{"when": low, "to": "p3"}]),
        page("p2", agree(required=True)),
        page("p3", illness()),
    )
    assert "没有经过" in only(faults(jumped_over)).sentence


def test_a_consent_shown_to_the_very_same_customers_covers_the_question() -> None:
    low = when("nps", "at_most", 6)
    both = survey(page("p1", nps()), page("p2", agree(required=True), illness(), show=low))
    assert faults(both) == ()
    narrower = survey(
        page("p1", nps(), agree(required=True, show=low), illness(show=when("nps", "at_most", 3)))
    )
    assert faults(narrower) == ()


def test_a_question_shown_after_refusal_is_not_covered_by_the_consent_it_looks_at() -> None:
    refused = survey(page("p1", agree(), illness(show=when("agree", "unanswered"))))
    assert only(faults(refused)).code == "consent"
    either = {"any": [when("agree", "answered"), when("nps", "at_most", 3)]}
    assert only(faults(survey(page("p1", nps(), agree(), illness(show=either))))).code == "consent"
    together = {"all": [when("agree", "answered"), when("nps", "at_most", 3)]}
    assert faults(survey(page("p1", nps(), agree(), illness(show=together)))) == ()


@pytest.mark.parametrize(
    "title",
    [
        "您的网银登录密码",
        "请填写短信验证码，以便及时处理",
        "信用卡背面的 CVV2 是？",
        "银行卡密码",
        "请输入 Pin 码",
        "不要告诉别人，只在这里填写您的密码",
        "Your one-time code",
        "卡背面三位",
        "信用卡背面的三位数",
        "请写下卡片背面后3位数字",
        "安全码",
        "CVV2",
        "短信收到的6位数字",
        "手机短信收到的六位数字",
        "动态码",
        "六位数字验证码",
    ],
)
def test_nobody_is_ever_asked_for_secrets_whatever_they_agree_to(title: str) -> None:
    for before in ((), (agree(required=True),)):
        found = faults(survey(page("p1", *before, words("it", title))))
        assert "secrets" in {fault.code for fault in found}, title
    hinted = words("it", "请核对身份", hint=zh("请填写您收到的验证码"))
    assert only(faults(survey(page("p1", hinted)))).code == "secrets"


@pytest.mark.parametrize(
    "question",
    [
        words("it", "找回密码时遇到了什么困难？"),
        choice("it", title=zh("收到验证码要等多久？")),
        nps("it", title=zh("设置交易密码方便吗？")),
        words("it", "How was resetting your password?"),
        words("it", "您的 shopping 体验如何？"),
        words("it", "为什么？", hint=zh("请勿填写密码、验证码；我们不会索要。")),
        words("it", "其他想说的（请不要写验证码）"),
        words("it", "收到短信后等了几个工作日？"),
        words("it", "问卷背面的三道题有什么意见？"),
    ],
)
def test_asking_how_a_password_is_handled_is_allowed(question: dict[str, Any]) -> None:
    assert faults(survey(page("p1", question))) == ()


def test_a_polite_reason_does_not_turn_a_demand_for_data_into_a_judgement() -> None:
    assert only(faults(survey(page("p1", words("it", "请填写您的病史，以便我们及时处理"))))).code == "consent"


def test_what_a_check_says_can_be_told_in_english_with_its_law_and_its_condition() -> None:
    english = {
        "第 %(n)s 题“%(title)s”": "question %(n)s “%(title)s”",
        "%(spot)s涉及%(kind)s，需要先取得单独同意（%(law)s）；"
        "请在它之前加一道非必答的“同意”题，并让这一题只在同意后显示，不同意的客户也能答完问卷": (
            "%(spot)s asks for %(kind)s (%(law)s)"
        ),
        "“%(word)s”（%(kind)s）": "“%(word)s” (%(kind)s)",
        "%(finding)s（条件：%(condition)s）": "%(finding)s (condition: %(condition)s)",
        "%(spot)s永远不会显示": "%(spot)s is never shown",
        "%(spot)s出现%(words)s，可能涉及%(kind)s（%(law)s）。%(advice)s": "%(spot)s: %(words)s, %(kind)s. %(advice)s",
        "感谢语": "the thank-you",
    }
    sick = only(faults(survey(page("p1", illness())))).told(lambda chinese: english[chinese], "en")
    assert sick == (
        "question 1 “您是否有既往症？” asks for “既往症” (medical and health information) "
        "(Personal Information Protection Law, articles 28 and 29)"
    )
    never = survey(page("p1", nps(), words("why", show=when("nps", "above", 10))))
    assert only(faults(never)).told(lambda chinese: english[chinese], "en") == (
        "question 2 “为什么？” is never shown (condition: “您愿意推荐我们吗？” is above 10)"
    )
    reward = only(warnings(survey(page("p1", nps()), thanks=zh("送您红包"))))
    assert "benefits or rewards" in reward.told(lambda chinese: english[chinese], "en")
    assert "（条件：“您愿意推荐我们吗？”高于 10）" in only(faults(never)).sentence


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("您的身份证号", "“身份证号”（特定身份信息）"),
        ("请上传指纹", "“指纹”（生物识别信息）"),
        ("您的宗教信仰", "“宗教信仰”（宗教信仰信息）"),
    ],
)
def test_a_fault_names_the_word_it_was_seen_by_and_the_right_kind(title: str, kind: str) -> None:
    assert f"涉及{kind}" in only(faults(survey(page("p1", words("it", title))))).sentence


def test_a_consent_that_does_not_name_the_data_is_a_warning_and_one_that_does_is_none() -> None:
    def warned(text: str) -> list[str]:
        asking = survey(page("p1", agree(text=zh(text), required=True), words("it", "您的身份证号")))
        assert faults(asking) == ()
        return [fault.code for fault in warnings(asking)]

    assert warned("我已阅读并同意贵公司为处理本次反馈使用我填写的内容。") == ["vague_consent"]
    assert warned("我同意贵公司收集我的身份证号用于核实理赔。") == []
    assert warned("我单独同意贵公司处理我的敏感个人信息。") == []
    assert warned("我同意收集健康信息。") == ["vague_consent"]
