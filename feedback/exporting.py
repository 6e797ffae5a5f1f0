"""A row of the list as cells of a table that any spreadsheet may open."""

from collections.abc import Mapping

from flask_babel import gettext as _

from core import clock
from core.spreadsheets import safe_cell
from feedback.models import Feedback


def header() -> list[str]:
    """Return the column names."""
    return [
        _("编号"), _("时间"), _("来源"), _("来源编号"), _("渠道"), _("触点"), _("机构"), _("NPS"), _("CSAT"), _("CES"),
        _("评分"), _("情感"), _("情感分"), _("主题"), _("风险"), _("关键词"), _("原声"), _("处理时间"),
    ]  # fmt: skip


def cells(row: Feedback, names: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the cells of one utterance, its words masked, times on a Beijing clock."""
    topics = "；".join(
        f"{names['topic'].get(topic.code, topic.code)}（{names['sentiment'][topic.polarity]}）"
        for topic in row.topics
    )
    texts = [
        row.source,
        row.source_id,
        names["channel"].get(row.channel, row.channel),
        row.touchpoint.name if row.touchpoint else "",
        row.region.name,
    ]
    tags = [
        topics,
        "；".join(names["risk"].get(risk, risk) for risk in row.risks),
        "；".join(row.keywords),
        row.masked_words,
    ]
    return [
        str(row.id),
        f"{clock.beijing(row.occurred_at):%Y-%m-%d %H:%M:%S}",
        *map(safe_cell, texts),
        *("" if number is None else f"{number:g}" for number in (row.nps, row.csat, row.ces, row.rating)),
        names["sentiment"].get(row.sentiment or "", ""),
        "" if row.score is None else f"{row.score:.2f}",
        *map(safe_cell, tags),
        f"{clock.beijing(row.handled_at):%Y-%m-%d %H:%M:%S}" if row.handled_at else "",
    ]
