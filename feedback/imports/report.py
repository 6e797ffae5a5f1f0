"""What became of an imported file, in sentences for whoever imported it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core import clock
from feedback.imports.columns import LABELS, Understood
from feedback.imports.ratings import Ratings


@dataclass(slots=True)
class ImportReport:
    """What became of a file's rows; ``known`` ones had come in before.

    ``differing`` counts those of them, by the import they came with, that would say something else now.
    ``untimed`` rows have no time of their own and got ``otherwise``; ``dated`` tells that somebody named it.
    """

    source: str
    import_id: int
    region: str
    channel: str
    otherwise: datetime
    dated: bool
    encoding: str = ""
    new: int = 0
    known: int = 0
    rejected: int = 0
    tagged: int = 0
    untimed: int = 0
    differing: Counter[int | None] = field(default_factory=Counter)
    ratings: Ratings = field(default_factory=Ratings)
    understood: Understood = field(default_factory=Understood)
    unseen: list[str] = field(default_factory=list)
    reject_file: Path | None = None

    @property
    def ignored(self) -> tuple[str, ...]:
        """Return the headers of the columns that mean nothing to us."""
        return tuple(self.understood.ignored)

    def sentence(self) -> str:
        """Say in Chinese what became of the file's rows."""
        counts = f"新增 {self.new} 条，已有 {self.known} 条，拒收 {self.rejected} 条"
        parts = [f"第 {self.import_id} 次导入，来源 {self.source}：{counts}"]
        if self.tagged:
            parts.append(f"已分析 {self.tagged} 条")
        if self.reject_file is not None:
            parts.append(f"拒收的行及原因见 {self.reject_file}，改好后可直接导入这个文件")
        return "；".join(parts) + "。"

    def lines(self) -> list[str]:
        """Say what became of the rows, what the columns were taken for, and what should be looked at."""
        return [self.sentence(), *self._columns(), *(f"注意：{line}。" for line in self._warnings())]

    def _columns(self) -> list[str]:
        taken = [
            f"{label}←{self.understood.taken[name]}"
            for name, label in LABELS.items()
            if name in self.understood.taken
        ]
        found = [f"各列读作：{'，'.join(taken)}。"] if taken else []
        if self.understood.ignored:
            found.append(f"没有读的列：{'、'.join(self.understood.ignored)}。")
        return found

    def _warnings(self) -> list[str]:
        taken = self.understood.taken
        found = [
            f"“{header}”也像是{LABELS[name]}，没有读（{LABELS[name]}取自“{taken.get(name, '')}”）；"
            f"要读它，请用 --column {LABELS[name]}={header}"
            for header, name in self.understood.doubles
        ]
        found += [f"没有一行有“{header}”这一项" for header in self.unseen]
        if self.untimed:
            found.append(self._untimed())
        if "rating" not in taken:
            found.append("没有评分列，这些话都没有评分")
        elif warning := self.ratings.warning():
            found.append(warning)
        if "region" not in taken:
            found.append(f"没有机构列，都记在 {self.region} 名下，可用 --region 指明")
        if "channel" not in taken:
            found.append(f"没有渠道列，渠道都记为 {self.channel}，可用 --channel 指明")
        for run, rows in self.differing.items():
            undo = f"；要按这个文件更正，请先 cx import undo {run}，再导入" if run is not None else ""
            found.append(f"已有的当中有 {rows} 条与这个文件写的不同，没有更改{undo}")
        return found

    def _untimed(self) -> str:
        at = f"{self.otherwise.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}"
        if "occurred_at" in self.understood.taken:
            said = f"有 {self.untimed} 行没有写时间"
        else:
            said = f"没有时间列，{self.untimed} 行都没有时间"
        if self.dated:
            return f"{said}，按 --date 记为 {at}"
        return (
            f"{said}，记为导入的时间 {at}，会当作刚收到的排在最前；"
            "若是以前的话，请用 --date 2025-03-01 这样指明日期，或用 --column 时间=列名 指明时间列"
        )
