"""One question of every kind, and more of those that have several faces; shared by the tests of questions."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from surveys.rules.questions import Question
from surveys.rules.readings import Reading, UnreadableAnswerError

Json = dict[str, Any]
READ: TypeAdapter[Any] = TypeAdapter(Question)


def said(text: str) -> dict[str, str]:
    """Return a text in two languages."""
    return {"zh-Hans": text, "en": f"{text} (en)"}


def options(*ids: str, **more: Json) -> list[Json]:
    """Return options with these ids; ``more`` adds to one of them by its id."""
    return [{"id": name, "label": said(name)} | more.get(name, {}) for name in ids]


SAMPLES: dict[str, Json] = {
    "nps": {"low": said("完全不可能"), "high": said("非常可能")},
    "csat": {"style": "stars"},
    "ces": {"low": said("不同意")},
    "rating": {"highest": 7, "style": "numbers"},
    "choice": {"options": options("a", "b"), "other": said("其他"), "shuffle": True},
    "choices": {
        "options": options("a", "b", "c", "none", none={"exclusive": True}),
        "other": said("其他"),
        "least": 2,
        "most": 3,
    },
    "dropdown": {"options": options("a", "b")},
    "cascader": {"source": "places", "levels": 3},
    "matrix": {"rows": options("r1", "r2"), "columns": options("a", "b"), "mode": "multiple"},
    "ranking": {"options": options("a", "b", "c"), "least": 2},
    "words": {"max_length": 20, "min_length": 2},
    "slider": {"lowest": 0, "highest": 1, "step": 0.1, "unit": said("万元")},
    "date": {"earliest": "2026-01-01", "latest": "today"},
    "consent": {"text": said("我同意")},
    "image_choice": {"options": options("a", "b", a={"image": "pic_1"}), "several": True},
    "file": {"kinds": ["images", "pdf"], "most_files": 2},
    "section": {"text": said("请阅读")},
    "hidden": {"parameter": "agent"},
}

TREE = [
    {"id": "motor", "label": said("车险"), "children": options("crash", "theft")},
    {"id": "health", "label": said("健康险")},
]
MORE: tuple[Json, ...] = (
    {"type": "cascader", "tree": TREE},
    {"type": "matrix", "rows": options("r1"), "columns": options("a", "b")},
    {"type": "matrix", "rows": options("r1", "r2"), "mode": "rating", "highest": 5, "low": said("差")},
    {"type": "image_choice", "options": options("a", "b")},
    *({"type": "words", "format": name} for name in ("mobile", "id_card", "policy", "email")),
    {"type": "words", "format": "number", "low": 0, "high": 100},
    {"type": "words", "format": "pattern", "pattern": r"\d{4}", "pattern_hint": said("四位数字")},
    {"type": "words", "lines": "one"},
)
ALL: tuple[Json, ...] = (*({"type": kind} | sample for kind, sample in SAMPLES.items()), *MORE)


def question(kind: str, **changes: Any) -> Any:  # noqa: ANN401 - one class for each kind
    """Return the sample question of a kind, with changes."""
    return READ.validate_python({"type": kind, "id": "q", "title": said("问题")} | SAMPLES[kind] | changes)


def parsed(sample: Json) -> Any:  # noqa: ANN401 - one class for each kind
    """Return a question of a sample."""
    return READ.validate_python({"id": "q", "title": said("问题")} | sample)


def refusal(asked: Any, sent: Mapping[str, list[str]]) -> str:  # noqa: ANN401
    """Return the code of the mistake that fields make."""
    with pytest.raises(UnreadableAnswerError) as refused:
        asked.read(sent)
    return refused.value.mistake.code


def allowed(asked: Any, reading: Reading, key: str) -> bool:  # noqa: ANN401, PLR0911 - a line for each kind
    """Tell by other means than the question's own whether it may have this answer."""
    column = next(column for column in asked.columns("zh-Hans") if column.key == key)
    if column.kind == "number":
        low, high = column.lowest, column.highest
        return reading.number is not None and (
            (low is None or low <= reading.number) and (high is None or reading.number <= high)
        )
    if column.kind == "consent":
        return reading.number == 1
    if column.kind == "place":
        way = reading.options or ()
        steps: list[bool] = [b in asked.below(a) for a, b in zip((None, *way), way, strict=False)]
        return all(steps)
    if column.kind in {"option", "options", "rank"}:
        chosen = reading.options or ()
        known = [name for name, _label in column.options]
        ordered = column.kind == "rank" or list(chosen) == [name for name in known if name in chosen]
        single = column.kind != "option" or len(chosen) == 1
        return (
            bool(chosen)
            and ordered
            and single
            and len(set(chosen)) == len(chosen)
            and set(chosen) <= set(known)
        )
    if column.kind == "file":
        tokens = json.loads(reading.words or "[]")
        return 0 < len(tokens) <= int(asked.most_files)
    if column.kind == "day":
        return datetime.fromisoformat(reading.words or "") is not None
    return bool(reading.words) and "\x00" not in (reading.words or "")
