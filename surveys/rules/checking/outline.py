"""Where everything of a questionnaire stands that looks at answers, and what it may look at there.

The walk goes forward and sees an answer only after its question was shown, so each condition has a moment:
the number of questions that stand before it. What the link brings (hidden questions) is there from the start.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.sentences import N_, Sentence, Value, said
from surveys.rules.checking.domains import owner
from surveys.rules.checking.findings import Fault, Names
from surveys.rules.conditions import Condition, refs
from surveys.rules.definition import Definition, Ending, Jump, Page, Set
from surveys.rules.questions import Question
from surveys.rules.texts import DEFAULT_LANGUAGE, Localised, say

Role = Literal["show", "require", "option", "set", "jump", "ending"]


@dataclass(frozen=True, slots=True)
class Spot:
    """One place in a questionnaire: its name for people, and the moment at which it is looked at."""

    name: Sentence
    moment: int
    page: str | None = None
    question: str | None = None
    option: str | None = None
    part: str | None = None

    def fault(self, code: str, sentence: str, /, **values: Value) -> Fault:
        """Return a finding at this place; in its sentence ``%(spot)s`` is the place's name."""
        told = said(sentence, spot=self.name, **values)
        return Fault(code, told, self.page, self.question, self.option, self.part)


@dataclass(frozen=True, slots=True)
class Looking:
    """A condition at its place; ``role`` is what depends on it."""

    spot: Spot
    role: Role
    condition: Condition


class Outline:
    """A questionnaire with the places in it numbered and named, made once for all checks."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.names = Names(definition)
        self._places = {question.id: place for place, question in enumerate(definition.questions)}
        self._starts: dict[str, int] = {}
        start = 0
        for page in definition.pages:
            self._starts[page.id] = start
            start += len(page.questions)

    def at_page(self, page: Page) -> Spot:
        """Return the place of a page, at the moment it is about to be shown."""
        return Spot(self.names.page(page), self._starts[page.id], page=page.id)

    def after_page(self, page: Page) -> Spot:
        """Return the place of a page, at the moment it is left."""
        return Spot(self.names.page(page), self._starts[page.id] + len(page.questions), page=page.id)

    def at_question(self, page: Page, question: Question) -> Spot:
        """Return the place of a question, at the moment it is about to be shown."""
        return Spot(
            self.names.question(question), self._places[question.id], page=page.id, question=question.id
        )

    def at_ending(self, ending: Ending) -> Spot:
        """Return the place of an ending, when all is answered."""
        return Spot(self.names.ending(ending), len(self._places), part=ending.id)

    def conditions(self) -> Iterator[Looking]:
        """Yield every condition with its place."""
        for page in self.definition.pages:
            if page.show is not None:
                yield Looking(self.at_page(page), "show", page.show)
            for question in page.questions:
                yield from self.of_question(page, question)
            for change in page.sets:
                if change.when is not None:
                    yield Looking(self.after_page(page), "set", change.when)
            for jump in page.jumps:
                if jump.when is not None:
                    yield Looking(self.after_page(page), "jump", jump.when)
        for ending in self.definition.endings:
            if ending.when is not None:
                yield Looking(self.at_ending(ending), "ending", ending.when)

    def of_question(self, page: Page, question: Question) -> Iterator[Looking]:
        """Yield the conditions of one question and of its options and rows."""
        spot = self.at_question(page, question)
        if question.show is not None:
            yield Looking(spot, "show", question.show)
        if question.require is not None:
            yield Looking(spot, "require", question.require)
        for option in (*getattr(question, "options", ()), *getattr(question, "rows", ())):
            if option.show is not None:
                label = say(option.label, DEFAULT_LANGUAGE)
                name = said(N_("%(spot)s的选项“%(label)s”"), spot=spot.name, label=label)
                inner = Spot(name, spot.moment, page.id, question.id, option.id)
                yield Looking(inner, "option", option.show)

    def actions(self) -> Iterator[tuple[Spot, Page, Set | Jump]]:
        """Yield what pages do when they are left."""
        for page in self.definition.pages:
            actions: tuple[Set | Jump, ...] = (*page.sets, *page.jumps)
            for action in actions:
                yield self.after_page(page), page, action

    def texts(self) -> Iterator[tuple[Spot, str, Localised]]:
        """Yield every text that customers may see: where it stands, its path, and what it says."""
        definition = self.definition
        front, back = Spot(said(N_("问卷标题")), 0), Spot(said(N_("感谢语")), len(self._places))
        yield front, "title", definition.title
        if definition.intro is not None:
            yield Spot(said(N_("问卷说明")), 0), "intro", definition.intro
        if definition.thanks is not None:
            yield back, "thanks", definition.thanks
        for page in definition.pages:
            if page.title is not None:
                yield self.at_page(page), f"{page.id}.title", page.title
            for question in page.questions:
                spot = self.at_question(page, question)
                for path, text in question.texts():
                    yield spot, f"{question.id}.{path}", text
        for ending in definition.endings:
            yield self.at_ending(ending), f"{ending.id}.title", ending.title
            if ending.text is not None:
                yield self.at_ending(ending), f"{ending.id}.text", ending.text

    def trouble_with(self, ref: str, moment: int) -> tuple[str, Sentence] | None:
        """Return why a reference cannot be looked at in this moment, as a code and a clause; None if it can."""
        question = owner(self.definition, ref)
        if question is not None:
            if not question.shown or self._places[question.id] < moment:
                return None
            name = self.names.question(question)
            return "later", said(N_("引用了%(question)s，而那时客户还没有答到这一题"), question=name)
        head, _dot, tail = ref.partition(".")
        known = head in {"event", "customer"} or tail in {
            v.id for v in self.definition.variables if head == "var"
        }
        if tail and known:
            return None
        return "unknown", self._unknown(head, tail)

    def _unknown(self, head: str, tail: str) -> Sentence:
        if head == "var" and tail:
            return said(N_("引用了不存在的变量“%(name)s”"), name=tail)
        question = self.definition.by_id.get(head)
        if question is None:
            return said(N_("引用了不存在的题目“%(name)s”"), name=head)
        name = self.names.question(question)
        if not question.keys():
            return said(N_("引用了%(question)s，它没有答案"), question=name)
        return said(N_("引用了%(question)s，但没有指明是哪一行，或那一行不存在"), question=name)

    def is_sound(self, looking: Looking) -> bool:
        """Say whether everything a condition looks at is there and answered before."""
        return all(self.trouble_with(ref, looking.spot.moment) is None for ref in refs(looking.condition))
