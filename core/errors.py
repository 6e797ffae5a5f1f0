"""The kinds of error that are not bugs.

Shape errors belong to forms and request models (422). What stands here is raised by rules and
services; the web edge turns it into a page or a problem document, a job into its stored reason.
"""


class DomainError(Exception):
    """A rule of the business says no; the message is a sentence that the person at the screen can read.

    It is a string, or something that is one in Chinese and can be told in other languages.
    """

    status = 409


class NotFoundError(DomainError):
    """The thing does not exist, or not for this person: both look the same from outside (404)."""

    status = 404


class InvalidInputError(DomainError):
    """Input that has the right shape but cannot be true; ``fields`` maps field name → sentences."""

    status = 422

    def __init__(self, message: object, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.fields = fields or {}


class SettingsError(Exception):
    """The environment is incomplete or malformed; the message names every variable at fault."""
