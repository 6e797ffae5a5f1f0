"""What the text engine made of answers, for the results page: a door kept open for a package above.

Feedback, which tags words, stands above surveys in the tower. It registers a reader here (``app/flow.py``);
without one the results page shows words without tags.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from grid.rules import Viewer


@dataclass(frozen=True, slots=True)
class Tags:
    """What the words of one response were understood to be.

    ``feeling`` is negative, neutral, positive or None; ``topics`` pairs labels with the feeling towards them;
    ``url`` leads to the page of the utterance, None for a reader who may not see it.
    """

    feeling: str | None
    topics: tuple[tuple[str, str], ...]
    url: str | None


Reader = Callable[[Session, Viewer, Sequence[int]], Mapping[int, Tags]]
"""Takes ids of responses and returns the tags of those that were read, as far as the viewer may see them."""


class _Registered:
    reader: Reader | None = None


def register(reader: Reader) -> None:
    """Let ``reader`` say what words were understood to be."""
    _Registered.reader = reader


def read(session: Session, viewer: Viewer, response_ids: Sequence[int]) -> Mapping[int, Tags]:
    """Return the tags of these responses by id; nothing where nobody registered."""
    if _Registered.reader is None or not response_ids:
        return {}
    return _Registered.reader(session, viewer, response_ids)
