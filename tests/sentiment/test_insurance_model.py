"""How clauses and rivals have a say in what a text feels and what it speaks of."""

import numpy as np
import pytest

from sentiment.clauses import split_clauses
from sentiment.models.insurance import TOPIC, choice_inputs, feeling_inputs, spoken
from sentiment.reading import read

BAD, CALM, GOOD = [0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]
TOPICS = TOPIC.stop - TOPIC.start


def _silent(clauses: int) -> np.ndarray:
    return np.full((clauses, TOPICS), -1.0, dtype=np.float32)


def test_a_topic_is_felt_about_as_the_clause_that_speaks_of_it_feels() -> None:
    values = _silent(2)
    values[0, 3], values[1, 5] = 1.0, 1.0

    felt = spoken(values, np.array([GOOD, BAD], dtype=np.float32), np.array([2]))

    assert felt.shape == (1, TOPICS, 3)
    assert felt[0, 3].argmax() == 2
    assert felt[0, 5].argmax() == 0
    assert felt[0, 0] == pytest.approx([0.475, 0.05, 0.475])


def test_a_text_without_clauses_feels_nothing_and_shifts_nobody_elses_clauses() -> None:
    parts = np.array([GOOD, BAD, CALM], dtype=np.float32)
    values = np.zeros((3, 3), dtype=np.float32)

    felt = spoken(_silent(3), parts, np.array([1, 0, 2]))
    inputs = feeling_inputs(values, parts, np.array([1, 0, 2]))

    assert felt[0, 0] == pytest.approx(GOOD)
    assert felt[1, 0] == pytest.approx([1 / 3] * 3)
    assert felt[2, 0] == pytest.approx([0.475, 0.475, 0.05])
    assert np.isfinite(inputs).all()
    assert inputs[:, -1].tolist() == [0, 0, 1]  # only the last text has several clauses


def test_praise_beside_blame_is_told_from_either_alone() -> None:
    values = np.zeros((2, 3), dtype=np.float32)
    parts = np.array([GOOD, BAD, GOOD, GOOD], dtype=np.float32)

    clash = feeling_inputs(values, parts, np.array([2, 2]))[:, -2]

    assert clash[0] > 10 * clash[1]


def test_a_topic_is_described_by_its_place_among_its_rivals() -> None:
    values = _silent(1)
    values[0, 2], values[0, 7], values[0, 9] = 0.5, 0.8, 0.1
    clauses = np.vstack([values[0] - 0.2, values[0] + 0.2]).astype(np.float32)

    inputs = choice_inputs(values, clauses, np.array([2]))[0]

    assert inputs[7, 4:8].tolist() == [1, 0, 0, 0]
    assert inputs[2, 4:8].tolist() == [0, 1, 0, 0]
    assert inputs[9, 4:8].tolist() == [0, 0, 1, 0]
    assert inputs[2, 1] == pytest.approx(0.7)  # its best clause
    assert inputs[7, 9] == pytest.approx(0.3)  # the lead of the first over the second


@pytest.mark.parametrize(
    "text", ["你好 世界", "a b 你 好", "慢——死了", "快!!! 真快。\n好~~~", "一,,二…… 三", " 空 "]
)
def test_a_contrast_word_elsewhere_changes_no_other_cut(text: str) -> None:
    alone = [(clause.start, clause.end, clause.closing) for clause in split_clauses(text)]
    beside = [(clause.start, clause.end, clause.closing) for clause in split_clauses(text + "\n却")]

    assert beside[: len(alone) - 1] == alone[:-1]
    assert beside[len(alone) - 1][:2] == alone[-1][:2]


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("等了三天", "number_short"),
        ("等了第三天", "number_short"),
        ("等了十几天", "number_long"),
        ("等了5天", "number_days"),
        ("等了两个多月", "number_long"),
        ("赔了1,200元", "money"),
        ("赔了12345", "money"),
        ("报案号a-12345", None),
        ("今年3月", None),
    ],
)
def test_durations_and_amounts_are_read(text: str, concept: str | None) -> None:
    reading = read(text)
    bits = reading.words.bits
    kinds = ("number_short", "number_days", "number_long", "money")
    found = {kind for kind in kinds if reading.whole & bits[kind]}

    assert found == ({concept} if concept else set())
