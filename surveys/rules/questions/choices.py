"""Questions answered by choosing: one, several, from a list, among pictures, in an order of one's own."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from surveys.rules.questions.base import (
    MOST_OPTIONS,
    MOST_OTHER_WORDS,
    OTHER,
    Option,
    QuestionBase,
    all_sent,
    in_order,
    labelled,
    one_sent,
    require_unique,
    texts_of,
    words_sent,
)
from surveys.rules.readings import Column, Reading, Sent, UnreadableAnswerError
from surveys.rules.texts import Language, Localised, say

Options = Annotated[tuple[Option, ...], Field(min_length=1, max_length=MOST_OPTIONS)]


class _Choosing(QuestionBase):
    """A question with options."""

    options: Options

    @model_validator(mode="after")
    def _options_are_their_own(self) -> Self:
        require_unique(self.option_ids(), "options")
        return self

    def option_ids(self) -> tuple[str, ...]:
        """Return the ids of the options in their order."""
        return tuple(option.id for option in self.options)

    def offered(self, seed: bytes | str) -> tuple[Option, ...]:
        """Return everything that can be chosen as the customer with this seed sees it, "other" last."""
        del seed
        return self.options

    def texts(self) -> Iterator[tuple[str, Localised]]:
        """Yield the title, the hint and all labels."""
        yield from super().texts()
        yield from texts_of(self.options, "options")


class _OrOther(_Choosing):
    """A question with options and, if the author wrote a label for it, an answer "other" with words.

    The form field of the words is ``<id>.other``; they are stored beside the option ``other``.
    """

    shuffle: bool = False
    other: Localised | None = None

    def offered(self, seed: bytes | str) -> tuple[Option, ...]:
        """Return everything that can be chosen as the customer with this seed sees it, "other" last."""
        options = in_order(self.options, seed, self.id) if self.shuffle else self.options
        return (*options, Option(id=OTHER, label=self.other)) if self.other else options

    def option_ids(self) -> tuple[str, ...]:
        """Return the ids of the options in their order, "other" last."""
        ids = tuple(option.id for option in self.options)
        return (*ids, OTHER) if self.other else ids

    def texts(self) -> Iterator[tuple[str, Localised]]:
        """Yield the title, the hint and all labels."""
        yield from super().texts()
        if self.other:
            yield "other", self.other

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return a column of what was chosen and, with "other", one of its words (key ``<id>.other``)."""
        title = say(self.title, language)
        options = labelled(self.options, language)
        kind: Literal["option", "options"] = "options" if isinstance(self, ChoicesQuestion) else "option"
        if not self.other:
            return (Column(self.id, title, kind, options),)
        label = say(self.other, language)
        return (
            Column(self.id, title, kind, (*options, (OTHER, label))),
            Column(f"{self.id}.{OTHER}", f"{title} – {label}", "words"),
        )

    def words_of_other(self, sent: Sent) -> str | None:
        """Return what was written beside "other", or None."""
        return words_sent(sent, f"{self.id}.{OTHER}", MOST_OTHER_WORDS) if self.other else None


class _OneOf(_OrOther):
    """A question of which one option is chosen."""

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read the chosen option; words written without choosing anything mean "other"."""
        chosen = one_sent(sent, self.id)
        words = self.words_of_other(sent) if chosen in {None, OTHER} else None
        if chosen is None and words is None:
            return {}
        if chosen is not None and chosen not in self.option_ids():
            raise UnreadableAnswerError("option")
        return {self.id: Reading(options=(chosen or OTHER,), words=words)}


class ChoiceQuestion(_OneOf):
    """One of several options, all in sight."""

    type: Literal["choice"] = "choice"


class DropdownQuestion(_OneOf):
    """One of many options, in a list that opens."""

    type: Literal["dropdown"] = "dropdown"


class _Several(_Choosing):
    """A question of which several options may be chosen."""

    def checked(self, chosen: list[str], least: int | None, most: int | None) -> tuple[str, ...]:
        """Return what was chosen in the order of the question.

        Mistakes: "option" for an unknown one, "exclusive" for one that comes with no other, "least" and
        "most" for too few and too many. An exclusive option is enough alone, however many are wanted.
        """
        if not set(chosen) <= set(self.option_ids()):
            raise UnreadableAnswerError("option")
        alone = [option for option in self.options if option.exclusive and option.id in chosen]
        if alone and len(chosen) > 1:
            raise UnreadableAnswerError("exclusive", option=alone[0].label)
        together = sum(not option.exclusive for option in self.options) + (OTHER in self.option_ids())
        least = min(least or 0, together)  # a customer may see fewer options than the author wrote
        if len(chosen) < least and not alone:
            raise UnreadableAnswerError("least", least=least, chosen=len(chosen))
        if most is not None and len(chosen) > most:
            raise UnreadableAnswerError("most", most=most, chosen=len(chosen))
        return tuple(name for name in self.option_ids() if name in chosen)


class ChoicesQuestion(_OrOther, _Several):
    """Several of the options; ``least`` and ``most`` bound how many once anything is chosen."""

    type: Literal["choices"] = "choices"
    least: int | None = Field(None, ge=0)
    most: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _bounds_can_be_kept(self) -> Self:
        together = len(self.option_ids()) - sum(option.exclusive for option in self.options)
        if self.least is not None and self.least > together:
            raise ValueError(f"at least {self.least} cannot be chosen among {together}")
        if self.most is not None and self.most > len(self.option_ids()):
            raise ValueError(f"at most {self.most} is more than there are options")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("the least number is above the most")
        return self

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read the chosen options; words beside "other" mean that it was chosen."""
        chosen = all_sent(sent, self.id)
        words = self.words_of_other(sent)
        if words is not None and OTHER not in chosen:
            chosen.append(OTHER)
        if not chosen:
            return {}
        return {self.id: Reading(options=self.checked(chosen, self.least, self.most), words=words)}


class ImageChoiceQuestion(_Several):
    """One or several of some pictures; the label of an option stands below its picture and speaks for it."""

    type: Literal["image_choice"] = "image_choice"
    several: bool = False

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read the chosen pictures."""
        if not self.several:
            one_sent(sent, self.id)
        chosen = all_sent(sent, self.id)
        return {self.id: Reading(options=self.checked(chosen, None, None))} if chosen else {}

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return one column of what was chosen."""
        kind: Literal["option", "options"] = "options" if self.several else "option"
        return (Column(self.id, say(self.title, language), kind, labelled(self.options, language)),)


class RankingQuestion(_Choosing):
    """Options put in an order; ``least`` says how many must be ranked, all if it is left open.

    The form has one field for each option, ``<id>.<option>``, that holds its rank: no script is needed.
    """

    type: Literal["ranking"] = "ranking"
    least: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _enough_to_rank(self) -> Self:
        if len(self.options) < 2:
            raise ValueError("there must be two options to put in an order")
        if self.least is not None and self.least > len(self.options):
            raise ValueError(f"at least {self.least} is more than there are options")
        return self

    def read(self, sent: Sent) -> dict[str, Reading]:
        """Read the ranks; gaps between them do no harm.

        Mistakes: "rank" for what is no rank, "rank_twice" for two options at the same one, "least" for too few.
        """
        ranked: dict[int, str] = {}
        for name in self.option_ids():
            value = one_sent(sent, f"{self.id}.{name}")
            if value is None:
                continue
            if not (value.isascii() and value.isdigit() and len(value) <= 3):
                raise UnreadableAnswerError("rank", last=len(self.options))
            rank = int(value)
            if not 1 <= rank <= len(self.options):
                raise UnreadableAnswerError("rank", last=len(self.options))
            if rank in ranked:
                raise UnreadableAnswerError("rank_twice", rank=rank)
            ranked[rank] = name
        least = min(self.least or len(self.options), len(self.options))
        if 0 < len(ranked) < least:
            raise UnreadableAnswerError("least", least=least, chosen=len(ranked))
        order = tuple(ranked[place] for place in sorted(ranked))
        return {self.id: Reading(options=order)} if order else {}

    def columns(self, language: Language) -> tuple[Column, ...]:
        """Return one column of orders."""
        return (Column(self.id, say(self.title, language), "rank", labelled(self.options, language)),)
