"""The minutes that a questionnaire is said to take."""

from typing import Any

import pytest

from surveys.rules.definition import Definition
from surveys.rules.duration import minutes
from surveys.rules.templates import templates
from tests.surveys.answering import choice, nps, said, words

MATRIX = {
    "type": "matrix", "id": "m", "title": said("逐项评价"), "mode": "rating",
    "rows": [{"id": f"r{n}", "label": said(f"第 {n} 项")} for n in range(8)],
}  # fmt: skip
FOR_FEW = {"of": "nps", "is": "at_most", "than": 6}


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        ([nps()], 1),
        ([nps(), words()], 1),
        ([nps(), MATRIX], 2),
        ([nps(), MATRIX | {"show": FOR_FEW}], 1),
        ([choice(f"q{n}", "a", "b") for n in range(16)], 2),
        ([nps(), words(), words("more"), words("last")], 2),
    ],
)
def test_the_time_grows_with_what_everybody_is_asked(questions: list[dict[str, Any]], expected: int) -> None:
    assert minutes(Definition.model_validate({"title": said("问卷"), "questions": questions})) == expected


def test_the_templates_take_a_few_minutes_at_most() -> None:
    assert {one.code: minutes(one.definition()) for one in templates() if minutes(one.definition()) > 4} == {}
