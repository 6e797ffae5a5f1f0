"""In and out of the house."""

from typing import Any

from flask import current_app, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from core import db
from grid import access, services
from grid.forms import LoginForm
from grid.rules import FAILURES_PER_ACCOUNT, Viewer, first_page, local_path
from grid.views.base import bp

Page = str | tuple[str, int] | Response


@bp.route("/login", methods=["GET", "POST"])
def login() -> Page:
    """Ask for login, password and one-time code; go on to where the person wanted to go."""
    here = access.staff_or_none()
    form = LoginForm(request.form)
    if request.method == "GET":
        return redirect(_way_on(here)) if here else render_template("grid/login.html", form=form)
    if not form.validate():
        return render_template("grid/login.html", form=form), 422
    # One transaction: a refused login is counted, an accepted one has its session.
    with db.transaction() as work:
        staff = services.authenticate(
            work,
            login=form.login.data or "",
            password=form.password.data or "",
            totp_code=form.code.data or "",
            address=request.remote_addr,
        )
        if staff is not None:
            viewer = services.viewer_of(staff)
            token = services.start_session(
                work,
                staff=staff,
                address=request.remote_addr,
                agent=request.headers.get("User-Agent"),
                replaces=request.cookies.get(access.COOKIE),
            )
    if staff is None:
        page = render_template("grid/login.html", form=form, refused=True, attempts=FAILURES_PER_ACCOUNT)
        return page, 422
    # What the form cookie held belongs to whoever sat here before.
    session.clear()
    response = redirect(_way_on(viewer))
    response.set_cookie(access.COOKIE, token, **_cookie())
    return response


@bp.post("/logout")
@access.needs(None)
def logout() -> Response:
    """End the session and forget the cookie."""
    token = request.cookies.get(access.COOKIE, "")
    with db.transaction() as work:
        services.end_session(work, token)
    session.clear()
    response = redirect(url_for("grid.login"))
    response.delete_cookie(access.COOKIE, **_cookie())
    return response


def _way_on(viewer: Viewer) -> str:
    return local_path(request.args.get("next")) or first_page(viewer)


def _cookie() -> dict[str, Any]:
    return {
        "path": "/",
        "httponly": True,
        "samesite": "Lax",
        "secure": current_app.config["SETTINGS"].secure_cookies,
    }
