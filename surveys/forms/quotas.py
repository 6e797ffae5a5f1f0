"""The shape of a quota as staff write it; whom it counts is a condition, read by the condition builder."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange


class QuotaForm(FlaskForm):  # type: ignore[misc]
    """How many responses are wanted, under which name."""

    name = StringField(
        _l("配额名称"), [DataRequired(_l("请填写配额名称")), Length(max=60, message=_l("最多 60 个字"))]
    )
    most = IntegerField(
        _l("名额（份）"),
        [InputRequired(_l("请填写一个整数")), NumberRange(1, 10_000_000, _l("请填写 1 到 10000000"))],
    )
