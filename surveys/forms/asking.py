"""Shapes of what staff change about asking."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from surveys.rules.asking import AskBy

CHANNELS = {
    AskBy.EMAIL: _l("邮件"),
    AskBy.SMS: _l("短信"),
    AskBy.SMS_FIRST: _l("有手机号发短信，没有则发邮件"),
    AskBy.EMAIL_FIRST: _l("有邮箱发邮件，没有则发短信"),
}


def _channels() -> list[tuple[str, Any]]:
    return [(str(by), name) for by, name in CHANNELS.items()]


def _whole() -> InputRequired:
    return InputRequired(_l("请填写一个整数"))


def _id_or_none(given: object) -> int | None:
    return int(str(given)) if given else None


class RuleForm(FlaskForm):  # type: ignore[misc]
    """What a rule asks with, by which channel, when, how often and for how long."""

    survey_id = SelectField(
        _l("发送哪份问卷"),
        [InputRequired(_l("请选择问卷"))],
        coerce=_id_or_none,
    )
    channel = RadioField(
        _l("怎样发给客户"),
        choices=_channels,
        default=AskBy.EMAIL,
    )
    score_in_sms = BooleanField(_l("短信里逐项列出第一题的分数"))
    delay_minutes = IntegerField(
        _l("事件发生多少分钟后询问"),
        [_whole(), NumberRange(0, 60 * 24 * 30, _l("请填写 0 到 43200（30 天）"))],
        default=30,
    )
    # Without placeholders the words are taken as they stand: one percent sign is one.
    sample_percent = IntegerField(
        _l("抽样比例（%）"), [_whole(), NumberRange(0, 100, _l("请填写 0 到 100"))], default=100
    )
    rest_days = IntegerField(
        _l("同一客户至少间隔多少天"), [_whole(), NumberRange(0, 365, _l("请填写 0 到 365"))], default=30
    )
    valid_days = IntegerField(
        _l("链接有效天数"), [_whole(), NumberRange(1, 90, _l("请填写 1 到 90"))], default=14
    )
    remind_days = IntegerField(
        _l("几天后提醒一次（不填则不提醒）"),
        [Optional(), NumberRange(1, 90, _l("请填写 1 到 90"))],
    )
    active = BooleanField(_l("启用"), default=True)

    def validate_remind_days(self, field: IntegerField) -> None:
        """Refuse a reminder after the link is over."""
        if field.data and self.valid_days.data and field.data > self.valid_days.data:
            raise ValidationError(_l("要在链接有效期内提醒"))


class NewRuleForm(RuleForm):
    """A rule that is not there yet: its name and the touchpoint at which it asks."""

    name = StringField(
        _l("规则名称"), [DataRequired(_l("请填写规则名称")), Length(max=60, message=_l("最多 60 个字"))]
    )
    touchpoint_code = SelectField(_l("在哪个触点询问"), [InputRequired(_l("请选择触点"))])
