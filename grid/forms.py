"""The shapes of the forms on people and places: what was typed, not whether it may be so."""

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.i18n import translations
from wtforms import (
    DateField,
    Field,
    Form,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, EqualTo, Length, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from core.errors import InvalidInputError
from core.telling import complaints, refusal
from grid.rules import LOGIN_LETTERS, LONGEST_LOGIN, LONGEST_NAME, SHORTEST_LOGIN

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class HouseForm(Form):
    """A form that speaks the language of the page; the CSRF token is checked before any view runs."""

    class Meta:
        """WTForms' own settings."""

        def get_translations(self, _form: Form) -> Any:  # noqa: ANN401 - an object of Flask-WTF's
            """Return WTForms' built-in sentences in the language that the page is in."""
            return translations

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - as WTForms has it
        """Say whether every field has the right shape; what is wrong stands beside the fields."""
        valid = super().validate(extra_validators)
        for field in self:
            # Sentences are lazy until the language is known; templates tell texts from nested errors by type.
            field.errors = [str(sentence) for sentence in field.errors]
        return valid

    def take(self, error: InvalidInputError) -> None:
        """Put the sentences of a rule beside the fields that they name, or above the form."""
        for name, sentences in complaints(error).items():
            if name in self:
                field = self[name]
                field.errors = [*field.errors, *sentences]
            else:
                self.form_errors.extend(sentences)
        if not error.fields:
            self.form_errors.append(refusal(error))


def stripped(text: str | None) -> str | None:
    """Return ``text`` without blanks around it, its line breaks as the browser counted them: one character each."""
    return text.replace("\r\n", "\n").strip() if text else text


def plain(_form: Form, field: Field) -> None:
    """Refuse control characters: they have no business in a name, and NUL cannot be stored."""
    if isinstance(field.data, str) and _CONTROL.search(field.data):
        raise ValidationError(_("含有无法识别的字符"))


def _given(sentence: Any) -> DataRequired:  # noqa: ANN401 - a lazy text
    """Return what refuses a field with nothing or only blanks in it."""
    return DataRequired(sentence)


def _languages() -> list[tuple[str, str]]:
    return [("zh", "简体中文"), ("en", "English")]


def _worked_or_free() -> list[tuple[str, str]]:
    return [("yes", gettext("上班")), ("no", gettext("休息"))]


class LoginForm(HouseForm):
    """Who somebody says they are, and the proof."""

    login = StringField(_("登录名"), [_given(_("请输入登录名")), Length(max=64), plain], filters=[stripped])
    password = PasswordField(_("密码"), [_given(_("请输入密码")), Length(max=512), plain])
    code = StringField(_("动态码"), [Length(max=16), plain])


class PasswordForm(HouseForm):
    """A new password for oneself."""

    current = PasswordField(_("当前密码"), [_given(_("请输入当前密码")), Length(max=512)])
    new = PasswordField(_("新密码"), [_given(_("请输入新密码")), Length(max=512)])
    again = PasswordField(
        _("再输一遍新密码"), [_given(_("请再输一遍新密码")), EqualTo("new", _("两次输入的新密码不一致"))]
    )


class TotpForm(HouseForm):
    """The first code of an authenticator app."""

    code = StringField(_("动态码"), [_given(_("请输入应用里显示的 6 位数字")), Length(max=16)])
    current = PasswordField(_("当前密码"), [_given(_("请输入当前密码")), Length(max=512)])


class ProofForm(HouseForm):
    """The password once more, before something that weakens the account."""

    current = PasswordField(_("当前密码"), [_given(_("请输入当前密码")), Length(max=512)])


class LanguageForm(HouseForm):
    """The language of one's own pages."""

    language = RadioField(_("界面语言"), choices=_languages)


class StaffForm(HouseForm):
    """Who somebody is and where they stand."""

    name = StringField(
        _("姓名"), [_given(_("请输入姓名")), Length(max=LONGEST_NAME), plain], filters=[stripped]
    )
    role = SelectField(_("角色"))
    region = SelectField(_("所属机构"), coerce=int)


class NewStaffForm(StaffForm):
    """The same with a login, which never changes."""

    login = StringField(
        _("登录名"),
        [
            _given(_("请输入登录名")),
            Length(SHORTEST_LOGIN, LONGEST_LOGIN, _("登录名长 2 到 32 位")),
            Regexp(rf"^{LOGIN_LETTERS}$", 0, _("登录名只能用字母、数字和 . _ - @")),
        ],
        filters=[stripped],
    )


class RegionForm(HouseForm):
    """A region and where it hangs in the tree."""

    parent = SelectField(_("上级机构"), coerce=int)
    kind = SelectField(_("层级"))
    name = StringField(
        _("机构名称"), [_given(_("请输入机构名称")), Length(max=60), plain], filters=[stripped]
    )
    code = StringField(
        _("机构代码"),
        [
            _given(_("请输入机构代码")),
            Length(max=32),
            Regexp(r"^[A-Za-z0-9._-]*$", 0, _("机构代码只能用字母、数字和 . _ -")),
        ],
        filters=[stripped],
    )


class KeyForm(HouseForm):
    """What a new API key is for."""

    name = StringField(
        _("名称"), [_given(_("请输入名称")), Length(max=LONGEST_NAME), plain], filters=[stripped]
    )
    scopes = SelectMultipleField(
        _("用途"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    region = SelectField(_("数据范围"), coerce=int)
    expires_on = DateField(_("到期日"), [Optional()])


class CalendarForm(HouseForm):
    """A day that is worked or free against the published calendar."""

    day = DateField(_("日期"), [_given(_("请选择日期"))])
    worked = RadioField(_("安排"), choices=_worked_or_free)
    note = StringField(_("说明"), [Length(max=60), plain], filters=[stripped])
