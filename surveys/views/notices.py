"""The staff's pages of privacy notices: the editions there are, and publishing the next."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import audit, db
from core.errors import InvalidInputError
from core.settings import Settings
from core.telling import complaints, refusal
from grid import access
from grid.rules import Permission
from surveys.forms.versions import NoticeForm
from surveys.queries import authoring as reads
from surveys.rules.notice import starting_point
from surveys.services import authoring
from surveys.views.base import bp


@bp.get("/notices")
@access.needs(Permission.SURVEY_VIEW)
def notices() -> str:
    """List the editions of the privacy notice, the one that new versions go with first."""
    with db.reading() as session:
        return render_template(
            "surveys/versions/notices.html",
            rows=reads.notices(session),
            may_publish=access.at_headquarters(Permission.SURVEY_PUBLISH),
        )


@bp.route("/notices/new", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_PUBLISH)
def new_notice() -> ResponseReturnValue:
    """Write the next edition, beginning with the last one, and publish it."""
    access.headquarters_only(_("隐私告知书对全国生效，由总部发布。"))
    form = NoticeForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            with db.transaction() as session:
                made = authoring.publish_notice(
                    session, title=form.titles(), body=form.bodies(), staff_id=access.viewer().staff_id
                )
                audit.record(
                    session,
                    actor=access.actor(),
                    action="notice.publish",
                    object_type="privacy_notice",
                    object_id=made.number,
                    detail={"languages": sorted(made.body)},
                )
        except InvalidInputError as error:
            form.blame_body(complaints(error).get("body", [refusal(error)]))
        else:
            flash(_("第 %(n)s 版隐私告知书已发布，之后提交的问卷使用它。", n=made.number), "success")
            return redirect(url_for("surveys.notices"))
    elif request.method == "GET":
        _begin(form)
    page = render_template("surveys/versions/new_notice.html", form=form)
    return page, 422 if request.method == "POST" else 200


def _begin(form: NoticeForm) -> None:
    with db.reading() as session:
        last = reads.latest_notice(session)
        if last is not None:
            form.begin_with(last.title, last.body)
            return
    settings: Settings = current_app.config["SETTINGS"]
    form.begin_with(*starting_point(settings.huisheng_company, settings.huisheng_phone))
