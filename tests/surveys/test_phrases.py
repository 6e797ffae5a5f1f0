"""What the customer's page itself says: complete in every language, and said in the customer's own."""

import ast
import re
from pathlib import Path

import pytest

from surveys.rules import phrases
from surveys.rules.readings import Mistake

ROOT = Path(phrases.__file__).parents[2]
LANGUAGES = list(phrases.languages())
PLACEHOLDER = re.compile(r"{(\w*)}")


def said(language: str) -> dict[str, list[str]]:
    """Return the placeholders of every phrase of a language by its full name."""
    return {
        f"{group}.{name}": sorted(PLACEHOLDER.findall(text))
        for group, texts in phrases.words(language).items()
        for name, text in texts.items()
    }


def codes_raised() -> set[str]:
    """Return every code with which the product says that an answer is mistaken."""
    found = set()
    for file in [*ROOT.glob("surveys/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                if name in {"UnreadableAnswerError", "Mistake"} and isinstance(node.args[0].value, str):
                    found.add(node.args[0].value)
    return found


def test_the_page_speaks_three_languages_at_least() -> None:
    assert {"zh-Hans", "zh-Hant", "en"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_with_the_same_values(language: str) -> None:
    assert said(language) == said("zh-Hans")
    assert all(text.strip() for texts in phrases.words(language).values() for text in texts.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_of_a_phrase_is_hidden_by_a_method_of_the_mapping(language: str) -> None:
    names = {name for group, texts in phrases.words(language).items() for name in (group, *texts)}
    assert names & set(dir(dict)) == set()


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_a_translation_is_one(language: str) -> None:
    ours, chinese = phrases.words(language), phrases.words("zh-Hans")
    assert ours["mistakes"]["missing"] != chinese["mistakes"]["missing"]
    assert ours["page"]["next"] != chinese["page"]["next"]


def test_every_mistake_that_can_be_made_has_a_sentence() -> None:
    codes = codes_raised()
    assert {"missing", "scale", "too_long", "mobile", "file_kind"} <= codes
    assert codes <= set(phrases.words("zh-Hans")["mistakes"])


def test_a_language_nobody_wrote_is_said_in_chinese_and_a_dialect_in_its_language() -> None:
    assert phrases.words("ug") is phrases.words("zh-Hans")
    assert phrases.words("en-GB") is phrases.words("en")


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (Mistake("missing"), "请回答这个问题"),
        (Mistake("scale", {"low": 0, "high": 10}), "请在 0 到 10 之间选择一个分数"),
        (Mistake("too_long", {"most": 1000, "length": 1001}), "最多 1000 个字，现在有 1001 个字"),
        (
            Mistake("slider", {"low": 0.0, "high": 2.5, "step": 0.5}),
            "请填 0 到 2.5 之间的数字，每档相差 0.5",
        ),
        (Mistake("file_kind", {"kinds": ["images", "pdf"]}), "这种文件不能上传，请换成：图片、PDF"),
        (
            Mistake("exclusive", {"option": {"zh-Hans": "以上都没有", "en": "None of these"}}),
            "“以上都没有”不能和别的选项一起选，请去掉其中一种",
        ),
        (Mistake("never heard of"), "这一项的回答没有看懂，请重新填写"),
    ],
)
def test_a_mistake_is_said_with_its_values(mistake: Mistake, sentence: str) -> None:
    assert phrases.mistake("zh-Hans", mistake) == sentence


def test_one_file_is_not_called_files() -> None:
    assert phrases.mistake("en", Mistake("file_many", {"most": 1})) == "Only one file can be uploaded"
    assert phrases.mistake("en", Mistake("file_many", {"most": 2})) == "At most 2 files can be uploaded"
    assert phrases.mistake("zh-Hans", Mistake("file_many", {"most": 1})) == "最多上传 1 个文件"


def test_values_are_written_as_they_are_and_never_filled_in_themselves() -> None:
    assert "{low}" in phrases.mistake("en", Mistake("scale", {"low": "{low}", "high": 5}))
