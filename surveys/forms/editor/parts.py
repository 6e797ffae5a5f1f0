"""The forms of everything in a survey that is not a question: the survey itself, pages, endings, looks."""

import re
from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Regexp, ValidationError

from surveys.forms.editor.fields import Element, ElementForm, Said, SaidAtLength, choices, written
from surveys.rules.checking.contrast import ENOUGH, contrast
from surveys.rules.tongues import code_of

_REFERENCE = re.compile(r"[a-z][a-z0-9_]{0,63}(\.[A-Za-z0-9_\-]{1,64})?")


class SurveyForm(ElementForm):
    """What the survey says of itself, and how it is answered."""

    title = Said(_l("问卷标题"), needed=True, most=120)
    intro = SaidAtLength(_l("开头的话"))
    thanks = SaidAtLength(_l("提交后的感谢语"))
    layout = RadioField(
        _l("答题方式"),
        choices=choices(("page", _l("按页显示，一页可有多题")), ("single", _l("一次一题"))),
        default="page",
    )
    anonymous = BooleanField(_l("匿名问卷"))


class LookForm(ElementForm):
    """Colour and corners."""

    accent = StringField(
        _l("主色"),
        [
            InputRequired(_l("请选择颜色")),
            Regexp(r"^#[0-9a-fA-F]{6}$", message=_l("请写成 #175676 这样的颜色")),
        ],
        default="#175676",
    )
    shape = RadioField(
        _l("形状"), choices=choices(("rounded", _l("圆角")), ("plain", _l("直角"))), default="rounded"
    )

    def validate_accent(self, field: StringField) -> None:
        """Refuse a colour on which white words cannot be read (WCAG 2.2, 1.4.3)."""
        if re.fullmatch(r"#[0-9a-fA-F]{6}", field.data or ""):
            ratio = contrast(field.data or "")
            if ratio < ENOUGH:
                raise ValidationError(
                    _l(
                        "这个颜色与白字的对比度只有 %(ratio)s : 1，至少要 4.5 : 1，请选深一些的颜色",
                        ratio=f"{int(ratio * 10) / 10:.1f}",
                    )
                )


class LogoForm(FlaskForm):  # type: ignore[misc]
    """A logo to upload."""

    picture = FileField(_l("标志图片"))


class JumpForm(Form):
    """Where to go after a page; the condition has a page of its own."""

    to = SelectField(_l("前往"))
    ending = SelectField(_l("结束页"))


class SetForm(Form):
    """What a variable becomes after a page; the condition has a page of its own."""

    variable = SelectField(_l("变量"))
    op = SelectField(
        _l("怎么变"),
        choices=choices(
            ("set", _l("设为")), ("add", _l("加上")), ("subtract", _l("减去")), ("multiply", _l("乘以"))
        ),
    )
    value = StringField(_l("值"), [InputRequired(_l("请填写值")), Length(max=200)])


class PageForm(ElementForm):
    """A page: its heading, and what happens when it is left."""

    title = Said(_l("页标题"), most=120)
    jumps = FieldList(FormField(JumpForm))
    sets = FieldList(FormField(SetForm))

    def offer(
        self,
        *,
        pages: Sequence[tuple[str, Any]],
        endings: Sequence[tuple[str, Any]],
        variables: Sequence[tuple[str, Any]],
    ) -> None:
        """Say what can be chosen: later pages, endings, variables, each as id and label."""
        for jump in self.jumps:
            jump.form.to.choices = _with(list(pages), jump.form.to.data)
            jump.form.ending.choices = _with([("", _l("按条件选择")), *endings], jump.form.ending.data)
        for change in self.sets:
            change.form.variable.choices = list(variables)

    @classmethod
    def of(cls, element: Element, language: str) -> "PageForm":
        """Return the form; a value that is looked up is shown as ``=nps``."""
        sets = [rule | {"value": _value_shown(rule.get("value"))} for rule in element.get("sets") or []]
        return super().of(element | {"sets": sets}, language)

    def carried(self, element: Element, language: str) -> Element:
        """Return the page with its heading, jumps and computed variables."""
        alone = {name: value for name, value in element.items() if name not in {"jumps", "sets"}}
        changed = written(_Heading(data={"title": self.title.data}), alone, language)
        changed["jumps"] = _merged(self.jumps, element.get("jumps") or [], language)
        changed["sets"] = [
            rule | {"value": _value_read(str(rule.get("value", "")))}
            for rule in _merged(self.sets, element.get("sets") or [], language)
        ]
        return changed


class _Heading(Form):
    title = Said(None)


def _with(offered: list[tuple[str, Any]], chosen: str | None) -> list[tuple[str, Any]]:
    # A jump that leads backwards is a fault that the checks name; the form must not change it silently.
    if chosen and all(chosen != name for name, _ in offered):
        return [*offered, (chosen, chosen)]
    return offered


def _merged(field: "FieldList[Any]", before: list[Element], language: str) -> list[Element]:
    pairs = zip(field, before, strict=False)
    kept = [written(entry.form, rule, language) for entry, rule in pairs]
    return kept + before[len(kept) :]


def _value_shown(value: object) -> str:
    if isinstance(value, dict):
        return f"={value['of']}"
    return f"{value:g}" if isinstance(value, int | float) else str(value or "")


def _value_read(words: str) -> object:
    ref = words.removeprefix("=").strip()
    if words.startswith("=") and _REFERENCE.fullmatch(ref):
        return {"of": ref}
    try:
        number = float(words)
    except ValueError:
        return words
    return int(number) if number.is_integer() else number


class EndingForm(ElementForm):
    """One way to say thank you."""

    title = Said(_l("标题"), needed=True, most=120)
    text = SaidAtLength(_l("正文"))
    redirect = StringField(_l("几秒后前往的网址"), filters=[lambda words: (words or "").strip()])

    hosts: Collection[str] = ()

    def validate_redirect(self, field: StringField) -> None:
        """Refuse addresses outside the insurer's own sites: an open redirect serves phishing (CWE-601)."""
        if not field.data:
            return
        parts = urlsplit(field.data)
        if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
            raise ValidationError(_l("请填写以 https:// 开头的网址"))
        if parts.hostname not in self.hosts:
            allowed = _l("、").join(sorted(self.hosts))
            if not allowed:
                raise ValidationError(_l("还没有允许跳转的网站，请联系系统管理员设置"))
            raise ValidationError(_l("只能前往本公司的网站：%(hosts)s", hosts=allowed))


class NewVariableForm(FlaskForm):  # type: ignore[misc]
    """A variable to add."""

    name = StringField(
        _l("变量名"),
        [
            InputRequired(_l("请填写变量名")),
            Regexp(r"^[a-z][a-z0-9_]{0,39}$", message=_l("只能用小写字母、数字和下划线，字母开头")),
        ],
        filters=[lambda words: (words or "").strip()],
    )
    kind = RadioField(
        _l("类型"), choices=choices(("number", _l("数字")), ("text", _l("文字"))), default="number"
    )


class StartForm(Form):
    """The value that a variable begins with."""

    id = HiddenField()
    start = StringField(_l("初始值"), [Length(max=200)])


class VariablesForm(FlaskForm):  # type: ignore[misc]
    """The variables of a survey."""

    variables = FieldList(FormField(StartForm))

    @classmethod
    def of(cls, variables: list[Element]) -> "VariablesForm":
        """Return the form of these variables."""
        rows = [{"id": one["id"], "start": _value_shown(one.get("start"))} for one in variables]
        return cls(data={"variables": rows})

    def carried(self, variables: list[Element]) -> list[Element]:
        """Return the variables with the values of the form; a number stays a number."""
        sent = {entry.form.id.data: (entry.form.start.data or "").strip() for entry in self.variables}
        return [one | {"start": _start(one, sent.get(one["id"]))} for one in variables]


def _start(variable: Element, words: str | None) -> object:
    if words is None:
        return variable.get("start", 0)
    if variable.get("kind", "number") == "text":
        return words
    value = _value_read(words or "0")
    return value if isinstance(value, int | float) else variable.get("start", 0)


class NewLanguageForm(FlaskForm):  # type: ignore[misc]
    """A language to add, with the title that opens the survey in it."""

    language = StringField(
        _l("语言"),
        [
            InputRequired(_l("请选择语言")),
            Regexp(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$", message=_l("请写成 en 或 zh-Hant 这样的代码")),
        ],
        filters=[lambda words: code_of((words or "").strip()) or (words or "").strip()],
    )
    title = StringField(
        _l("这种语言的问卷标题"),
        [DataRequired(_l("请填写标题")), Length(max=120)],
        filters=[lambda words: (words or "").strip()],
    )
