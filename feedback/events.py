"""What happens to what customers said."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True)
class FeedbackTagged(Event):
    """An utterance was understood and may need an answer; words loaded as history are never announced."""

    feedback_id: int
