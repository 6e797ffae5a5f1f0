"""The taxonomy packs and word lists: readable data that has to be right."""

import pytest

from sentiment.analysis import TOPICS
from sentiment.feeling import lexicon_scores
from sentiment.lexicon import data_versions, word_file
from sentiment.reading import read
from sentiment.topics import find_topics, topic_scores, topics_and_scores
from sentiment.vocabulary import DEFAULT_PACKS, pack_file, parse_rule, vocabulary

TEXTS = (
    "业务员很有耐心，但是理赔太慢了",
    "请问受益人怎么变更",
    "APP登录不了，热线又打不通",
    "保费又涨价，退保算了",
    "无",
    "",
)


def test_the_packs_know_every_topic_of_the_taxonomy_and_no_other() -> None:
    assert set(vocabulary().labels) == set(TOPICS)


def test_every_pack_and_word_list_carries_a_version() -> None:
    assert all(vocabulary().versions.values())
    assert set(vocabulary().versions) == set(DEFAULT_PACKS)
    assert all(data_versions().values())


def test_every_concept_of_a_pack_is_used_or_shared() -> None:
    used = {
        part.lstrip("-")
        for name in DEFAULT_PACKS
        for topic in pack_file(name).get("topics", [])
        for line in topic["rules"]
        for part in line.split()
    }
    own = {concept for name in DEFAULT_PACKS for concept in pack_file(name)["concepts"]}
    assert own - used == set()


def test_a_rule_with_an_unknown_concept_is_refused_with_its_line() -> None:
    with pytest.raises(ValueError, match="topic price: the rule 'cheep' names the unknown concept 'cheep'"):
        parse_rule("price", "cheep", {"cheap": 1})


def test_a_rule_without_a_concept_is_refused() -> None:
    with pytest.raises(ValueError, match="names no concept"):
        parse_rule("price", "@near *0.5", {"cheap": 1})


def test_a_rule_line_is_read_part_by_part() -> None:
    rule = parse_rule("price", "cheap fee -ask @near *0.5 >negative", {"cheap": 1, "fee": 2, "ask": 4})
    assert (rule.trigger, rule.needed, rule.banned) == (1, 3, 4)
    assert (rule.reach, rule.weight, rule.polarity) == ("near", 0.5, "negative")


def test_the_retail_pack_speaks_of_goods_and_not_of_insurance() -> None:
    found = {topic.code for topic in find_topics(read("快递太慢，包装都破了", packs=("retail",)))}
    assert found == {"delivery", "packing"}


def test_one_pass_gives_the_same_topics_and_weights_as_two() -> None:
    for text in TEXTS:
        reading = read(text)
        both = topics_and_scores(reading, lexicon_scores(reading))
        assert both == (find_topics(reading), topic_scores(reading))


def test_no_word_is_praise_and_blame_at_once() -> None:
    polarity = word_file("polarity")
    sides = [
        {word for block in polarity[side].values() for word in block.split()}
        for side in ("positive", "negative")
    ]
    hidden = set(polarity["neutral"]["words"].split())
    assert sides[0] & sides[1] == set()
    assert (sides[0] | sides[1]) & hidden == set()


def test_a_topic_shares_the_feeling_of_the_text_unless_its_own_clauses_differ() -> None:
    reading = read("查勘员来了，拍照，走了，一个月没消息")
    assert {topic.polarity for topic in find_topics(reading, overall="negative")} == {"negative"}
    mixed = read("业务员很热情，但是理赔太慢了")
    found = {topic.code: topic.polarity for topic in find_topics(mixed, overall="negative")}
    assert found["attitude"] == "positive"
    assert found["claim_speed"] == "negative"
