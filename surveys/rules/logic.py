"""What logic shows, requires, jumps over and counts: the only judge of a way through a questionnaire.

The same walk serves the page that is shown next, the acceptance of answers, random walks in tests and the
preview. It goes page by page; a condition sees only answers to questions that were shown before it, so that
an answer given and then jumped over counts no more.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from surveys.rules.conditions import Look, Value, holds
from surveys.rules.definition import END, Definition, Ending, Of, Page, Set
from surveys.rules.questions import Question
from surveys.rules.readings import Reading

_NOTHING: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the answers: attributes of the business event and of the customer."""

    event: Mapping[str, Value] = field(default_factory=lambda: _NOTHING)
    customer: Mapping[str, Value] = field(default_factory=lambda: _NOTHING)


NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class View:
    """One page on the way: the questions shown, with only the options that are offered, and who is required.

    ``id`` is the page's; where each question is a page of its own it is the question's.
    """

    id: str
    page: Page
    questions: tuple[Question, ...]
    required: frozenset[str]

    def appeared(self, shown: Collection[str]) -> tuple[Question, ...]:
        """Return the questions that stand here now and were not among ``shown``, the ids the customer saw.

        An answer may call up a question on its own page. Without JavaScript the customer has not seen it
        yet, so the page must be shown again before it is left.
        """
        return tuple(question for question in self.questions if question.id not in shown)


@dataclass(frozen=True, slots=True)
class Walk:
    """The way through a questionnaire that some answers lead to.

    ``views`` are the pages on it in their order, also those without a question; ``steps`` are those that are
    shown. ``readings`` are the answers that count, ``ending`` is how it ends.
    """

    views: tuple[View, ...]
    steps: tuple[View, ...]
    readings: Mapping[str, Reading]
    variables: Mapping[str, Value]
    ending: Ending | None

    def step(self, step_id: str) -> View | None:
        """Return the shown page with this id, if it is on the way."""
        return next((view for view in self.steps if view.id == step_id), None)

    def after(self, step_id: str) -> View | None:
        """Return the page to show after ``step_id``, None at the end; of an unknown page, the first."""
        ids = [view.id for view in self.steps]
        place = ids.index(step_id) + 1 if step_id in ids else 0
        return self.steps[place] if place < len(ids) else None

    def before(self, step_id: str) -> View | None:
        """Return the page shown before ``step_id``, None before the first."""
        ids = [view.id for view in self.steps]
        place = ids.index(step_id) if step_id in ids else 0
        return self.steps[place - 1] if place else None


Read = Callable[[Question], Mapping[str, Reading]]


def walk(definition: Definition, readings: Mapping[str, Reading], facts: Facts = NO_FACTS) -> Walk:
    """Return the way that answers already read lead to."""
    return follow(
        definition, lambda question: {k: readings[k] for k in question.keys() if k in readings}, facts
    )


def follow(definition: Definition, read: Read, facts: Facts = NO_FACTS) -> Walk:
    """Go through a questionnaire, reading each question by ``read`` when the way reaches it.

    A jump to a page that is not ahead is not followed: such a definition is refused before publication, and
    no fault in one may keep a customer in a circle. Hidden questions stand on no page: what the link brought
    is there from the beginning.
    """
    way = _Way(definition, facts)
    for question in definition.questions:
        if question.type == "hidden":
            way.readings.update(read(question))
    places = {page.id: place for place, page in enumerate(definition.pages)}
    place, ending_id = 0, None
    while place < len(definition.pages):
        page = definition.pages[place]
        place += 1
        if not holds(page.show, way.look):
            continue
        way.views.append(way.view(page, read))
        for action in page.sets:
            way.change(action)
        jump = next((jump for jump in page.jumps if holds(jump.when, way.look)), None)
        if jump is None:
            continue
        if jump.to == END:
            ending_id = jump.ending
            break
        place = max(place, places.get(jump.to, place))
    views = tuple(way.views)
    return Walk(views, _steps(definition, views), way.readings, way.variables, _ending(way, ending_id))


class _Way:
    """The state of one walk: what was answered so far, and the variables."""

    def __init__(self, definition: Definition, facts: Facts) -> None:
        self.definition = definition
        self.facts = facts
        self.readings: dict[str, Reading] = {}
        self.variables: dict[str, Value] = {
            variable.id: _as_kind(variable.start, variable.kind) for variable in definition.variables
        }
        self.views: list[View] = []

    def look(self, ref: str) -> Value:
        """Return what a reference leads to now."""
        if ref in self.readings:
            return value_of(self.readings[ref])
        head, _dot, tail = ref.partition(".")
        if head == "var":
            return self.variables.get(tail)
        if head == "event":
            return self.facts.event.get(tail)
        if head == "customer":
            return self.facts.customer.get(tail)
        if tail == "points" and head in self.readings:
            return points(self.definition.by_id[head], self.readings[head])
        return None

    def view(self, page: Page, read: Read) -> View:
        """Show a page: which questions with which options, read one by one."""
        shown, required = [], set()
        for asked in page.questions:
            if asked.type == "hidden" or not holds(asked.show, self.look):
                continue
            question = self._offered(asked)
            if question is None:
                continue
            shown.append(question)
            if question.required or (question.require is not None and holds(question.require, self.look)):
                required.add(question.id)
            self.readings.update(read(question))
        return View(page.id, page, tuple(shown), frozenset(required))

    def _offered(self, question: Question) -> Question | None:
        """Return the question with the options and rows that are offered now, None if none is left.

        The copy is for showing and reading; it may have fewer options than a definition must have.
        """
        if not question.choosy:
            return question
        changes: dict[str, object] = {}
        for name in ("options", "rows"):
            listed = getattr(question, name, ())
            left = tuple(option for option in listed if holds(option.show, self.look))
            if len(left) < len(listed):
                if not left:
                    return None
                changes[name] = left
                least = getattr(question, "least", None)
                if least and name == "options":
                    changes["least"] = min(least, len(left))
        return question.model_copy(update=changes) if changes else question

    def change(self, action: Set) -> None:
        """Do what a page says about a variable."""
        if action.variable not in self.variables or not holds(action.when, self.look):
            return
        given = self.look(action.value.of) if isinstance(action.value, Of) else action.value
        old = self.variables[action.variable]
        if action.op == "set":
            kind = "number" if isinstance(old, float) else "text"
            self.variables[action.variable] = _as_kind(given, kind)
            return
        left, right = _as_kind(old, "number"), _as_kind(given, "number")
        if isinstance(left, float) and isinstance(right, float):
            result = {"add": left + right, "subtract": left - right, "multiply": left * right}[action.op]
            self.variables[action.variable] = max(min(result, 1e12), -1e12)


def value_of(reading: Reading) -> Value:
    """Return what a condition sees of an answer."""
    if reading.number is not None:
        return float(reading.number)
    return reading.options if reading.options is not None else reading.words


def points(question: Question, reading: Reading) -> float:
    """Return the sum of the points of the chosen options."""
    chosen = set(reading.options or ())
    return float(sum(o.points or 0 for o in getattr(question, "options", ()) if o.id in chosen))


def look_in(walked: Walk, definition: Definition, facts: Facts = NO_FACTS) -> Look:
    """Return how texts look at the answers of a finished walk, as conditions did during it."""
    way = _Way(definition, facts)
    way.readings, way.variables = dict(walked.readings), dict(walked.variables)
    return way.look


def _as_kind(value: object, kind: str) -> Value:
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else "、".join(value)
    if kind == "text":
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return str(value)[:1000] if value is not None else ""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 0.0


def _steps(definition: Definition, views: tuple[View, ...]) -> tuple[View, ...]:
    if definition.layout == "page":
        return tuple(view for view in views if view.questions)
    steps: list[View] = []
    for view in views:
        above: list[Question] = []
        for question in view.questions:
            above.append(question)
            # A section says something about the question below it, so they are shown together.
            if question.asks:
                steps.append(replace(view, id=question.id, questions=tuple(above)))
                above = []
        if above:
            steps.append(replace(view, id=above[-1].id, questions=tuple(above)))
    return tuple(steps)


def _ending(way: _Way, ending_id: str | None) -> Ending | None:
    endings = way.definition.endings
    named = next((ending for ending in endings if ending.id == ending_id), None)
    return named or next((ending for ending in endings if holds(ending.when, way.look)), None)
