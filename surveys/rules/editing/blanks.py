"""What a new page, question, line or ending looks like before its author has written anything.

Scores come with the wording that the trade uses, the rest with words that say what belongs there; a draft can be
looked at and saved from the first click on.
"""

from typing import Any

from surveys.rules.editing.places import Document

TITLES = {
    "nps": "您有多大可能把我们推荐给亲友或同事？",
    "csat": "您对这次服务满意吗？",
    "ces": "这次办理让我觉得很轻松，您同意吗？",
    "rating": "请为这次服务打分",
    "choice": "请选择一项",
    "choices": "请选择符合的项目（可多选）",
    "dropdown": "请从列表中选择",
    "cascader": "您所在的地区",
    "matrix": "请为以下各项打分",
    "ranking": "请按重要程度排序",
    "words": "您还有什么想告诉我们的？",
    "slider": "请拖动滑块选择",
    "date": "请选择日期",
    "consent": "请阅读并确认",
    "image_choice": "请选择图片",
    "file": "请上传材料照片",
    "section": "说明",
    "hidden": "链接参数",
}
"""What the title of a new question says, by kind."""

UNKNOWN_TITLE = "新问题"
EMPTY_TITLES = frozenset(
    {TITLES[kind] for kind in ("choice", "choices", "dropdown", "slider", "date", "image_choice")}
    | {UNKNOWN_TITLE}
)
"""Titles that say how to answer and not what is asked: nobody can be asked with these."""

SECTION_TEXT = "在这里写一段说明文字。"


def _lines(stem: str, words: list[str], language: str) -> list[Document]:
    return [{"id": f"{stem}{n}", "label": {language: word}} for n, word in enumerate(words, 1)]


def question(kind: str, question_id: str, language: str) -> Document:
    """Return a new question of a kind, in the language the survey is written in."""

    def said(words: str) -> dict[str, str]:
        return {language: words}

    two = _lines("o", ["选项一", "选项二"], language)
    three = _lines("o", ["选项一", "选项二", "选项三"], language)
    parts: dict[str, dict[str, Any]] = {
        "nps": {"low": said("完全不可能"), "high": said("非常可能"), "required": True},
        "csat": {"style": "faces", "required": True},
        "ces": {"required": True},
        "rating": {"highest": 5, "style": "stars"},
        "choice": {"options": two},
        "choices": {"options": three},
        "dropdown": {"options": three},
        "cascader": {"source": "places", "levels": 3},
        "matrix": {
            "rows": _lines("r", ["服务态度", "办理速度"], language),
            "columns": _lines("c", ["不满意", "一般", "满意"], language),
            "mode": "single",
        },
        "ranking": {"options": three},
        "words": {"lines": "many", "max_length": 1000},
        "slider": {"lowest": 0, "highest": 100, "step": 1},
        "consent": {
            "text": said("我已阅读并同意贵公司为处理本次反馈使用我填写的内容。"),
            "required": True,
        },
        "image_choice": {"options": two},
        "file": {"kinds": ["images"]},
        "section": {"text": said(SECTION_TEXT)},
        "hidden": {"parameter": question_id},
    }
    return {"id": question_id, "type": kind, "title": said(TITLES.get(kind, UNKNOWN_TITLE))} | parts.get(
        kind, {}
    )


def line(part: str, line_id: str, number: int, language: str) -> Document:
    """Return a new option, row or column; ``number`` is its place in the list, counted from 1."""
    word = {"options": "选项", "rows": "评价项", "columns": "选项"}[part]
    return {"id": line_id, "label": {language: f"{word} {number}"}}


def page(page_id: str) -> Document:
    """Return a new page without questions."""
    return {"id": page_id, "questions": []}


def ending(ending_id: str, language: str) -> Document:
    """Return a new ending."""
    return {"id": ending_id, "title": {language: "谢谢您的反馈"}}
