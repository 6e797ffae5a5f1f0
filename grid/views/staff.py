"""The administrator's pages on staff."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core import clock, db
from core.errors import InvalidInputError
from core.telling import refusal
from grid import access, queries, services
from grid.forms import NewStaffForm, StaffForm
from grid.rules import Permission, Role
from grid.views.base import bp, region_choices, role_choices, tabs

Page = str | tuple[str, int] | Response


@bp.get("/admin/staff")
@access.needs(Permission.STAFF_MANAGE)
def staff_list() -> Page:
    """List the people of one's own region and below."""
    words = request.args.get("q", "").strip().replace("\0", "")[:64]
    page = max(1, min(request.args.get("page", 1, type=int), 10_000))
    with db.reading() as work:
        people, total = queries.staff_page(work, access.viewer(), words=words, page=page)
        more = page * queries.STAFF_PAGE < total
        return render_template(
            "grid/staff_list.html",
            people=people,
            total=total,
            words=words,
            now=clock.now(),
            tabs=tabs("grid.staff_list"),
            roles=dict(role_choices()),
            previous_url=url_for("grid.staff_list", q=words or None, page=page - 1) if page > 1 else None,
            next_url=url_for("grid.staff_list", q=words or None, page=page + 1) if more else None,
        )


@bp.route("/admin/staff/new", methods=["GET", "POST"])
@access.needs(Permission.STAFF_MANAGE)
def staff_new() -> Page:
    """Create an account; its first password is shown once."""
    viewer = access.viewer()
    form = NewStaffForm(request.form, role=Role.AGENT.value, region=viewer.region_id)
    _fill_choices(form)
    if request.method == "GET":
        return render_template("grid/staff_new.html", form=form)
    if not form.validate():
        return render_template("grid/staff_new.html", form=form), 422
    password = services.new_password()
    try:
        with db.transaction() as work:
            person = services.create_staff(
                work,
                login=form.login.data or "",
                name=form.name.data or "",
                role=Role(form.role.data),
                region=queries.region(work, form.region.data, viewer),
                password=password,
                by=viewer,
            )
    except InvalidInputError as error:
        form.take(error)
        return render_template("grid/staff_new.html", form=form), 422
    return render_template("grid/staff_password.html", person=person, password=password, created=True)


@bp.route("/admin/staff/<int:staff_id>", methods=["GET", "POST"])
@access.needs(Permission.STAFF_MANAGE)
def staff_edit(staff_id: int) -> Page:
    """Change somebody's name, role and region."""
    viewer, sent = access.viewer(), None
    if request.method == "POST":
        sent = StaffForm(request.form)
        _fill_choices(sent)
        if sent.validate() and _saved(sent, staff_id):
            flash(_("已保存。"), "success")
            return redirect(url_for("grid.staff_list"))
    with db.reading() as work:
        person = queries.staff(work, staff_id, viewer)
        form = sent or StaffForm(name=person.name, role=str(person.role), region=person.region_id)
        _fill_choices(form)
        locked = person.locked_until is not None and person.locked_until > clock.now()
        page = render_template("grid/staff_edit.html", form=form, person=person, locked=locked)
    return page, 422 if sent else 200


@bp.post("/admin/staff/<int:staff_id>/password")
@access.needs(Permission.STAFF_MANAGE)
def staff_password(staff_id: int) -> Page:
    """Give somebody a new password, shown once."""
    viewer = access.viewer()
    with db.transaction() as work:
        person = queries.staff(work, staff_id, viewer)
        password = services.reset_password(work, staff=person, by=viewer)
    return render_template("grid/staff_password.html", person=person, password=password, created=False)


@bp.post("/admin/staff/<int:staff_id>/totp/off")
@access.needs(Permission.STAFF_MANAGE)
def staff_totp_off(staff_id: int) -> Page:
    """Switch the one-time code of somebody off whose phone is lost."""
    viewer = access.viewer()
    with db.transaction() as work:
        services.reset_totp(work, staff=queries.staff(work, staff_id, viewer), by=viewer)
    flash(_("动态码已停用，请提醒本人重新启用。"), "success")
    return redirect(url_for("grid.staff_edit", staff_id=staff_id))


@bp.post("/admin/staff/<int:staff_id>/active")
@access.needs(Permission.STAFF_MANAGE)
def staff_active(staff_id: int) -> Page:
    """Shut somebody out, or let them in again."""
    viewer, active = access.viewer(), request.form.get("active") == "yes"
    try:
        with db.transaction() as work:
            person = queries.staff(work, staff_id, viewer)
            services.set_staff_active(work, staff=person, active=active, by=viewer)
    except InvalidInputError as error:
        flash(refusal(error), "error")
        return redirect(url_for("grid.staff_edit", staff_id=staff_id))
    flash(_("账号已恢复。") if active else _("账号已停用，其登录已全部退出。"), "success")
    return redirect(url_for("grid.staff_list"))


def _saved(form: StaffForm, staff_id: int) -> bool:
    viewer = access.viewer()
    try:
        with db.transaction() as work:
            services.edit_staff(
                work,
                staff=queries.staff(work, staff_id, viewer),
                name=form.name.data or "",
                role=Role(form.role.data),
                region=queries.region(work, form.region.data, viewer),
                by=viewer,
            )
    except InvalidInputError as error:
        form.take(error)
        return False
    return True


def _fill_choices(form: StaffForm) -> None:
    form.role.choices = role_choices()
    with db.reading() as work:
        form.region.choices = region_choices(work, access.viewer())
