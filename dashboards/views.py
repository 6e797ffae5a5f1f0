"""The manager's page: how we are doing, and behind every number the words and the work."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import clock, db
from dashboards import board, figures, queries
from dashboards.forms import Filters, Span, offered, read_filters
from dashboards.queries import Place, Point
from feedback import labels
from grid import access
from grid.rules import Permission, RegionKind, first_page
from surveys.rules.scores import Metric

bp = Blueprint("dashboards", __name__, template_folder="templates")


@bp.get("/")
@access.needs(None)
def home() -> ResponseReturnValue:
    """Show the numbers of a period; whoever has no right to them goes to the first page of their own menu."""
    viewer = access.viewer()
    if not viewer.may(Permission.DASHBOARD_VIEW):
        return redirect(first_page(viewer))
    filters = read_filters(request.args, clock.beijing_day(clock.now()))
    with db.reading() as session:
        points, places = queries.points(session), queries.places(session, viewer)
        asked = filters.slice(points, places)
        found = board.read(
            session,
            viewer,
            asked,
            points=points,
            places=places,
            topics=labels.topics(),
            deeper=lambda place: _here(filters, region=place.code),
        )
    steps = _steps(found.funnel)
    return render_template(
        "dashboards/home.html",
        board=found,
        filters=filters,
        period=asked.period,
        past=asked.before.period,
        trail=_trail(filters, places, found.top),
        chips=_chips(filters, points, places),
        narrowed_to=_narrowed_to(filters, points),
        spans=_spans(),
        stage_choices=_stages(points),
        touchpoint_choices=[(point.code, point.name) for point in points],
        region_choices=_regions(places),
        nps=found.scores.of(Metric.NPS),
        weekly_figures={metric: figures.trend(metric, lines) for metric, lines in found.weekly.items()},
        point_figures={metric: figures.bars(metric, lines) for metric, lines in found.by_point.items()},
        region_figures={metric: figures.bars(metric, lines) for metric, lines in found.by_region.items()},
        steps=steps,
        funnel_figure=figures.funnel(steps),
        mood_figure=figures.moods(found.moods),
        topic_figure=figures.topics(found.topics),
        last_heard=offered(Span.DAYS_90, found.last_heard) if found.last_heard else None,
        may_ask=viewer.may(Permission.SURVEY_VIEW),
    )


def _here(filters: Filters, **changes: str) -> str:
    """Return the address of this page with some filters changed; an empty value takes one away."""
    values = {
        "period": filters.span.value,
        "from": filters.period.first.isoformat() if filters.span is Span.CUSTOM else "",
        "to": filters.period.last.isoformat() if filters.span is Span.CUSTOM else "",
        "stage": filters.stage,
        "touchpoint": filters.touchpoint,
        "region": filters.region,
    } | changes
    return (
        f"{url_for('dashboards.home')}?{urlencode({name: value for name, value in values.items() if value})}"
    )


def _trail(filters: Filters, places: Sequence[Place], top: Place) -> list[dict[str, Any]]:
    """Return the regions from the viewer's own down to the one shown, as a way back up."""
    above = [place for place in places if top.path.startswith(place.path)]
    return [
        {"label": place.name, "url": None if place.id == top.id else _here(filters, region=place.code)}
        for place in sorted(above, key=lambda place: len(place.path))
    ]


def _chips(filters: Filters, points: Sequence[Point], places: Sequence[Place]) -> list[dict[str, str]]:
    regions = {place.code: place.name for place in places}
    found = []
    if filters.span is Span.CUSTOM:
        days = f"{filters.period.first} ~ {filters.period.last}"
        without = {"period": "", "from": "", "to": ""}
        found.append({"label": days, "url": _here(filters, **without)})
    found += [
        {"label": label, "url": _here(filters, **{name: ""})}
        for name, label in _narrowed_to(filters, points).items()
    ]
    if filters.region:
        label = _("机构：%(name)s", name=regions[filters.region])
        found.append({"label": label, "url": _here(filters, region="")})
    return found


def _narrowed_to(filters: Filters, points: Sequence[Point]) -> dict[str, str]:
    """Return the chosen stage and touchpoint in words: a printed page has no filters, yet must say what it counts."""
    stages, names = dict(_stages(points)), {point.code: point.name for point in points}
    found = {}
    if filters.stage:
        found["stage"] = _("阶段：%(name)s", name=stages[filters.stage])
    if filters.touchpoint:
        found["touchpoint"] = _("触点：%(name)s", name=names[filters.touchpoint])
    return found


def _spans() -> list[tuple[str, str]]:
    return [
        (Span.DAYS_30.value, _("近 30 天")),
        (Span.DAYS_90.value, _("近 90 天")),
        (Span.MONTHS_12.value, _("近 12 个月")),
        (Span.CUSTOM.value, _("自定义日期")),
    ]


def _stages(points: Sequence[Point]) -> list[tuple[str, str]]:
    return list({point.stage_code: point.stage_name for point in points}.items())


def _regions(places: Sequence[Place]) -> list[tuple[str, str]]:
    """Return the regions to choose from, indented by level; branches are reached by going down."""
    top = min(place.path.count("/") for place in places)
    return [
        (place.code, "　" * (place.path.count("/") - top) + place.name)
        for place in places
        if place.kind is not RegionKind.BRANCH or place.path.count("/") == top
    ]


def _steps(funnel: queries.Funnel) -> list[tuple[str, int]]:
    return [
        (_("符合条件"), funnel.eligible),
        (_("发出邀请"), funnel.invited),
        (_("成功送出"), funnel.sent),
        (_("打开问卷"), funnel.opened),
        (_("完成回答"), funnel.answered),
    ]
