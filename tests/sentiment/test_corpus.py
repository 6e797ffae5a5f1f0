"""The written corpora: every line is what the training and the demo take it for."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sentiment.analysis import PERSONAL_KINDS, POLARITIES, RISKS, TOPICS
from sentiment.corpus import FOLDER, everyday, utterances

CHANNELS = {"h5", "sms", "hotline", "web", "social", "email", "branch"}
LINES = {"motor", "health", "life", "property", "other"}
INSURANCE = sorted(FOLDER.glob("*.jsonl"))
EVERYDAY = sorted((FOLDER / "everyday").glob("*.jsonl"))


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("path", INSURANCE, ids=lambda path: path.stem)
def test_every_utterance_is_labelled_in_the_words_of_the_taxonomy(path: Path) -> None:
    for row in rows(path):
        name = row["id"]
        assert set(row) == {"id", "text", "channel", "line", "sentiment", "topics", "risks", "source"}, name
        assert row["channel"] in CHANNELS, name
        assert row["line"] in LINES, name
        assert row["sentiment"] in POLARITIES, name
        assert set(row["topics"]) <= set(TOPICS), name
        assert set(row["topics"].values()) <= set(POLARITIES), name
        assert len(row["topics"]) <= 4, name
        assert set(row["risks"]) <= set(RISKS), name
        assert row["source"] == "written", name


@pytest.mark.parametrize("path", EVERYDAY, ids=lambda path: path.stem)
def test_every_line_about_another_trade_has_a_feeling(path: Path) -> None:
    for row in rows(path):
        assert set(row) == {"id", "text", "trade", "sentiment", "source"}, row["id"]
        assert row["sentiment"] in POLARITIES, row["id"]
        assert row["source"] == "written", row["id"]


@pytest.mark.parametrize("path", [*INSURANCE, *EVERYDAY], ids=lambda path: path.stem)
def test_lines_are_numbered_by_their_file(path: Path) -> None:
    numbers = [row["id"] for row in rows(path)]
    assert all(number.startswith(f"{path.stem}-") for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_nothing_is_said_twice_in_the_same_words() -> None:
    said = Counter(one.text for one in utterances())
    said.update(one.text for one in everyday())
    assert [text for text, many in said.items() if many > 1 and len(text) > 4] == []


def test_personal_data_is_filled_in_and_marked_where_it_stands() -> None:
    marked = 0
    for one in utterances():
        assert "[[" not in one.text, one.id
        assert one.text.strip(), one.id
        for start, end, kind in one.personal:
            assert kind in PERSONAL_KINDS, one.id
            assert one.text[start:end].strip(), one.id
            marked += 1
    assert marked > 500
