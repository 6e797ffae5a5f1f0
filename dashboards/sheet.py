"""The rows of the manager's page: counts from the queries turned into scores, each with its door."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from dashboards import queries
from dashboards.doors import Doors
from dashboards.queries import Feelings, Funnel, Place, Point, Scores, Voices
from dashboards.rules import Period
from feedback.rules import ScoreGroup
from surveys.rules import scores as formulas
from surveys.rules.scores import Change, Counts, Metric, Score

BAD_GROUP = {
    Metric.NPS: ScoreGroup.DETRACTOR,
    Metric.CSAT: ScoreGroup.DISSATISFIED,
    Metric.CES: ScoreGroup.EFFORTFUL,
}
"""The group of answers, as the list of feedback calls it, in which the work begins."""

CHARTED = (Metric.NPS, Metric.CSAT)
"""The scores whose weeks and touchpoints are drawn; effort is asked at too few touchpoints for a line."""

MOST_TOPICS = 10

KINDS = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class Headline:
    """One score of the whole slice, its change, and what is behind it."""

    metric: Metric
    counts: Counts
    score: Score
    change: Change | None
    door: str | None
    answers_missing: int


@dataclass(frozen=True, slots=True)
class Line:
    """One bar or point: a week, a touchpoint or a region. ``door`` opens its ``counts.bad`` worst answers.

    ``change`` is that from ``before``, the score of the period before; ``holds`` says that it survives the many tests.
    """

    key: str
    label: str
    counts: Counts
    score: Score
    door: str | None
    deeper: str | None = None
    before: Score | None = None
    change: Change | None = None
    holds: bool = False


@dataclass(frozen=True, slots=True)
class Mood:
    """Feelings of a week or towards a topic, with the list of all of them and of each kind."""

    label: str
    feelings: Feelings
    door: str | None
    doors: Mapping[str, str | None]


def headline(scores: Scores, before: Scores, metric: Metric, doors: Doors) -> Headline:
    """Return one score of the whole slice."""
    counts = scores.of(metric)
    score = formulas.score(metric, counts)
    missing = 0
    if not score.hidden and score.low is not None and score.high is not None:
        wide = score.high - score.low > 4 * formulas.WANTED_ERROR
        missing = formulas.answers_needed(formulas.variance(metric, counts)) - counts.n if wide else 0
    return Headline(
        metric,
        counts,
        score,
        formulas.change(metric, before.of(metric), counts),
        doors.voices(score=BAD_GROUP[metric]),
        max(0, missing),
    )


def weeks(scores: Scores, metric: Metric, period: Period, doors: Doors) -> list[Line]:
    """Return every week of the period, those without answers too."""
    found = scores.by_week[metric]
    lines = []
    for monday in period.mondays():
        counts, days = found.get(monday, Counts()), period.week(monday)
        door = doors.voices(score=BAD_GROUP[metric], period=days)
        lines.append(
            Line(days.first.isoformat(), week_label(days), counts, formulas.score(metric, counts), door)
        )
    return lines


def touchpoints(
    scores: Scores, before: Scores, metric: Metric, points: Sequence[Point], doors: Doors
) -> list[Line]:
    """Return the touchpoints that were answered about, in the order of the journey."""
    found = scores.by_touchpoint[metric]
    return [
        Line(
            point.code,
            point.name,
            found[point.code],
            formulas.score(metric, found[point.code]),
            doors.voices(score=BAD_GROUP[metric], touchpoint=point.code),
            **_past(metric, before.by_touchpoint[metric].get(point.code, Counts()), found[point.code]),
        )
        for point in points
        if point.code in found
    ]


def regions(
    scores: Scores,
    before: Scores,
    metric: Metric,
    places: Sequence[Place],
    top: Place,
    doors: Doors,
    *,
    deeper: Callable[[Place], str],
) -> list[Line]:
    """Return the regions right below ``top``; ``deeper`` makes the address of the page one step down."""
    parents = {place.parent_id for place in places}
    earlier = {place.id: counts for place, counts in queries.below(before.by_region[metric], places, top)}
    lines = []
    for place, counts in queries.below(scores.by_region[metric], places, top):
        # A region's own answers cannot be listed without those below it, so they have no door.
        own = place.id == top.id and place.id in parents
        lines.append(
            Line(
                place.code,
                _("%(name)s（本级）", name=place.name) if own else place.name,
                counts,
                formulas.score(metric, counts),
                None if own else doors.voices(score=BAD_GROUP[metric], region=place.code),
                deeper(place) if place.id in parents and not own else None,
                # All there is at the lowest level is the region itself: its change stands in the headline.
                **(
                    {}
                    if place.id == top.id and not own
                    else _past(metric, earlier.get(place.id, Counts()), counts)
                ),
            )
        )
    return lines


def _past(metric: Metric, before: Counts, now: Counts) -> dict[str, Any]:
    return {"before": formulas.score(metric, before), "change": formulas.change(metric, before, now)}


def moods(voices: Voices, period: Period, doors: Doors) -> list[Mood]:
    """Return the feelings of every week of the period."""
    found = []
    for monday in period.mondays():
        days = period.week(monday)
        kinds = {kind: doors.voices(sentiment=kind, period=days) for kind in KINDS}
        feelings = voices.by_week.get(monday, Feelings())
        found.append(Mood(week_label(days), feelings, doors.voices(period=days), kinds))
    return found


def topics(voices: Voices, names: Mapping[str, str], doors: Doors) -> list[Mood]:
    """Return the topics most spoken of, the most frequent first."""
    ranked = sorted(voices.topics.items(), key=lambda item: (-item[1].all, item[0]))[:MOST_TOPICS]
    return [
        Mood(
            names.get(code, code),
            feelings,
            doors.voices(topic=code),
            {kind: doors.voices(topic=code, polarity=kind) for kind in KINDS},
        )
        for code, feelings in ranked
        if feelings.all
    ]


def steps(funnel: Funnel) -> list[tuple[str, int]]:
    """Return the way from asking to answers: what each step is called, and how many came so far."""
    return [
        (_("符合条件"), funnel.eligible),
        (_("发出邀请"), funnel.invited),
        (_("成功送出"), funnel.sent),
        (_("打开问卷"), funnel.opened),
        (_("完成回答"), funnel.answered),
    ]


def week_label(days: Period) -> str:
    """Return how a week is written on an axis: its days."""
    first, last = days.first, days.last
    if first == last:
        return f"{first:%m-%d}"
    return f"{first:%m-%d}~{last:%m-%d}"
