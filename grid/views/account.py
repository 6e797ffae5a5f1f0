"""One's own account: password, one-time codes, language."""

import segno
from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core import db
from core.errors import InvalidInputError
from grid import access, queries, services
from grid.forms import HouseForm, LanguageForm, PasswordForm, ProofForm, TotpForm
from grid.rules import SHORTEST_PASSWORD
from grid.views.base import bp

Page = str | tuple[str, int] | Response

# Between showing the QR code and the first code, the secret waits in the signed form cookie of the person
# who is looking at it anyway.
_WAITING = "totp_secret"


@bp.get("/account")
@access.needs(None)
def account() -> Page:
    """Show who one is here, and the forms to change what one may change."""
    return _page()


@bp.post("/account/password")
@access.needs(None)
def change_password() -> Page:
    """Change one's own password; other sessions end."""
    form = PasswordForm(request.form)
    if not form.validate():
        return _page(form), 422
    try:
        with db.transaction() as work:
            services.change_password(
                work,
                staff_id=_own_id(),
                current=form.current.data or "",
                new=form.new.data or "",
                token=request.cookies.get(access.COOKIE, ""),
            )
    except InvalidInputError as error:
        form.take(error)
        return _page(form), 422
    flash(_("密码已修改，其他设备上的登录已全部退出。"), "success")
    return redirect(url_for("grid.account"))


@bp.post("/account/language")
@access.needs(None)
def change_language() -> Page:
    """Choose the language of one's own pages."""
    form = LanguageForm(request.form)
    if not form.validate():
        return _page(form), 422
    with db.transaction() as work:
        services.set_language(work, staff_id=_own_id(), language=form.language.data)
    return redirect(url_for("grid.account"))


@bp.route("/account/totp", methods=["GET", "POST"])
@access.needs(None)
def totp() -> Page:
    """Show the QR code for an authenticator app and take the app's first code."""
    secret = session.get(_WAITING)
    if request.method == "GET" or not secret:
        secret = secret or services.new_totp_secret()
        session[_WAITING] = secret
        return _totp_page(TotpForm(), secret)
    form = TotpForm(request.form)
    if not form.validate():
        return _totp_page(form, secret), 422
    try:
        with db.transaction() as work:
            services.confirm_totp(
                work,
                staff_id=_own_id(),
                secret=secret,
                code=form.code.data or "",
                password=form.current.data or "",
                token=request.cookies.get(access.COOKIE, ""),
            )
    except InvalidInputError as error:
        form.take(error)
        return _totp_page(form, secret), 422
    session.pop(_WAITING)
    flash(_("动态码已启用，下次登录起需要输入。"), "success")
    return redirect(url_for("grid.account"))


@bp.post("/account/totp/off")
@access.needs(None)
def totp_off() -> Page:
    """Log in with the password alone again."""
    form = ProofForm(request.form)
    if not form.validate():
        return _page(form), 422
    try:
        with db.transaction() as work:
            services.disable_totp(work, staff_id=_own_id(), password=form.current.data or "")
    except InvalidInputError as error:
        form.take(error)
        return _page(form), 422
    flash(_("动态码已停用。"), "success")
    return redirect(url_for("grid.account"))


def _own_id() -> int:
    staff_id = access.viewer().staff_id
    if staff_id is None:
        raise RuntimeError("a page of staff was reached without a session")
    return staff_id


def _page(sent: HouseForm | None = None) -> str:
    """Return the account page; the form that came back with mistakes stands in its place."""
    viewer = access.viewer()
    with db.reading() as work:
        return render_template(
            "grid/account.html",
            person=queries.staff(work, _own_id(), viewer),
            role=access.role_name(viewer.role),
            shortest=SHORTEST_PASSWORD,
            password_form=sent if isinstance(sent, PasswordForm) else PasswordForm(prefix=""),
            totp_form=sent if isinstance(sent, ProofForm) else ProofForm(),
            language_form=sent if isinstance(sent, LanguageForm) else LanguageForm(language=viewer.language),
        )


def _totp_page(form: TotpForm, secret: str) -> str:
    viewer = access.viewer()
    with db.reading() as work:
        login = queries.staff(work, _own_id(), viewer).login
    uri = services.totp_uri(secret, login=login, issuer=current_app.config["SETTINGS"].huisheng_company)
    return render_template(
        "grid/totp.html",
        form=form,
        picture=segno.make(uri, error="m").svg_data_uri(scale=5, border=2, dark="#000", light="#fff"),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
    )
