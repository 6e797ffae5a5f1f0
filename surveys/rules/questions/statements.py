"""What is read rather than asked, agreed to, or brought along by the link."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from surveys.rules.questions.base import QuestionBase, all_sent, one_sent
from surveys.rules.readings import Column, Reading, Sent, UnreadableAnswerError
from surveys.rules.texts import Language, Localised, say

MOST_FROM_LINK = 200

_AGREED = {"1", "on", "yes", "true"}
_NOT_AGREED = {"0", "off", "no", "false"}


class ConsentQuestion(QuestionBase):
    """A statement to agree to; an answer is always agreement, silence is not.

    A required consent must be given before the answers can be sent.
    """

    type: Literal["consent"] = "consent"
    text: Localised

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read the tick; the mistake is "option" for what is neither yes nor no."""
        value = (one_sent(sent, self.id) or "0").lower()
        if value not in _AGREED | _NOT_AGREED:
            raise UnreadableAnswerError("option")
        return {self.id: Reading(number=1.0)} if value in _AGREED else {}

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return one column that holds 1 where somebody agreed."""
        return (Column(self.id, say(self.title, language), "consent", lowest=1, highest=1),)

    def texts(self) -> Iterator[tuple[str, Localised]]:
        """Yield the title, the hint and the statement."""
        yield from super().texts()
        yield "text", self.text


class _NotAsked(QuestionBase):
    """What a customer cannot answer; whatever its author says, nobody is held up by it."""

    def complete(self, readings: Mapping[str, Reading]) -> bool:
        """Return True: there is nothing to be missed."""
        del readings
        return True


class SectionText(_NotAsked):
    """A heading and a text between questions."""

    asks: ClassVar[bool] = False

    type: Literal["section"] = "section"
    text: Localised

    def keys(self) -> tuple[str, ...]:
        """Return nothing: a text has no answers."""
        return ()

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Return nothing: a text has no answers."""
        del sent
        return {}

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return nothing: a text has no answers."""
        del language
        return ()

    def texts(self) -> Iterator[tuple[str, Localised]]:
        """Yield the heading, the hint and the text."""
        yield from super().texts()
        yield "text", self.text


class HiddenQuestion(_NotAsked):
    """A value that the link brings along under the name ``parameter``; no customer sees it.

    Whoever takes the answers puts it into the field ``<id>``. Its title is for results only.
    """

    shown: ClassVar[bool] = False

    type: Literal["hidden"] = "hidden"
    parameter: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_\-]{0,63}$")]

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read the first value; what is too long is cut, for no customer could mend it."""
        values = all_sent(sent, self.id)
        words = " ".join(values[0].split())[:MOST_FROM_LINK].strip() if values else ""
        return {self.id: Reading(words=words)} if words else {}

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return one column of words."""
        return (Column(self.id, say(self.title, language), "words"),)

    def texts(self) -> Iterator[tuple[str, Localised]]:
        """Yield nothing: no customer sees it."""
        yield from ()
