"""What happens around a questionnaire."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True)
class ResponseSubmitted(Event):
    """A customer's answers were stored; ``day`` is the Beijing day (ISO) they count on."""

    response_id: int
    touchpoint_code: str
    region_id: int
    day: str


@dataclass(frozen=True, slots=True)
class AnsweredAgain(Event):
    """Something else came by a personal link that was answered; it is kept aside and counted nowhere."""

    suspect_id: int
