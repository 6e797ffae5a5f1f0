"""Shapes of what staff ask of messages, and how states and reasons are called."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import AnyOf, InputRequired

from delivery.rules import Channel, Reason, Settlement, State

STATES = {
    State.UNCERTAIN: _l("结果不明"),
    State.WAITING: _l("等待发送"),
    State.CLAIMED: _l("准备发送"),
    State.SENDING: _l("正在发送"),
    State.SENT: _l("已发送"),
    State.FAILED: _l("发送失败"),
    State.WITHHELD: _l("未发送"),
}

REASONS = {
    Reason.NOT_SAMPLED: _l("未被抽中"),
    Reason.TOO_LATE: _l("事件报来太晚，不再询问"),
    Reason.NO_ADDRESS: _l("没有可用的邮箱或手机号"),
    Reason.OPTED_OUT: _l("客户已拒收"),
    Reason.CAPPED: _l("近期已询问过"),
    Reason.ALREADY_ANSWERED: _l("客户已经回答"),
    Reason.EXPIRED: _l("邀请已过有效期"),
    Reason.NOT_INVITED: _l("首次邀请没有送达，不再提醒"),
    Reason.CANCELLED: _l("已取消"),
    Reason.REJECTED: _l("被邮件服务器或短信平台拒绝"),
    Reason.GAVE_UP: _l("多次尝试未成功"),
}

CHANNELS = {Channel.EMAIL: _l("邮件"), Channel.SMS: _l("短信"), Channel.WECHAT: _l("微信")}

KINDS = {"survey_invitation": _l("问卷邀请"), "survey_reminder": _l("问卷提醒")}


class SettleForm(FlaskForm):  # type: ignore[misc]
    """What became of a message whose end is unknown."""

    outcome = StringField(
        _l("处理结果"),
        [InputRequired(_l("请选择处理结果")), AnyOf(list(Settlement), _l("请选择处理结果"))],
    )
