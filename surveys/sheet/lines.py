"""What the results page shows of one question, as data: answers, scores, means, ranks, words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _

from surveys.rules.questions import CascaderQuestion
from surveys.rules.readings import Column
from surveys.rules.scores import HIDDEN_BELOW, SMALL_BELOW, Counts, Metric, Score
from surveys.rules.summaries.asked import Asked
from surveys.rules.summaries.comparing import MeanPair, ScorePair, Shift
from surveys.rules.summaries.single import BAD_TO, GOOD_FROM, Rank, Spread
from surveys.tags import Tags


@dataclass(frozen=True, slots=True)
class Line:
    """One answer: how many gave it, their share, its colour's role, and the address of exactly these answers.

    ``label`` is short, for a picture; ``said`` is what a table says.
    """

    key: str
    label: str
    n: int
    share: Score
    tone: str
    door: str | None
    said: str
    shift: Shift | None = None


@dataclass(frozen=True, slots=True)
class RankLine:
    """One ranked option with its label."""

    label: str
    rank: Rank


@dataclass(frozen=True, slots=True)
class Part:
    """One column of a question: all of it, or one row of a matrix.

    ``base`` are those who answered. With fewer than ten nothing but the number is shown.
    """

    name: str
    label: str
    kind: str
    base: int
    lines: tuple[Line, ...] = ()
    metric: Metric | None = None
    counts: Counts | None = None
    score: Score | None = None
    spread: Spread | None = None
    ranks: tuple[RankLine, ...] = ()
    other_base: int | None = None
    pair: ScorePair | None = None
    means: MeanPair | None = None

    @property
    def hidden(self) -> bool:
        """Whether there are too few answers to show anything but their number."""
        return self.base < HIDDEN_BELOW

    @property
    def small(self) -> bool:
        """Whether there are so few that everything is grey."""
        return self.base < SMALL_BELOW


@dataclass(frozen=True, slots=True)
class Said:
    """Words as they may be shown: masked, with what the text engine made of them where it has."""

    response_id: int
    at: datetime
    words: str
    tags: Tags | None


@dataclass(frozen=True, slots=True)
class Voices:
    """The words given to a question: how many, the latest of them, and the topics of some hundred latest."""

    base: int
    latest: tuple[Said, ...]
    topics: tuple[tuple[str, int], ...] = ()
    read: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """One question on the page. ``numbers`` are the versions that asked it so."""

    id: str
    asked: Asked
    parts: tuple[Part, ...]
    voices: Voices | None = None
    kind: str = ""
    versions: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> int:
        """Who answered at least the row answered most."""
        return max((part.base for part in self.parts), default=0)


def beside(title: str, value: str) -> str:
    """Return a name with what it has, as a list or a chip shows it."""
    return str(_("%(name)s：%(value)s", name=title, value=value))


def tone(metric: Metric | None, number: float) -> str:
    """Return the role of the colour of a step: the ends of a score are good and bad, all else is plain."""
    if metric is None:
        return "brand"
    if number >= GOOD_FROM[metric]:
        return "good"
    return "bad" if number <= BAD_TO[metric] else "mid"


def label_of(asked: Asked, column: Column, key: str, language: str) -> str:
    """Return how people read an answer's key; unknown ones stand for themselves."""
    if isinstance(asked.question, CascaderQuestion):
        return asked.question.label(key, language)
    if column.kind == "consent":
        return str(_("同意"))
    low, dots, high = key.partition("..")
    if dots:
        return low if low == high else f"{low} ~ {high}"
    return dict(column.options).get(key, key)


def row_label(asked: Asked, column: Column) -> str:
    """Return the label of a matrix row, without the question's title in front; empty for other questions."""
    return column.title.removeprefix(f"{asked.title} – ") if asked.matrix else ""


def group_names(metric: Metric) -> dict[str, str]:
    """Return what the three groups of a score are called."""
    if metric is Metric.NPS:
        return {"bad": _("贬损者（0–6）"), "middle": _("中立者（7–8）"), "good": _("推荐者（9–10）")}
    if metric is Metric.CSAT:
        return {"bad": _("不满意（1–2）"), "middle": _("一般（3）"), "good": _("满意（4–5）")}
    return {"bad": _("费力（1–3）"), "middle": _("一般（4）"), "good": _("轻松（5–7）")}


GROUP_RANGES = {
    Metric.NPS: {"bad": (0, 6), "middle": (7, 8), "good": (9, 10)},
    Metric.CSAT: {"bad": (1, 2), "middle": (3, 3), "good": (4, 5)},
    Metric.CES: {"bad": (1, 3), "middle": (4, 4), "good": (5, 7)},
}
"""The numbers of each group of a score."""


def kind_name(asked: Asked) -> str:
    """Return what a kind of question is called."""
    names: dict[str, str] = {
        "nps": _("NPS 推荐意愿"),
        "csat": _("CSAT 满意度"),
        "ces": _("CES 轻松度"),
        "rating": _("评分"),
        "choice": _("单选"),
        "choices": _("多选"),
        "dropdown": _("下拉单选"),
        "cascader": _("级联选择"),
        "matrix": _("矩阵"),
        "ranking": _("排序"),
        "words": _("文字"),
        "slider": _("滑块"),
        "date": _("日期"),
        "consent": _("同意声明"),
        "image_choice": _("图片选择"),
        "file": _("文件"),
        "hidden": _("隐藏字段"),
    }
    return names.get(asked.question.type, asked.question.type)
