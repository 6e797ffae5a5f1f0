"""What surveys do when something happened elsewhere."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from journeys.events import TouchpointReached
from surveys import services


def invite(session: Session, events: Sequence[TouchpointReached]) -> None:
    """Invite the customers of these events as the rules say."""
    for event in events:
        services.invite(session, touchpoint_event_id=event.touchpoint_event_id)
