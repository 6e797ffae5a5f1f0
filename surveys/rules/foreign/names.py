"""Foreign codes made valid and unique identifiers of ours, the same ones at every import of the same file."""

import hashlib
import re
from collections.abc import Iterable

_MOST = 40
"""Characters of an identifier made here; the rest of the 64 is for suffixes."""


def slug(code: str, fallback: str, *, digit_first: bool = False) -> str:
    """Return a code as an identifier: small letters, digits and underscores.

    A code that leaves nothing readable (Chinese, signs) becomes ``fallback`` and a short hash of it, so that
    the same file gives the same ids at the next import.
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", code) if not code.isupper() else code
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    if not name or (len(name) < 2 and len(code.strip()) > 3):
        digest = hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()[:6]
        name = f"{fallback}_{digest}" if code.strip() else fallback
    if not digit_first and not name[0].isalpha():
        name = f"{fallback}{name}" if name[0].isdigit() else f"{fallback}_{name}"
    return name[:_MOST].rstrip("_")


class Names:
    """Hands out identifiers, none twice."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}

    def give(self, code: str, fallback: str, *, digit_first: bool = False) -> str:
        """Return an identifier for ``code`` that was not given before."""
        name = slug(code, fallback, digit_first=digit_first)
        unique = name
        while unique in self._taken:
            number = self._next.get(name, 2)
            self._next[name] = number + 1
            unique = f"{name}_{number}"
        self._taken.add(unique)
        return unique
