"""The staff's pages of asking: which surveys there are, what they ask, and which rules send them."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import audit, clock, db
from core.errors import NotFoundError
from grid import access
from grid.rules import Permission
from surveys import queries, services
from surveys.forms import RuleForm
from surveys.models import AskRule, SurveyVersion
from surveys.rules.definition import Definition

bp = Blueprint("surveys", __name__, url_prefix="/surveys", template_folder="templates")

FUNNEL_DAYS = 90


@bp.get("")
@access.needs(Permission.SURVEY_VIEW)
def catalogue() -> str:
    """List the surveys with their funnel, and the rules that send them."""
    since = clock.now() - timedelta(days=FUNNEL_DAYS)
    with db.reading() as session:
        return render_template(
            "surveys/catalogue.html",
            rows=queries.catalogue(session, access.viewer(), since),
            rules=queries.ask_rules(session),
            days=FUNNEL_DAYS,
            may_edit=access.may(Permission.SURVEY_EDIT),
        )


@bp.get("/versions/<int:version_id>")
@access.needs(Permission.SURVEY_VIEW)
def version(version_id: int) -> str:
    """Show what a version asks, as the customer sees it."""
    with db.reading() as session:
        found = session.get(SurveyVersion, version_id)
        if found is None:
            raise NotFoundError("没有这个问卷版本")
        definition = Definition.model_validate(found.definition)
        return render_template(
            "surveys/version.html", version=found, definition=definition, language="zh-Hans"
        )


@bp.route("/rules/<int:rule_id>", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def rule(rule_id: int) -> ResponseReturnValue:
    """Change when and how often a rule asks."""
    with db.transaction() as session:
        found = session.get(AskRule, rule_id)
        if found is None:
            raise NotFoundError("没有这条规则")
        form = RuleForm(obj=found)
        if form.validate_on_submit():
            services.change_rule(
                session,
                rule_id=rule_id,
                delay_minutes=form.delay_minutes.data or 0,
                sample_percent=form.sample_percent.data or 0,
                rest_days=form.rest_days.data or 0,
                active=bool(form.active.data),
            )
            audit.record(
                session,
                actor=access.actor(),
                action="rule.change",
                object_type="ask_rule",
                object_id=rule_id,
                detail={name: value for name, value in form.data.items() if name != "csrf_token"},
            )
            flash(_("规则已保存。"), "success")
            return redirect(url_for("surveys.catalogue"))
        status = 422 if form.is_submitted() else 200
        return render_template("surveys/rule.html", form=form, rule=found), status
