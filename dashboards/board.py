"""Everything that one look at the numbers holds, read and reckoned once for the page and for its file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from dashboards import changes, queries, sheet
from dashboards.changes import Theme
from dashboards.doors import Doors
from dashboards.queries import Funnel, Place, Point, Scores, Slice, Work
from dashboards.sheet import Headline, Line, Mood
from grid.rules import Viewer
from surveys.rules.scores import Metric


@dataclass(frozen=True, slots=True)
class Board:
    """The numbers of a slice. ``tests`` changes were tested; ``moved`` and ``themes`` are those that hold.

    ``last_heard`` is the last day on which anybody said anything, where nobody did in the slice.
    """

    asked: Slice
    top: Place
    scores: Scores
    headlines: Sequence[Headline]
    weekly: Mapping[Metric, Sequence[Line]]
    by_point: Mapping[Metric, Sequence[Line]]
    by_region: Mapping[Metric, Sequence[Line]]
    points_moved: Sequence[tuple[Metric, Line]]
    regions_moved: Sequence[tuple[Metric, Line]]
    themes: Sequence[Theme]
    tests: int
    moods: Sequence[Mood]
    topics: Sequence[Mood]
    funnel: Funnel
    work: Work
    doors: Doors
    has_scores: bool
    has_voices: bool
    last_heard: date | None


def read(
    session: Session,
    viewer: Viewer,
    asked: Slice,
    *,
    points: Sequence[Point],
    places: Sequence[Place],
    topics: Mapping[str, str],
    deeper: Callable[[Place], str],
) -> Board:
    """Return the numbers of a slice as far as the viewer sees them.

    ``topics`` are the names of topics by code; ``deeper`` makes the address of the page one step down.
    """
    top = asked.place or next(place for place in places if place.id == viewer.region_id)
    scores, before = (queries.scores(session, viewer, one) for one in (asked, asked.before))
    voices, voices_before = (queries.voices(session, viewer, one) for one in (asked, asked.before))
    has_scores = any(counts.n for counts in scores.overall.values())
    has_voices = any(feelings.all for feelings in voices.by_week.values())
    doors = Doors(viewer, asked)
    metrics = [metric for metric in Metric if metric is not Metric.CES or scores.of(metric).n]
    (by_point, by_region), tests = changes.tested(
        {metric: sheet.touchpoints(scores, before, metric, points, doors) for metric in sheet.CHARTED},
        {
            metric: sheet.regions(scores, before, metric, places, top, doors, deeper=deeper)
            for metric in sheet.CHARTED
        },
    )
    themes, topics_tested = changes.themes(voices, voices_before, topics, doors)
    return Board(
        asked=asked,
        top=top,
        scores=scores,
        headlines=[sheet.headline(scores, before, metric, doors) for metric in metrics],
        weekly={metric: sheet.weeks(scores, metric, asked.period, doors) for metric in sheet.CHARTED},
        by_point=by_point,
        by_region=by_region,
        points_moved=changes.moved(by_point),
        regions_moved=changes.moved(by_region),
        themes=themes,
        tests=tests + topics_tested,
        moods=sheet.moods(voices, asked.period, doors),
        topics=sheet.topics(voices, topics, doors),
        funnel=queries.funnel(session, viewer, asked),
        work=queries.work(session, viewer, asked),
        doors=doors,
        has_scores=has_scores,
        has_voices=has_voices,
        # Whoever looks at a quiet period is told that it is quiet, not that nobody has ever answered.
        last_heard=None if has_scores or has_voices else queries.last_heard(session, viewer),
    )
