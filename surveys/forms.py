"""Shapes of what staff change about asking."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired, NumberRange


def _whole() -> InputRequired:
    return InputRequired(_l("请填写一个整数"))


class RuleForm(FlaskForm):  # type: ignore[misc]
    """When and how often a rule asks."""

    delay_minutes = IntegerField(
        _l("事件发生多少分钟后询问"),
        [_whole(), NumberRange(0, 60 * 24 * 30, _l("请填写 0 到 43200（30 天）"))],
    )
    # Without placeholders the words are taken as they stand: one percent sign is one.
    sample_percent = IntegerField(_l("抽样比例（%）"), [_whole(), NumberRange(0, 100, _l("请填写 0 到 100"))])
    rest_days = IntegerField(
        _l("同一客户至少间隔多少天"), [_whole(), NumberRange(0, 365, _l("请填写 0 到 365"))]
    )
    active = BooleanField(_l("启用"))
