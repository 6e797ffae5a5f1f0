"""Questionnaires inside the insurer's own pages: which site may frame which link, and to whom the page talks.

A link of kind ``embed`` belongs to one host. It may be framed there while the host stands in
``HUISHENG_EMBED_HOSTS`` and nowhere else, and what the page tells its surroundings is addressed to that origin only.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g

from core.settings import Settings
from surveys.queries.opening import Door


def origin(door: Door) -> str | None:
    """Return the origin whose pages may frame a link: its host under the scheme of our own address, or None."""
    settings: Settings = current_app.config["SETTINGS"]
    if door.host is None or door.host not in settings.embed_hosts:
        return None
    return f"{urlsplit(settings.huisheng_base_url).scheme}://{door.host}"


def allow_frame(door: Door) -> dict[str, Any]:
    """Let the response of this request stand in the frame of its link's host; return what its template needs."""
    framed_by = origin(door)
    if framed_by is None:
        return {}
    g.frame_ancestors = framed_by
    return {"embed": framed_by}
