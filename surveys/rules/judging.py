"""What of a customer's answers is accepted: each is read where logic shows its question, and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass

from surveys.rules import logic
from surveys.rules.definition import Definition
from surveys.rules.logic import NO_FACTS, Facts, Walk
from surveys.rules.questions import Question
from surveys.rules.readings import Mistake, Reading, Sent, UnreadableAnswerError

MISSING = Mistake("missing")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was accepted and what was wrong, question by question, along the way the answers lead."""

    walk: Walk
    mistakes: Mapping[str, Mistake]

    @property
    def readings(self) -> Mapping[str, Reading]:
        """The accepted answers by their keys."""
        return self.walk.readings

    def mistakes_on(self, step_id: str) -> dict[str, Mistake]:
        """Return the mistakes of one shown page."""
        step = self.walk.step(step_id)
        ids = {question.id for question in step.questions} if step else set()
        return {name: mistake for name, mistake in self.mistakes.items() if name in ids}


class RefusedAnswersError(ValueError):
    """Some answers cannot be accepted; ``verdict`` says which and why."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(", ".join(verdict.mistakes))
        self.verdict = verdict
        self.mistakes = verdict.mistakes


def judge(definition: Definition, sent: Sent, facts: Facts = NO_FACTS) -> Verdict:
    """Read what a customer sent along the way it leads.

    An answer to a question that logic does not show is dropped; what belongs to no question is ignored, for
    it may come from a mail client or an older page. An unreadable answer counts as none for the logic.
    """
    mistakes: dict[str, Mistake] = {}

    def read(question: Question) -> Mapping[str, Reading]:
        try:
            return question.read(sent)
        except UnreadableAnswerError as error:
            mistakes[question.id] = error.mistake
            return {}

    walked = logic.follow(definition, read, facts)
    for view in walked.views:
        for question in view.questions:
            if question.id in view.required and question.id not in mistakes:
                own = {key: walked.readings[key] for key in question.keys() if key in walked.readings}
                if not question.complete(own):
                    mistakes[question.id] = MISSING
    return Verdict(walked, mistakes)


def accepted(definition: Definition, sent: Sent, facts: Facts = NO_FACTS) -> Verdict:
    """Return the verdict on a whole questionnaire; raise RefusedAnswersError if anything is wrong."""
    verdict = judge(definition, sent, facts)
    if verdict.mistakes:
        raise RefusedAnswersError(verdict)
    return verdict


def scores(definition: Definition, readings: Mapping[str, Reading]) -> dict[str, int | None]:
    """Return the response's nps, csat and ces: the first answered question of each kind."""
    found: dict[str, int | None] = {"nps": None, "csat": None, "ces": None}
    for question in definition.questions:
        name = question.score
        reading = readings.get(question.id)
        if name is not None and found[name] is None and reading is not None and reading.number is not None:
            found[name] = int(reading.number)
    return found
