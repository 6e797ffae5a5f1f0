"""What kinds of question and their settings are called on the pages of staff, and what was set, in words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.sentences import N_, Sentence, Value, row, said
from surveys.rules.describe import short
from surveys.rules.questions import Question
from surveys.rules.texts import DEFAULT_LANGUAGE, say

LONGEST_VALUE = 300

VALUE_NAMES: Mapping[str, str] = {
    "single": N_("单选"),
    "multiple": N_("多选"),
    "rating": N_("打分"),
    "one": N_("单行"),
    "many": N_("多行"),
    "text": N_("普通文字"),
    "mobile": N_("手机号"),
    "id_card": N_("身份证号"),
    "policy": N_("保单号"),
    "email": N_("电子邮箱"),
    "number": N_("数字"),
    "pattern": N_("自定义格式"),
    "places": N_("全国省市区"),
    "images": N_("图片"),
    "pdf": "PDF",
    "office": N_("Office 文档"),
    "faces": N_("笑脸"),
    "stars": N_("星级"),
    "numbers": N_("数字"),
}
"""What settings are called that are stored as a word; these names and all that follow are in the catalogues."""

TYPE_NAMES: Mapping[str, str] = {
    "nps": N_("推荐意愿 NPS"),
    "csat": N_("满意度 CSAT"),
    "ces": N_("费力度 CES"),
    "rating": N_("打分"),
    "choice": N_("单选"),
    "choices": N_("多选"),
    "dropdown": N_("下拉单选"),
    "cascader": N_("级联选择"),
    "matrix": N_("矩阵"),
    "ranking": N_("排序"),
    "words": N_("填空"),
    "slider": N_("滑块"),
    "date": N_("日期"),
    "consent": N_("同意确认"),
    "image_choice": N_("图片选择"),
    "file": N_("上传文件"),
    "section": N_("说明文字"),
    "hidden": N_("隐藏字段"),
}
"""What the kinds of question are called on the pages of staff."""

TEXT_NAMES: Mapping[str, str] = {
    "title": N_("题目"),
    "hint": N_("提示"),
    "low": N_("低分端文字"),
    "high": N_("高分端文字"),
    "unit": N_("单位"),
    "text": N_("正文"),
    "other": N_("“其他”选项"),
    "pattern_hint": N_("格式说明"),
}

SETTING_NAMES: Mapping[str, str] = {
    "style": N_("样式"),
    "lowest": N_("最低分"),
    "highest": N_("最高分"),
    "low": N_("最小值"),
    "high": N_("最大值"),
    "step": N_("步长"),
    "shuffle": N_("选项随机排列"),
    "least": N_("最少选几项"),
    "most": N_("最多选几项"),
    "mode": N_("作答方式"),
    "lines": N_("行数"),
    "format": N_("格式"),
    "pattern": N_("格式规则"),
    "min_length": N_("最少字数"),
    "max_length": N_("最多字数"),
    "earliest": N_("最早日期"),
    "latest": N_("最晚日期"),
    "several": N_("可选多张"),
    "source": N_("选项来源"),
    "levels": N_("级数"),
    "kinds": N_("文件类型"),
    "most_bytes": N_("单个文件上限（字节）"),
    "most_files": N_("最多文件数"),
    "parameter": N_("链接参数"),
    "comparable": N_("可与其他版本合并比较"),
}


@dataclass(frozen=True, slots=True)
class ListNames:
    """How changes of a list are called: one of its things, a new one, one that is gone, and their order."""

    one: str
    added: str
    removed: str
    order: str


_OPTIONS = ListNames(N_("选项“%(label)s”"), N_("新增选项"), N_("删除选项"), N_("选项顺序"))

LISTS: Mapping[str, ListNames] = {
    "options": _OPTIONS,
    "rows": ListNames(N_("行“%(label)s”"), N_("新增行"), N_("删除行"), N_("行顺序")),
    "columns_": ListNames(N_("列“%(label)s”"), N_("新增列"), N_("删除列"), N_("列顺序")),
    "tree": _OPTIONS,
}
"""The lists that a question may have."""

# What says nothing where another setting decides: (setting) only if (other setting) is this.
_ONLY_IF: Mapping[str, tuple[str, str]] = {"lines": ("format", "text"), "levels": ("source", "places")}


def cut(text: str) -> str:
    """Return what somebody set or listed, on one line of bearable length."""
    return short(text, LONGEST_VALUE)


def value_in_words(value: object) -> Value:
    """Return what somebody set as staff read it: 是, 无, a number, a list."""
    if value is None or value == ():
        return said(N_("无"))
    if isinstance(value, bool):
        return said(N_("是")) if value else said(N_("否"))
    if isinstance(value, tuple):
        return row((value_in_words(one) for one in value), N_("、"))
    if isinstance(value, dict):
        return cut(say(value, DEFAULT_LANGUAGE))
    return f"{value:g}" if isinstance(value, float) else _word(str(value))


def _word(text: str) -> Value:
    return said(VALUE_NAMES[text]) if text in VALUE_NAMES else _day(text) or cut(text)


def _day(text: str) -> Sentence | None:
    found = re.fullmatch(r"today(?:([+-])0*(\d+))?", text)
    if found is None:
        return None
    if not found[2]:
        return said(N_("作答当天"))
    after = found[1] == "+"
    return said(N_("作答当天后 %(n)s 天") if after else N_("作答当天前 %(n)s 天"), n=found[2])


def settings_in_words(question: Question) -> list[tuple[Sentence, Value]]:
    """Return what an author set on a question beside its words, options and logic, as names with values.

    What is as it comes is left out; of a score or scale the ends are always told.
    """
    texts = dict(question.texts())
    told: list[tuple[Sentence, Value]] = []
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
            told.append((said(called), value_in_words(value)))
    return told
