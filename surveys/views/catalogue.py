"""The staff's first page of asking: which surveys there are, and which rules send them."""

from datetime import timedelta

from flask import render_template

from core import clock, db
from grid import access
from grid.rules import Permission
from surveys import queries
from surveys.forms.asking import CHANNELS
from surveys.views.base import bp

FUNNEL_DAYS = 90


@bp.get("")
@access.needs(Permission.SURVEY_VIEW)
def catalogue() -> str:
    """List the surveys with their funnel, and the rules that send them."""
    # The same days as the results page's "last 90 days", so that both tell the same rate.
    since = clock.day_start(clock.beijing_day(clock.now()) - timedelta(days=FUNNEL_DAYS - 1))
    with db.reading() as session:
        return render_template(
            "surveys/catalogue.html",
            rows=queries.catalogue(session, access.viewer(), since),
            rules=queries.ask_rules(session),
            rule_channels=CHANNELS,
            days=FUNNEL_DAYS,
            may_edit=access.may(Permission.SURVEY_EDIT),
            may_change_rules=access.at_headquarters(Permission.SURVEY_EDIT),
        )
