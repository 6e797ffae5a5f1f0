"""Giving several tickets of the list to one person: first choose whom, then do it."""

import re

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import db
from core.shapes import row_id
from grid import access
from grid.rules import Permission, Viewer
from tickets import queries, rules, services
from tickets.models import Ticket
from tickets.queries import Candidate
from tickets.rules import OPEN
from tickets.views.base import bp, words

_PICKED = re.compile(r"(\d{1,18})\.(\d{1,9})", re.ASCII)
"""A ticket that was ticked: its id and the version that was looked at."""


@bp.post("/tickets/assign")
@access.needs(Permission.TICKET_ASSIGN)
def assign_several() -> ResponseReturnValue:
    """Show who could take all of the tickets that were ticked; with a person chosen, give them the tickets."""
    viewer, seen = access.viewer(), _picked()
    if not seen:
        flash(_("请先勾选要分派的工单。"), "warning")
        return redirect(url_for(".queue", tab="all"))
    staff_id = row_id(request.form.get("staff"))
    if staff_id is None:
        return _choose(viewer, seen)
    with db.transaction() as session:
        given = services.assign_several(session, by=viewer, seen=seen, staff_id=staff_id)
    if given.done:
        flash(_("已分派 %(n)s 件。", n=given.done), "success")
    if given.left:
        numbers = _("、").join(rules.number(one) for one in given.left)
        flash(
            _("没有分派：%(numbers)s。可能刚被别人更新、已办结，或已在此人名下。", numbers=numbers), "warning"
        )
    return redirect(url_for(".queue", tab="all"))


def _picked() -> dict[int, int]:
    found = [_PICKED.fullmatch(one) for one in request.form.getlist("ticket")[: services.MOST_AT_ONCE]]
    return {int(one[1]): int(one[2]) for one in found if one is not None}


def _choose(viewer: Viewer, seen: dict[int, int]) -> ResponseReturnValue:
    with db.reading() as session:
        picked = [one for one in queries.of_ids(session, viewer, seen) if one.state in OPEN]
        return render_template(
            "tickets/assign.html",
            picked=picked,
            versions=seen,
            able=_able_for_all(session, picked),
            **words(),
        )


def _able_for_all(session: Session, picked: list[Ticket]) -> list[Candidate]:
    """Return who could work every one of these tickets, the best choice for the first of them in front."""
    able: list[Candidate] = []
    for place, path in enumerate(sorted({one.region.path for one in picked})):
        here = queries.candidates(session, path)
        ids = {one.staff.id for one in here}
        able = here if place == 0 else [one for one in able if one.staff.id in ids]
    return able
