"""Languages are called by their names, never by their codes where anybody knows better."""

import pytest

from surveys.rules.tongues import code_of, name_of, own_name


@pytest.mark.parametrize(
    ("code", "own", "chinese", "english"),
    [
        ("ja", "日本語", "日语", "Japanese"),
        ("ug", "ئۇيغۇرچە", "维吾尔语", "Uyghur"),
        ("zh-Hant", "繁體中文", "繁體中文", "Traditional Chinese"),
        ("en", "English", "英文", "English"),
        ("xq", "xq", "xq", "xq"),
    ],
)
def test_a_language_has_a_name_of_its_own_and_one_for_its_reader(
    code: str, own: str, chinese: str, english: str
) -> None:
    assert (own_name(code), name_of(code, "zh-Hans"), name_of(code, "en")) == (own, chinese, english)


@pytest.mark.parametrize("written", ["日语", "日文", "日本語", "Japanese", " japanese "])
def test_a_language_may_be_written_by_any_of_its_names(written: str) -> None:
    assert code_of(written) == "ja"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("维吾尔语", "ug"),
        ("藏语", "bo"),
        ("繁體中文", "zh-Hant"),
        ("英文", "en"),
        ("中文", "zh-Hans"),
        ("Chinese", "zh-Hans"),
    ],
)
def test_the_languages_of_china_are_found_by_name(written: str, code: str) -> None:
    assert code_of(written) == code


@pytest.mark.parametrize("written", ["", "文", "ja", "ga", "火星文", "no language"])
def test_what_is_no_name_of_a_language_is_none(written: str) -> None:
    assert code_of(written) is None
