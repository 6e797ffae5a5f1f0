"""Earlier answers and what is known of the event, put into texts: ``{{q1}}``, ``{{event.product|您的保单}}``.

What is put in is text: templates escape the whole, and what looks like a pipe inside an answer stays as it is.
"""

import re
from collections.abc import Callable, Iterator

_PIPE = re.compile(r"\{\{\s*([a-z][a-z0-9_]{0,63}(?:\.[A-Za-z0-9_\-]{1,64})?)\s*(?:\|([^{}]{0,200}))?\}\}")

LONGEST = 200
"""So many characters of an answer are put in, so that no text is drowned by one."""


def pipe(text: str, look: Callable[[str], str | None]) -> str:
    """Return ``text`` with every pipe replaced by what ``look`` finds, or by the words after its bar."""

    def found(match: re.Match[str]) -> str:
        value = (look(match[1]) or "").strip()
        return value[:LONGEST] if value else (match[2] or "").strip()

    return _PIPE.sub(found, text) if "{{" in text else text


def refs(text: str) -> Iterator[str]:
    """Yield what the pipes of a text look at."""
    for match in _PIPE.finditer(text):
        yield match[1]
