"""The staff menu by task, the language of a page, and what every template may use."""

from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import gettext as _

from core import db
from grid import access
from grid.rules import Permission
from tickets import queries as tickets

LANGUAGES = {"zh": "zh_Hans", "en": "en"}

PAGES_OF = {
    "grid.staff_list": ("grid.staff", "grid.region", "grid.calendar"),
    "grid.keys": ("grid.key",),
}


def locale() -> str:
    """Return the language of this page: the person's own choice, then the browser's, then Chinese."""
    staff = access.staff_or_none()
    if staff is not None:
        return LANGUAGES.get(staff.language, "zh_Hans")
    if g.get("language"):
        return str(g.language)
    return LANGUAGES.get(request.accept_languages.best_match(["zh", "en"], default="zh") or "zh", "zh_Hans")


def entries() -> list[tuple[Permission, str, str, str, str]]:
    """Return the menu: permission, words, endpoint, icon, group."""
    ask, setup = _("询问"), _("管理")
    return [
        (Permission.DASHBOARD_VIEW, _("体验看板"), "dashboards.home", "home", ""),
        (Permission.TICKET_VIEW, _("工单"), "tickets.queue", "ticket", ""),
        (Permission.FEEDBACK_VIEW, _("客户原声"), "feedback.inbox", "voice", ""),
        (Permission.SURVEY_VIEW, _("问卷"), "surveys.catalogue", "survey", ask),
        (Permission.MESSAGE_VIEW, _("发送记录"), "delivery.messages", "mail", ask),
        (Permission.STAFF_MANAGE, _("人员与机构"), "grid.staff_list", "people", setup),
        (Permission.KEY_MANAGE, _("接口密钥"), "grid.keys", "key", setup),
        (Permission.JOB_MANAGE, _("后台任务"), "admin.jobs", "refresh", setup),
        (Permission.AUDIT_VIEW, _("审计日志"), "admin.audit", "shield", setup),
    ]


def _is_here(endpoint: str) -> bool:
    """Say whether the page being shown belongs to the menu entry of ``endpoint``."""
    asked = request.endpoint or ""
    package = asked.split(".")[0]
    if package in {"grid", "admin"}:
        # These packages have several entries; the beginnings of the names tell their pages apart.
        return asked.startswith(PAGES_OF.get(endpoint, (endpoint,)))
    return package == endpoint.split(".", maxsplit=1)[0]


def look_for_news() -> None:
    """Count, before a page of staff is made, their tickets with another answer or a promised call that is due.

    Not while the page is made: it holds a connection then, and a page must not wait for a second one.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method != "GET" or not hasattr(view, "needs"):
        return
    staff = access.staff_or_none()
    if staff is not None and staff.may(Permission.TICKET_WORK):
        with db.reading() as session:
            g.news = tickets.news(session, staff.staff_id)


def _news(endpoint: str) -> dict[str, Any]:
    answers, calls = g.get("news", (0, 0)) if endpoint == "tickets.queue" else (0, 0)
    said = [_("%(n)s 件有客户的新回答", n=answers)] if answers else []
    said += [_("%(n)s 件到了约定的回电时间", n=calls)] if calls else []
    return {"count": answers + calls, "count_said": _("，").join(said)} if said else {}


def context() -> dict[str, Any]:
    """Return what base templates need: menu, person, request id, company."""
    settings = current_app.config["SETTINGS"]
    common = {
        "request_id": g.get("request_id"),
        "insurer": settings.huisheng_company,
        "insurer_phone": settings.huisheng_phone,
    }
    staff = access.staff_or_none()
    if staff is None:
        return common
    menu = [
        {
            "label": label,
            "url": url_for(endpoint),
            "icon": icon,
            "active": _is_here(endpoint),
            "group": group or None,
            **_news(endpoint),
        }
        for permission, label, endpoint, icon, group in entries()
        if access.may(permission)
    ]
    person = {
        "name": staff.name,
        "role": access.role_name(staff.role),
        "region": staff.region_name,
        "logout_url": url_for("grid.logout"),
        "links": [{"label": _("我的账号"), "url": url_for("grid.account"), "icon": "settings"}],
    }
    return common | {"navigation": menu, "staff_menu": person}
