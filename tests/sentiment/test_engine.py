"""What every analysis promises, whatever the text."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sentiment
from sentiment.analysis import INTENTS, PERSONAL_KINDS, POLARITIES, RISKS, TOPICS
from sentiment.personal import find_personal

TEXTS = (
    "理赔三天就到账了，查勘员小刘人特别好",
    "等了一个月没人理，再不处理我就打12378投诉",
    "请问怎么退保？",
    "真棒，报案三天没人理",
    "还行",
    "慢",
    "無",
    "ＡＰＰ登录不了😡😡，客服电话打了8遍",
    "客服：您好，请问有什么可以帮您？\n客户：你们扣了我两次保费，什么时候退？",
    "我叫罗晓曼，电话138 0013 8000，赔款到现在没到",
    "",
    "   \n\t",
    "\ud800半个字",
    "a" * 5000,
    "好" * 3000,
)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_no_text_makes_the_engine_stumble_and_all_spans_lie_inside_it(text: str) -> None:
    found = sentiment.analyse(text)

    spans = [(s.start, s.end) for s in found.clauses]
    spans += [(s.start, s.end) for s in found.risks]
    spans += [(s.start, s.end) for s in found.personal]
    spans += [(cause.start, cause.end) for topic in found.topics for cause in topic.causes]
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert found.sentiment in POLARITIES
    assert found.intent in INTENTS
    assert -1 <= found.score <= 1
    assert 0 <= found.effort <= 1
    assert sum(found.probabilities) == pytest.approx(1, abs=1e-3)
    assert found.probability == max(found.probabilities)
    assert all(phrase in text for phrase in found.key_phrases)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="我叫张三罗晓曼电话身份证号保单0123456789@.com京A 路弄号室，。", max_size=80))
def test_masked_text_holds_no_data_that_can_still_be_found(text: str) -> None:
    masked = sentiment.mask(text)

    assert not find_personal(masked)
    assert sentiment.mask(masked) == masked
    assert len(masked) == len(text)


def test_codes_are_those_of_the_taxonomy() -> None:
    for found in sentiment.analyse_many(TEXTS):
        assert {topic.code for topic in found.topics} <= set(TOPICS)
        assert {topic.polarity for topic in found.topics} <= set(POLARITIES)
        assert {risk.kind for risk in found.risks} <= set(RISKS)
        assert {span.kind for span in found.personal} <= set(PERSONAL_KINDS)


def test_the_order_of_a_batch_changes_nothing() -> None:
    order = list(range(len(TEXTS)))
    random.Random(1).shuffle(order)
    straight = sentiment.analyse_many(TEXTS)
    mixed = sentiment.analyse_many([TEXTS[at] for at in order])

    for place, at in enumerate(order):
        assert mixed[place].to_tag(at) == straight[at].to_tag(at)


def test_a_text_alone_is_understood_as_in_a_batch() -> None:
    for text, found in zip(TEXTS, sentiment.analyse_many(TEXTS), strict=True):
        alone = sentiment.analyse(text)
        assert alone.to_tag(1) == found.to_tag(1)
        assert alone.clauses == pytest.approx(found.clauses) if not found.clauses else True


def test_the_same_text_is_always_understood_the_same() -> None:
    assert sentiment.analyse_many(TEXTS) == sentiment.analyse_many(TEXTS)


def test_an_empty_text_is_neutral_and_says_nothing() -> None:
    found = sentiment.analyse("")

    assert (found.sentiment, found.score, found.topics, found.risks, found.clauses) == (
        "neutral",
        0,
        (),
        (),
        (),
    )


def test_more_texts_than_a_chunk_come_back_in_order() -> None:
    texts = [f"第{number}次打电话，{'很满意' if number % 2 else '没人接，太差了'}" for number in range(600)]
    found = sentiment.analyse_many(texts)

    assert [one.sentiment for one in found] == ["positive" if n % 2 else "negative" for n in range(600)]


@pytest.mark.parametrize(
    ("text", "feeling"),
    [
        ("理赔三天就到账了，查勘员小刘人特别好", "positive"),
        ("等了一个月没人理，太让人失望了", "negative"),
        ("请问受益人怎么变更？", "neutral"),
        ("真棒，报案三天没人理", "negative"),
        ("垃圾", "negative"),
        ("还行", "neutral"),
        ("一般吧。", "neutral"),
        ("就那样了", "neutral"),
        ("马马虎虎", "neutral"),
        ("慢", "negative"),
        ("一般般，等了两个小时没人理", "negative"),
        ("客服：感谢您的支持，非常高兴为您服务！\n客户：你们就是骗子，钱一分没退", "negative"),
    ],
)
def test_plain_cases_feel_as_a_person_says(text: str, feeling: str) -> None:
    assert sentiment.analyse(text).sentiment == feeling


def test_a_topic_carries_its_polarity_and_the_words_that_caused_it() -> None:
    text = "报案半个月了理赔还没到账，急死人"
    found = sentiment.analyse(text)

    (topic,) = [one for one in found.topics if one.code == "claim_speed"]
    assert topic.polarity == "negative"
    assert any("到账" in text[cause.start : cause.end] for cause in topic.causes)


def test_a_threat_is_a_risk_and_its_denial_is_none() -> None:
    assert "regulator" in {risk.kind for risk in sentiment.analyse("如果再不赔我就投诉到12378").risks}
    assert not sentiment.analyse("放心，我不会退保的").risks


def test_every_tag_names_the_version_that_made_it() -> None:
    found = sentiment.analyse("好")

    assert found.engine == sentiment.engine_version()
    assert sentiment.ENGINE_VERSION in found.engine
    assert found.to_tag("x")["engine"] == found.engine


def test_an_analysis_survives_json() -> None:
    found = sentiment.analyse("业务员罗晓曼态度不错，就是理赔太慢")
    back = json.loads(json.dumps(found.to_dict(), ensure_ascii=False))

    assert back["sentiment"] == found.sentiment
    assert back["topics"][0]["code"] == found.topics[0].code


def test_a_tag_line_has_the_promised_names() -> None:
    tag = sentiment.analyse("业务员罗晓曼态度不错").to_tag("k1")

    assert list(tag)[:7] == ["id", "sentiment", "score", "topics", "risks", "pii", "keywords"]
    assert tag["pii"] == [[3, 6, "name"]]


def test_key_phrases_never_tell_personal_data() -> None:
    found = sentiment.analyse("业务员罗晓曼帮我妈办的保单，罗晓曼真负责")

    assert not any("罗晓曼" in phrase for phrase in found.key_phrases)


def test_a_known_domain_can_be_named_and_an_unknown_one_is_refused() -> None:
    assert sentiment.analyse("房间很干净", domain="insurance").sentiment in POLARITIES
    with pytest.raises(ValueError, match="no domain 'moon'"):
        sentiment.analyse("房间很干净", domain="moon")


def test_an_unknown_engine_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no engine 'oracle'"):
        sentiment.analyse("好", engine="oracle")


def test_snownlp_can_be_chosen_as_the_baseline() -> None:
    good, bad = sentiment.analyse_many(["非常好，很满意", ""], engine="snownlp")

    assert good.sentiment == "positive"
    assert good.engine.startswith("snownlp-")
    assert bad.sentiment == "neutral"
