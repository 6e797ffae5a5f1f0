"""What can stand against writing a survey; every message is for the person at the editor."""

from collections.abc import Sequence

from core.errors import DomainError
from core.sentences import N_, Sentence, row, said
from surveys.rules.checking import Fault


class StaleDraftError(DomainError):
    """Somebody saved since the draft was read; the message names who and when."""


class NotEditableError(DomainError):
    """The version is not a draft (any more): it is in review, published or retired."""


class DraftExistsError(DomainError):
    """The survey is being written already; ``version_id`` is that draft."""

    def __init__(self, message: Sentence, version_id: int) -> None:
        super().__init__(message)
        self.version_id = version_id


class LockedError(DomainError):
    """Somebody else is writing the survey now, or took it over; the message names who."""


class WrongStateError(DomainError):
    """The version is not in the state that this step starts from; somebody was quicker."""


class FaultyDefinitionError(DomainError):
    """The definition has faults and so cannot go out; ``faults`` are all of them."""

    status = 422

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(row(faults, N_("；")))
        self.faults = tuple(faults)


class UnacknowledgedError(DomainError):
    """Nobody has put their name to these warnings, so the version is not published."""

    status = 422

    def __init__(self, warnings: Sequence[Fault]) -> None:
        super().__init__(said(N_("请先逐条确认合规提醒：%(warnings)s"), warnings=row(warnings, N_("；"))))
        self.warnings = tuple(warnings)
