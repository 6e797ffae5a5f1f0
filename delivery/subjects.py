"""What messages are about, so that staff can tell who is asked what, by which rule, and after which event.

Delivery knows a message's kind and the number of its subject. The package that wanted the message knows the rest
and registers here who tells it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from delivery.models import Message


@dataclass(frozen=True, slots=True)
class About:
    """What one message asks with, why, and after what; ``rest_days`` are those that its rule grants now.

    ``event`` is what the system that reported it calls it.
    """

    survey_id: int
    survey: str
    touchpoint: str
    rule_id: int | None = None
    rule: str | None = None
    rest_days: int = 0
    event: str | None = None
    happened_at: datetime | None = None


Teller = Callable[[Session, Collection[int]], Mapping[int, About]]

_tellers: dict[str, Teller] = {}


def register(kind: str, teller: Teller) -> None:
    """Let ``teller`` say what the messages of ``kind`` are about; it is given the numbers of their subjects."""
    _tellers[kind] = teller


def told(session: Session, messages: Sequence[Message]) -> dict[int, About]:
    """Return what these messages are about, by their own ids; what nobody can tell is left out."""
    found: dict[int, About] = {}
    for kind, teller in _tellers.items():
        of_kind = {one.id: one.subject_id for one in messages if one.kind == kind}
        if of_kind:
            known = teller(session, set(of_kind.values()))
            found |= {number: known[subject] for number, subject in of_kind.items() if subject in known}
    return found
