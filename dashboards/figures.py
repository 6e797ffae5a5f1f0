"""The pictures of the manager's page: plotly figures as JSON, without colours, fonts or margins.

Those come from the style sheet by the role that ``meta`` names. ``customdata`` holds the door of a point.
Values that may not be shown (too few answers) are left out; the table beside each picture says so.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any

import plotly.graph_objects as go
from flask_babel import gettext as _

from dashboards.sheet import Line, Mood
from surveys.rules.scores import Metric

MOST_NAMED_WEEKS = 5
"""More dates than this run into each other on a narrow phone."""


def trend(metric: Metric, weeks: Sequence[Line]) -> str:
    """Return a score by week with its interval as a band."""
    shown = [line for line in weeks if not line.score.hidden]
    x = [line.label for line in shown]
    figure = _figure()
    figure.add_scatter(x=x, y=[_points(line.score.low) for line in shown], mode="lines", meta="band")
    figure.add_scatter(
        x=x, y=[_points(line.score.high) for line in shown], mode="lines", fill="tonexty", meta="band"
    )
    figure.add_scatter(
        x=x,
        y=[_points(line.score.value) for line in shown],
        mode="lines+markers",
        name=metric.upper(),
        meta="brand",
        marker={"symbol": ["circle-open" if line.score.small else "circle" for line in shown], "size": 8},
        customdata=[line.door for line in shown],
        text=[_hint(metric, line) for line in shown],
        hovertemplate="%{text}<extra></extra>",
    )
    figure.update_layout(
        showlegend=False,
        xaxis=_weeks(weeks),
        yaxis=_axis(metric),
    )
    return _json(figure)


def bars(metric: Metric, lines: Sequence[Line]) -> str:
    """Return a score per touchpoint or region as lying bars with their intervals; small samples are grey."""
    figure = _figure()
    shown = [line for line in lines if not line.score.hidden]
    for role, chosen in (
        ("brand", [line for line in shown if not line.score.small]),
        ("quiet", [line for line in shown if line.score.small]),
    ):
        if chosen:
            figure.add_bar(
                y=[line.label for line in chosen],
                x=[_points(line.score.value) for line in chosen],
                orientation="h",
                # One or two bars would otherwise be as tall as the picture.
                width=min(0.66, 0.18 * len(shown)),
                meta=role,
                customdata=[line.deeper or line.door for line in chosen],
                hovertext=[_hint(metric, line) for line in chosen],
                hovertemplate="%{hovertext}<extra></extra>",
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [_points((line.score.high or 0) - (line.score.value or 0)) for line in chosen],
                    "arrayminus": [
                        _points((line.score.value or 0) - (line.score.low or 0)) for line in chosen
                    ],
                    "thickness": 1.5,
                    "width": 4,
                },
            )
    figure.update_layout(
        showlegend=False,
        barmode="overlay",
        xaxis=_axis(metric),
        yaxis={
            "autorange": "reversed",
            "type": "category",
            "categoryorder": "array",
            "categoryarray": [line.label for line in shown],
        },
    )
    return _json(figure)


def moods(weeks: Sequence[Mood]) -> str:
    """Return feedback by week, stacked by feeling."""
    figure = _figure()
    for role, kind, name in _kinds():
        figure.add_bar(
            x=[week.label for week in weeks],
            y=[getattr(week.feelings, kind) for week in weeks],
            name=name,
            meta=role,
            customdata=[week.doors[kind] for week in weeks],
            hovertemplate=f"%{{x}}<br>{name} %{{y}}<extra></extra>",
        )
    figure.update_layout(barmode="stack", xaxis=_weeks(weeks), yaxis={"rangemode": "tozero"})
    return _json(figure)


def topics(rows: Sequence[Mood]) -> str:
    """Return the topics most spoken of, stacked by the feeling towards them."""
    figure = _figure()
    for role, kind, name in _kinds():
        figure.add_bar(
            y=[row.label for row in rows],
            x=[getattr(row.feelings, kind) for row in rows],
            orientation="h",
            name=name,
            meta=role,
            customdata=[row.doors[kind] for row in rows],
            hovertemplate=f"%{{y}}<br>{name} %{{x}}<extra></extra>",
        )
    figure.update_layout(barmode="stack", yaxis={"autorange": "reversed", "type": "category"})
    return _json(figure)


def funnel(steps: Sequence[tuple[str, int]]) -> str:
    """Return the way from asking to answers as lying bars."""
    figure = _figure()
    figure.add_bar(
        y=[name for name, _count in steps],
        x=[count for _name, count in steps],
        orientation="h",
        meta="brand",
        text=[f"{count:,}" for _name, count in steps],
        textposition="auto",
        hovertemplate="%{y} %{x:,}<extra></extra>",
    )
    figure.update_layout(
        showlegend=False,
        xaxis={"rangemode": "tozero"},
        yaxis={"autorange": "reversed", "type": "category"},
    )
    return _json(figure)


def _figure() -> Any:  # noqa: ANN401 - plotly has no types
    return go.Figure(layout={"template": None})


def _json(figure: Any) -> str:  # noqa: ANN401 - plotly has no types
    return str(figure.to_json())


def _points(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 1)


def _axis(metric: Metric) -> dict[str, Any]:
    if metric is Metric.NPS:
        return {"zeroline": True}
    return {"ticksuffix": "%", "rangemode": "tozero"}


def _weeks(weeks: Sequence[Line] | Sequence[Mood]) -> dict[str, Any]:
    """Return an axis on which every week stands, so that a gap is seen as a gap, and some are named."""
    labels = [week.label for week in weeks]
    named = labels[:: ceil(len(labels) / MOST_NAMED_WEEKS)]
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": labels,
        "tickmode": "array",
        "tickvals": named,
        "ticktext": [label.split("~")[0] for label in named],
        "tickangle": 0,
    }


def _hint(metric: Metric, line: Line) -> str:
    unit = "" if metric is Metric.NPS else "%"
    bad = (
        _("贬损者 %(n)s 人", n=line.counts.bad)
        if metric is Metric.NPS
        else _("不满意 %(n)s 人", n=line.counts.bad)
    )
    return (
        f"{line.label}<br>{metric.upper()} {_points(line.score.value)}{unit}"
        f"（{_points(line.score.low)} ~ {_points(line.score.high)}）<br>n = {line.counts.n:,}，{bad}"
    )


def _kinds() -> tuple[tuple[str, str, str], ...]:
    return ("bad", "negative", _("负面")), ("mid", "neutral", _("中性")), ("good", "positive", _("正面"))
