"""Showing an analysis to a person in a terminal: the text in colours, then every verdict with its words."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sentiment.analysis import Analysis, Span
from sentiment.vocabulary import vocabulary

COLOURS = {"negative": "red", "neutral": "yellow", "positive": "green"}
POLARITY_NAMES = {"negative": "负面", "neutral": "中性", "positive": "正面"}
RISK_NAMES = {"regulator": "监管与诉讼", "churn": "流失", "harm": "人身安全", "fraud": "欺诈"}
INTENT_NAMES = {"complaint": "投诉", "question": "咨询", "praise": "表扬", "suggestion": "建议", "none": "无"}
PERSONAL_NAMES = {
    "mobile": "手机号",
    "id_card": "身份证号",
    "bank_card": "银行卡号",
    "email": "邮箱",
    "policy_no": "保单号",
    "plate": "车牌",
    "name": "姓名",
    "address": "地址",
}
BAR = 20


def explain(text: str, found: Analysis) -> RenderableType:
    """Render for `rich`: clauses coloured by feeling, causes underlined, risks reversed."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    table.add_row("情感", _feeling(found))
    for clause in found.clauses if len(found.clauses) > 1 else ():
        words = Text(text[clause.start : clause.end], style=COLOURS[clause.sentiment])
        table.add_row("  分句", words.append(f"  {clause.score:+.2f}", style="dim"))
    labels = vocabulary().labels
    for topic in found.topics:
        line = Text(labels.get(topic.code, topic.code)).append(f" {topic.code} ", style="dim")
        line.append(POLARITY_NAMES[topic.polarity], style=COLOURS[topic.polarity])
        line.append(f"  {topic.confidence:.2f}  ", style="dim").append(_quoted(text, topic.causes))
        table.add_row("主题", line)
    for risk in found.risks:
        name = Text(RISK_NAMES[risk.kind], style="bold red")
        table.add_row("风险", name.append("  ").append(_quoted(text, (Span(risk.start, risk.end),))))
    for span in found.personal:
        name = Text(PERSONAL_NAMES[span.kind], style="magenta")
        table.add_row("个人信息", name.append("  ").append(text[span.start : span.end]))
    if found.key_phrases:
        table.add_row("关键词", " ".join(found.key_phrases))
    table.add_row("意图", f"{INTENT_NAMES[found.intent]}，费力度 {found.effort:.1f}，语言 {found.language}")
    table.add_row("引擎", Text(found.engine, style="dim"))
    return Group(coloured(text, found), Text(""), table)


def coloured(text: str, found: Analysis) -> Text:
    """Give the text in colours."""
    words = Text(text)
    for clause in found.clauses:
        words.stylize(COLOURS[clause.sentiment], clause.start, clause.end)
    for topic in found.topics:
        for cause in topic.causes:
            words.stylize("underline", cause.start, cause.end)
    for risk in found.risks:
        words.stylize("reverse", risk.start, risk.end)
    for span in found.personal:
        words.stylize("magenta", span.start, span.end)
    return words


def _feeling(found: Analysis) -> Text:
    filled = round((found.score + 1) / 2 * BAR)
    line = Text(POLARITY_NAMES[found.sentiment], style=f"bold {COLOURS[found.sentiment]}")
    line.append(f"  {found.probability:.0%}  ", style="default")
    line.append("━" * filled, style=COLOURS[found.sentiment]).append("━" * (BAR - filled), style="dim")
    return line.append(f"  {found.score:+.2f}", style="dim")


def _quoted(text: str, spans: tuple[Span, ...]) -> str:
    return "".join(f"「{text[span.start : span.end]}」" for span in spans)
