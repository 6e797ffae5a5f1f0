"""A questionnaire as data: parsed once, checked whole, the same for authoring, answering and export.

The shape is checked here: whatever passes can be saved as a draft. Whether it can be published (loops, dead
questions, missing languages…) is a matter of ``surveys.rules.checking``.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints, model_validator

from surveys.rules import conditions, piping
from surveys.rules.conditions import Condition, Ref
from surveys.rules.questions import Question
from surveys.rules.texts import LANGUAGES, Identifier, Language, LanguageCode, Localised, say

MOST_PAGES = 100
MOST_QUESTIONS = 500

END = "end"

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Path = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Said = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Text = Annotated[str, StringConstraints(max_length=1000)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Of(_Shape):
    """The value of a reference, where an action needs a number or words."""

    of: Ref


class Jump(_Shape):
    """Where to go after a page: to a later page, or to the end and there perhaps to one ending."""

    when: Condition | None = None
    to: Identifier
    ending: Identifier | None = None


class Set(_Shape):
    """A change of a variable when a page is left."""

    when: Condition | None = None
    variable: Identifier
    op: Literal["set", "add", "subtract", "multiply"] = "set"
    value: FiniteFloat | Text | Of


class Variable(_Shape):
    """A number or words that the logic keeps while somebody answers: a score, a branch taken."""

    id: Identifier
    kind: Literal["number", "text"] = "number"
    start: FiniteFloat | Text = 0.0


class Ending(_Shape):
    """One way to say thank you; the first whose condition holds is shown."""

    id: Identifier
    when: Condition | None = None
    title: Localised
    text: Localised | None = None
    redirect: Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s]+$")] | None = None


class Theme(_Shape):
    """How the page looks: the colour of what is chosen and pressed, the corners, the logo (an image's token)."""

    accent: Colour = "#175676"
    shape: Literal["rounded", "plain"] = "rounded"
    logo: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,32}$")] | None = None


class Page(_Shape):
    """Questions shown together; ``sets`` and then ``jumps`` happen when the page is left."""

    id: Identifier
    title: Localised | None = None
    show: Condition | None = None
    questions: tuple[Question, ...] = ()
    sets: tuple[Set, ...] = ()
    jumps: tuple[Jump, ...] = ()


class Definition(BaseModel):
    """What one version of a survey asks, in all its languages; immutable once published.

    ``layout`` says whether a page shows all its questions or each question is a page of its own. Of an
    ``anonymous`` survey neither person nor device is stored. ``outdated`` names by language the texts whose
    original was changed after they were translated, each with the original that they translate; whoever saves a
    draft keeps it (``surveys.rules.editing.translations``).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Localised
    intro: Localised | None = None
    thanks: Localised | None = None
    layout: Literal["page", "single"] = "page"
    anonymous: bool = False
    pages: tuple[Page, ...] = Field(min_length=1, max_length=MOST_PAGES)
    variables: tuple[Variable, ...] = Field((), max_length=50)
    endings: tuple[Ending, ...] = Field((), max_length=20)
    theme: Theme = Theme()
    outdated: dict[LanguageCode, dict[Path, Said]] | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_page_may_go_unsaid(cls, data: Any) -> Any:  # noqa: ANN401 - JSON
        """Read the short form, in which the questions of the only page stand directly in the survey."""
        if isinstance(data, dict) and "questions" in data and "pages" not in data:
            rest = {key: value for key, value in data.items() if key != "questions"}
            return rest | {"pages": [{"id": "p1", "questions": data["questions"]}]}
        return data

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        for what, ids in (
            ("question", [question.id for question in self.questions]),
            ("page", [page.id for page in self.pages]),
            ("variable", [variable.id for variable in self.variables]),
            ("ending", [ending.id for ending in self.endings]),
        ):
            twice = sorted({name for name in ids if ids.count(name) > 1})
            if twice:
                raise ValueError(f"{what} ids stand twice: {', '.join(twice)}")
        if not 1 <= len(self.questions) <= MOST_QUESTIONS:
            raise ValueError(f"a survey has 1 to {MOST_QUESTIONS} questions")
        if any(page.id == END for page in self.pages):
            raise ValueError(f"no page may be called {END!r}")
        for _where, condition in self.conditions():
            if conditions.depth(condition) > conditions.DEEPEST:
                raise ValueError(f"conditions stand at most {conditions.DEEPEST} deep in one another")
        return self

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions of all pages in their order."""
        return tuple(question for page in self.pages for question in page.questions)

    @cached_property
    def by_id(self) -> dict[str, Question]:
        """The questions by their ids."""
        return {question.id: question for question in self.questions}

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every key under which this survey can store an answer."""
        return frozenset(key for question in self.questions for key in question.keys())

    @cached_property
    def spoken(self) -> tuple[str, ...]:
        """The ids of the questions whose words are the customer's own: no numbers, names of files or addresses."""
        return tuple(question.id for question in self.questions if _is_spoken(question))

    @cached_property
    def calls(self) -> dict[str, frozenset[str]]:
        """The options with which customers ask to be called, by the id of the question; none where nobody is known."""
        if self.anonymous:
            return {}
        found = {
            question.id: frozenset(one.id for one in getattr(question, "options", ()) if one.call_back)
            for question in self.questions
            if question.type in {"choice", "choices", "dropdown", "image_choice"}
        }
        return {name: options for name, options in found.items() if options}

    @cached_property
    def looks_beyond(self) -> bool:
        """Whether logic or texts look at the event or the customer, so that they must be read first."""
        seen = {ref for _where, condition in self.conditions() for ref in conditions.refs(condition)}
        seen |= {ref for text in self.all_texts() for said in text.values() for ref in piping.refs(said)}
        seen |= {one.value.of for page in self.pages for one in page.sets if isinstance(one.value, Of)}
        return any(ref.startswith(("event.", "customer.")) for ref in seen)

    def languages(self) -> list[Language]:
        """Return the languages in which the title exists, Chinese first; the database keeps no order of keys."""
        known = [code for code in LANGUAGES if code in self.title]
        return known + sorted(set(self.title) - set(known))

    def title_in(self, language: Language) -> str:
        """Return the title in ``language``."""
        return say(self.title, language)

    def conditions(self) -> Iterator[tuple[str, Condition]]:
        """Yield every condition with the id of the page, question, option or ending that it belongs to."""
        for page in self.pages:
            if page.show is not None:
                yield page.id, page.show
            for question in page.questions:
                yield from _conditions_of(question)
            for when in (*(one.when for one in page.sets), *(one.when for one in page.jumps)):
                if when is not None:
                    yield page.id, when
        for ending in self.endings:
            if ending.when is not None:
                yield ending.id, ending.when

    def texts(self) -> Iterator[tuple[str, Localised]]:
        """Yield every text that a customer may see, with its place: for translation, checks and exchange."""
        for name, text in (("title", self.title), ("intro", self.intro), ("thanks", self.thanks)):
            if text is not None:
                yield name, text
        for page in self.pages:
            if page.title is not None:
                yield f"{page.id}.title", page.title
            for question in page.questions:
                for place, text in question.texts():
                    yield f"{question.id}.{place}", text
        for ending in self.endings:
            yield f"{ending.id}.title", ending.title
            if ending.text is not None:
                yield f"{ending.id}.text", ending.text

    def all_texts(self) -> Iterator[Localised]:
        """Yield every text that a customer may see."""
        for _place, text in self.texts():
            yield text


def _is_spoken(question: Question) -> bool:
    if question.type == "words":
        return question.format == "text"
    return getattr(question, "other", None) is not None


def _conditions_of(question: Question) -> Iterator[tuple[str, Condition]]:
    for condition in (question.show, question.require):
        if condition is not None:
            yield question.id, condition
    for option in (*getattr(question, "options", ()), *getattr(question, "rows", ())):
        if option.show is not None:
            yield f"{question.id}.{option.id}", option.show
