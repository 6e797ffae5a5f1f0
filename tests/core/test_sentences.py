"""Sentences of rules: told in the reader's language on pages, kept in Chinese everywhere else."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import force_locale

from app.web import create_app
from core import settings, telling
from core.errors import DomainError, InvalidInputError, NotFoundError
from core.sentences import N_, Named, Value, in_chinese, row, said

ENGLISH = {
    "请选择%(what)s": "Choose %(what)s",
    "“%(name)s”": "“%(name)s”",
    "触点": "a touchpoint",
    "、": ", ",
}


@pytest.fixture
def reader() -> Iterator[Flask]:
    """The page of somebody who reads English."""
    web = create_app(settings.current())
    with web.test_request_context(), force_locale("en"):
        yield web


def test_what_fills_a_sentence_is_told_in_the_same_language() -> None:
    sentence = said("请选择%(what)s", what=row([said("触点"), Named("机构", "a region"), "P1", 2], "、"))
    assert str(sentence) == in_chinese(sentence) == "请选择触点、机构、P1、2"
    assert sentence.told(ENGLISH.__getitem__, "en") == "Choose a touchpoint, a region, P1, 2"


def test_things_in_a_row_can_be_kept_by_themselves() -> None:
    assert str(row([said("“%(name)s”", name="甲"), "乙"], "、")) == "“甲”、乙"


def test_a_refusal_is_a_sentence_in_chinese_for_whoever_asks_no_further() -> None:
    taken = said("“%(name)s”写了两次", name="门店")
    error = InvalidInputError(taken, {"name": [taken, "已有"], "age": []})
    assert str(error) == "“门店”写了两次"
    assert error.fields == {"name": ["“门店”写了两次", "已有"], "age": []}
    assert InvalidInputError("有误").fields == {}


@pytest.mark.usefixtures("reader")
def test_pages_tell_a_refusal_in_the_language_of_their_reader() -> None:
    assert telling.refusal(NotFoundError(N_("没有找到这张工单"))) == "Ticket not found"
    assert telling.refusal(ValueError(said(N_("“%(name)s”写了两次"), name="门店"))) == "“门店” is there twice"
    wrong: dict[str, list[Value]] = {
        "staff": [N_("工单已在此人名下")],
        "n": [said(N_("最多 %(n)s 个参数"), n=20)],
    }
    assert telling.complaints(InvalidInputError(N_("已由此人处理"), wrong)) == {
        "staff": ["The ticket is already this person's"],
        "n": ["At most 20 parameters"],
    }


@pytest.mark.usefixtures("reader")
def test_a_refusal_that_no_catalogue_knows_stays_as_it_is() -> None:
    assert telling.refusal(DomainError("100% 保密的门店“甲”")) == "100% 保密的门店“甲”"
    assert telling.refusal(DomainError("")) == telling.refusal(DomainError()) == ""
