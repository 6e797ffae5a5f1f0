"""The administrator's page on working days that the published calendar does not know."""

from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core import db
from core.errors import InvalidInputError
from core.telling import refusal
from grid import access, queries, services
from grid.forms import CalendarForm
from grid.rules import Permission
from grid.views.base import bp, tabs

Page = str | tuple[str, int] | Response


@bp.route("/admin/calendar", methods=["GET", "POST"])
@access.needs(Permission.STAFF_MANAGE)
def calendar() -> Page:
    """List the days that were entered by hand and take another."""
    viewer = access.viewer()
    form = CalendarForm(request.form, worked="no")
    status = 200
    if request.method == "POST":
        if form.validate() and _added(form):
            flash(_("日历已更新，之后承诺的时限按新安排计算。"), "success")
            return redirect(url_for("grid.calendar"))
        status = 422
    with db.reading() as work:
        page = render_template(
            "grid/calendar.html",
            form=form,
            days=queries.calendar_days(work),
            may_change=viewer.everywhere,
            tabs=tabs("grid.calendar"),
        )
    return page, status


@bp.post("/admin/calendar/<day>/remove")
@access.needs(Permission.STAFF_MANAGE)
def calendar_remove(day: str) -> Page:
    """Let the published calendar speak for a day again."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        abort(404)
    try:
        with db.transaction() as work:
            services.remove_calendar_day(work, day=wanted, by=access.viewer())
    except InvalidInputError as error:
        flash(refusal(error), "error")
    else:
        flash(_("已删除，这一天恢复按国家公布的日历计算。"), "success")
    return redirect(url_for("grid.calendar"))


def _added(form: CalendarForm) -> bool:
    if form.day.data is None:
        return False
    try:
        with db.transaction() as work:
            services.add_calendar_day(
                work,
                day=form.day.data,
                worked=form.worked.data == "yes",
                note=form.note.data or "",
                by=access.viewer(),
            )
    except InvalidInputError as error:
        form.take(error)
        return False
    return True
