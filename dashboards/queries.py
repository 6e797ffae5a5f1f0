"""Reads of the rollups: numbers of a period and a part of the network, as far as the viewer sees it.

Only rollups are read (and the index of open tickets), so a page costs the same however many answers there
are. Every number takes the same :class:`Slice`; whatever narrows it acts on numerator and denominator.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Row,
    and_,
    cast,
    func,
    literal,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from core import clock
from dashboards.models import EVERYWHERE, AskDay, PromiseDay, ScoreDay, VoiceDay
from dashboards.rules import Period
from grid.models import Region
from grid.queries import in_sight
from grid.rules import RegionKind, Viewer
from journeys.models import Stage, Touchpoint
from surveys.rules.scores import Counts, Metric
from tickets.models import Ticket
from tickets.rules import OPEN, Attainment


@dataclass(frozen=True, slots=True)
class Place:
    """A region as the page needs it."""

    id: int
    parent_id: int | None
    code: str
    name: str
    kind: RegionKind
    path: str


@dataclass(frozen=True, slots=True)
class Point:
    """A touchpoint with the stage it belongs to."""

    code: str
    name: str
    stage_code: str
    stage_name: str


@dataclass(frozen=True, slots=True)
class Slice:
    """What is asked for: days, touchpoints (None: all), and the subtree of a region (None: all in sight)."""

    period: Period
    touchpoints: tuple[str, ...] | None = None
    place: Place | None = None

    @property
    def before(self) -> "Slice":
        """The same of the period of equal length before."""
        return Slice(self.period.previous, self.touchpoints, self.place)


@dataclass(frozen=True, slots=True)
class Feelings:
    """Utterances, or mentions of a topic, by feeling."""

    negative: int = 0
    neutral: int = 0
    positive: int = 0

    @property
    def all(self) -> int:
        """All of them together."""
        return self.negative + self.neutral + self.positive

    def __add__(self, other: "Feelings") -> "Feelings":
        """Return both counted together."""
        return Feelings(
            self.negative + other.negative, self.neutral + other.neutral, self.positive + other.positive
        )


@dataclass(frozen=True, slots=True)
class Funnel:
    """From whom a rule chose to who answered; each step is a part of the one before."""

    eligible: int
    invited: int
    sent: int
    opened: int
    answered: int


@dataclass(frozen=True, slots=True)
class Work:
    """Tickets open now, those of them overdue, and how promises of the period were kept."""

    open: int
    overdue: int
    promises: Attainment


@dataclass(slots=True)
class Scores:
    """Answers of a slice counted by each side that the page shows."""

    overall: dict[Metric, Counts] = field(default_factory=dict)
    by_week: dict[Metric, dict[date, Counts]] = field(default_factory=lambda: defaultdict(dict))
    by_touchpoint: dict[Metric, dict[str, Counts]] = field(default_factory=lambda: defaultdict(dict))
    by_region: dict[Metric, dict[int, Counts]] = field(default_factory=lambda: defaultdict(dict))

    def of(self, metric: Metric) -> Counts:
        """Return all answers to a metric."""
        return self.overall.get(metric, Counts())


@dataclass(slots=True)
class Voices:
    """Feedback of a slice by feeling: in each week, and towards each topic."""

    by_week: dict[date, Feelings]
    topics: dict[str, Feelings]


def points(session: Session) -> list[Point]:
    """Return the touchpoints in the order of the journey."""
    rows = session.execute(
        select(Touchpoint.code, Touchpoint.name, Stage.code, Stage.name)
        .join(Stage, Stage.code == Touchpoint.stage_code)
        .order_by(Stage.position, Touchpoint.position)
    )
    return [Point(*row) for row in rows]


def places(session: Session, viewer: Viewer) -> list[Place]:
    """Return the regions in sight in the order of the tree, each before those below it."""
    rows = session.execute(
        select(Region.id, Region.parent_id, Region.code, Region.name, Region.kind, Region.path).where(
            in_sight(Region.id, viewer)
        )
    )
    found = [Place(row[0], row[1], row[2], row[3], RegionKind(row[4]), row[5]) for row in rows]
    codes = {place.id: place.code for place in found}
    return sorted(
        found, key=lambda place: [codes.get(int(part), "") for part in place.path.strip("/").split("/")]
    )


def scores(session: Session, viewer: Viewer, asked: Slice) -> Scores:
    """Return the scores of a slice from every side."""
    week = _monday(ScoreDay.day).label("week")
    # First down to a few thousand rows, then by every side: four times faster than every side at once.
    narrow = (
        select(
            ScoreDay.metric,
            week,
            ScoreDay.touchpoint_code,
            ScoreDay.region_id,
            *(func.sum(column).label(column.key) for column in _COUNTS),
        )
        .where(_within(ScoreDay, viewer, asked))
        .group_by(ScoreDay.metric, week, ScoreDay.touchpoint_code, ScoreDay.region_id)
        .cte()
        .prefix_with("MATERIALIZED")
    )
    side = narrow.c
    grouped = select(
        side.metric,
        side.week,
        side.touchpoint_code,
        side.region_id,
        func.grouping(side.week, side.touchpoint_code, side.region_id),
        *(func.sum(side[column.key]) for column in _COUNTS),
    ).group_by(
        func.grouping_sets(
            tuple_(side.metric),
            tuple_(side.metric, side.week),
            tuple_(side.metric, side.touchpoint_code),
            tuple_(side.metric, side.region_id),
        )
    )
    found = Scores()
    for name, monday, touchpoint, region_id, absent, *counts in session.execute(grouped):
        metric = Metric(name)
        if absent == 0b111:
            found.overall[metric] = _counts(counts)
        elif absent == 0b011:
            found.by_week[metric][monday] = _counts(counts)
        elif absent == 0b101:
            found.by_touchpoint[metric][touchpoint] = _counts(counts)
        else:
            found.by_region[metric][region_id] = _counts(counts)
    return found


def last_heard(session: Session, viewer: Viewer) -> date | None:
    """Return the last day on which a customer in the viewer's sight answered or said anything, None if never."""
    last = [
        select(func.max(table.day)).where(in_sight(table.region_id, viewer)).scalar_subquery()
        for table in (ScoreDay, VoiceDay)
    ]
    # PostgreSQL's greatest() leaves out what is NULL.
    return session.scalar(select(func.greatest(*last)))


def below(by_region: dict[int, Counts], places: Sequence[Place], top: Place) -> list[tuple[Place, Counts]]:
    """Return the parts of ``top``: its own answers, then each region right below with all under it.

    The counts of the parts add up to those of ``top``. Regions without answers are there too; the region
    itself only if answers belong to it directly.
    """
    paths = {place.id: place.path for place in places}
    parts = [place for place in places if place.parent_id == top.id]
    sums = {place.path: Counts() for place in parts}
    own = Counts()
    for region_id, counts in by_region.items():
        path = paths.get(region_id, "")
        if path == top.path:
            own += counts
            continue
        # The part's path is the top's with one step more: /1/ and /1/4/12/ make /1/4/.
        part = top.path + path.removeprefix(top.path).split("/", 1)[0] + "/"
        if part in sums:
            sums[part] += counts
    return ([(top, own)] if own.n else []) + [(place, sums[place.path]) for place in parts]


def funnel(session: Session, viewer: Viewer, asked: Slice) -> Funnel:
    """Return the way from asking to answers, by the day on which the invitations were made."""
    columns = (AskDay.eligible, AskDay.invited, AskDay.sent, AskDay.opened, AskDay.answered)
    row = session.execute(
        select(*(func.coalesce(func.sum(column), 0) for column in columns)).where(
            _within(AskDay, viewer, asked)
        )
    ).one()
    return Funnel(*(int(value) for value in row))


def voices(session: Session, viewer: Viewer, asked: Slice) -> Voices:
    """Return the feelings of a slice by week and by topic, imported feedback included."""
    week = _monday(VoiceDay.day)
    rows = session.execute(
        select(
            VoiceDay.topic,
            week,
            func.sum(VoiceDay.negative),
            func.sum(VoiceDay.neutral),
            func.sum(VoiceDay.positive),
        )
        .where(_within(VoiceDay, viewer, asked if asked.touchpoints is not None else _everywhere(asked)))
        .group_by(VoiceDay.topic, week)
    )
    found = Voices({}, {})
    for topic, monday, *counts in rows:
        feelings = Feelings(*(int(value) for value in counts))
        if topic:
            found.topics[topic] = found.topics.get(topic, Feelings()) + feelings
        else:
            found.by_week[monday] = feelings
    return found


def work(session: Session, viewer: Viewer, asked: Slice) -> Work:
    """Return the tickets open now, whenever opened, and how the promises due in the period were kept."""
    now = clock.now()
    condition = Ticket.state.in_(sorted(OPEN)) & _where(
        Ticket.region_id, Ticket.touchpoint_code, viewer, asked
    )
    is_open, overdue = session.execute(
        select(func.count(), func.count().filter(Ticket.due_at < now)).where(condition)
    ).one()
    due, kept = session.execute(
        select(func.coalesce(func.sum(PromiseDay.due), 0), func.coalesce(func.sum(PromiseDay.kept), 0)).where(
            _within(PromiseDay, viewer, asked)
        )
    ).one()
    return Work(is_open, overdue, Attainment(int(due), int(kept)))


_COUNTS = (ScoreDay.n, ScoreDay.good, ScoreDay.bad, ScoreDay.total)
_A_MONDAY = date(1970, 1, 5)


def _monday(day: InstrumentedAttribute[date]) -> ColumnElement[date]:
    """Return the Monday of the ISO week in plain day numbers; date_trunc would go through time zones."""
    start = literal(_A_MONDAY, Date)
    return type_coerce(day - (cast(day - start, Integer) % 7), Date)


def _counts(values: Sequence[int] | Row[tuple[int, ...]]) -> Counts:
    return Counts(*(int(value) for value in values))


def _everywhere(asked: Slice) -> Slice:
    return Slice(asked.period, (EVERYWHERE,), asked.place)


_Rollups = type[ScoreDay] | type[AskDay] | type[VoiceDay] | type[PromiseDay]


def _within(table: _Rollups, viewer: Viewer, asked: Slice) -> ColumnElement[bool]:
    days = table.day.between(asked.period.first, asked.period.last)
    return and_(days, _where(table.region_id, table.touchpoint_code, viewer, asked))


def _where(
    region_id: InstrumentedAttribute[int],
    touchpoint: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    viewer: Viewer,
    asked: Slice,
) -> ColumnElement[bool]:
    condition = in_sight(region_id, viewer)
    if asked.place is not None and asked.place.parent_id is not None:
        condition &= region_id.in_(select(Region.id).where(Region.path.startswith(asked.place.path)))
    if asked.touchpoints is not None:
        condition &= touchpoint.in_(asked.touchpoints)
    return condition
