"""The words of a message, and who writes them.

Delivery knows how to send, not what to say: the package that wanted the message registers a composer for
its kind. It runs inside the claiming transaction, at send time, so it also says why a message must not go
out any more: answered, refused, expired, no address.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from delivery.models import Message
from delivery.rules import Reason


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail ready to be sent: one address, one subject, the same words as text and as HTML."""

    to: str
    subject: str
    text: str
    html: str
    opt_out_url: str | None = None


Composer = Callable[[Session, Message], Letter | Reason]

_composers: dict[str, Composer] = {}


def register(kind: str, composer: Composer) -> None:
    """Let ``composer`` write the messages of ``kind``."""
    _composers[kind] = composer


def compose(session: Session, message: Message) -> Letter | Reason:
    """Return the letter, or the reason for which it must not be sent."""
    return _composers[message.kind](session, message)
