"""The pictures of the results page: plotly figures as plain data, without colours, fonts or margins.

Colours come from the style sheet by the role that ``meta`` names; ``customdata`` holds the door of a point. A
page of twenty questions has as many pictures, so they are written as data: plotly's own builder takes
milliseconds for each.
"""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from surveys.sheet.funnel import Step
from surveys.sheet.lines import Line, Part, RankLine

Figure = dict[str, Any]


def answers(part: Part, other: str | None = None) -> Figure:
    """Return the shares of the answers as bars; steps of a scale stand, options lie.

    With ``other`` (its name) the second group's shares stand beside, in grey.
    """
    standing = part.kind == "number"
    roles = list(dict.fromkeys(line.tone for line in part.lines))
    if other is not None or part.small:
        roles = ["brand" if not part.small else "quiet"]
    data = []
    for role in roles:
        lines = [line for line in part.lines if len(roles) == 1 or line.tone == role]
        data.append(_bars(lines, [line.share.value for line in lines], role, _("当前"), standing=standing))
    if other is not None:
        theirs = [line.shift.one.value if line.shift else None for line in part.lines]
        data.append(_bars(part.lines, theirs, "quiet", other, standing=standing))
    layout: dict[str, Any] = {
        "showlegend": other is not None,
        "barmode": "group" if other is not None else "overlay",
        "bargap": 0.35,
    }
    category = {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": [line.label for line in part.lines],
        "automargin": True,
    }
    share = {"ticksuffix": "%", "rangemode": "tozero"}
    if standing:
        layout |= {"xaxis": category | {"tickangle": 0}, "yaxis": share}
    else:
        layout |= {"xaxis": share, "yaxis": category | {"autorange": "reversed"}}
    return {"data": data, "layout": layout}


def ranks(lines: Sequence[RankLine]) -> Figure:
    """Return the mean place of each option as lying bars, the best on top; shorter is better."""
    shown = [line for line in lines if line.rank.mean is not None]
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "meta": "brand",
                "y": [line.label for line in shown],
                "x": [round(line.rank.mean or 0, 2) for line in shown],
                "text": [f"{line.rank.mean:.2f}" for line in shown],
                "textposition": "auto",
                "textangle": 0,
                "hovertemplate": "%{y} %{x}<extra></extra>",
            }
        ],
        "layout": {
            "showlegend": False,
            "xaxis": {"rangemode": "tozero"},
            "yaxis": {"type": "category", "autorange": "reversed", "automargin": True},
        },
    }


def funnel(steps: Sequence[Step]) -> Figure:
    """Return the way from choosing to finishing as lying bars."""
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "meta": "brand",
                "y": [step.label for step in steps],
                "x": [step.n for step in steps],
                "text": [f"{step.n:,}" for step in steps],
                "textposition": "auto",
                "textangle": 0,
                "hovertemplate": "%{y} %{x:,}<extra></extra>",
            }
        ],
        "layout": {
            "showlegend": False,
            "xaxis": {"rangemode": "tozero"},
            "yaxis": {"type": "category", "autorange": "reversed", "automargin": True},
        },
    }


def _bars(
    lines: Sequence[Line], shares: Sequence[float | None], role: str, name: str, *, standing: bool
) -> dict[str, Any]:
    labels = [line.label for line in lines]
    values = [None if share is None else round(100 * share, 1) for share in shares]
    return {
        "type": "bar",
        "orientation": "v" if standing else "h",
        "meta": role,
        "name": name,
        "x": labels if standing else values,
        "y": values if standing else labels,
        "customdata": [line.door for line in lines],
        "hovertext": [f"{line.label}<br>{line.n:,}" for line in lines],
        "hovertemplate": f"%{{hovertext}}<br>{name} %{{{'y' if standing else 'x'}}}%<extra></extra>",
    }
