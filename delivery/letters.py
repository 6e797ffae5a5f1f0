"""The words of a message, and who writes them.

Delivery knows how to send, not what to say: the package that wanted the message registers a composer for
its kind. It runs inside the claiming transaction, at send time, so it also says why a message must not go
out any more: answered, refused, expired, no address. A composer writes for the message's channel: a letter
where it is e-mail, a short text where it is SMS.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from delivery.models import Message
from delivery.rules import Channel, Reason, text_number, wire_address


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail ready to be sent: one address, one subject, the same words as text and as HTML."""

    to: str
    subject: str
    text: str
    html: str
    opt_out_url: str | None = None


@dataclass(frozen=True, slots=True)
class ShortText:
    """An SMS ready to be sent: a mainland mobile number, and the words with the signature in front."""

    to: str
    text: str


Words = Letter | ShortText
Composer = Callable[[Session, Message], Words | Reason]

_composers: dict[str, Composer] = {}


def register(kind: str, composer: Composer) -> None:
    """Let ``composer`` write the messages of ``kind``."""
    _composers[kind] = composer


def compose(session: Session, message: Message) -> Words | Reason:
    """Return the words, or the reason for which they must not be sent.

    Raises TypeError if the composer wrote for another channel than the message's.
    """
    written = _composers[message.kind](session, message)
    if isinstance(written, Reason):
        return written
    if isinstance(written, Letter) != (message.channel == Channel.EMAIL):
        raise TypeError(f"{message.kind} was written as {type(written).__name__} for {message.channel}")
    return written if _can_be_addressed(written) else Reason.NO_ADDRESS


def as_letter(words: Words) -> Letter:
    """Return the words as a letter; raise TypeError if they are none."""
    if not isinstance(words, Letter):
        raise TypeError("only a letter travels by e-mail")
    return words


def as_short_text(words: Words) -> ShortText:
    """Return the words as a short text; raise TypeError if they are none."""
    if not isinstance(words, ShortText):
        raise TypeError("only a short text travels by SMS")
    return words


def _can_be_addressed(words: Words) -> bool:
    try:
        _ = wire_address(words.to) if isinstance(words, Letter) else text_number(words.to)
    except ValueError:
        return False
    return True
