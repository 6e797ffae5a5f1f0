"""What happens in the journey."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True)
class TouchpointReached(Event):
    """A customer reached a touchpoint, as another system reported."""

    touchpoint_event_id: int
    touchpoint_code: str
