"""The manager's page: how we are doing, and behind every number the words and the work."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, clock, db
from core.errors import InvalidInputError, NotFoundError
from core.sentences import N_
from dashboards import board, figures, queries, sheet, workbook
from dashboards.board import Board
from dashboards.forms import Filters, Span, offered, read_filters
from dashboards.queries import Place, Point
from feedback import labels
from grid import access
from grid.rules import Permission, RegionKind, Viewer, first_page
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
        found = _board(session, viewer, filters, points, places)
    asked, steps = found.asked, sheet.steps(found.funnel)
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
        export_url=_here(filters, "dashboards.download") if viewer.may(Permission.EXPORT) else None,
    )


@bp.get("/dashboard.xlsx")
@access.needs(Permission.EXPORT)
def download() -> ResponseReturnValue:
    """Download the numbers of the page as a workbook; raise InvalidInputError for days that mean nothing.

    A file goes on its own way: nobody reads in it that it holds other days because of a slip of the pen.
    """
    viewer = access.viewer()
    if not viewer.may(Permission.DASHBOARD_VIEW):
        raise NotFoundError(N_("没有找到这个页面"))
    filters = read_filters(request.args, clock.beijing_day(clock.now()))
    if filters.mistakes:
        raise InvalidInputError(N_("日期无法识别，或者范围不对，所以没有导出。请回到看板改好日期再导出。"))
    with db.transaction() as session:
        points, places = queries.points(session), queries.places(session, viewer)
        found = _board(session, viewer, filters, points, places)
        period = found.asked.period
        audit.record(
            session,
            actor=access.actor(),
            action="dashboard.export",
            object_type="dashboard",
            object_id=found.top.code,
            detail={"file": "xlsx", "filters": dict(parse_qsl(urlsplit(_here(filters)).query))},
        )
    body = workbook.write(workbook.tables(found, list(_narrowed_to(filters, points).values())))
    name = f"dashboard-{period.first:%Y%m%d}-{period.last:%Y%m%d}.xlsx"
    return Response(
        body,
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _board(
    session: Session, viewer: Viewer, filters: Filters, points: Sequence[Point], places: Sequence[Place]
) -> Board:
    return board.read(
        session,
        viewer,
        filters.slice(points, places),
        points=points,
        places=places,
        topics=labels.topics(),
        deeper=lambda place: _here(filters, region=place.code),
    )


def _here(filters: Filters, endpoint: str = "dashboards.home", **changes: str) -> str:
    """Return the address of this page (or its file) with some filters changed; an empty value takes one away."""
    values = {
        "period": filters.span.value,
        "from": filters.period.first.isoformat() if filters.span is Span.CUSTOM else "",
        "to": filters.period.last.isoformat() if filters.span is Span.CUSTOM else "",
        "stage": filters.stage,
        "touchpoint": filters.touchpoint,
        "region": filters.region,
    } | changes
    return f"{url_for(endpoint)}?{urlencode({name: value for name, value in values.items() if value})}"


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
