"""What an utterance may look like, which scores belong together, and where a list goes on."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from core.sentences import N_, said

LONGEST_WORDS = 20_000
"""Characters; four times what the longest answer field takes, and far less than a document."""

DOMAIN = "insurance"
"""Everybody here speaks to an insurer, so the text engine need not guess what kind of text it is."""

AHEAD = timedelta(minutes=5)
"""How far another system's clock may run ahead of ours before words count as said in the future."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No channel of an insurer is older; an earlier time is a wrong unit or a wrong column."""


class ScoreGroup(StrEnum):
    """Scores that are counted together.

    NPS: promoters 9–10, passives 7–8, detractors 0–6 (Reichheld 2003). CSAT: the upper two boxes of five
    are satisfied, the lower two are not. CES 2.0: 5–7 found it easy, 1–3 found it hard.
    """

    DETRACTOR = "detractor"
    PASSIVE = "passive"
    PROMOTER = "promoter"
    DISSATISFIED = "dissatisfied"
    MIDDLING = "middling"
    SATISFIED = "satisfied"
    EFFORTFUL = "effortful"
    EASY = "easy"


SCORES: dict[ScoreGroup, tuple[str, int, int]] = {
    ScoreGroup.DETRACTOR: ("nps", 0, 6),
    ScoreGroup.PASSIVE: ("nps", 7, 8),
    ScoreGroup.PROMOTER: ("nps", 9, 10),
    ScoreGroup.DISSATISFIED: ("csat", 1, 2),
    ScoreGroup.MIDDLING: ("csat", 3, 3),
    ScoreGroup.SATISFIED: ("csat", 4, 5),
    ScoreGroup.EFFORTFUL: ("ces", 1, 3),
    ScoreGroup.EASY: ("ces", 5, 7),
}
"""Which column holds the score of a group, and its least and greatest value."""

SAID_AGAIN = "survey_again"
"""The source of what was said by a link that was answered without a word, or whose answer was put aside.

Its id is that of the invitation. Otherwise such words stay beside the utterance of the answer that counts.
"""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]+")


class UnusableWordsError(ValueError):
    """The words cannot be taken in; the message says why, in Chinese."""


def clean_words(text: str) -> str:
    """Return the words as they are stored: plain line breaks, no control characters, no outer blanks.

    Raises UnusableWordsError for words that are empty, too long, or hold what no database text can.
    """
    if _UNSTORABLE.search(text):
        raise UnusableWordsError(N_("内容含有无法识别的字符"))
    words = _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not words:
        raise UnusableWordsError(N_("没有内容"))
    if len(words) > LONGEST_WORDS:
        raise UnusableWordsError(said(N_("内容超过 %(n)s 字"), n=LONGEST_WORDS))
    return words


def storable(text: str) -> bool:
    """Say whether PostgreSQL can hold ``text``: no NUL, no half of a surrogate pair."""
    return _UNSTORABLE.search(text) is None


def content_id(*parts: str, occurrence: int = 1) -> str:
    """Return a stable id for an utterance that came without one.

    The ``occurrence`` counts equal rows of one file: two customers may both have written 很好, and a
    second run of the same file must still find each of them again.
    """
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
    return f"sha256:{digest}" if occurrence == 1 else f"sha256:{digest}:{occurrence}"


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place in a list ordered by time and id; a page goes on from it whatever came in since."""

    occurred_at: datetime
    id: int

    def __str__(self) -> str:
        """Return the cursor: microseconds since 1970 and the id."""
        return f"{(self.occurred_at - _EPOCH) // timedelta(microseconds=1)}-{self.id}"

    @classmethod
    def parse(cls, cursor: str) -> "Place | None":
        """Return the place that a cursor names, or None if it is not one of ours."""
        found = _CURSOR.fullmatch(cursor)
        if found is None:
            return None
        try:
            return cls(_EPOCH + timedelta(microseconds=int(found[1])), int(found[2]))
        except OverflowError:
            return None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"(-?\d{1,18})-(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the masked words that made the engine speak; ``end`` is exclusive."""

    kind: str
    code: str
    start: int
    end: int


def pieces(words: str, marks: list[Mark]) -> list[tuple[str, Mark | None]]:
    """Cut ``words`` into plain and marked pieces; of marks that overlap, risks win over topics."""
    found: list[tuple[str, Mark | None]] = []
    at = 0
    free: list[Mark] = []
    for mark in sorted(marks, key=lambda one: (one.kind != "risk", one.start, -one.end)):
        inside = 0 <= mark.start < mark.end <= len(words)
        if inside and all(mark.end <= other.start or mark.start >= other.end for other in free):
            free.append(mark)
    for mark in sorted(free, key=lambda one: one.start):
        if mark.start > at:
            found.append((words[at : mark.start], None))
        found.append((words[mark.start : mark.end], mark))
        at = mark.end
    if at < len(words):
        found.append((words[at:], None))
    return found
