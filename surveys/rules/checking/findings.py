"""What a check found, and how it calls the parts of a questionnaire."""

from dataclasses import dataclass

from surveys.rules.definition import Definition, Ending, Page
from surveys.rules.describe import short
from surveys.rules.questions import Question
from surveys.rules.texts import DEFAULT_LANGUAGE, say


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong (or worth a look): its code, a Chinese sentence, and where it is.

    ``page``, ``question`` and ``option`` are ids, as far as the place is inside them; ``part`` names an ending or
    a variable.
    """

    code: str
    sentence: str
    page: str | None = None
    question: str | None = None
    option: str | None = None
    part: str | None = None

    @property
    def where(self) -> str | None:
        """The id of the smallest thing it is about: ``question.option``, question, page, ending or variable."""
        if self.question and self.option:
            return f"{self.question}.{self.option}"
        return self.question or self.page or self.part


class Names:
    """How sentences call the parts of one questionnaire: 第 3 题“…”, 第 2 页“…”."""

    def __init__(self, definition: Definition) -> None:
        self._numbers: dict[str, int] = {}
        for question in definition.questions:
            if question.asks and question.shown:
                self._numbers[question.id] = len(self._numbers) + 1
        self._places = {page.id: place for place, page in enumerate(definition.pages, 1)}
        self._by_id = definition.by_id

    def question(self, question: Question | str) -> str:
        """Return a question's name: its number among those that ask, and its title."""
        found = self._by_id[question] if isinstance(question, str) else question
        title = short(say(found.title, DEFAULT_LANGUAGE))
        number = self._numbers.get(found.id)
        if number is not None:
            return f"第 {number} 题“{title}”"
        return f"隐藏字段“{title}”" if found.type == "hidden" else f"说明文字“{title}”"

    def page(self, page: Page) -> str:
        """Return a page's name: its number, and its title if it has one."""
        title = f"“{short(say(page.title, DEFAULT_LANGUAGE))}”" if page.title else ""
        return f"第 {self._places[page.id]} 页{title}"

    def ending(self, ending: Ending) -> str:
        """Return an ending's name: its title."""
        return f"结束页“{short(say(ending.title, DEFAULT_LANGUAGE))}”"
