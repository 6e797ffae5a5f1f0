"""Questionnaires on a device that many people share: the page begins anew, and nothing stays on it."""

from typing import Any

from surveys.queries.opening import Door
from surveys.rules.opening import LinkKind

# Nobody touches the screen for so long: whoever stood there has gone. After the thank-you ten seconds are enough;
# the page's script knows that it shows no form any more.
IDLE_SECONDS = 60


def is_kiosk(door: Door) -> bool:
    """Say whether a link stands on a shared device."""
    return door.kind == LinkKind.KIOSK


def frame(door: Door, start_url: str) -> dict[str, Any]:
    """Return what the template of a shared device's page needs: when to begin anew, and where."""
    return {"kiosk": IDLE_SECONDS, "start_url": start_url} if is_kiosk(door) else {}
