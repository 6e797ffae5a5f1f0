"""One form for each kind of question."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from surveys.forms.editor.fields import (
    ElementForm,
    Figure,
    LineForm,
    OptionForm,
    Said,
    SaidAtLength,
    Whole,
    choices,
)
from surveys.forms.editor.special import AskingForm, CascaderForm, DateForm, FileForm, QuestionForm
from surveys.rules.questions.patterns import PatternError, compiled


class EndsForm(AskingForm):
    """A scale with words at its ends."""

    low = Said(_l("最低分旁的文字"), most=60)
    high = Said(_l("最高分旁的文字"), most=60)


class NpsForm(AskingForm):
    """How likely a recommendation is."""

    low = Said(_l("0 分旁的文字"), needed=True, most=60)
    high = Said(_l("10 分旁的文字"), needed=True, most=60)


class CsatForm(EndsForm):
    """How satisfied somebody is."""

    style = RadioField(
        _l("样式"), choices=choices(("faces", _l("表情")), ("stars", _l("星星")), ("numbers", _l("数字")))
    )


class RatingForm(EndsForm):
    """A rating."""

    highest = Whole(_l("最高几分"), 2, 10, needed=True)
    style = RadioField(_l("样式"), choices=choices(("stars", _l("星星")), ("numbers", _l("数字"))))


class SliderForm(AskingForm):
    """A slider."""

    lowest = Figure(_l("最小值"), needed=True)
    highest = Figure(_l("最大值"), needed=True)
    step = Figure(_l("每一格"), needed=True)
    unit = Said(_l("单位"), most=20)
    low = Said(_l("最小值旁的文字"), most=60)
    high = Said(_l("最大值旁的文字"), most=60)

    def validate_highest(self, field: Figure) -> None:
        """Refuse a range that is none."""
        if field.data is not None and self.lowest.data is not None and field.data <= self.lowest.data:
            raise ValidationError(_l("最大值要大于最小值"))

    def validate_step(self, field: Figure) -> None:
        """Refuse steps that do not lead from one end to the other."""
        low, high, step = self.lowest.data, self.highest.data, field.data
        if step is not None and step <= 0:
            raise ValidationError(_l("每一格要大于 0"))
        if low is not None and high is not None and step is not None and high > low:
            count = (high - low) / step
            if abs(count - round(count)) > 1e-9:
                raise ValidationError(_l("从最小值到最大值要能分成整格"))
            if count > 1000:
                raise ValidationError(_l("最多 1000 格"))


class OptionsForm(AskingForm):
    """A question with options."""

    options = FieldList(FormField(OptionForm))


class OtherForm(OptionsForm):
    """A question with options and perhaps an answer of the customer's own."""

    other = Said(_l("“其他”选项的文字"), most=60)


class ChoiceForm(OtherForm):
    """One of several."""

    shuffle = BooleanField(_l("每位客户看到的选项顺序不同"))


class ChoicesForm(ChoiceForm):
    """Several of them."""

    least = Whole(_l("至少选几项"), 1, 500)
    most = Whole(_l("最多选几项"), 1, 500)

    def validate_most(self, field: Whole) -> None:
        """Refuse bounds that nobody can keep."""
        count = len(self.options) + bool(self.other.data)
        if field.data is not None and field.data > count:
            raise ValidationError(_l("不能多于选项的个数"))
        if field.data is not None and self.least.data is not None and self.least.data > field.data:
            raise ValidationError(_l("最多要大于或等于最少"))

    def validate_least(self, field: Whole) -> None:
        """Refuse a least number of options that are not there."""
        together = sum(not one.form.exclusive.data for one in self.options) + bool(self.other.data)
        if field.data is not None and field.data > together:
            raise ValidationError(_l("不能多于可以同时选的选项个数"))


class ImageChoiceForm(OptionsForm):
    """Some of several pictures."""

    several = BooleanField(_l("可以选多张"))


class RankingForm(OptionsForm):
    """An order."""

    least = Whole(_l("至少排几项"), 1, 500)

    def validate_least(self, field: Whole) -> None:
        """Refuse to ask for more than there is."""
        if field.data is not None and field.data > len(self.options):
            raise ValidationError(_l("不能多于选项的个数"))


class MatrixForm(AskingForm):
    """Several things by the same answers."""

    rows = FieldList(FormField(LineForm))
    columns = FieldList(FormField(OptionForm))
    mode = RadioField(
        _l("每行怎么答"),
        choices=choices(("single", _l("选一项")), ("multiple", _l("选多项")), ("rating", _l("打分"))),
    )
    highest = Whole(_l("最高几分"), 2, 10)
    low = Said(_l("最低分旁的文字"), most=60)
    high = Said(_l("最高分旁的文字"), most=60)


class WordsForm(AskingForm):
    """Words."""

    lines = RadioField(_l("输入框"), choices=choices(("one", _l("一行")), ("many", _l("多行"))))
    format = SelectField(
        _l("内容格式"),
        choices=choices(
            ("text", _l("不限")),
            ("mobile", _l("手机号")),
            ("id_card", _l("身份证号")),
            ("policy", _l("保单号")),
            ("email", _l("电子邮箱")),
            ("number", _l("数字")),
            ("pattern", _l("自定格式")),
        ),
        default="text",
    )
    min_length = Whole(_l("至少几个字"), 0, 5000)
    max_length = Whole(_l("最多几个字"), 1, 5000)
    pattern = StringField(_l("格式（正则表达式）"), [Length(max=200, message=_l("最多 %(max)d 个字"))])
    pattern_hint = Said(_l("格式不对时对客户说"), most=120)
    low = Figure(_l("最小"))
    high = Figure(_l("最大"))

    def validate_high(self, field: Figure) -> None:
        """Refuse bounds that no number can keep."""
        if field.data is not None and self.low.data is not None and field.data < self.low.data:
            raise ValidationError(_l("最大要大于或等于最小"))

    def validate_pattern(self, field: StringField) -> None:
        """Refuse a free format that is not written down, or in which the program cannot read."""
        if self.format.data == "pattern" and not field.data:
            raise ValidationError(_l("请填写格式"))
        try:
            compiled(field.data or "x")
        except PatternError as error:
            raise ValidationError(_l("这个格式用不了：%(why)s", why=str(error))) from None

    def validate_max_length(self, field: Whole) -> None:
        """Refuse bounds that no words can keep."""
        if field.data is not None and self.min_length.data is not None and field.data < self.min_length.data:
            raise ValidationError(_l("最多要大于或等于最少"))


class ConsentForm(AskingForm):
    """An agreement."""

    text = SaidAtLength(_l("需要客户同意的内容"), needed=True)


class SectionForm(QuestionForm):
    """A text without a question."""

    text = SaidAtLength(_l("正文"), needed=True)


class HiddenForm(ElementForm):
    """A value from the link."""

    title = Said(_l("名称（只给同事看）"), needed=True)
    parameter = StringField(
        _l("链接中的参数名"),
        [
            InputRequired(_l("请填写这一项")),
            Regexp(r"^[A-Za-z][A-Za-z0-9_]{0,63}$", message=_l("只能用字母、数字和下划线，字母开头")),
        ],
    )


FORMS: dict[str, type[ElementForm]] = {
    "nps": NpsForm,
    "csat": CsatForm,
    "ces": EndsForm,
    "rating": RatingForm,
    "choice": ChoiceForm,
    "choices": ChoicesForm,
    "dropdown": OtherForm,
    "cascader": CascaderForm,
    "matrix": MatrixForm,
    "ranking": RankingForm,
    "words": WordsForm,
    "slider": SliderForm,
    "date": DateForm,
    "consent": ConsentForm,
    "image_choice": ImageChoiceForm,
    "file": FileForm,
    "section": SectionForm,
    "hidden": HiddenForm,
}
"""The form of each kind of question."""


def parts_of(kind: str) -> Sequence[str]:
    """Return the lists of lines that the form of a kind has."""
    form: Any = FORMS[kind]
    return [name for name in ("options", "rows", "columns") if hasattr(form, name)]
