"""The coarse brake on floods of one address: in the memory of this process, forgotten every minute.

It protects the machine, not the figures: those are looked after by ``surveys.services.doubts``.
"""

from ipaddress import ip_address
from threading import Lock

from core import clock

MOST_A_MINUTE = 600
_MOST_ADDRESSES = 50_000


class Brake:
    """How often each address came within the present minute."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}

    def is_flooding(self, address: str, minute: int) -> bool:
        """Count an address once more and say whether it came more often than it may."""
        with self._lock:
            if minute != self._minute or len(self._counts) > _MOST_ADDRESSES:
                self._minute = minute
                self._counts = {}
            n = self._counts.get(address, 0) + 1
            self._counts[address] = n
            return n > self._most


_brake = Brake(MOST_A_MINUTE)


def is_flooding(address: str | None) -> bool:
    """Say whether an address sends more than any branch full of customers could."""
    known = told_apart(address)
    return known is not None and _brake.is_flooding(known, int(clock.now().timestamp() // 60))


def told_apart(address: str | None) -> str | None:
    """Return the address by which visitors can be told apart, or None.

    Loopback means a proxy that TRUSTED_PROXIES does not know of: everybody seems to come from there. Of IPv6
    the /64 counts, for that is what one household or phone gets.
    """
    try:
        found = ip_address(address or "")
    except ValueError:
        return None
    if found.is_loopback:
        return None
    if found.version == 6:
        return found.exploded[:19]
    return str(found)
