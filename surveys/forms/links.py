"""The shapes of the forms that make open links, one or many at once, and that change one."""

from collections.abc import Callable

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    Field,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core.telling import refusal
from grid.forms import HouseForm, plain, stripped
from surveys.rules import opening
from surveys.rules.opening import LONGEST_NAME, LinkKind
from surveys.services.opening import Wanted

ONE, REGIONS, AGENTS, POSTERS = "one", "regions", "agents", "posters"


def kind_names() -> dict[str, str]:
    """Return the kinds of open link as people read them."""
    return {
        LinkKind.WEB.value: gettext("网页链接"),
        LinkKind.QR.value: gettext("二维码"),
        LinkKind.POSTER.value: gettext("海报"),
        LinkKind.KIOSK.value: gettext("自助终端"),
        LinkKind.EMBED.value: gettext("嵌入网页"),
    }


def spread_names() -> dict[str, str]:
    """Return the ways to make links, one or many at once, as people read them."""
    return {
        ONE: gettext("建一个"),
        REGIONS: gettext("按机构，每家一个"),
        AGENTS: gettext("按工号，每人一个"),
        POSTERS: gettext("按点位，每处一个"),
    }


class LinksForm(HouseForm):
    """What links to make: of which kind, for whom, until when."""

    kind = RadioField(_l("用在哪里"), default=LinkKind.QR.value)
    spread = RadioField(_l("建多少"), default=ONE)
    name = StringField(_l("名称"), [Length(max=LONGEST_NAME), plain], filters=[stripped])
    region = SelectField(_l("所属机构"), coerce=int, validate_choice=True)
    regions = SelectMultipleField(
        _l("给哪些机构"), coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    everywhere = BooleanField(_l("全部"))
    agents = TextAreaField(_l("工号和姓名"))
    posters = TextAreaField(_l("点位名称"))
    touchpoint = SelectField(_l("触点"), [InputRequired(_l("请选择触点"))])
    host = SelectField(_l("嵌入到哪个网站"), default="")
    parameters = TextAreaField(_l("固定参数"))
    expires_on = DateField(_l("截止日期"), [Optional()])
    per_device = IntegerField(
        _l("同一台设备最多回答几次"), [Optional(), NumberRange(1, 100, _l("请填写 1 到 100，或留空不限制"))]
    )

    def validate_name(self, field: Field) -> None:
        """Ask for a name where one link is made."""
        if self.spread.data == ONE and not field.data:
            raise ValidationError(gettext("请写一个名称，方便以后认出它"))

    def validate_regions(self, _field: Field) -> None:
        """Ask for regions where a link is made for each."""
        if self.spread.data == REGIONS and not self.chosen_regions:
            raise ValidationError(gettext("请至少选择一家机构"))

    def validate_agents(self, field: Field) -> None:
        """Say which line is no member of staff."""
        if self.spread.data == AGENTS:
            _refuse(opening.parse_agents, field)

    def validate_posters(self, field: Field) -> None:
        """Say which line is no name."""
        if self.spread.data == POSTERS:
            _refuse(opening.parse_names, field)

    def validate_parameters(self, field: Field) -> None:
        """Say which line is no parameter."""
        _refuse(opening.parse_parameters, field)

    def validate_host(self, field: Field) -> None:
        """Ask for the site where the page is embedded."""
        if self.kind.data == LinkKind.EMBED.value and not field.data:
            raise ValidationError(gettext("请选择要嵌入的网站；没有可选的，请管理员先登记网站域名"))

    @property
    def chosen_regions(self) -> list[int]:
        """The regions that get a link each: all that are offered, or those ticked."""
        if self.everywhere.data:
            return [int(choice[0]) for choice in self.regions.iter_choices()]
        return self.regions.data or []

    @property
    def fixed(self) -> dict[str, str]:
        """The parameters that every link of this form carries."""
        return opening.parse_parameters(self.parameters.data or "")

    def each(self) -> list[Wanted]:
        """Return the links wanted, except those by region, whose names are not in the form."""
        region_id, fixed = self.region.data, self.fixed
        if self.spread.data == AGENTS:
            return [
                Wanted(f"{name} {code}".strip(), region_id, fixed | {opening.AGENT: code})
                for code, name in opening.parse_agents(self.agents.data or "")
            ]
        if self.spread.data == POSTERS:
            return [Wanted(name, region_id, fixed) for name in opening.parse_names(self.posters.data or "")]
        return [Wanted(self.name.data or "", region_id, fixed)]


class LinkForm(HouseForm):
    """What of a link may change: how staff call it, until when, how often for one browser."""

    name = StringField(
        _l("名称"),
        [DataRequired(_l("请写一个名称，方便以后认出它")), Length(max=LONGEST_NAME), plain],
        filters=[stripped],
    )
    expires_on = DateField(_l("截止日期"), [Optional()])
    per_device = IntegerField(
        _l("同一台设备最多回答几次"), [Optional(), NumberRange(1, 100, _l("请填写 1 到 100，或留空不限制"))]
    )


def _refuse(parse: Callable[[str], object], field: Field) -> None:
    try:
        parse(field.data or "")
    except ValueError as error:
        raise ValidationError(refusal(error)) from error
