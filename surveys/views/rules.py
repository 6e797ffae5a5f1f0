"""The staff's pages of rules: at which touchpoint which survey is sent, how, when, and to how many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, clock, db, settings
from core.errors import InvalidInputError, NotFoundError
from core.sentences import N_
from core.telling import complaints
from delivery import services as delivery
from delivery.rules import Channel, segments
from grid import access
from grid.rules import Permission
from journeys import queries as journeys
from surveys import queries, services
from surveys.forms import NewRuleForm, RuleForm
from surveys.letters import sms
from surveys.letters.occasion import Occasion
from surveys.models import AskRule, Survey
from surveys.rules.asking import AskBy, expiry
from surveys.views.base import bp

# As long as a real one, and opens nothing.
_SAMPLE_TOKEN = "x" * 22

# What the audit log keeps of a rule.
_NOTED = (
    "name", "touchpoint_code", "survey_id", "channel", "score_in_sms", "delay_minutes", "sample_percent", "rest_days",
    "valid_days", "remind_days", "active",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preview:
    """What customers will read on their telephones, and what it costs."""

    text: str
    characters: int
    segments: int
    scores: sms.Scores
    platform: bool


@bp.route("/rules/new", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def new_rule() -> ResponseReturnValue:
    """Make a rule that asks from now on; events of the past are not asked about."""
    _headquarters_only()
    with db.transaction() as session:
        form = NewRuleForm()
        _offer(session, form, first=[("", _("请选择…"))])
        points = [(one.code, one.name) for one in journeys.touchpoints(session)]
        form.touchpoint_code.choices = [("", _("请选择…")), *points]
        if not _previewing() and form.validate_on_submit():
            try:
                made = services.make_rule(
                    session,
                    name=form.name.data or "",
                    touchpoint_code=form.touchpoint_code.data,
                    **_given(form),
                )
            except InvalidInputError as error:
                for name, sentences in complaints(error).items():
                    form[name].errors = [*form[name].errors, *sentences]
            else:
                _note(session, "rule.make", made, _state_of(session, made))
                if len(queries.rules_of(session, made.touchpoint_code)) > 1:
                    flash(_("这个触点还有别的启用规则；同一客户在间隔天数内只会收到一份。"), "warning")
                _say_saved(made, _("规则已启用，之后到达这个触点的客户会收到问卷。"))
                return redirect(url_for("surveys.catalogue"))
        return _shown(session, form, None)


@bp.route("/rules/<int:rule_id>", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def rule(rule_id: int) -> ResponseReturnValue:
    """Show a rule; at headquarters also change what it asks with, when and how often."""
    if request.method == "POST":
        _headquarters_only()
    with db.transaction() as session:
        found = session.get(AskRule, rule_id)
        if found is None:
            raise NotFoundError(N_("没有这条规则"))
        form = RuleForm(obj=found)
        _offer(session, form, besides=found.survey_id)
        if not _previewing() and form.validate_on_submit():
            before = _state_of(session, found)
            services.change_rule(session, rule_id=rule_id, active=bool(form.active.data), **_given(form))
            changes = _changes(before, _state_of(session, found))
            if changes:
                _note(session, "rule.change", found, {"name": found.name, **changes})
            _say_saved(found, _("规则已保存。"))
            return redirect(url_for("surveys.catalogue"))
        return _shown(session, form, found)


def _headquarters_only() -> None:
    access.headquarters_only(_("询问规则对全国生效，由总部修改。"))


def _say_saved(rule: AskRule, said: str) -> None:
    """Say that a rule is saved, and what its figures come to where somebody may not have meant them."""
    if not rule.active:
        flash(_("规则已保存，目前是停用状态，不会询问任何人。"), "success")
        return
    if not rule.sample_percent:
        flash(_("规则已保存，但抽样比例是 0%，不会询问任何人。"), "warning")
        return
    flash(said, "success")
    if not rule.rest_days:
        flash(_("间隔是 0 天：同一客户每次到达这个触点都会收到问卷，一天可能收到好几份。"), "warning")


def _previewing() -> bool:
    """Say whether the form was sent to see the SMS, not to be saved."""
    return "preview" in request.form


def _shown(session: Session, form: RuleForm, rule: AskRule | None) -> tuple[str, int]:
    status = 422 if form.is_submitted() and not _previewing() else 200
    config = settings.current()
    return render_template(
        "surveys/rule.html",
        form=form,
        rule=rule,
        touchpoint=journeys.touchpoint(session, rule.touchpoint_code) if rule else None,
        preview=_preview(session, form),
        sms_hours=(config.sms_from_hour, config.sms_until_hour),
        ask_within_days=config.ask_within_days,
        may_change=access.at_headquarters(Permission.SURVEY_EDIT),
    ), status


def _preview(session: Session, form: RuleForm) -> Preview | None:
    """Return the SMS that the form describes; None where it is not one or its survey is not chosen yet."""
    chosen = form.survey_id.data
    if form.channel.data not in {by for by in AskBy if by.may_text}:
        return None
    if chosen not in {survey.id for survey in queries.surveys_to_send(session)}:
        return None
    version_id = queries.published_version_id(session, chosen)
    if version_id is None:
        return None
    definition = queries.definition(session.connection(), version_id)
    due_at = delivery.earliest(
        Channel.SMS, clock.now() + timedelta(minutes=min(max(form.delay_minutes.data or 0, 0), 43_200))
    )
    valid_days = min(max(form.valid_days.data or 1, 1), 90)
    occasion = Occasion(definition, _SAMPLE_TOKEN, expiry(due_at, valid_days))
    text = sms.written(occasion, with_scores=bool(form.score_in_sms.data))
    platform = bool(settings.current().sms_url)
    return Preview(text, len(text), segments(text), sms.scores_of(definition), platform)


def _offer(
    session: Session, form: RuleForm, besides: int | None = None, first: Sequence[tuple[str, str]] = ()
) -> None:
    """Offer the surveys that can be sent: those with a published version, and the one the rule has."""
    surveys = queries.surveys_to_send(session, besides=besides)
    form.survey_id.choices = [*first, *((survey.id, survey.name) for survey in surveys)]


def _given(form: RuleForm) -> dict[str, Any]:
    return {
        "survey_id": form.survey_id.data,
        "channel": AskBy(form.channel.data),
        "score_in_sms": bool(form.score_in_sms.data),
        "delay_minutes": form.delay_minutes.data or 0,
        "sample_percent": form.sample_percent.data or 0,
        "rest_days": form.rest_days.data or 0,
        "valid_days": form.valid_days.data or 1,
        "remind_days": form.remind_days.data or None,
    }


def _state_of(session: Session, rule: AskRule) -> dict[str, Any]:
    """Return a rule as it stands, with the name of its survey, for who reads the audit log."""
    state = {name: getattr(rule, name) for name in _NOTED}
    return state | {"channel": str(rule.channel), "survey": session.get_one(Survey, rule.survey_id).name}


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what differs, each with what was and what is."""
    return {
        name: {"before": before[name], "after": after[name]} for name in after if before[name] != after[name]
    }


def _note(session: Session, action: str, changed: AskRule, detail: dict[str, Any]) -> None:
    audit.record(
        session,
        actor=access.actor(),
        action=action,
        object_type="ask_rule",
        object_id=changed.id,
        detail=detail,
    )
