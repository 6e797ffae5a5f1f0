"""What kinds of question and their settings are called on the pages of staff, and what was set, in words."""

import re
from collections.abc import Mapping

from surveys.rules.describe import short
from surveys.rules.questions import Question
from surveys.rules.texts import DEFAULT_LANGUAGE, say

LONGEST_VALUE = 300

VALUE_NAMES: Mapping[str, str] = {
    "single": "单选",
    "multiple": "多选",
    "rating": "打分",
    "one": "单行",
    "many": "多行",
    "text": "普通文字",
    "mobile": "手机号",
    "id_card": "身份证号",
    "policy": "保单号",
    "email": "电子邮箱",
    "number": "数字",
    "pattern": "自定义格式",
    "places": "全国省市区",
    "images": "图片",
    "pdf": "PDF",
    "office": "Office 文档",
    "faces": "笑脸",
    "stars": "星级",
    "numbers": "数字",
}
"""What settings are called that are stored as a word."""

TYPE_NAMES: Mapping[str, str] = {
    "nps": "推荐意愿 NPS",
    "csat": "满意度 CSAT",
    "ces": "费力度 CES",
    "rating": "打分",
    "choice": "单选",
    "choices": "多选",
    "dropdown": "下拉单选",
    "cascader": "级联选择",
    "matrix": "矩阵",
    "ranking": "排序",
    "words": "填空",
    "slider": "滑块",
    "date": "日期",
    "consent": "同意确认",
    "image_choice": "图片选择",
    "file": "上传文件",
    "section": "说明文字",
    "hidden": "隐藏字段",
}
"""What the kinds of question are called on the pages of staff."""

TEXT_NAMES: Mapping[str, str] = {
    "title": "题目",
    "hint": "提示",
    "low": "低分端文字",
    "high": "高分端文字",
    "unit": "单位",
    "text": "正文",
    "other": "“其他”选项",
    "pattern_hint": "格式说明",
}

SETTING_NAMES: Mapping[str, str] = {
    "style": "样式",
    "lowest": "最低分",
    "highest": "最高分",
    "low": "最小值",
    "high": "最大值",
    "step": "步长",
    "shuffle": "选项随机排列",
    "least": "最少选几项",
    "most": "最多选几项",
    "mode": "作答方式",
    "lines": "行数",
    "format": "格式",
    "pattern": "格式规则",
    "min_length": "最少字数",
    "max_length": "最多字数",
    "earliest": "最早日期",
    "latest": "最晚日期",
    "several": "可选多张",
    "source": "选项来源",
    "levels": "级数",
    "kinds": "文件类型",
    "most_bytes": "单个文件上限（字节）",
    "most_files": "最多文件数",
    "parameter": "链接参数",
    "comparable": "可与其他版本合并比较",
}


# What says nothing where another setting decides: (setting) only if (other setting) is this.
_ONLY_IF: Mapping[str, tuple[str, str]] = {"lines": ("format", "text"), "levels": ("source", "places")}


def cut(text: str) -> str:
    """Return what somebody set or listed, on one line of bearable length."""
    return short(text, LONGEST_VALUE)


def value_in_words(value: object) -> str:
    """Return what somebody set as staff read it: 是, 无, a number, a list."""
    if value is None or value == ():
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        return cut(say(value, DEFAULT_LANGUAGE))
    if isinstance(value, tuple):
        return cut("、".join(VALUE_NAMES.get(one, str(one)) for one in value))
    return VALUE_NAMES.get(str(value)) or _day(str(value)) or cut(str(value))


def _day(text: str) -> str:
    found = re.fullmatch(r"today(?:([+-])0*(\d+))?", text)
    if found is None:
        return ""
    return f"作答当天{'后' if found[1] == '+' else '前'} {found[2]} 天" if found[2] else "作答当天"


def settings_in_words(question: Question) -> list[tuple[str, str]]:
    """Return what an author set on a question beside its words, options and logic, as names with values.

    What is as it comes is left out; of a score or scale the ends are always told.
    """
    texts = dict(question.texts())
    told = []
    for name, called in SETTING_NAMES.items():
        field = type(question).model_fields.get(name)
        if field is None or name in texts or name == "comparable":
            continue
        if (question.type == "matrix" and name == "highest" and question.mode != "rating") or (
            name in _ONLY_IF and getattr(question, _ONLY_IF[name][0], None) != _ONLY_IF[name][1]
        ):
            continue
        value = getattr(question, name)
        if value is not None and (value != field.default or name in {"lowest", "highest", "mode"}):
            told.append((called, value_in_words(value)))
    return told
