"""What an invitation or its reminder is about, in the customer's language, whatever channel carries it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core import clock, settings
from surveys.rules import logic, piping
from surveys.rules.definition import Definition
from surveys.rules.logic import Facts
from surveys.rules.questions import Question
from surveys.rules.texts import DEFAULT_LANGUAGE, Language


@dataclass(frozen=True, slots=True)
class Occasion:
    """One customer's questionnaire: its link, until when it works, and whether this only reminds of it."""

    definition: Definition
    token: str
    expires_at: datetime
    language: Language = DEFAULT_LANGUAGE
    facts: Facts = logic.NO_FACTS
    again: bool = False

    @property
    def url(self) -> str:
        """The customer's own link; behind it a score may follow as ``?<question>=<score>``."""
        return f"{settings.current().huisheng_base_url}/s/{self.token}"

    @property
    def opt_out_url(self) -> str:
        """Where the customer says no more questionnaires."""
        return f"{settings.current().huisheng_base_url}/o/{self.token}"

    @property
    def last_day(self) -> date:
        """The last Beijing day on which the link works.

        Links end at midnight; people read the last day better than the first minute after it.
        """
        return clock.beijing_day(self.expires_at - timedelta(minutes=1))

    @property
    def title(self) -> str:
        """The questionnaire's title, with what it says about the event."""
        return self.piped(self.definition.title_in(self.language))

    @property
    def first(self) -> Question | None:
        """The first question that the customer will see."""
        return first_asked(self.definition, self.facts)

    def piped(self, text: str) -> str:
        """Return ``text`` with what is known of the event and the customer put in."""
        known = {f"event.{name}": str(value) for name, value in self.facts.event.items()}
        known |= {f"customer.{name}": str(value) for name, value in self.facts.customer.items()}
        return piping.pipe(text, known.get)


def first_asked(definition: Definition, facts: Facts = logic.NO_FACTS) -> Question | None:
    """Return the first question that is shown to who comes with these facts."""
    steps = logic.walk(definition, {}, facts).steps
    asked = (question for step in steps for question in step.questions if question.asks)
    return next(asked, None)


def spoken_to(wished: str | None, definition: Definition) -> Language:
    """Return the language to write in: the customer's where the survey has it, else Chinese."""
    return wished if wished in definition.languages() else DEFAULT_LANGUAGE
