"""Where one person sits while answering, and how far they have come: rows and values, no addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from surveys.rules.judging import Verdict
from surveys.rules.logic import NO_FACTS, Facts
from surveys.rules.readings import Sent

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Seat:
    """A personal link or one key of an open link, and what a response from there says about its origin.

    ``key_hash`` (32 bytes) names the seat: the hash of the link's token, or of the key. ``given`` are answers to
    hidden questions, by question id, that the link fixes; they beat what a form says.
    """

    key_hash: bytes
    version_id: int
    touchpoint_code: str
    region_id: int
    channel: str
    invitation_id: int | None = None
    link_id: int | None = None
    customer_id: int | None = None
    event_id: int | None = None
    language: str | None = None
    given: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Progress:
    """What somebody on the way has sent so far, as it came, and where they are; ``page_seconds`` by page id.

    ``saved_at`` is when the last page was kept.
    """

    sent: Mapping[str, Sequence[str]]
    language: str
    page_id: str
    page_seconds: Mapping[str, float]
    started_at: datetime
    saved_at: datetime
    finished: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """Answers that were accepted and are about to be stored.

    ``seconds`` from the first showing to sending, measured by the server; None where a page was posted that we
    have not shown. ``page_seconds`` the same page by page.
    """

    sent: Sent
    verdict: Verdict
    language: str
    seconds: float | None = None
    started_at: datetime | None = None
    page_seconds: Mapping[str, float] = field(default_factory=dict)
    facts: Facts = NO_FACTS
