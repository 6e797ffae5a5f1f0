"""What the pages of this package share: the blueprint, choices, tabs."""

from collections.abc import Sequence

from flask import Blueprint, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from grid import access, queries
from grid.rules import RegionKind, Role, Scope, Viewer

bp = Blueprint("grid", __name__, template_folder="../templates")


def tabs(active: str) -> list[dict[str, object]]:
    """Return the tabs above the pages on people, regions and the calendar."""
    entries = [
        ("grid.staff_list", _("人员")),
        ("grid.regions", _("机构")),
        ("grid.calendar", _("工作日历")),
    ]
    return [
        {"label": label, "url": url_for(endpoint), "active": endpoint == active}
        for endpoint, label in entries
    ]


def role_choices() -> list[tuple[str, str]]:
    """Return the roles for a select field."""
    return [(role.value, access.role_name(role)) for role in Role]


def region_choices(session: Session, viewer: Viewer) -> list[tuple[int, str]]:
    """Return the regions in the viewer's sight for a select field, indented as the tree is."""
    regions = queries.regions_in_sight(session, viewer)
    top = min((region.path.count("/") for region in regions), default=0)
    return [(region.id, "　" * (region.path.count("/") - top) + region.name) for region in regions]


def kind_names() -> dict[str, str]:
    """Return the four kinds of region as people read them."""
    return {
        RegionKind.HEADQUARTERS.value: _("总部"),
        RegionKind.PROVINCE.value: _("省级分公司"),
        RegionKind.CITY.value: _("地市中心支公司"),
        RegionKind.BRANCH.value: _("支公司 / 营业部"),
    }


def scope_names() -> dict[str, str]:
    """Return what an API key may be for as people read it."""
    return {
        Scope.EVENTS_WRITE.value: _("上报触点事件"),
        Scope.FEEDBACK_WRITE.value: _("写入客户原声"),
        Scope.FEEDBACK_READ.value: _("读取客户原声"),
        Scope.TICKETS_READ.value: _("读取工单"),
        Scope.TICKETS_WRITE.value: _("处理工单"),
        Scope.METRICS_READ.value: _("读取 NPS、CSAT、CES 指标"),
        Scope.RESPONSES_READ.value: _("读取问卷答复"),
    }


def named(codes: Sequence[str], names: dict[str, str]) -> list[str]:
    """Return the names of ``codes``; a code without a name stands for itself."""
    return [names.get(code, code) for code in codes]
