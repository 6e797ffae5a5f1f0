"""Languages are called by their names, never by their codes where anybody knows better."""

import pytest

from surveys.rules.tongues import name_of, own_name


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
