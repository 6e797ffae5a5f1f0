"""Pages of the administrator and the auditor: jobs that gave up, and the audit log."""

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from app import auditing
from core import audit, db
from core.jobs import engine
from core.models import AuditEntry
from core.shapes import row_id
from grid import access
from grid.models import Staff
from grid.rules import Permission

bp = Blueprint("admin", __name__, url_prefix="/admin")

PAGE = 50


@bp.before_request
def only_headquarters() -> None:
    """Keep the regions out: the queue and the audit log are the whole company's."""
    staff = access.staff_or_none()
    if staff is not None and not staff.everywhere:
        abort(403)


@bp.get("/jobs")
@access.needs(Permission.JOB_MANAGE)
def jobs() -> str:
    """Show how long the queue is and every job that gave up."""
    with db.reading() as session:
        waiting, lag = engine.waiting(session)
        return render_template("admin/jobs.html", waiting=waiting, lag=lag, failed=engine.failed(session))


@bp.post("/jobs/<int:job_id>/retry")
@access.needs(Permission.JOB_MANAGE)
def retry_job(job_id: int) -> Redirect:
    """Put one job that gave up back into the queue."""
    with db.transaction() as session:
        retried = engine.retry(session, [job_id])
        if retried:
            audit.record(
                session, actor=access.actor(), action="job.retry", object_type="job", object_id=job_id
            )
    flash(_("已重新排队。") if retried else _("该任务已不在失败列表中。"), "success" if retried else "info")
    return redirect(url_for("admin.jobs"))


@bp.get("/audit", endpoint="audit")
@access.needs(Permission.AUDIT_VIEW)
def audit_log() -> str:
    """Show the audit log, newest first."""
    before = row_id(request.args.get("before"))
    with db.reading() as session:
        query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(PAGE + 1)
        if before:
            query = query.where(AuditEntry.id < before)
        entries = list(session.scalars(query))
        older = url_for("admin.audit", before=entries[PAGE - 1].id) if len(entries) > PAGE else None
        newest = url_for("admin.audit") if before else None
        names = _names(session, entries)
        return render_template(
            "admin/audit.html",
            entries=entries[:PAGE],
            names=names,
            actions=auditing.actions(),
            actors=auditing.actors(),
            object_of=auditing.object_of,
            content_of=auditing.content_of,
            older=older,
            newest=newest,
        )


def _names(session: Session, entries: Sequence[AuditEntry]) -> dict[str, str]:
    """Return the names of the staff among the actors by their signatures; the log itself holds none."""
    ids = {int(entry.actor[6:]) for entry in entries if entry.actor.startswith("staff:")}
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(ids)))
    return {f"staff:{row.id}": row.name for row in rows}
