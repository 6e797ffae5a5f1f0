"""Use cases of surveys: asking, answering, versions."""

from surveys.services.answering import (
    LinkExpiredError,
    LinkSpentError,
    UnknownLinkError,
    note_opened,
    open_link,
)
from surveys.services.asking import MESSAGE_KIND, REMINDER_KIND, change_rule, invite, make_rule
from surveys.services.versions import has_no_version, publish_version

__all__ = [
    "MESSAGE_KIND",
    "REMINDER_KIND",
    "LinkExpiredError",
    "LinkSpentError",
    "UnknownLinkError",
    "change_rule",
    "has_no_version",
    "invite",
    "make_rule",
    "note_opened",
    "open_link",
    "publish_version",
]
