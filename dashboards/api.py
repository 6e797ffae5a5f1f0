"""``/api/v1/metrics/…``: the numbers of the manager's page for other systems, as honest as there."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from core import db, shapes
from core.errors import InvalidInputError
from dashboards import queries
from dashboards.forms import MetricsQuery, narrow
from dashboards.queries import Place, Point, Slice
from grid import access
from grid.rules import Scope
from surveys.rules import scores
from surveys.rules.scores import Counts, Metric, Score

bp = Blueprint("dashboards_api", __name__, url_prefix="/api/v1")


@bp.get("/metrics/<any(nps, csat, ces):name>")
@access.needs_scope(Scope.METRICS_READ)
def metric(name: str) -> ResponseReturnValue:
    """Return a score of a period with its interval, grouped if asked for; ``null`` where n is under ten."""
    repeated = {key: ["given more than once"] for key, values in request.args.lists() if len(values) > 1}
    if repeated:
        raise InvalidInputError("请求参数有误", repeated)
    wanted = shapes.parse(MetricsQuery, request.args.to_dict())
    kind, viewer = Metric(name), access.viewer()
    with db.reading() as session:
        points, places = queries.points(session), queries.places(session, viewer)
        asked = narrow(
            wanted.period,
            points,
            places,
            touchpoint=wanted.touchpoint,
            stage=wanted.stage,
            region=wanted.region,
        )
        scores = queries.scores(session, viewer, asked)
    top = asked.place or next(place for place in places if place.id == viewer.region_id)
    body: dict[str, Any] = {
        "metric": name,
        "from": wanted.first.isoformat(),
        "to": wanted.last.isoformat(),
        "region": top.code,
        **_number(kind, scores.of(kind)),
    }
    if wanted.group_by is not None:
        groups = {
            "week": lambda: _weeks(scores.by_week[kind], asked),
            "touchpoint": lambda: _touchpoints(scores.by_touchpoint[kind], points),
            "stage": lambda: _stages(scores.by_touchpoint[kind], points),
            "region": lambda: _regions(scores.by_region[kind], places, top),
        }[wanted.group_by]()
        body["group_by"] = wanted.group_by
        body["groups"] = [{**names, **_number(kind, counts)} for names, counts in groups]
    return jsonify(body)


_Groups = list[tuple[dict[str, str], Counts]]


def _weeks(found: Mapping[Any, Counts], asked: Slice) -> _Groups:
    return [
        (
            {"key": monday.isoformat(), "from": days.first.isoformat(), "to": days.last.isoformat()},
            found.get(monday, Counts()),
        )
        for monday in asked.period.mondays()
        for days in [asked.period.week(monday)]
    ]


def _touchpoints(found: Mapping[str, Counts], points: list[Point]) -> _Groups:
    return [
        ({"key": point.code, "name": point.name}, found[point.code])
        for point in points
        if point.code in found
    ]


def _stages(found: Mapping[str, Counts], points: list[Point]) -> _Groups:
    stages = {point.stage_code: point.stage_name for point in points}
    groups: _Groups = []
    for code, name in stages.items():
        counts = Counts.sum(
            found[point.code] for point in points if point.stage_code == code and point.code in found
        )
        if counts.n:
            groups.append(({"key": code, "name": name}, counts))
    return groups


def _regions(found: dict[int, Counts], places: list[Place], top: Place) -> _Groups:
    return [
        ({"key": place.code, "name": place.name}, counts)
        for place, counts in queries.below(found, places, top)
        if counts.n
    ]


def _number(kind: Metric, counts: Counts) -> dict[str, Any]:
    """Return one number; values are in points of 100, as pages show them."""
    found: Score = scores.score(kind, counts)
    return {
        "n": found.n,
        "hidden": found.hidden,
        "value": _points(found, found.value),
        "low": _points(found, found.low),
        "high": _points(found, found.high),
    }


def _points(found: Score, value: float | None) -> float | None:
    return None if found.hidden or value is None else round(100 * value, 2)
