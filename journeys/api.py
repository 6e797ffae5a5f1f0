"""``/api/v1/touchpoint-events``: where the insurer's systems report what happened."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from core import db, shapes
from grid import access
from grid.rules import Scope
from journeys import services
from journeys.forms import TouchpointEventShape

bp = Blueprint("journeys_api", __name__, url_prefix="/api/v1")


@bp.post("/touchpoint-events")
@access.needs_scope(Scope.EVENTS_WRITE)
def report_event() -> ResponseReturnValue:
    """Take in one event; 202 whether it is new or was reported before."""
    body = shapes.parse(TouchpointEventShape, request.get_json())
    with db.transaction() as session:
        receipt = services.report_event(session, body.report(), viewer=access.viewer())
    return jsonify(id=receipt.id, duplicate=not receipt.new), 202
