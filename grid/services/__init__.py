"""Use cases on people and places: logging in, accounts, API keys, regions, the working calendar.

``by`` is whoever asks for a change; None is the command line or the demo. Whoever asks may only touch what
lies in their own region, and every change leaves a line in the audit log.
"""

from grid.services.accounts import (
    change_password,
    confirm_totp,
    create_staff,
    disable_totp,
    edit_staff,
    new_password,
    new_totp_secret,
    reset_password,
    reset_totp,
    set_language,
    set_staff_active,
    totp_uri,
)
from grid.services.calendar import add_calendar_day, remove_calendar_day
from grid.services.keys import create_key, revoke_key, viewer_of_key
from grid.services.logins import (
    TooManyFailuresError,
    authenticate,
    end_session,
    resume,
    start_session,
    viewer_of,
)
from grid.services.regions import add_region

__all__ = [
    "TooManyFailuresError",
    "add_calendar_day",
    "add_region",
    "authenticate",
    "change_password",
    "confirm_totp",
    "create_key",
    "create_staff",
    "disable_totp",
    "edit_staff",
    "end_session",
    "new_password",
    "new_totp_secret",
    "remove_calendar_day",
    "reset_password",
    "reset_totp",
    "resume",
    "revoke_key",
    "set_language",
    "set_staff_active",
    "start_session",
    "totp_uri",
    "viewer_of",
    "viewer_of_key",
]
