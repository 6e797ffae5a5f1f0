"""The administrator's pages on the network of regions."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core import db
from core.errors import InvalidInputError
from grid import access, queries, services
from grid.forms import RegionForm
from grid.rules import Permission, RegionKind
from grid.views.base import bp, kind_names, region_choices, tabs

Page = str | tuple[str, int] | Response


@bp.get("/admin/regions")
@access.needs(Permission.STAFF_MANAGE)
def regions() -> Page:
    """Show one's own region and what hangs below it as a tree."""
    viewer = access.viewer()
    with db.reading() as work:
        return render_template(
            "grid/regions.html",
            regions=queries.regions_in_sight(work, viewer),
            counts=queries.staff_counts(work, viewer),
            top=viewer.region_path.count("/"),
            kinds=kind_names(),
            tabs=tabs("grid.regions"),
        )


@bp.route("/admin/regions/new", methods=["GET", "POST"])
@access.needs(Permission.STAFF_MANAGE)
def region_new() -> Page:
    """Add a region below one that the administrator sees."""
    viewer = access.viewer()
    form = RegionForm(request.form, parent=request.args.get("parent", viewer.region_id, type=int))
    form.kind.choices = [
        (code, name) for code, name in kind_names().items() if code != RegionKind.HEADQUARTERS.value
    ]
    with db.reading() as work:
        form.parent.choices = region_choices(work, viewer)
    if request.method == "GET":
        return render_template("grid/region_new.html", form=form)
    if not form.validate():
        return render_template("grid/region_new.html", form=form), 422
    try:
        with db.transaction() as work:
            services.add_region(
                work,
                parent=queries.region(work, form.parent.data, viewer),
                kind=RegionKind(form.kind.data),
                code=form.code.data or "",
                name=form.name.data or "",
                by=viewer,
            )
    except InvalidInputError as error:
        form.take(error)
        return render_template("grid/region_new.html", form=form), 422
    flash(_("机构已添加。"), "success")
    return redirect(url_for("grid.regions"))
