"""Shapes of what staff write about versions: new surveys, reasons, approvals, privacy notices."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from grid.forms import HouseForm, plain, stripped
from surveys.rules.texts import DEFAULT_LANGUAGE

LONGEST_NAME = 60

_TITLES = {"zh-Hans": "title_zh_hans", "zh-Hant": "title_zh_hant", "en": "title_en"}
_BODIES = {"zh-Hans": "body_zh_hans", "zh-Hant": "body_zh_hant", "en": "body_en"}


class NameForm(HouseForm):
    """What a survey is called among staff."""

    name = StringField(
        _l("问卷名称"),
        [
            DataRequired(_l("请给问卷起个名字，只有同事看得到")),
            Length(max=LONGEST_NAME, message=_l("最多 60 个字")),
            plain,
        ],
        filters=[stripped],
    )


class NewSurveyForm(NameForm):
    """A new survey: its name and, for those who care, its code."""

    code = StringField(
        _l("编码"),
        [
            Optional(),
            Regexp(
                r"^[a-z][a-z0-9_]{1,31}$", message=_l("小写字母开头，只用小写字母、数字和下划线，2 到 32 位")
            ),
        ],
        filters=[stripped],
    )


class SendBackForm(HouseForm):
    """Why a version goes back to its author."""

    reason = TextAreaField(
        _l("退回原因"),
        [DataRequired(_l("请写明退回原因，方便作者修改")), Length(max=500, message=_l("最多 500 个字"))],
        filters=[stripped],
    )


class PublishForm(HouseForm):
    """Under which approval a version with rewards or marketing in it is published."""

    approval = StringField(
        _l("合规审批编号或说明"),
        [Optional(), Length(max=200, message=_l("最多 200 个字")), plain],
        filters=[stripped],
    )


class NoticeForm(HouseForm):
    """A new edition of the privacy notice; Chinese is needed, the other languages are not."""

    title_zh_hans = StringField(
        _l("标题"),
        [DataRequired(_l("请填写标题")), Length(max=100, message=_l("最多 100 个字")), plain],
        filters=[stripped],
    )
    body_zh_hans = TextAreaField(
        _l("正文"),
        [DataRequired(_l("请填写正文")), Length(max=4000, message=_l("最多 4000 个字"))],
        filters=[stripped],
    )
    title_zh_hant = StringField(
        _l("标题（繁體中文）"), [Optional(), Length(max=100), plain], filters=[stripped]
    )
    body_zh_hant = TextAreaField(_l("正文（繁體中文）"), [Optional(), Length(max=4000)], filters=[stripped])
    title_en = StringField(_l("标题（英文）"), [Optional(), Length(max=200), plain], filters=[stripped])
    body_en = TextAreaField(_l("正文（英文）"), [Optional(), Length(max=4000)], filters=[stripped])

    def titles(self) -> dict[str, str]:
        """Return the titles by language, those that were written."""
        return self._written(_TITLES)

    def bodies(self) -> dict[str, str]:
        """Return the bodies by language, those that were written."""
        return self._written(_BODIES)

    def begin_with(self, title: Mapping[str, str], body: Mapping[str, str]) -> None:
        """Fill the form with the edition before."""
        for fields, texts in ((_TITLES, title), (_BODIES, body)):
            for language, name in fields.items():
                self[name].data = texts.get(language, "")

    def blame_body(self, sentences: list[str]) -> None:
        """Put what is missing in the text beside the Chinese text."""
        field = self[_BODIES[DEFAULT_LANGUAGE]]
        field.errors = [*field.errors, *sentences]

    def _written(self, fields: Mapping[str, str]) -> dict[str, str]:
        return {language: str(self[name].data) for language, name in fields.items() if self[name].data}
