"""What happens to what customers said."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True)
class FeedbackTagged(Event):
    """An utterance was understood and may need an answer; words loaded as history are never announced."""

    feedback_id: int


@dataclass(frozen=True, slots=True)
class SaidAgain(Event):
    """A customer who had answered answered again, otherwise; this is what it says, and on which utterance it comes.

    The answer itself is counted nowhere. The same one may be announced more than once.
    """

    feedback_id: int
    suspect_id: int
    nps: int | None
    csat: int | None
    ces: int | None
    sentiment: str | None
    risks: list[str]
    call_back: bool
