"""The shapes of what people type and other systems send on tickets; whether it may be is for the services."""

from typing import Annotated, Any, Literal

from flask_babel import lazy_gettext as _
from pydantic import AwareDatetime, Field, StringConstraints
from wtforms import DateTimeLocalField, RadioField, SelectField, TextAreaField
from wtforms import Field as FormField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from core.shapes import StrictShape
from grid.forms import HouseForm, stripped
from tickets.rules import LONGEST_TEXT, Contact, Priority, State, Told, Trigger


def _storable(_form: HouseForm, field: FormField) -> None:
    if isinstance(field.data, str) and "\0" in field.data:
        raise ValidationError(_("含有无法识别的字符"))


def _text(label: Any, missing: Any = None) -> TextAreaField:  # noqa: ANN401 - lazy texts
    too_long = Length(max=LONGEST_TEXT, message=_("最多 %(n)s 字", n=LONGEST_TEXT))
    given = [DataRequired(missing)] if missing else []
    return TextAreaField(label, [*given, too_long, _storable], filters=[stripped])


class TakeForm(HouseForm):
    """Taking needs nothing but the ticket."""


class NoteForm(HouseForm):
    """A note for colleagues."""

    text = _text(_("备注"), _("请填写备注"))


class CallForm(HouseForm):
    """How a call went."""

    outcome = RadioField(_("通话结果"), [InputRequired(_("请选择通话结果"))])
    text = _text(_("通话要点"))
    call_at = DateTimeLocalField(_("约定回电时间"), [Optional()])


class ResolveForm(HouseForm):
    """What the cause was, what was done, and how and when the customer was told."""

    root_cause = SelectField(_("根本原因"), [InputRequired(_("请选择根本原因"))], validate_choice=False)
    resolution = _text(_("处理结果"), _("请填写处理结果"))
    told_how = RadioField(_("告知方式"), [InputRequired(_("请选择如何告知客户"))])
    told_at = DateTimeLocalField(_("告知时间"), [InputRequired(_("请填写告知客户的时间"))])


class CloseForm(HouseForm):
    """A last remark, if there is one."""

    text = _text(_("结案说明"))


class ReopenForm(HouseForm):
    """Why a finished ticket is worked again."""

    why = _text(_("重新打开的原因"), _("请填写原因"))


class AssignForm(HouseForm):
    """Who is to work the ticket."""

    staff = SelectField(_("分派给"), [InputRequired(_("请选择处理人"))], coerce=int, validate_choice=False)


class OpenForm(HouseForm):
    """A ticket that a person opens."""

    priority = RadioField(_("优先级"), [InputRequired(_("请选择优先级"))])
    why = _text(_("建单原因"), _("请填写建单原因"))


Words = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT, pattern=r"^[^\x00]*$")]
Remark = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=r"^[^\x00]*$")]
Version = Annotated[int, Field(ge=1, lt=2**31)]


class ActionShape(StrictShape):
    """The ancestor of actions; ``version`` is the one the sender saw, changing an older one is 409."""

    version: Version | None = None


class NoteShape(ActionShape):
    """``POST /api/v1/tickets/{id}/notes``."""

    text: Words


class CallShape(ActionShape):
    """``POST /api/v1/tickets/{id}/calls``."""

    outcome: Contact
    text: Remark = ""
    call_at: AwareDatetime | None = None


class AssignShape(ActionShape):
    """``POST /api/v1/tickets/{id}/assign``; ``login`` names the member of staff."""

    login: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]


class ResolveShape(ActionShape):
    """``POST /api/v1/tickets/{id}/resolve``."""

    root_cause: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
    resolution: Words
    told_how: Told
    told_at: AwareDatetime


class CloseShape(ActionShape):
    """``POST /api/v1/tickets/{id}/close``."""

    text: Remark = ""


class ReopenShape(ActionShape):
    """``POST /api/v1/tickets/{id}/reopen``."""

    why: Words


Id = Annotated[int, Field(ge=0, lt=2**63)]


class ListShape(StrictShape):
    """The query of ``GET /api/v1/tickets``; ``after`` is the ``next`` of the page before."""

    state: State | Literal["open", "any"] = "any"
    priority: Priority | None = None
    trigger: Trigger | None = None
    due: Literal["overdue", "soon"] | None = None
    region: Annotated[str, StringConstraints(max_length=128, pattern=r"^[^\x00]*$")] | None = None
    touchpoint: Annotated[str, StringConstraints(max_length=128, pattern=r"^[^\x00]*$")] | None = None
    feedback_id: Id | None = None
    after: Id = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50
