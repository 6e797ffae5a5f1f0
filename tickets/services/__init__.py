"""Use cases of tickets: open one, work it to its end, open it again.

A ticket waits in its region's queue until somebody takes it, which is the normal way: whoever has a hand free
takes what is due first. Nobody is assigned by the system, for it does not know who is on leave or on the
telephone; it only shows who stands nearest with the fewest open tickets, and a manager may assign.
"""

from tickets.services.opening import open_by_hand, open_needed, settle_promises
from tickets.services.returning import come_back
from tickets.services.several import MOST_AT_ONCE, assign_several
from tickets.services.working import (
    Asked,
    ConflictError,
    Revealed,
    assign,
    call,
    close,
    note,
    reopen,
    resolve,
    reveal,
    take,
)

__all__ = [
    "MOST_AT_ONCE",
    "Asked",
    "ConflictError",
    "Revealed",
    "assign",
    "assign_several",
    "call",
    "close",
    "come_back",
    "note",
    "open_by_hand",
    "open_needed",
    "reopen",
    "resolve",
    "reveal",
    "settle_promises",
    "take",
]
