"""The random number of a browser, for links that let each of them answer only so many times."""

import secrets
from datetime import timedelta

from flask import Response, current_app, make_response, request
from flask.typing import ResponseReturnValue

from surveys.queries.answering import Kept
from surveys.queries.opening import Door

DEVICE = "hs_turn"
DEVICE_LIVES = timedelta(days=180)


def device_at(door: Door, kept: Kept) -> str | None:
    """Return the random number of this browser where its answers are counted; a new one on its first visit."""
    if door.per_device is None or kept.definition.anonymous:
        return None
    known = request.cookies.get(DEVICE, "")
    return known if 20 <= len(known) <= 64 else secrets.token_urlsafe(24)


def remembering(door: Door, device: str | None, answer: ResponseReturnValue) -> Response:
    """Let the browser keep its random number, for the pages of this link only."""
    response: Response = make_response(answer)
    if device is not None and request.cookies.get(DEVICE) != device:
        response.set_cookie(
            DEVICE,
            device,
            max_age=DEVICE_LIVES,
            path=f"/q/{door.slug}",
            secure=current_app.config["SETTINGS"].secure_cookies,
            httponly=True,
            samesite="Lax",
        )
    return response
