"""Tools that look at many texts at once."""

from sentiment.corpus_tools import contrast_words, emerging_terms, near_duplicates, representative_sentences

OLD = [f"理赔等了{number}天，客服态度一般" for number in range(200)]
NEW = OLD[:150] + [f"小程序闪退第{number}回，理赔材料传不上去" for number in range(50)]


def test_a_word_that_was_not_there_before_emerges() -> None:
    words = [term.word for term in emerging_terms(NEW, OLD)]

    assert any("闪退" in word or "程序" in word for word in words[:3])
    assert "态度" not in words


def test_nothing_emerges_from_the_same_texts_or_from_none() -> None:
    assert emerging_terms(OLD, OLD) == []
    assert emerging_terms([], OLD) == []


def test_contrast_gives_each_set_its_own_words() -> None:
    first, second = contrast_words(["房间干净早餐好吃"] * 30, ["快递慢包装破损"] * 30)

    assert any("干净" in term.word for term in first)
    assert any("快递" in term.word for term in second)
    assert not {term.word for term in first} & {term.word for term in second}
    assert all(term.z > 0 and term.here > term.there for term in (*first, *second))


def test_near_copies_are_found_and_others_are_left_alone() -> None:
    texts = [
        "尊敬的客户，我要投诉你们公司理赔拖延三个月不给说法",
        "今天天气不错，去网点办了个保全",
        "尊敬的客户，我要投诉你们公司理赔拖延三个月不给说法!!",
        "好",
        "好",
        "差",
    ]
    assert near_duplicates(texts) == [[0, 2], [3, 4]]


def test_no_texts_have_no_copies() -> None:
    assert near_duplicates([]) == []
    assert near_duplicates(["", "理赔"]) == []


def test_representative_sentences_cover_different_things() -> None:
    texts = ["理赔到账速度太慢等了很久。"] * 5 + [f"理赔速度太慢等了{n}个月。" for n in range(30)]
    texts += [f"小程序登录总是闪退第{n}次。" for n in range(20)]
    chosen = representative_sentences(texts, limit=2)

    assert len(chosen) == 2
    assert "慢" in chosen[0]
    assert "闪退" in chosen[1]
    assert representative_sentences([]) == []
