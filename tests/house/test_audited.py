"""Every line that the product writes into its audit log can be read by an auditor who knows no code."""

from flask import Flask

from app import auditing
from surveys.forms.asking import NewRuleForm
from tests.house import audited
from tests.house.test_rules import PACKAGES, sources, tree

FOUND = audited.written({file: tree(file) for file in sources(*PACKAGES) if "migrations" not in file.parts})


def test_the_reader_of_the_source_finds_what_is_known_to_be_there_and_loses_nothing() -> None:
    assert FOUND.lost == []
    assert FOUND.actions.keys() >= {
        "staff.login", "staff.totp_off", "key.revoke", "calendar.add", "ticket.resolve", "feedback.export", "rule.make",
        "quota.put", "link.edit", "link.activate", "suspect.reject", "survey.send_back", "survey.import",
        "survey.create",
    }  # fmt: skip
    assert FOUND.parts.keys() >= {"address", "kind", "before", "rows", "in_time", "reasons"}


def test_every_action_and_every_kind_of_thing_has_words(web: Flask) -> None:
    with web.test_request_context():
        actions, objects = auditing.actions(), auditing.objects()
    assert {name: at for name, at in FOUND.actions.items() if name not in actions} == {}
    assert {name: at for name, at in FOUND.objects.items() if name not in objects} == {}
    assert sorted(actions.keys() - FOUND.actions.keys()) == []


def test_every_part_of_a_lines_content_has_words(web: Flask) -> None:
    with web.test_request_context():
        words = auditing.words()
        fields = set(NewRuleForm().data) - {"csrf_token"}
    assert {name: at for name, at in FOUND.parts.items() if name not in words} == {}
    assert fields <= words.keys()
