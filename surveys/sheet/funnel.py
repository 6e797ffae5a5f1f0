"""The way from choosing a customer to a finished questionnaire, with a reason for every loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from surveys.counting.building import OUTCOME
from surveys.queries.results import Openings, Stop
from surveys.rules.definition import Definition
from surveys.rules.scores import response_rate
from surveys.rules.summaries import narrowing, single
from surveys.rules.summaries.asked import Version
from surveys.rules.summaries.narrowing import Source
from surveys.rules.summaries.single import Spread
from surveys.rules.summaries.values import Flags, narrowed
from surveys.rules.texts import Language, say

STEPS = ("offered", "asked", "delivered", "opened", "started", "completed")
"""Whom a rule chose; who was not left out; whom the message reached; who opened, began, finished."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: how many came so far, their share of those of the step before, and why others did not."""

    key: str
    label: str
    n: int
    share: float | None
    losses: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """The steps of invitations; ``rate`` is finished of delivered, None under ten.

    ``looked`` are those who opened the questionnaire and sent nothing so far: ``waiting`` may still, ``gone`` not.
    """

    steps: tuple[Step, ...]
    waiting: int = 0
    gone: int = 0

    @property
    def looked(self) -> int:
        """How many opened the questionnaire and sent nothing."""
        return self.waiting + self.gone

    @property
    def n(self) -> int:
        """How many customers a rule chose."""
        return self.steps[0].n

    @property
    def rate(self) -> float | None:
        """The response rate: completed questionnaires of those that were delivered."""
        counts = {step.key: step.n for step in self.steps}
        return response_rate(counts["completed"], counts["delivered"])


@dataclass(frozen=True, slots=True)
class OpenFunnel:
    """Answers by open links: nobody knows how many could have answered, so there is no response rate."""

    openings: Openings
    completed: int


@dataclass(frozen=True, slots=True)
class PageLine:
    """One page: how many were seen on it, how many stopped there, and how long the others took."""

    label: str
    seen: int
    left: int
    returning: int
    spread: Spread | None

    @property
    def share(self) -> float | None:
        """The share of those on the page who stopped there for good; None under ten."""
        return self.left / self.seen if self.seen >= 10 else None


def funnel(source: Source, mask: Flags) -> Funnel:
    """Return the steps of the invitations that ``mask`` keeps."""
    tally = single.options(narrowed(source.values(OUTCOME), mask), ())
    outcomes = {bar.key: bar.n for bar in tally.bars}
    reached = {
        step: sum(n for outcome, n in outcomes.items() if STEPS.index(outcome.partition(":")[0]) >= at)
        for at, step in enumerate(STEPS)
    }
    names, reasons = step_names(), reason_names()
    steps = []
    for at, step in enumerate(STEPS):
        before = reached[STEPS[at - 1]] if at else 0
        # Whoever went no further than the step before is lost here.
        lost = [
            (outcome.partition(":")[2], n)
            for outcome, n in outcomes.items()
            if at and outcome.partition(":")[0] == STEPS[at - 1]
        ]
        losses = tuple(
            (reasons.get(f"{STEPS[at - 1]}:{why}") or reasons.get(why, why), n)
            for why, n in sorted(lost, key=lambda one: -one[1])
        )
        steps.append(
            Step(step, names[step], reached[step], reached[step] / before if before else None, losses)
        )
    return Funnel(tuple(steps), outcomes.get("opened:open", 0), outcomes.get("opened:expired", 0))


def pages(
    definition: Definition,
    versions: Mapping[int, Version],
    source: Source,
    mask: Flags,
    stops: Sequence[Stop],
    passes: Mapping[str, int],
    language: Language,
    invited: Funnel | None = None,
) -> list[PageLine]:
    """Return the pages of a survey in their order with who stopped there and the seconds of the others.

    Where each question is a page of its own, questions are the pages. Nothing is stored of a customer on the first
    page before something is sent from it; who opened an invitation and sent nothing is known from ``invited``.

    How long somebody took is not always known, yet whoever has finished was on every page that nobody can pass by.
    Only of the other pages do the seconds tell who has seen them.
    """
    found = []
    for at, (key, label) in enumerate(_page_labels(definition, language)):
        values = narrowed(source.values(f"{narrowing.PAGE}{key}"), mask)
        here = [stop for stop in stops if stop.page == key]
        left = sum(stop.n for stop in here if stop.over)
        returning = sum(stop.n for stop in here if not stop.over)
        if at == 0 and invited is not None:
            left += invited.gone
            returning += invited.waiting
        certain = source.within(
            frozenset(one.id for one in versions.values() if key in _for_all(one.definition))
        )
        finished = int((values.known | certain[mask]).sum())
        seen = finished + left + returning + passes.get(key, 0)
        found.append(PageLine(label, seen, left, returning, single.spread(values)))
    return found


def _page_labels(definition: Definition, language: Language) -> list[tuple[str, str]]:
    if definition.layout == "single":
        return [
            (question.id, say(question.title, language))
            for question in definition.questions
            if question.shown
        ]
    return [
        (page.id, say(page.title, language) if page.title else _("第 %(n)s 页", n=at))
        for at, page in enumerate(definition.pages, 1)
    ]


def _for_all(definition: Definition) -> set[str]:
    """Return the pages that everybody who finishes has seen: no condition hides them, no jump passes them by."""
    found: set[str] = set()
    for page in definition.pages:
        always = [question.id for question in page.questions if question.shown and question.show is None]
        if page.show is None and always:
            found |= set(always) if definition.layout == "single" else {page.id}
        if page.jumps:
            break
    return found


def step_names() -> dict[str, str]:
    """Return what the steps are called."""
    return {
        "offered": _("符合条件"),
        "asked": _("发出邀请"),
        "delivered": _("成功送达"),
        "opened": _("打开问卷"),
        "started": _("开始作答"),
        "completed": _("完成回答"),
    }


def reason_names() -> dict[str, str]:
    """Return why somebody went no further, as people read it."""
    return {
        "not_sampled": _("未被抽中"),
        "too_late": _("事件报来太晚，不再询问"),
        "no_address": _("没有联系方式"),
        "opted_out": _("客户已退订"),
        "capped": _("近期已问过（频次限制）"),
        "already_answered": _("已经回答过"),
        "expired": _("发送前已过期"),
        "cancelled": _("已取消"),
        "rejected": _("被邮件服务器或短信平台拒绝"),
        "gave_up": _("多次发送失败"),
        "no_message": _("没有生成消息"),
        "uncertain": _("发送结果不明"),
        "waiting": _("等待发送"),
        "delivered:open": _("还没打开，仍可回答"),
        "delivered:expired": _("到期未打开"),
        "opened:open": _("打开后还没作答，仍可回答"),
        "opened:expired": _("打开后没有作答，已到期"),
        "started:open": _("答了一部分，仍可继续"),
        "started:left": _("中途离开，已到期"),
    }
