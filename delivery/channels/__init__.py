"""The ways out of the house; each speaks to one kind of provider and says exactly how far it came."""

from typing import Protocol

from core.settings import Settings
from delivery.channels.console import ConsoleMail, ConsoleSms
from delivery.channels.sms import SmsChannel
from delivery.channels.smtp import SmtpChannel
from delivery.letters import Words
from delivery.rules import Channel, Outcome


class Carrier(Protocol):
    """What carries the messages of one channel; it is used by one thread and closed after a drain."""

    @property
    def channel(self) -> Channel:
        """The channel whose messages it carries."""

    @property
    def longest_seconds(self) -> float:
        """How long handing one message over can take once it has begun; its lease must outlast that."""

    def open(self) -> Outcome | None:
        """Make sure the provider can be spoken to; return None, or why it cannot."""

    def mark(self, number: str) -> str:
        """Return what the provider will know the message by, made of its number of 32 hex digits."""

    def pack(self, words: Words, message_id: str) -> bytes:
        """Return all that will travel; whatever it raises, nothing has left."""

    def send(self, words: Words, packed: bytes) -> Outcome:
        """Hand the message over; never raise for what happens on the wire."""

    def close(self) -> None:
        """Say goodbye to the provider."""


def chosen(config: Settings, channel: Channel) -> Carrier:
    """Return what the settings ask for: a provider, or the console where none is named.

    Raises ValueError for a channel that nothing carries: WeChat has no adapter yet.
    """
    match channel:
        case Channel.EMAIL:
            return SmtpChannel(config) if config.smtp_url else ConsoleMail(config)
        case Channel.SMS:
            return SmsChannel(config) if config.sms_url else ConsoleSms(config)
        case _:
            raise ValueError(f"nothing carries {channel} yet")
