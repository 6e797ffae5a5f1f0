"""What a check found, and how it calls the parts of a questionnaire."""

from dataclasses import dataclass

from core.sentences import N_, Sentence, Translate, said
from surveys.rules.definition import Definition, Ending, Page
from surveys.rules.describe import short
from surveys.rules.questions import Question
from surveys.rules.texts import DEFAULT_LANGUAGE, Language, say


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong (or worth a look): its code, what to say about it, and where it is.

    ``page``, ``question`` and ``option`` are ids, as far as the place is inside them; ``part`` names an ending or
    a variable.
    """

    code: str
    said: Sentence
    page: str | None = None
    question: str | None = None
    option: str | None = None
    part: str | None = None

    @property
    def sentence(self) -> str:
        """The sentence in Chinese, which says in the audit log what somebody put their name to."""
        return str(self.said)

    def told(self, translate: Translate, language: Language) -> str:
        """Return the sentence in the language of whoever reads it."""
        return self.said.told(translate, language)

    @property
    def where(self) -> str | None:
        """The id of the smallest thing it is about: ``question.option``, question, page, ending or variable."""
        if self.question and self.option:
            return f"{self.question}.{self.option}"
        return self.question or self.page or self.part


class Names:
    """How sentences call the parts of one questionnaire: 第 3 题“…”, 第 2 页“…”, in any language."""

    def __init__(self, definition: Definition) -> None:
        self._numbers: dict[str, int] = {}
        for question in definition.questions:
            if question.asks and question.shown:
                self._numbers[question.id] = len(self._numbers) + 1
        self._places = {page.id: place for place, page in enumerate(definition.pages, 1)}
        self._by_id = definition.by_id

    def question(self, question: Question | str) -> Sentence:
        """Return a question's name: its number among those that ask, and its title."""
        found = self._by_id[question] if isinstance(question, str) else question
        title = short(say(found.title, DEFAULT_LANGUAGE))
        number = self._numbers.get(found.id)
        if number is not None:
            return said(N_("第 %(n)s 题“%(title)s”"), n=number, title=title)
        hidden = found.type == "hidden"
        return said(N_("隐藏字段“%(title)s”") if hidden else N_("说明文字“%(title)s”"), title=title)

    def page(self, page: Page) -> Sentence:
        """Return a page's name: its number, and its title if it has one."""
        number = self._places[page.id]
        if not page.title:
            return said(N_("第 %(n)s 页"), n=number)
        return said(N_("第 %(n)s 页“%(title)s”"), n=number, title=short(say(page.title, DEFAULT_LANGUAGE)))

    def ending(self, ending: Ending) -> Sentence:
        """Return an ending's name: its title."""
        return said(N_("结束页“%(title)s”"), title=short(say(ending.title, DEFAULT_LANGUAGE)))
