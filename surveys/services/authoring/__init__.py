"""Use cases of authoring: drafts, review, locks, privacy notices."""

from surveys.services.authoring.drafts import (
    KEPT_STEPS,
    STATE_NAMES,
    copy_survey,
    create_survey,
    discard_draft,
    redo,
    rename_survey,
    save_draft,
    start_draft,
    undo,
    writable,
)
from surveys.services.authoring.errors import (
    DraftExistsError,
    FaultyDefinitionError,
    LockedError,
    NotEditableError,
    StaleDraftError,
    UnacknowledgedError,
    WrongStateError,
)
from surveys.services.authoring.locks import SILENCE, keep_lock, release_lock, take_lock, take_over
from surveys.services.authoring.notices import publish_notice
from surveys.services.authoring.review import publish, retire, send_back, submit_for_review, to_acknowledge

__all__ = [
    "KEPT_STEPS",
    "SILENCE",
    "STATE_NAMES",
    "DraftExistsError",
    "FaultyDefinitionError",
    "LockedError",
    "NotEditableError",
    "StaleDraftError",
    "UnacknowledgedError",
    "WrongStateError",
    "copy_survey",
    "create_survey",
    "discard_draft",
    "keep_lock",
    "publish",
    "publish_notice",
    "redo",
    "release_lock",
    "rename_survey",
    "retire",
    "save_draft",
    "send_back",
    "start_draft",
    "submit_for_review",
    "take_lock",
    "take_over",
    "to_acknowledge",
    "undo",
    "writable",
]
