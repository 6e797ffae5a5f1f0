"""What every kind of question shares, and how fields of a form are tidied before they are read."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from surveys.rules.conditions import Condition
from surveys.rules.readings import Column, Reading, Sent, UnreadableAnswerError
from surveys.rules.texts import Identifier, Language, Localised, OptionId, say

OTHER = "other"
"""The id of the answer "other" in every question that offers one."""

MOST_OPTIONS = 500
MOST_OTHER_WORDS = 500

Score = Literal["nps", "csat", "ces"]

ImageToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]{1,100}$")]

# The category Cc of Unicode without line and tab.
# Marks that turn the direction of what follows would turn the page around them, too.
_DIRECTIONS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_CONTROLS = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0), *_DIRECTIONS} - {0x09, 0x0A})
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029]")


class Shape(BaseModel):
    """A part of a definition: immutable, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class Option(Shape):
    """One of the answers that can be chosen; its id stays the same in all versions of a survey.

    ``points`` count in scores and in conditions on ``<question>.points``, ``exclusive`` options come with no
    other, ``image`` is the token of a picture whose alternative text is the label, and an option with ``show``
    is offered only to those for whom the condition holds. Whoever chooses an option with ``call_back`` asks to be
    called: that opens a ticket, whatever they scored.
    """

    id: OptionId
    label: Localised
    points: float | None = Field(None, allow_inf_nan=False)
    exclusive: bool = False
    call_back: bool = False
    image: ImageToken | None = None
    show: Condition | None = None


class QuestionBase(Shape):
    """A question: what it asks, when it is shown, when it must be answered.

    ``comparable`` is the author's word that answers to this question may be shown together with those to the
    question of the same id in other versions.
    """

    asks: ClassVar[bool] = True
    """False for what only shows a text."""
    shown: ClassVar[bool] = True
    """False for what no customer ever sees."""
    score: ClassVar[Score | None] = None
    """Which score the answers make; never guessed from a scale."""

    id: Identifier
    title: Localised
    hint: Localised | None = None
    required: bool = False
    show: Condition | None = None
    require: Condition | None = None
    comparable: bool = True

    @property
    def secret(self) -> bool:
        """Whether the answers are personal data and are stored encrypted."""
        return False

    @cached_property
    def choosy(self) -> bool:
        """Whether some of what can be chosen is offered only to some people."""
        offered = (*getattr(self, "options", ()), *getattr(self, "rows", ()))
        return any(option.show is not None for option in offered)

    def keys(self) -> tuple[str, ...]:
        """Return the keys under which answers to this question are stored."""
        return (self.id,)

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read what was sent, by key, leaving out what was left out.

        What is returned is always an answer that the question allows; anything else raises
        UnreadableAnswerError.
        """
        raise NotImplementedError

    def complete(self, readings: Mapping[str, Reading]) -> bool:
        """Tell whether the readings are all that a required question asks for."""
        return all(key in readings and not readings[key].empty for key in self.keys())

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return the columns of results and exports, with titles and labels in ``language``."""
        raise NotImplementedError

    def texts(self) -> Iterator[tuple[str, Localised]]:
        """Yield every text the question shows, with the path to it inside the question."""
        yield "title", self.title
        if self.hint:
            yield "hint", self.hint

    def option_ids(self) -> tuple[str, ...]:
        """Return the ids of everything that can be chosen, in order; nothing if there are no options."""
        return ()


def plain(text: str) -> str:
    """Return a text without what no keyboard sends: halves of characters and controls but line and tab."""
    whole = _LINE_ENDS.sub("\n", text).encode("utf-8", "ignore").decode("utf-8")
    return whole.translate(_CONTROLS).strip()


def all_sent(sent: Sent, name: str) -> list[str]:
    """Return the distinct values of a field that are not empty, in the order they came."""
    values = (plain(value) for value in sent.get(name, ()))
    return list(dict.fromkeys(value for value in values if value))


def one_sent(sent: Sent, name: str) -> str | None:
    """Return the only value of a field, or None if it was left empty; two different ones are a mistake."""
    values = all_sent(sent, name)
    if len(values) > 1:
        raise UnreadableAnswerError("one")
    return values[0] if values else None


def words_sent(sent: Sent, name: str, most: int) -> str | None:
    """Return the words of a field, or None; raise the mistake "too_long" for more than ``most`` characters."""
    words = one_sent(sent, name)
    if words is not None and len(words) > most:
        raise UnreadableAnswerError("too_long", most=most, length=len(words))
    return words


def require_unique(ids: Iterable[str], what: str) -> None:
    """Raise ValueError naming the ids that stand twice."""
    seen = list(ids)
    twice = sorted({name for name in seen if seen.count(name) > 1})
    if twice:
        raise ValueError(f"{what} stand twice: {', '.join(twice)}")


def labelled(options: Iterable[Option], language: Language) -> tuple[tuple[str, str], ...]:
    """Return ids with labels, as columns carry them."""
    return tuple((option.id, say(option.label, language)) for option in options)


def require_no_conditions(options: Iterable[Option], what: str) -> None:
    """Raise ValueError if an option has a condition where logic offers all of them to everybody."""
    if any(option.show is not None for option in options):
        raise ValueError(f"{what} are shown to everybody: no conditions here")


def texts_of(options: Iterable[Option], path: str) -> Iterator[tuple[str, Localised]]:
    """Yield the labels of options with their paths."""
    for option in options:
        yield f"{path}.{option.id}.label", option.label


def in_order(options: Sequence[Option], seed: bytes | str, question_id: str) -> tuple[Option, ...]:
    """Shuffle options for one customer, the same way every time for the same seed.

    Exclusive options ("none of these") and "other" keep their place at the end: somebody who has read them
    first stops reading.
    """
    salt = seed.encode() if isinstance(seed, str) else seed

    def place(option: Option) -> bytes:
        return hashlib.blake2b(b"\0".join((salt, question_id.encode(), option.id.encode()))).digest()

    last = [option for option in options if option.exclusive or option.id == OTHER]
    return (*sorted((option for option in options if option not in last), key=place), *last)
