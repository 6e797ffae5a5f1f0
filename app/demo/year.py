"""The plan of the demo's year: who met the insurer when, who was asked, who answered with which score.

Everything hangs on one seeded dice and the last day, so the same day gives the same year. The plan has
things worth finding on the dashboard: claims in Sichuan go wrong in spring and get better after it, the
hotline is worst in the busy weeks before Spring Festival, Shenzhen is best throughout.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core import clock
from delivery import services as delivery
from delivery.rules import Channel

VISITS = 20_000
ANSWERS = 6_000
REST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Habit:
    """How a touchpoint is in general: its share of visits, its survey, how good it is, who answers, by what."""

    weight: int
    survey: str
    delay_minutes: int
    quality: float
    answers: float
    channel: Channel = Channel.EMAIL


HABITS = {
    "claim_closed": Habit(30, "motor_claim", 30, 0.56, 1.25),
    "renewal_done": Habit(11, "transactional_nps", 60, 0.62, 0.8),
    "policy_issued": Habit(9, "transactional_nps", 1440, 0.66, 0.85),
    "hotline_call": Habit(24, "service_csat", 10, 0.60, 1.0, Channel.SMS),
    "policy_change_done": Habit(12, "service_csat", 30, 0.66, 0.9),
    "branch_visit": Habit(9, "service_csat", 30, 0.70, 0.95),
    "roadside_assistance": Habit(5, "service_csat", 60, 0.80, 1.3),
}

CITY_EFFECT = {"4403": 0.09, "3301": 0.05, "3201": 0.02, "5115": -0.08, "4401": -0.03, "3303": -0.04}
_HOURS = (8, 9, 9, 10, 10, 10, 11, 11, 13, 14, 14, 15, 15, 15, 16, 16, 17, 17, 18, 19, 20)


@dataclass(slots=True)
class Visit:
    """A customer at a touchpoint, and what came of asking."""

    customer: dict[str, Any]
    city: str
    touchpoint: str
    at: datetime
    due_at: datetime
    outcome: str = "sent"
    answered_at: datetime | None = None
    nps: int | None = None
    csat: int | None = None

    @property
    def survey(self) -> str:
        """The survey that asked."""
        return HABITS[self.touchpoint].survey

    @property
    def channel(self) -> Channel:
        """The channel by which it asked."""
        return HABITS[self.touchpoint].channel


def plan(
    dice: random.Random, customers: Sequence[dict[str, Any]], city_of: dict[int, str], end: date
) -> list[Visit]:
    """Return the year's visits in order of time, with what came of each."""
    visits = _visits(dice, customers, city_of, end)
    refusing = {customer["id"] for customer in dice.sample(list(customers), len(customers) // 100)}
    last_sent: dict[int, datetime] = {}
    for visit in visits:
        visit.outcome = _outcome(dice, visit, refusing, last_sent)
        if visit.outcome in {"sent", "uncertain"}:
            last_sent[visit.customer["id"]] = visit.due_at
    _answers(
        dice, [visit for visit in visits if visit.outcome == "sent"], clock.day_start(end + timedelta(days=1))
    )
    return visits


def _visits(
    dice: random.Random, customers: Sequence[dict[str, Any]], city_of: dict[int, str], end: date
) -> list[Visit]:
    days = [end - timedelta(days=back) for back in range(364, -1, -1)]
    weights = [(0.45 if day.weekday() >= 5 else 1.0) * (0.85 + 0.3 * n / 364) for n, day in enumerate(days)]
    touchpoints = dice.choices(list(HABITS), [habit.weight for habit in HABITS.values()], k=VISITS)
    visits = []
    recent: dict[int, date] = {}
    for day, touchpoint in zip(sorted(dice.choices(days, weights, k=VISITS)), touchpoints, strict=True):
        customer = dice.choice(customers)
        # Most people do not come back within a month; those who do meet the frequency cap.
        for _again in range(4):
            seen = recent.get(customer["id"])
            if seen is None or (day - seen).days > REST_DAYS or dice.random() < 0.12:
                break
            customer = dice.choice(customers)
        recent[customer["id"]] = day
        at = clock.day_start(day) + timedelta(
            hours=dice.choice(_HOURS), minutes=dice.randrange(60), seconds=dice.randrange(60)
        )
        habit = HABITS[touchpoint]
        delay = timedelta(minutes=habit.delay_minutes)
        due_at = delivery.earliest(habit.channel, at + delay)
        if due_at >= clock.day_end(end):
            # Nothing of the story waits to be sent: a demo must write to nobody.
            at -= timedelta(days=2)
            due_at = delivery.earliest(habit.channel, at + delay)
        visits.append(Visit(customer, city_of[customer["region_id"]], touchpoint, at, due_at))
    visits.sort(key=lambda visit: visit.at)
    return visits


def _outcome(dice: random.Random, visit: Visit, refusing: set[int], last_sent: dict[int, datetime]) -> str:
    if visit.channel == Channel.EMAIL and visit.customer["email"] is None:
        return "no_address"
    if visit.customer["id"] in refusing:
        return "opted_out"
    before = last_sent.get(visit.customer["id"])
    if before is not None and visit.due_at - before < timedelta(days=REST_DAYS):
        return "capped"
    fate = dice.random()
    if fate < 0.006:
        return "rejected"
    return "uncertain" if fate < 0.0068 else "sent"


def _answers(dice: random.Random, sent: list[Visit], now: datetime) -> None:
    """Let exactly ANSWERS of the customers answer, eager touchpoints more often."""
    first = sent[0].at
    eagerness = sorted(
        sent, key=lambda visit: dice.random() ** (1 / HABITS[visit.touchpoint].answers), reverse=True
    )
    answered = 0
    for visit in eagerness:
        at = visit.due_at + timedelta(minutes=min(dice.lognormvariate(4.6, 1.6), 13 * 1440))
        if at >= now:
            continue
        visit.answered_at = at
        quality = _quality(visit, (visit.at - first).days)
        if visit.survey in {"transactional_nps", "motor_claim"}:
            visit.nps = _nps(dice, quality)
        else:
            visit.csat = _csat(dice, quality)
        answered += 1
        if answered == ANSWERS:
            return


def _quality(visit: Visit, day: int) -> float:
    """Return how well the visit went, 0 to 1, before chance has its say."""
    quality = HABITS[visit.touchpoint].quality + CITY_EFFECT.get(visit.city, 0.0) + 0.05 * day / 364
    month = clock.beijing(visit.at).month
    if visit.touchpoint == "claim_closed" and visit.city.startswith("51") and month in {3, 4, 5}:
        quality -= 0.24
    if visit.touchpoint == "hotline_call" and month in {1, 2}:
        quality -= 0.13
    return min(max(quality, 0.05), 0.95)


def _nps(dice: random.Random, quality: float) -> int:
    fate = dice.random()
    promoters = quality * 0.95
    if fate < promoters:
        return dice.choices((9, 10), (2, 3))[0]
    if fate < promoters + 0.24 * (1 - quality * 0.4):
        return dice.choices((7, 8), (2, 3))[0]
    return dice.choices((0, 1, 2, 3, 4, 5, 6), (5, 2, 4, 5, 5, 9, 9))[0]


def _csat(dice: random.Random, quality: float) -> int:
    fate = dice.random()
    if fate < quality * 0.85:
        return 5
    if fate < quality * 0.85 + 0.2:
        return 4
    return dice.choices((1, 2, 3), (4, 3, 5))[0]
