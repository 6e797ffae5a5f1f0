"""The kinds of error that are not bugs.

Shape errors belong to forms and request models (422). What stands here is raised by rules and
services; the web edge turns it into a page or a problem document, a job into its stored reason.
"""

from collections.abc import Mapping, Sequence

from core.sentences import Value, in_chinese


class DomainError(Exception):
    """A rule of the business says no; the message is a sentence that the person at the screen can read.

    It is a sentence inside ``N_()``, or one ``said()`` with what fills its placeholders: a string in Chinese, which
    pages tell in the language of their reader (:mod:`core.telling`).
    """

    status = 409


class NotFoundError(DomainError):
    """The thing does not exist, or not for this person: both look the same from outside (404)."""

    status = 404


class InvalidInputError(DomainError):
    """Input that has the right shape but cannot be true; ``fields`` maps field name → sentences in Chinese.

    ``sentences`` maps the same names to what can be told in other languages.
    """

    status = 422

    def __init__(self, message: Value, fields: Mapping[str, Sequence[Value]] | None = None) -> None:
        super().__init__(message)
        self.sentences = {name: list(sentences) for name, sentences in (fields or {}).items()}
        self.fields = {
            name: [in_chinese(one) for one in sentences] for name, sentences in self.sentences.items()
        }


class SettingsError(Exception):
    """The environment is incomplete or malformed; the message names every variable at fault."""


class NoHomeError(SettingsError):
    """There is no installation where one was looked for; the message says where, and how to name another place."""
