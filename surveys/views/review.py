"""The staff's steps of a version: begin, submit, send back, publish, retire, throw away, copy; the survey's name."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, db
from core.errors import DomainError, NotFoundError
from core.sentences import N_
from core.telling import refusal, told
from grid import access
from grid.rules import Permission
from surveys.forms.versions import NameForm, NewSurveyForm, PublishForm, SendBackForm
from surveys.models import SurveyVersion
from surveys.queries import authoring as reads
from surveys.services import authoring
from surveys.services.authoring import DraftExistsError, FaultyDefinitionError, UnacknowledgedError
from surveys.views.base import bp

Detail = Mapping[str, Any]


@bp.post("/<int:survey_id>/draft")
@access.needs(Permission.SURVEY_EDIT)
def start_draft(survey_id: int) -> ResponseReturnValue:
    """Begin the next version and open it in the editor; if somebody was quicker, open theirs."""
    try:
        with db.transaction() as session:
            made = authoring.start_draft(session, survey_id=survey_id, staff_id=access.viewer().staff_id)
            note(session, made, "survey.draft")
    except DraftExistsError as error:
        flash(refusal(error), "info")
        return redirect(url_for("surveys.survey", survey_id=survey_id))
    return redirect(url_for("surveys.edit", survey_id=survey_id))


@bp.post("/versions/<int:version_id>/submit")
@access.needs(Permission.SURVEY_EDIT)
def submit_version(version_id: int) -> ResponseReturnValue:
    """Hand a draft over to whoever may publish."""

    def work(session: Session) -> tuple[SurveyVersion, Detail]:
        found = authoring.submit_for_review(
            session,
            version_id=version_id,
            staff_id=access.viewer().staff_id,
            hosts=current_app.config["SETTINGS"].redirect_hosts,
        )
        return found, {"notice_id": found.notice_id}

    if access.at_headquarters(Permission.SURVEY_PUBLISH):
        done = _(
            "已提交审核。您有发布权限：可以请同事审核，也可以自己审核发布，操作记录会注明“由作者本人发布”。"
        )
    else:
        done = _("已提交审核，等待有发布权限的同事处理。")
    return _step(version_id, "survey.submit", work, done)


@bp.post("/versions/<int:version_id>/send-back")
@access.needs(Permission.SURVEY_PUBLISH)
def send_back_version(version_id: int) -> ResponseReturnValue:
    """Return a version to its author with a reason."""
    _headquarters_only()
    form = SendBackForm(request.form)
    reason = str(form.reason.data or "") if form.validate() else ""

    def work(session: Session) -> tuple[SurveyVersion, Detail]:
        return authoring.send_back(session, version_id=version_id, reason=reason), {"reason": reason}

    return _step(version_id, "survey.send_back", work, _("已退回，作者会看到退回原因。"))


@bp.post("/versions/<int:version_id>/publish")
@access.needs(Permission.SURVEY_PUBLISH)
def publish_version(version_id: int) -> ResponseReturnValue:
    """Ask with a version from now on; compliance warnings are kept with the name of who accepted them.

    Who wrote or submitted it may publish it too, for small teams have no second person; the record says so.
    """
    _headquarters_only()
    form = PublishForm(request.form)
    acknowledged = request.form.getlist("acknowledged")
    approval = str(form.approval.data or "") if form.validate() else ""

    def work(session: Session) -> tuple[SurveyVersion, Detail]:
        if acknowledged and not approval:
            raise DomainError(_("涉及利益或营销内容，请填写合规审批编号或说明后再发布"))
        found = authoring.publish(
            session,
            version_id=version_id,
            staff_id=access.viewer().staff_id,
            acknowledged=acknowledged,
            hosts=current_app.config["SETTINGS"].redirect_hosts,
        )
        accepted = {"acknowledged": acknowledged, "approval": approval} if acknowledged else {}
        alone = {"by_author": True} if found.published_by_author else {}
        return found, {"notice_id": found.notice_id, **accepted, **alone}

    return _step(version_id, "survey.publish", work, _("已发布，从现在起用这一版询问客户。"))


@bp.post("/versions/<int:version_id>/retire")
@access.needs(Permission.SURVEY_PUBLISH)
def retire_version(version_id: int) -> ResponseReturnValue:
    """Stop asking with a survey; links that are out still work."""
    _headquarters_only()

    def work(session: Session) -> tuple[SurveyVersion, Detail]:
        return authoring.retire(session, version_id=version_id), {}

    return _step(
        version_id, "survey.retire", work, _("已停用，不再发出新的邀请；已发出的链接到期前仍可回答。")
    )


@bp.post("/versions/<int:version_id>/discard")
@access.needs(Permission.SURVEY_EDIT)
def discard_version(version_id: int) -> ResponseReturnValue:
    """Throw a draft away, and a survey that never had another version with it."""
    survey_id = _survey_of(version_id)
    try:
        with db.transaction() as session:
            found = authoring.writable(session, version_id)
            note(session, found, "survey.discard")
            authoring.discard_draft(session, version_id=version_id)
            left = reads.survey(session, survey_id) is not None
    except NotFoundError:
        raise
    except DomainError as error:
        flash(refusal(error), "error")
        left = True
    else:
        flash(_("草稿已删除。"), "success")
    return redirect(url_for("surveys.survey", survey_id=survey_id) if left else url_for("surveys.catalogue"))


@bp.post("/versions/<int:version_id>/copy")
@access.needs(Permission.SURVEY_EDIT)
def copy_version(version_id: int) -> ResponseReturnValue:
    """Make a survey of its own from a version and open it in the editor."""
    form = NewSurveyForm(request.form)
    if not form.validate():
        flash(_("；").join(form.name.errors), "error")
        return redirect(url_for("surveys.survey", survey_id=_survey_of(version_id)))
    with db.transaction() as session:
        made = authoring.copy_survey(
            session,
            version_id=version_id,
            name=str(form.name.data),
            staff_id=access.viewer().staff_id,
        )
        note(session, made, "survey.copy", {"from_version": version_id})
    return redirect(url_for("surveys.edit", survey_id=made.survey_id))


@bp.post("/<int:survey_id>/name")
@access.needs(Permission.SURVEY_EDIT)
def rename_survey(survey_id: int) -> ResponseReturnValue:
    """Give a survey another name among staff; customers read the title, which is part of a version."""
    form = NameForm(request.form)
    there = redirect(url_for("surveys.survey", survey_id=survey_id))
    if not form.validate():
        flash(_("；").join(form.name.errors), "error")
        return there
    name = str(form.name.data)
    with db.transaction() as session:
        before = authoring.rename_survey(session, survey_id=survey_id, name=name)
        if before == name:
            return there
        audit.record(
            session,
            actor=access.actor(),
            action="survey.rename",
            object_type="survey",
            object_id=survey_id,
            detail={"name": name, "before": before},
        )
    flash(_("已改名。"), "success")
    return there


def note(session: Session, version: SurveyVersion, action: str, detail: Detail | None = None) -> None:
    """Write into the audit log what was done to a version of a survey."""
    audit.record(
        session,
        actor=access.actor(),
        action=action,
        object_type="survey",
        object_id=version.survey_id,
        detail={"version": version.number, **(detail or {})},
    )


def _headquarters_only() -> None:
    access.headquarters_only(_("问卷对全国生效，由总部审核、发布和停用。"))


def _step(
    version_id: int, action: str, work: Callable[[Session], tuple[SurveyVersion, Detail]], said: str
) -> ResponseReturnValue:
    """Do one step with its line in the audit log, or say why not; then show the survey."""
    survey_id = _survey_of(version_id)
    try:
        with db.transaction() as session:
            found, detail = work(session)
            note(session, found, action, detail)
    except NotFoundError:
        raise
    except UnacknowledgedError:
        flash(_("请先逐条勾选确认合规提醒，并填写审批编号或说明。"), "error")
    except FaultyDefinitionError as error:
        flash(_("；").join(told(fault) for fault in error.faults), "error")
    except DomainError as error:
        flash(refusal(error), "error")
    else:
        flash(said, "success")
    return redirect(url_for("surveys.survey", survey_id=survey_id))


def _survey_of(version_id: int) -> int:
    with db.reading() as session:
        found = reads.version(session, version_id)
        if found is None:
            raise NotFoundError(N_("没有这个问卷版本"))
        return found.survey_id
