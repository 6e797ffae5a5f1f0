"""The kinds of question as an author meets them: a name, an icon, one sentence when to take it."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question in the picker."""

    type: str
    name: Any
    sentence: Any
    group: str


GROUPS: dict[str, Any] = {
    "scores": _l("体验指标"),
    "choosing": _l("选择"),
    "writing": _l("填写"),
    "others": _l("说明与其他"),
}

KINDS = {
    kind.type: kind
    for kind in (
        Kind("nps", _l("推荐意愿 NPS"), _l("0–10 分，愿不愿意推荐给亲友；看长期口碑"), "scores"),
        Kind("csat", _l("满意度 CSAT"), _l("1–5 分，对刚办完的这件事满不满意"), "scores"),
        Kind("ces", _l("费力度 CES"), _l("1–7 分，办这件事轻不轻松；适合线上流程"), "scores"),
        Kind("rating", _l("打分"), _l("2–10 颗星或数字，不计入以上三项指标"), "scores"),
        Kind("slider", _l("滑块"), _l("在一段范围里选一个数，如等待分钟数"), "scores"),
        Kind("choice", _l("单选"), _l("几个选项里选一个，选项都看得见"), "choosing"),
        Kind("choices", _l("多选"), _l("可选几项，能设最少、最多和互斥选项"), "choosing"),
        Kind("dropdown", _l("下拉"), _l("选项很多、只选一个时节省位置"), "choosing"),
        Kind("cascader", _l("逐级选择"), _l("省 / 市 / 区已备好，也可用自己的层级"), "choosing"),
        Kind("matrix", _l("矩阵"), _l("几件事用同一组选项逐行评价"), "choosing"),
        Kind("ranking", _l("排序"), _l("请客户把几项按重要程度排出先后"), "choosing"),
        Kind("image_choice", _l("看图选择"), _l("从几张图片里选，图片要先上传"), "choosing"),
        Kind("words", _l("文字"), _l("客户原声；也可限定手机号、保单号等格式"), "writing"),
        Kind("date", _l("日期"), _l("如就诊日、方便回访的日子"), "writing"),
        Kind("file", _l("上传文件"), _l("请客户上传照片或单据，限定类型和大小"), "writing"),
        Kind("consent", _l("同意"), _l("请客户阅读一段话并勾选同意"), "others"),
        Kind("section", _l("说明文字"), _l("只显示一段话，不需要回答"), "others"),
        Kind("hidden", _l("链接参数"), _l("客户看不见，记下链接里带的值，如活动编号"), "others"),
    )
}
"""Every kind of question, in the order of the picker."""
