"""Giving several tickets to one person at once, as when a colleague leaves or a day begins."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.errors import DomainError
from grid.rules import Viewer
from tickets.services.working import Asked, assign

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Given:
    """What came of it: how many tickets the person has now, and which could not be given and stay as they are."""

    done: int
    left: tuple[int, ...]


def assign_several(session: Session, *, by: Viewer, seen: Mapping[int, int], staff_id: int) -> Given:
    """Give open tickets to somebody; ``seen`` says by id which version of each was looked at.

    Each is given as :func:`assign` gives one, or stays as it is: out of sight, resolved, changed meanwhile, theirs
    already, or of a region that the person does not see. At most :data:`MOST_AT_ONCE` are looked at.
    """
    done, left = 0, []
    for ticket_id in sorted(seen)[:MOST_AT_ONCE]:
        try:
            with session.begin_nested():
                assign(session, Asked(ticket_id, by, version=seen[ticket_id]), staff_id=staff_id)
        except DomainError:
            left.append(ticket_id)
        else:
            done += 1
    return Given(done, tuple(left))
