"""Normalising, clauses and the single pass over a text."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.clauses import split_clauses
from sentiment.feeling import lexicon_scores, lexicon_total
from sentiment.intent import effort_of, intent_of
from sentiment.keyphrases import key_phrases, language_of
from sentiment.normalise import normalise, plain_characters
from sentiment.personal import find_personal
from sentiment.reading import read
from sentiment.risks import find_risks
from sentiment.topics import concepts_of, find_topics

TRADE = st.text(
    alphabet="理赔陪太慢快不没退保投诉拆客服户：:，。！？?\n但是的了好差垃圾👍😡🏻您電話賠三天半个月ＡＢab12 "
    "啊如果再不就怎么",
    max_size=60,
)


def test_typing_errors_of_the_trade_are_put_right() -> None:
    assert normalise("理陪太慢，我要投拆").text == "理赔太慢,我要投诉"


def test_traditional_and_full_width_letters_become_plain() -> None:
    assert normalise("理賠ＡＰＰ").text == "理赔app"


def test_an_emoji_becomes_a_word_that_points_back_to_it() -> None:
    normal = normalise("服务👍🏻好")
    assert normal.text == "服务点赞好"
    assert normal.span(2, 4) == (2, 4)
    assert normal.span(4, 5) == (4, 5)


def test_plain_characters_never_move_an_offset() -> None:
    assert plain_characters("您好ＡＢ電話") == "你好ab电话"


def test_only_the_customer_of_a_transcript_is_judged() -> None:
    reading = read("客服：理赔很快的\n客户：快什么，拖了三个月\n客服：抱歉")
    assert [clause.text for clause in reading.clauses if clause.judged] == ["快什么", "拖了三个月"]
    assert "抱歉" not in reading.judged


def test_a_story_that_quotes_the_agent_is_judged_whole() -> None:
    assert all(clause.judged for clause in split_clauses("我:我要报案。客服:建议报警呢亲。"))


def test_a_contrast_word_opens_a_clause() -> None:
    assert [clause.text for clause in split_clauses("产品挺好但是服务差")] == ["产品挺好", "但是服务差"]


def test_negation_turns_a_word_round() -> None:
    assert lexicon_total(read("一点都不满意"))[0] == 0
    assert lexicon_total(read("服务很周到"))[0] > 1


def test_mockery_is_not_praise() -> None:
    positive, negative = lexicon_total(read("真棒，报案三天没人理"))
    assert negative > positive


def test_a_topic_names_the_words_that_caused_it() -> None:
    text = "理陪拖了三个月还没到账"
    (speed,) = [topic for topic in find_topics(read(text)) if topic.code == "claim_speed"]
    assert speed.polarity == "negative"
    assert "理陪" in {text[start:end] for start, end in speed.causes}


def test_two_topics_keep_their_own_polarity() -> None:
    found = {topic.code: topic.polarity for topic in find_topics(read("业务员很有耐心，但是理赔太慢了"))}
    assert found == {"attitude": "positive", "claim_speed": "negative"}


def test_a_plain_question_is_neutral_towards_its_topic() -> None:
    (topic,) = find_topics(read("请问受益人怎么变更"))
    assert (topic.code, topic.polarity) == ("policy_change", "neutral")


def risks(text: str) -> list[str]:
    return [hit.code for hit in find_risks(read(text))]


def test_a_wish_to_leave_is_a_risk_and_a_question_about_it_is_not() -> None:
    assert risks("我要退保") == ["churn"]
    assert risks("怎么退保") == []
    assert risks("放心我不会退保的") == []
    assert risks("听说有人退保亏了一半") == []


def test_a_threat_with_the_supervisor_is_a_risk_even_as_a_condition() -> None:
    assert risks("如果再不赔我就投诉到12378") == ["regulator"]
    assert risks("12378是什么电话") == []


def test_a_forged_signature_is_fraud_and_danger_to_life_is_harm() -> None:
    assert risks("保单上不是我签的字，业务员代签") == ["fraud", "fraud"]
    assert risks("再不赔我就从楼顶跳下去") == ["harm"]


def test_intents_are_told_apart() -> None:
    assert intent_of(read("怎么改受益人？")) == "question"
    assert intent_of(read("理赔太慢，垃圾公司")) == "complaint"
    assert intent_of(read("小王服务特别周到，谢谢")) == "praise"
    assert intent_of(read("建议增加夜间人工")) == "suggestion"
    assert intent_of(read("无")) == "none"


def test_effort_is_read_from_trips_and_calls() -> None:
    text = "跑了三趟，打了五次电话"
    effort = effort_of(read(text))
    assert effort.level == 2
    assert [text[start:end] for start, end in effort.spans] == ["跑了三趟", "打了五次"]


def test_languages_are_told_apart() -> None:
    assert [language_of(text) for text in ("理赔很慢", "理賠很慢", "claim is slow", "123")] == [
        "zh-Hans",
        "zh-Hant",
        "en",
        "other",
    ]


@given(st.one_of(st.text(max_size=80), TRADE))
@settings(max_examples=400, deadline=None)
def test_no_text_makes_a_rule_fail_and_every_span_lies_inside_it(text: str) -> None:
    reading = read(text)
    spans = [reading.original_span(clause) for clause in reading.clauses]
    spans += [span for topic in find_topics(reading) for span in topic.causes]
    spans += [(hit.start, hit.end) for hit in find_risks(reading)]
    spans += [(phrase.start, phrase.end) for phrase in key_phrases(reading)]
    spans += list(effort_of(reading).spans)
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert all(good >= 0 and bad >= 0 for good, bad in lexicon_scores(reading))
    assert intent_of(reading) in {"complaint", "question", "praise", "suggestion", "none"}
    assert language_of(text) in {"zh-Hans", "zh-Hant", "en", "other"}
    assert isinstance(concepts_of(reading), tuple)
    assert read(text) == reading


def test_a_text_of_twenty_thousand_figures_or_words_is_read_in_a_moment() -> None:
    for text in ("1" * 20_000, "理赔太慢了我要投诉" * 2_000, "路1号" + "中" * 20_000):
        before = time.process_time()
        reading = read(text)
        find_topics(reading)
        find_risks(reading)
        find_personal(text)
        assert time.process_time() - before < 4
