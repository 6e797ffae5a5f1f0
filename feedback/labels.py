"""The words for codes, as people read them on pages and in exports."""

from flask_babel import gettext as _

from feedback.rules import ScoreGroup


def conditions() -> dict[str, str]:
    """Return what the conditions of the list are called, by their names in its address."""
    return {
        "q": _("包含文字"),
        "sentiment": _("情感"),
        "topic": _("主题"),
        "polarity": _("主题的情感"),
        "risk": _("风险"),
        "score": _("分数"),
        "touchpoint": _("触点"),
        "channel": _("渠道"),
        "source": _("来源"),
        "region": _("机构"),
        "from": _("开始日期"),
        "to": _("结束日期"),
        "spoken": _("留言"),
        "again": _("再次作答"),
        "handled": _("处理"),
        "after": _("翻页位置"),
        "before": _("翻页位置"),
    }


def sentiments() -> dict[str, str]:
    """Return the feelings, the one to look at first in front."""
    return {"negative": _("负面"), "neutral": _("中性"), "positive": _("正面")}


def topics() -> dict[str, str]:
    """Return the topics of the insurance taxonomy in its order."""
    return {
        "sales": _("销售推介与误导"),
        "attitude": _("服务态度"),
        "expertise": _("专业能力"),
        "underwriting": _("投保与核保"),
        "policy_change": _("保全与变更"),
        "claim_speed": _("理赔时效"),
        "claim_result": _("理赔结论与金额"),
        "claim_process": _("理赔材料与流程"),
        "price": _("保费与价格"),
        "renewal": _("续期续保与扣费"),
        "surrender": _("退保与犹豫期"),
        "coverage": _("条款与保障范围"),
        "hotline": _("热线与响应"),
        "digital": _("线上渠道"),
        "branch": _("网点柜面"),
        "value_added": _("增值服务"),
        "privacy": _("隐私与骚扰"),
    }


def risks() -> dict[str, str]:
    """Return the risks, the gravest for the customer in front."""
    return {
        "harm": _("人身安全"),
        "regulator": _("监管与诉讼"),
        "fraud": _("欺诈违规"),
        "churn": _("流失风险"),
    }


def channels() -> dict[str, str]:
    """Return the channels that have a name of ours; others are shown as they came."""
    return {
        "survey": _("问卷"),
        "hotline": _("客服热线"),
        "chat": _("在线客服"),
        "app": _("手机 APP"),
        "wechat": _("微信"),
        "web": _("网站"),
        "branch": _("柜面"),
        "sms": _("短信"),
        "email": _("电子邮件"),
        "social": _("社交媒体"),
        "store": _("应用商店"),
        "complaint": _("投诉渠道"),
        "file": _("文件导入"),
    }


def score_groups() -> dict[str, str]:
    """Return the groups of scores."""
    return {
        ScoreGroup.DETRACTOR: _("贬损者（NPS 0–6）"),
        ScoreGroup.PASSIVE: _("中立者（NPS 7–8）"),
        ScoreGroup.PROMOTER: _("推荐者（NPS 9–10）"),
        ScoreGroup.DISSATISFIED: _("不满意（CSAT 1–2）"),
        ScoreGroup.MIDDLING: _("一般（CSAT 3）"),
        ScoreGroup.SATISFIED: _("满意（CSAT 4–5）"),
        ScoreGroup.EFFORTFUL: _("费力（CES 1–3）"),
        ScoreGroup.EASY: _("省力（CES 5–7）"),
    }
