"""The administrator's pages on API keys."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core import clock, db
from core.errors import InvalidInputError
from grid import access, queries, services
from grid.forms import KeyForm
from grid.rules import Permission, Scope
from grid.views.base import bp, named, region_choices, scope_names

Page = str | tuple[str, int] | Response


@bp.get("/admin/keys")
@access.needs(Permission.KEY_MANAGE)
def keys() -> Page:
    """List the keys of one's own region and below, those in force first."""
    with db.reading() as work:
        found = queries.keys_in_sight(work, access.viewer())
        names = scope_names()
        return render_template(
            "grid/keys.html",
            keys=found,
            purposes={key.id: named(key.scopes, names) for key in found},
            now=clock.now(),
        )


@bp.route("/admin/keys/new", methods=["GET", "POST"])
@access.needs(Permission.KEY_MANAGE)
def key_new() -> Page:
    """Issue a key, shown once."""
    viewer = access.viewer()
    form = KeyForm(request.form, region=viewer.region_id)
    form.scopes.choices = list(scope_names().items())
    with db.reading() as work:
        form.region.choices = region_choices(work, viewer)
    if request.method == "GET":
        return render_template("grid/key_new.html", form=form)
    if not form.validate():
        return render_template("grid/key_new.html", form=form), 422
    last_day = form.expires_on.data
    try:
        with db.transaction() as work:
            key = services.create_key(
                work,
                name=form.name.data or "",
                scopes=[Scope(code) for code in form.scopes.data or ()],
                region=queries.region(work, form.region.data, viewer),
                # The day that people name is the last on which the key works.
                expires_at=clock.day_end(last_day) if last_day else None,
                by=viewer,
            )
    except InvalidInputError as error:
        form.take(error)
        return render_template("grid/key_new.html", form=form), 422
    return render_template("grid/key_shown.html", name=form.name.data, key=key)


@bp.post("/admin/keys/<int:key_id>/revoke")
@access.needs(Permission.KEY_MANAGE)
def key_revoke(key_id: int) -> Page:
    """Make a key worthless from now on."""
    viewer = access.viewer()
    with db.transaction() as work:
        services.revoke_key(work, key=queries.key(work, key_id, viewer), by=viewer)
    flash(_("密钥已吊销，立即失效。"), "success")
    return redirect(url_for("grid.keys"))
