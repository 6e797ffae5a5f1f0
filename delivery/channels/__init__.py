"""The ways out of the house; each speaks to one kind of provider and says exactly how far it came."""

from typing import Protocol

from core.settings import Settings
from delivery.channels.console import ConsoleChannel
from delivery.channels.smtp import SmtpChannel
from delivery.letters import Letter
from delivery.rules import Outcome


class MailChannel(Protocol):
    """What carries e-mails; it is used by one thread and closed after a drain."""

    def open(self) -> Outcome | None:
        """Make sure the provider can be spoken to; return None, or why it cannot."""

    def pack(self, letter: Letter, message_id: str) -> bytes:
        """Return the whole mail as it will travel; whatever it raises, nothing has left."""

    def send(self, letter: Letter, mail: bytes) -> Outcome:
        """Hand the mail over; never raise for what happens on the wire."""

    def close(self) -> None:
        """Say goodbye to the provider."""


def chosen(config: Settings) -> MailChannel:
    """Return the channel that the settings ask for: a mail server, or the console where none is named."""
    return SmtpChannel(config) if config.smtp_url else ConsoleChannel(config)
