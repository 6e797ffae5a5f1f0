"""What is told about a survey brought in from elsewhere: everything that changed or could not come along."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.errors import DomainError
from core.sentences import N_
from surveys.rules.definition import Definition

What = Literal["changed", "left_out"]

MOST_SHOWN = 300
"""Characters of a foreign expression or text that a note repeats."""


SENTENCES: Mapping[str, str] = {
    # the whole survey
    "language_guessed": N_("文件没有写明语言，按内容当作 %(language)s"),
    "language_merged": N_("语言 %(name)s 与 %(language)s 并为一种，重复的文字只留先出现的"),
    "language_unknown": N_("认不出语言“%(name)s”，这种语言的文字没有带入"),
    "title_missing": N_("文件里没有问卷标题，用文件名代替"),
    "title_copied": N_("标题没有 %(languages)s 的译文，先用原文代替"),
    "setting": N_("设置“%(name)s”没有带入，请在本系统里另行设置"),
    "layout": N_("原来的分页方式是“%(was)s”，改为每页显示一组题目"),
    "quota": N_("配额“%(name)s”没有带入，请在发布前重新设置"),
    "notice": N_("隐私说明没有带入，发布前请选用本系统的隐私说明版本"),
    "redirect": N_("结束后跳转到 %(address)s 没有带入，只能跳转到允许的网址"),
    "attachment": N_("图片、视频或其他附件“%(name)s”没有带入，请重新上传"),
    "too_many_questions": N_("一份问卷最多 %(most)s 题，后面的没有带入"),
    "text_cut": N_("文字过长，只留下前 %(most)s 个字"),
    "piping": N_("文字里引用的“%(expression)s”在这里没有对应，原样保留为普通文字"),
    # questions
    "kind_unknown": N_("没有与“%(kind)s”相当的题型，这道题没有带入"),
    "kind": N_("题型“%(was)s”改为“%(now)s”"),
    "unusable": N_("内容不完整或不符合题型要求，没有带入（%(reason)s）"),
    "matrix_required": N_("原来答一行即可，改为必答时每一行都要回答"),
    "panel": N_("分组“%(name)s”的标题改为说明文字"),
    "read_only": N_("原来只读，改为可以填写"),
    "renamed": N_("编号改为 %(id)s，原编号不能在本系统使用或有重复"),
    "title_empty": N_("原题没有题干，用编号代替"),
    "split": N_("这道题拆成了 %(count)s 道题"),
    "columns_to_matrices": N_("多列矩阵拆成了 %(count)s 道矩阵题，每列一道"),
    "dual_scale": N_("双量表矩阵拆成了两道矩阵题"),
    "transposed": N_("原来按列排列，改为按行排列，选项不变"),
    "repeat": N_("可重复填写的一组题（%(count)s 题）没有带入，本系统的题目只回答一次"),
    "nested": N_("组中组并入上一级，组内的显示条件合并到每道题"),
    "scale_offset": N_("评分从 %(low)s 到 %(high)s，改为滑动条；没有当作 NPS，如确是 NPS 请更换题型"),
    "scale_values": N_("评分的分值不是从 1 起的连续整数，改为单选题，分值记在选项上"),
    "smileys": N_("表情符号改为数字"),
    "ces_range": N_("费力度用的是 %(range)s 级，本系统的 CES 固定 7 级，改为评分题，不与 CES 合并计算"),
    "csat_range": N_("满意度用的是 %(range)s 级，本系统的 CSAT 固定 5 级，改为评分题，不与 CSAT 合并计算"),
    "comment_split": N_("附带的说明框改成单独的一题 %(id)s"),
    "comments_dropped": N_("每个选项旁的说明框没有带入"),
    "other_words": N_("“其他”选项的文字“%(label)s”改用本系统统一的说法"),
    "option_none": N_("“以上都没有”改为互斥选项"),
    "select_all": N_("“全选”按钮没有带入"),
    "shuffle_part": N_("原来只打乱一部分选项或题目，改为全部打乱"),
    "shuffle_gone": N_("随机顺序没有带入"),
    "choices_elsewhere": N_("选项来自外部数据 %(source)s，没有带入"),
    "options_missing": N_("没有选项，改为文字题"),
    "option_condition": N_("选项“%(option)s”的显示条件没有带入：%(expression)s"),
    "option_image": N_("选项的图片没有带入，请重新上传"),
    "filter": N_("按别的题目的答案筛选选项没有带入：%(expression)s"),
    "soft_required": N_("原来只是提醒必答，改为选答"),
    "phone": N_("电话格式改为不限格式的文字，需要校验时请改为手机号"),
    "format": N_("格式“%(name)s”没有对应的校验，改为不限格式的文字"),
    "pattern": N_("格式校验没有带入：%(pattern)s"),
    "limit": N_("限制“%(name)s”没有带入"),
    "file_types": N_("允许的文件类型改为本系统支持的类别"),
    "file_size": N_("单个文件的大小上限改为 %(size)s MB"),
    "file_count": N_("文件数量上限改为 %(count)s 个"),
    "default_value": N_("预填的默认值没有带入"),
    "hidden": N_("隐藏的题目改为从链接参数 %(parameter)s 取值"),
    "never_shown": N_("这道题原来永远不显示，没有带入"),
    "whole_number": N_("原来只收整数，改为数字，可以有小数"),
    "time_lost": N_("原来带时间，改为只填日期"),
    "unit": N_("题目前后的单位文字并入提示"),
    "validation": N_("校验规则没有带入：%(expression)s"),
    "validation_part": N_("校验规则只带入了一部分：%(expression)s"),
    "button": N_("按钮文字“%(label)s”没有带入"),
    # logic
    "condition": N_("显示条件没有带入，这道题总会显示：%(expression)s"),
    "page_condition": N_("这一页的显示条件没有带入，总会显示：%(expression)s"),
    "require_condition": N_("必答条件没有带入，这道题按选答处理：%(expression)s"),
    "enable_condition": N_("原来在条件不满足时只是不能填写，改为不显示"),
    "jump": N_("跳转没有带入：%(expression)s"),
    "jump_back": N_("往回跳转到 %(target)s 没有带入，本系统只允许往后跳"),
    "calculation": N_("计算没有带入：%(expression)s"),
    "calculation_empty": N_("计算没有带入：文件里没有写算式"),
    "ending": N_("结束页的显示条件没有带入：%(expression)s"),
    "variable": N_("变量没有带入（%(reason)s）"),
    "trigger": N_("触发动作没有带入：%(expression)s"),
    "scenario": N_("旧式条件改写成了组合条件"),
}


class UnreadableFileError(DomainError):
    """The file cannot be brought in at all; the message is for the person who chose it. Nothing is stored."""

    status = 422


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that is not as it was: which element, what happened, and why.

    ``element`` is the element's own id in the file ("" for the whole survey), ``title`` what its author called
    it; ``code`` is a key of SENTENCES whose placeholders ``values`` fill.
    """

    element: str
    title: str
    what: What
    code: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def template(self) -> str:
        """The sentence with its placeholders, as the catalogues of other languages know it."""
        return SENTENCES[self.code]

    @property
    def sentence(self) -> str:
        """The reason in Chinese."""
        return self.template % self.values if self.values else self.template


@dataclass(frozen=True, slots=True)
class Carried:
    """A survey of ours made from a foreign file, what the file was, and what is different.

    ``questions`` counts the questions of the file, however many came along; ``name`` is the survey's title or,
    in our own format, its name there.
    """

    definition: Definition
    format: str
    name: str
    questions: int
    notes: tuple[Note, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return how many notes tell of a change and how many of a loss."""
        found = Counter(note.what for note in self.notes)
        return {"changed": found["changed"], "left_out": found["left_out"]}

    @property
    def faithful(self) -> bool:
        """Whether everything came along unchanged."""
        return not self.notes


def shown(value: object) -> str:
    """Return a foreign value as a note repeats it: one line, not endless."""
    line = " ".join(str(value).split())
    return line if len(line) <= MOST_SHOWN else line[: MOST_SHOWN - 1] + "…"
