"""How form fields meet the document of a draft: texts in the language of writing, numbers, lists of lines.

A form shows one element and writes it back. What the form does not show (translations, conditions, ids, what a
newer program stored) stays as it was.
"""

from collections.abc import Callable, Mapping
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    FloatField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    StringField,
)
from wtforms import TextAreaField as Area
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from surveys.rules.editing.wording import said

Element = dict[str, Any]

LONGEST_TEXT = 2000


def choices(*pairs: tuple[Any, Any]) -> Callable[[], list[tuple[Any, Any]]]:
    """Return what a list offers, asked for with each form: pairs of value and label."""
    return lambda: list(pairs)


def _plain(words: str | None) -> str:
    """Return words without blanks around them and with plain line breaks."""
    return (words or "").replace("\r\n", "\n").replace("\x00", "").strip()


class Said(StringField):
    """One line that customers read, in the language the survey is written in."""

    def __init__(self, label: str | None, *, needed: bool = False, most: int = 300, **bound: Any) -> None:  # noqa: ANN401 - what the form gives
        """Make the field; ``needed`` texts may not be left out."""
        validators: list[Any] = [Length(max=most, message=_l("最多 %(max)d 个字"))]
        if needed:
            validators.insert(0, InputRequired(_l("请填写这一项")))
        super().__init__(label, validators, filters=[_plain], **bound)


class SaidAtLength(Area):
    """Several lines that customers read, in the language the survey is written in."""

    def __init__(
        self,
        label: str | None,
        *,
        needed: bool = False,
        most: int = LONGEST_TEXT,
        **bound: Any,  # noqa: ANN401 - what the form gives every field
    ) -> None:
        """Make the field; ``needed`` texts may not be left out."""
        validators: list[Any] = [Length(max=most, message=_l("最多 %(max)d 个字"))]
        if needed:
            validators.insert(0, InputRequired(_l("请填写这一项")))
        super().__init__(label, validators, filters=[_plain], **bound)


class Whole(IntegerField):
    """A whole number between two bounds; left out, the element does without it."""

    def __init__(self, label: str | None, low: int, high: int, *, needed: bool = False, **bound: Any) -> None:  # noqa: ANN401 - what the form gives
        """Make the field for numbers from ``low`` to ``high``."""
        first = InputRequired(_l("请填写一个整数")) if needed else Optional()
        super().__init__(
            label, [first, NumberRange(low, high, _l("请填写 %(min)s 到 %(max)s 的整数"))], **bound
        )


class Figure(FloatField):
    """Any number within reason; left out, the element does without it."""

    def __init__(self, label: str | None, *, needed: bool = False, **bound: Any) -> None:  # noqa: ANN401 - what the form gives
        """Make the field."""
        first = InputRequired(_l("请填写一个数")) if needed else Optional()
        super().__init__(label, [first, NumberRange(-1e9, 1e9, _l("这个数太大"))], **bound)


class ElementForm(FlaskForm):  # type: ignore[misc]
    """The form of one element of a draft."""

    @classmethod
    def of(cls, element: Element, language: str) -> Self:
        """Return the form as it was sent, or showing ``element`` when nothing was sent."""
        return cls(data=shown(cls(formdata=None), element, language))

    def carried(self, element: Element, language: str) -> Element:
        """Return the element with what the form says."""
        return written(self, element, language)


class LineForm(Form):
    """One line of a list: a row of a matrix, for instance."""

    id = HiddenField()
    label = Said(_l("文字"), needed=True)
    points = Figure(_l("分值"))


class OptionForm(LineForm):
    """One option of a question with several."""

    exclusive = BooleanField(_l("选了它就不能选别的"))
    call_back = BooleanField(_l("选它的客户希望回电，自动建工单"))


def shown(form: Form, element: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return what the fields of a form show of an element."""
    values: dict[str, Any] = {}
    for field in form:
        value = element.get(field.short_name)
        if value is None:
            continue
        if isinstance(field, Said | SaidAtLength):
            value = value.get(language, "")
        elif isinstance(field, FieldList):
            pattern = field.unbound_field.args[0]
            value = [shown(pattern(), line, language) for line in value]
        values[field.short_name] = value
    return values


def written(form: Form, element: Element, language: str) -> Element:
    """Return a copy of the element with what the fields of a form say."""
    changed = dict(element)
    for field in form:
        name = field.short_name
        if name in {"csrf_token", "id"} or isinstance(field, FormField):
            continue
        value = _value(field, element.get(name), language)
        if value is None or value == "":
            changed.pop(name, None)
        else:
            changed[name] = value
    return changed


def _value(field: Field, before: Any, language: str) -> Any:  # noqa: ANN401 - a piece of JSON
    if isinstance(field, Said | SaidAtLength):
        return said(before, language, field.data or "")
    if isinstance(field, FieldList):
        return _lines(field, before or [], language)
    if isinstance(field, FloatField) and field.data is not None and float(field.data).is_integer():
        return int(field.data)
    return field.data


def _lines(field: "FieldList[Any]", before: list[Element], language: str) -> list[Element]:
    # Lines keep the order of the draft: they are moved by operations of their own, not by a form.
    sent = {entry.form.id.data: entry.form for entry in field}
    return [written(sent[line["id"]], line, language) if line["id"] in sent else line for line in before]
