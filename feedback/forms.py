"""The shapes of feedback in the API, and the filters of a list as they stand in an address."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints

from core import clock
from core.sentences import N_, Value, row, said
from core.shapes import StrictShape
from customers.services import Profile
from feedback.queries import Filters
from feedback.rules import LONGEST_WORDS, Place, ScoreGroup
from feedback.services import Utterance
from journeys.forms import CustomerShape, Name
from sentiment.analysis import POLARITIES, RISKS, TOPICS

Channel = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f\x7f]*$")]


class FeedbackShape(StrictShape):
    """``POST /api/v1/feedback``; ``history`` says that these are words of the past, which open no ticket."""

    source: Name
    source_id: Name
    channel: Channel
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_WORDS)]
    occurred_at: AwareDatetime
    rating: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None
    customer: CustomerShape | None = None
    touchpoint: Name | None = None
    region: Name | None = None
    history: bool = False

    def utterance(self) -> Utterance:
        """Return what the service takes; a region named for the customer counts for the words too."""
        person: dict[str, Any] | None = (
            self.customer.model_dump(exclude={"region"}) if self.customer else None
        )
        return Utterance(
            source=self.source,
            source_id=self.source_id,
            channel=self.channel,
            words=self.text,
            occurred_at=self.occurred_at,
            rating=self.rating,
            customer=Profile(**person) if person else None,
            touchpoint=self.touchpoint,
            region=self.region or (self.customer.region if self.customer else None),
            history=self.history,
        )


def _one_of(*codes: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in codes:
            raise ValueError(said(N_("只能是 %(codes)s"), codes=row(codes, N_("、"))))
        return value

    return read


def _plain(value: str) -> str:
    if len(value) > 200 or not value.isprintable():
        raise ValueError(N_("不是有效的条件"))
    return value


def _day(value: str) -> date:
    try:
        return clock.read_day(value)
    except ValueError:
        raise ValueError(N_("请写成 2026-06-30 这样的日期")) from None


def _yes(value: str) -> bool:
    return _one_of("yes", "no")(value) == "yes"


def _score(value: str) -> ScoreGroup:
    return ScoreGroup(_one_of(*ScoreGroup)(value))


_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "sentiment": ("sentiment", _one_of(*POLARITIES)),
    "topic": ("topic", _one_of(*TOPICS)),
    "polarity": ("polarity", _one_of(*POLARITIES)),
    "risk": ("risk", _one_of(*RISKS)),
    "touchpoint": ("touchpoint", _plain),
    "channel": ("channel", _plain),
    "source": ("source", _plain),
    "region": ("region", _plain),
    "from": ("first_day", _day),
    "to": ("last_day", _day),
    "score": ("score", _score),
    "q": ("words", _plain),
    "spoken": ("spoken", _yes),
    "handled": ("handled", _yes),
    "again": ("again", _yes),
}
"""Names in the address → field of the filters and how it is read."""

FILTERS = frozenset(_READERS)
"""The names of all filters."""


def read_filters(arguments: Mapping[str, str]) -> tuple[Filters, dict[str, str], dict[str, list[Value]]]:
    """Return the filters, the arguments that made them, and what was wrong with the others by name."""
    values: dict[str, Any] = {}
    used: dict[str, str] = {}
    wrong: dict[str, list[Value]] = {}
    for name, (field, read) in _READERS.items():
        given = arguments.get(name, "").strip()
        if not given:
            continue
        try:
            values[field] = read(given)
            used[name] = given
        except ValueError as error:
            wrong[name] = [error.args[0]]
    return Filters(**values), used, wrong


def read_place(arguments: Mapping[str, str], name: str) -> Place | None:
    """Return the place that an argument names; raise ValueError if it is none of ours."""
    given = arguments.get(name)
    if not given:
        return None
    place = Place.parse(given)
    if place is None:
        raise ValueError(N_("不是有效的翻页位置"))
    return place
