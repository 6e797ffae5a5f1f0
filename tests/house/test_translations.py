"""The English catalogue says everything that the pages say, and is compiled."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict

import app
from app.web import create_app
from core import settings
from grid.forms import LoginForm
from surveys.forms import RuleForm

ROOT = Path(app.__file__).resolve().parents[1]
ENGLISH = ROOT / "app" / "translations" / "en" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%")


def _is_ours(folder: str) -> bool:
    return not Path(folder).name.startswith(".") and Path(folder).name not in {"var", "build"}


def extracted() -> Iterator[str]:
    """Yield the sentences that `make messages` finds, by the same configuration."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    for _file, _line, said, _comments, context in extract_from_dir(
        ROOT, methods, options, DEFAULT_KEYWORDS, directory_filter=_is_ours
    ):
        # Plurals and contexts need more care than this test takes; so far no page has any.
        assert isinstance(said, str), said
        assert context is None, said
        yield said


@pytest.fixture(scope="module")
def english() -> Catalog:
    """The catalogue that people edit."""
    with (ENGLISH / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def test_every_sentence_of_the_pages_is_in_english(english: Catalog) -> None:
    today = set(extracted())
    assert "体验看板" in today  # extraction saw Python
    assert "跳到正文" in today  # and templates
    missing = sorted(said for said in today if not (message := english.get(said)) or not message.string)
    assert missing == [], "run `make messages` and translate what is empty"
    assert sorted(message.id for message in english if message.id and message.id not in today) == []


def test_no_translation_is_a_guess_or_loses_what_is_filled_in(english: Catalog) -> None:
    def differs(message: Message) -> bool:
        return sorted(PLACEHOLDER.findall(str(message.id))) != sorted(
            PLACEHOLDER.findall(str(message.string))
        )

    assert [message.id for message in english if message.id and (message.fuzzy or differs(message))] == []


def test_no_translation_is_left_in_chinese(english: Catalog) -> None:
    chinese = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
    assert [message.id for message in english if message.id and chinese.search(str(message.string))] == []


def test_the_compiled_catalogue_is_what_the_edited_one_says(english: Catalog) -> None:
    with (ENGLISH / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    assert {m.id: m.string for m in compiled if m.id} == {m.id: m.string for m in english if m.id}


@pytest.fixture(scope="module")
def web() -> Flask:
    """The application without a database: forms and catalogues need none."""
    return create_app(settings.current())


@pytest.mark.parametrize(
    ("locale", "too_long", "no_number", "out_of_range"),
    [
        ("zh_Hans", "字段长度不能超过 64 个字符。", "不是有效的整数。", "请填写 0 到 365"),
        ("en", "Field cannot be longer than 64 characters.", "Not a valid integer value.", "Enter 0 to 365"),
    ],
)
def test_forms_complain_in_the_language_of_the_page(
    web: Flask, locale: str, too_long: str, no_number: str, out_of_range: str
) -> None:
    with web.test_request_context(method="POST"), force_locale(locale):
        login = LoginForm(MultiDict({"login": "x" * 65, "password": "p"}))
        login.validate()
        rule = RuleForm(MultiDict({"rest_days": "some"}), meta={"csrf": False})
        rule.survey_id.choices = []
        rule.validate()
        complaints = [str(sentence) for sentence in rule.rest_days.errors]
    assert login.login.errors == [too_long]
    assert complaints == [no_number, out_of_range]
