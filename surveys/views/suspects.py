"""The staff's pages of answers put aside: see them masked, accept or reject them, one or all of a filter."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import db
from core.errors import DomainError, NotFoundError
from core.shapes import row_id
from core.telling import reading_language, refusal
from grid import access
from grid.rules import Permission
from sentiment import personal
from surveys.forms.links import kind_names
from surveys.queries import answering
from surveys.queries import opening as queries
from surveys.queries.opening import SuspectFilter, SuspectRow
from surveys.rules import marks
from surveys.rules.judging import judge
from surveys.rules.questions import Question
from surveys.rules.readings import Column, Reading
from surveys.rules.second_answers import readable
from surveys.rules.suspicion import AFTER_CLOSING, ANSWERED_BEFORE, OVER_QUOTA, UNDOUBTED, Sign
from surveys.services import suspects as services
from surveys.services.quotas import QuotaFullError
from surveys.views.base import bp


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as staff may read it: the question, and what was said with personal data masked."""

    question: str
    answer: str


def sign_names() -> dict[str, str]:
    """Return the reasons why answers are put aside as people read them."""
    return {
        Sign.TRAP_FILLED.value: _("填了真人看不到的栏目"),
        Sign.TOO_FAST.value: _("答得很快"),
        Sign.MUCH_TOO_FAST.value: _("快得不像真人"),
        Sign.BUSY_ADDRESS.value: _("同一网络短时间多份"),
        Sign.FLOODING_ADDRESS.value: _("同一网络短时间大量提交"),
        Sign.REPEATED.value: _("与别的答卷完全相同"),
        Sign.OFTEN_REPEATED.value: _("大量完全相同的答卷"),
        Sign.STRAIGHT_LINES.value: _("矩阵题全选同一项"),
        Sign.SUM_FAILED.value: _("算术题多次答错"),
        OVER_QUOTA: _("名额已满后收到"),
        AFTER_CLOSING: _("链接停用后收到"),
        ANSWERED_BEFORE: _("同一链接再次提交，内容不同"),
    }


@bp.get("/suspects")
@access.needs(Permission.SURVEY_EDIT)
def suspects() -> str:
    """List the answers that look machine-made, came beyond a quota, too late or a second time, the newest first."""
    viewer, wanted = access.viewer(), _filter()
    page = max(1, min(request.args.get("page", 1, type=int), 10_000))
    kept = _address_of(wanted)
    with db.reading() as session:
        rows, total = queries.suspects_page(session, viewer, wanted, page=page)
        return render_template(
            "surveys/links/suspects.html",
            rows=[(row, _said(session, row)) for row in rows],
            total=total,
            wanted=wanted,
            kept=kept,
            surveys=queries.surveys_with_suspects(session, viewer),
            link=queries.link(session, wanted.link_id, viewer) if wanted.link_id else None,
            signs=sign_names(),
            undoubted=UNDOUBTED,
            answered_before=ANSWERED_BEFORE,
            kinds=kind_names(),
            most=services.MOST_AT_ONCE,
            previous_url=url_for(".suspects", **kept, page=page - 1) if page > 1 else None,
            next_url=url_for(".suspects", **kept, page=page + 1)
            if page * queries.SUSPECTS_PAGE < total
            else None,
        )


@bp.post("/suspects/<int:suspect_id>/accept")
@access.needs(Permission.SURVEY_EDIT)
def suspect_accept(suspect_id: int) -> ResponseReturnValue:
    """Count an answer after all."""
    try:
        with db.transaction() as session:
            services.accept(session, viewer=access.viewer(), suspect_id=suspect_id)
    except NotFoundError:
        raise
    except QuotaFullError:
        flash(_("名额已满，没有计入；要计入的话，请先在配额里增加份数。"), "error")
    except DomainError as refused:
        flash(refusal(refused), "error")
    else:
        flash(_("已计入结果。"), "success")
    return _back()


@bp.post("/suspects/<int:suspect_id>/reject")
@access.needs(Permission.SURVEY_EDIT)
def suspect_reject(suspect_id: int) -> ResponseReturnValue:
    """Never count an answer; it stays to be seen."""
    try:
        with db.transaction() as session:
            services.reject(session, viewer=access.viewer(), suspect_id=suspect_id)
    except NotFoundError:
        raise
    except DomainError as refused:
        flash(refusal(refused), "error")
    else:
        flash(_("已排除，不计入结果。"), "success")
    return _back()


@bp.post("/suspects/all")
@access.needs(Permission.SURVEY_EDIT)
def suspects_all() -> ResponseReturnValue:
    """Accept or reject all waiting answers of a filter."""
    accepted = request.form.get("decision") == "accept"
    with db.transaction() as session:
        decided = services.decide_all(session, viewer=access.viewer(), wanted=_filter(), accepted=accepted)
    if accepted:
        flash(_("已计入 %(n)s 份。", n=decided.done), "success")
    else:
        flash(_("已排除 %(n)s 份。", n=decided.done), "success")
    if decided.left:
        flash(
            _("有 %(n)s 份没能计入：配额已满、内容不完整，或同一链接已经交过一份。", n=decided.left),
            "warning",
        )
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for(".suspects", **_address_of(_filter())))


def _filter() -> SuspectFilter:
    """Read the filter from the address, or from the form that was sent from the filtered list."""
    given = request.values
    state, reason = given.get("state", "waiting"), given.get("reason", "")
    return SuspectFilter(
        state=state if state in {"waiting", "accepted", "rejected", ""} else "waiting",
        survey_id=row_id(given.get("survey")),
        link_id=row_id(given.get("link")),
        reason=reason if reason in {*Sign, *UNDOUBTED} else "",
    )


def _address_of(wanted: SuspectFilter) -> dict[str, Any]:
    given = {
        "state": wanted.state if wanted.state != "waiting" else None,
        "survey": wanted.survey_id,
        "link": wanted.link_id,
        "reason": wanted.reason or None,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def _said(session: Session, row: SuspectRow) -> Sequence[Said]:
    """Return what was answered; of one accepted the answers are among the results, no longer here."""
    definition = answering.definition(session.connection(), row.suspect.version_id)
    sent = json.loads(row.suspect.sent)
    # What came beside another answer may be one page of several, to which no way leads from its own answers.
    beside = ANSWERED_BEFORE in row.suspect.reasons
    readings = readable(definition.questions, sent) if beside else judge(definition, sent).readings
    return [
        Said(column.title, _in_words(question, column, readings[column.key]))
        for question in definition.questions
        for column in question.columns(reading_language())
        if column.key in readings
    ]


def _in_words(question: Question, column: Column, reading: Reading) -> str:
    if column.kind == "secret":
        return "••••••"
    if column.kind == "file":
        return str(_("（文件）"))
    if column.kind == "consent":
        return str(_("同意"))
    labels = dict(column.options)
    parts = [labels.get(option, option) for option in reading.options or ()]
    if reading.number is not None:
        parts.append(marks.spoken(question, column, reading.number, reading_language()))
    if reading.words:
        parts.append(personal.mask(reading.words))
    return str(_("、")).join(parts)
