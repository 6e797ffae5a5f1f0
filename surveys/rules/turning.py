"""What follows when somebody sends a page: show it again, show another one, or the questionnaire is complete.

The walk says which pages there are; this says which of them comes now. A person who goes back is never told of
mistakes; who goes on is told of those on the page; who sends is judged on everything. A question that the answers
on the same page have just brought in is shown before the page is left, so nothing is missed without a script.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from surveys.rules.definition import Definition
from surveys.rules.judging import Verdict
from surveys.rules.logic import View, Walk
from surveys.rules.questions import Question
from surveys.rules.readings import Mistake, Sent

BACK, STAY = "back", "stay"
DROP = "drop:"

# No honest form is larger; what is beyond is cut off, and the page then says what it thinks of the rest.
MOST_VALUES = 100
LONGEST_VALUE = 20_000


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes now: the page to show, with the mistakes to say; no page means that all is answered.

    ``new`` are the ids of the questions that the answers have just called up on the page they came from.
    """

    view: View | None
    mistakes: Mapping[str, Mistake] = field(default_factory=dict)
    new: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the answers may be stored."""
        return self.view is None


COMPLETE = Turn(None)


def turn(
    definition: Definition, verdict: Verdict, step_id: str, go: str, asked: Collection[str] | None
) -> Turn:
    """Return what follows when the page ``step_id`` was sent with the button ``go``.

    ``asked`` are the questions that stood on it; None if the sender did not say. A page that the answers
    have meanwhile taken off the way is left for the nearest one in the wanted direction.
    """
    walked = verdict.walk
    step = walked.step(step_id)
    if go == BACK:
        return Turn(_near(definition, walked, step_id, -1) or _first(walked))
    if go == STAY or go.startswith(DROP):
        return Turn(step or _first(walked))
    if step is not None:
        new = () if asked is None else called_up(step, verdict.walk, asked)
        mistakes = verdict.mistakes_on(step_id) if verdict.mistakes else {}
        # Nobody has made a mistake at a question that they have not seen.
        mistakes = {name: one for name, one in mistakes.items() if name not in new or one.code != "missing"}
        if mistakes or new:
            return Turn(step, mistakes, new)
    following = _near(definition, walked, step_id, +1)
    if following is not None:
        return Turn(following)
    for view in walked.steps if verdict.mistakes else ():
        mistakes = verdict.mistakes_on(view.id)
        if mistakes:
            return Turn(view, mistakes)
    return COMPLETE


def called_up(step: View, walked: Walk, asked: Collection[str] = ()) -> tuple[str, ...]:
    """Return the ids of the questions on a page that are not among ``asked`` and have no answer yet."""
    return tuple(
        question.id
        for question in step.appeared(asked)
        if question.asks and not any(key in walked.readings for key in question.keys())
    )


def _first(walked: Walk) -> View | None:
    return walked.steps[0] if walked.steps else None


def _near(definition: Definition, walked: Walk, step_id: str, direction: int) -> View | None:
    """Return the shown page next to a page in one direction, whether or not that page is on the way itself."""
    places = {name: place for place, name in enumerate(step_ids(definition))}
    here = places.get(step_id, -1)
    views = walked.steps if direction > 0 else walked.steps[::-1]
    return next((view for view in views if (places[view.id] - here) * direction > 0), None)


def step_ids(definition: Definition) -> list[str]:
    """Return the ids of all pages that there can be, in their order: of the pages, or of the questions."""
    parts = definition.pages if definition.layout == "page" else definition.questions
    return [part.id for part in parts]


def questions_of(definition: Definition, step_id: str) -> tuple[Question, ...]:
    """Return the questions that may stand on a page, whether shown now or not; none for an unknown page.

    Where each question is a page of its own, the sections above it stand there too; they have no answers.
    """
    if definition.layout == "single":
        return (definition.by_id[step_id],) if step_id in definition.by_id else ()
    return next((page.questions for page in definition.pages if page.id == step_id), ())


def merged(
    definition: Definition,
    before: Sent,
    step_id: str,
    sent: Sent,
    asked: Collection[str] | None,
    *,
    stale: bool = False,
) -> dict[str, list[str]]:
    """Return everything sent so far after one more page was sent.

    The page's fields replace what it said before, and nothing else does: two tabs on two pages do not undo
    each other, and what was answered on a question that is hidden now waits for its return. Hidden questions
    take the first value they are given. Fields that no question owns are dropped.

    A ``stale`` page was shown before the last one was kept, in another tab perhaps. What it leaves empty is then no
    word of the customer's, so it erases nothing.
    """
    here = {question.id for question in questions_of(definition, step_id) if question.type != "hidden"}
    replaced = here if asked is None else here & set(asked)
    if stale:
        replaced &= {_owner(name) for name, values in sent.items() if any(value.strip() for value in values)}
    result = {name: list(values) for name, values in before.items() if _owner(name) not in replaced}
    for name, values in sent.items():
        question = definition.by_id.get(_owner(name))
        if question is None:
            continue
        hidden = question.type == "hidden"
        if (question.id in here and name not in result) or (hidden and name not in before):
            result[name] = [value[:LONGEST_VALUE] for value in values[:MOST_VALUES]]
    return result


def _owner(name: str) -> str:
    return name.partition(".")[0]
