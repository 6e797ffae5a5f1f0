"""A survey being put together from a foreign file: every importer writes into a sketch, which then becomes ours.

What a sketch holds need not be valid yet; ``finishing`` makes a definition of it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from surveys.rules.definition import END, MOST_PAGES, MOST_QUESTIONS
from surveys.rules.foreign import texts
from surveys.rules.foreign.names import Names, slug
from surveys.rules.foreign.report import SENTENCES, Note, What, shown
from surveys.rules.questions import Question
from surveys.rules.questions.base import MOST_OPTIONS
from surveys.rules.texts import DEFAULT_LANGUAGE

Json = dict[str, Any]
Text = dict[str, str]
"""A text of ours in several languages; empty for none."""

RESERVED = frozenset(
    {"var", "event", "customer", END, "csrf_token", "page", "step", "large", "lang", "language"}
)
"""Names that mean something else in a condition or a form of ours, so that no question may have them."""

MOST_NOTES = 2_000

_QUESTION: TypeAdapter[Question] = TypeAdapter(Question)


@dataclass(slots=True)
class Asked:
    """A question of the sketch: its code in the file, its shape as JSON of ours, and how its codes became ids.

    ``codes`` maps the file's option codes to our option ids, ``rows`` the codes of a matrix's rows; ``several``
    says whether more than one option can be chosen.
    """

    source: str
    name: str
    shape: Json
    codes: dict[str, str] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    several: bool = False
    optional: bool = False
    """Whether it stays optional although the question that it was a part of is required."""

    @property
    def id(self) -> str:
        """Our id of the question."""
        return str(self.shape["id"])


@dataclass(slots=True)
class Sheet:
    """A page of the sketch."""

    source: str
    id: str
    title: Text = field(default_factory=dict)
    show: Json | None = None
    asked: list[Asked] = field(default_factory=list)
    sets: list[Json] = field(default_factory=list)
    jumps: list[Json] = field(default_factory=list)


def in_chinese(text: Text) -> str:
    """Return a text as our staff read it: in Chinese where the file has it, else in the file's first language."""
    return text.get(DEFAULT_LANGUAGE) or next(iter(text.values()), "")


class Sketch:
    """What is known so far of the survey that a file becomes."""

    def __init__(self, kind: str, default_language: str) -> None:
        """Begin a survey read from a file of format ``kind`` whose first language is ``default_language``."""
        self.kind = kind
        self.default_language = default_language
        self.languages: dict[str, None] = {default_language: None}
        self.notes: list[Note] = []
        self.head: Json = {}
        self.sheets: list[Sheet] = []
        self.variables: list[Json] = []
        self.endings: list[Json] = []
        self.names = Names(RESERVED)
        self.page_names = Names({END})
        self.found = 0
        self.asked = 0
        self._told: set[tuple[str, ...]] = set()

    def note(self, element: str, title: Text | str, what: What, code: str, **values: object) -> None:
        """Tell that something is not as it was; the same thing is told once."""
        name = title if isinstance(title, str) else in_chinese(title)
        said = {key: shown("" if value is None else value) for key, value in values.items()}
        if f"{code}_empty" in SENTENCES and not any(said.values()):
            code, said = f"{code}_empty", {}  # a sentence must not end with a colon and nothing behind it
        key = (element, what, code, *said.values())
        if key not in self._told and len(self.notes) < MOST_NOTES:
            self._told.add(key)
            self.notes.append(Note(shown(element), shown(name), what, code, said))

    def changed(self, element: str, title: Text | str, code: str, **values: object) -> None:
        """Tell that something came along in another shape."""
        self.note(element, title, "changed", code, **values)

    def left_out(self, element: str, title: Text | str, code: str, **values: object) -> None:
        """Tell that something did not come along."""
        self.note(element, title, "left_out", code, **values)

    def text(self, said: Mapping[str, object], element: str = "") -> Text:
        """Return what is said in some languages of ours as one of our texts, plain and within length."""
        found: Text = {}
        for code, value in said.items():
            words = texts.plain(value)
            if len(words) > texts.MOST_CHARACTERS:
                words = words[: texts.MOST_CHARACTERS]
                self.changed(element, words, "text_cut", most=texts.MOST_CHARACTERS)
            if words:
                found[code] = words
                self.languages.setdefault(code)
        if self.default_language in found:
            return {self.default_language: found.pop(self.default_language)} | found
        return found

    def spoken(self, said: Mapping[str, object], element: str = "") -> Text:
        """Return what is said under a file's own language codes as one of our texts."""
        found: dict[str, object] = {}
        for code, value in said.items():
            language = texts.language(code)
            if language is None:
                self.left_out("", "", "language_unknown", name=code)
            elif language in found:
                self.changed("", "", "language_merged", name=code, language=language)
            elif texts.plain(value):
                found[language] = value
        return self.text(found, element)

    def options(
        self, element: str, listed: Iterable[tuple[str, Text]], *, fallback: str = "o"
    ) -> tuple[list[Json], dict[str, str]]:
        """Return options of ours for (code, label) pairs, and which code became which id."""
        names = Names({"other"})
        made: list[Json] = []
        codes: dict[str, str] = {}
        for code, label in listed:
            if code in codes:
                continue
            if len(made) >= MOST_OPTIONS:
                self.left_out(element, label, "limit", name=f"{MOST_OPTIONS}+")
                break
            option_id = names.give(code, fallback, digit_first=True)
            made.append(
                {"id": option_id, "label": label or {self.default_language: texts.plain(code) or option_id}}
            )
            codes[code] = option_id
        return made, codes

    def unfit(self, shape: Json) -> str | None:
        """Return why a question of this shape is none of ours, None if it is one."""
        try:
            _QUESTION.validate_python(shape)
        except ValidationError as error:
            return _reason(error)
        except RecursionError:
            return "层次太深"
        return None

    def fits(self, shape: Json) -> bool:
        """Tell whether a question of this shape is one of ours."""
        return self.unfit(shape) is None

    def page(self, source: str, title: Text | None = None, *, fallback: str = "p") -> Sheet:
        """Begin a page; past the last one that a survey can have, questions go on standing on it."""
        if len(self.sheets) >= MOST_PAGES:
            return self.sheets[-1]
        sheet = Sheet(source, self.page_names.give(source, fallback), title or {})
        self.sheets.append(sheet)
        return sheet

    def full(self) -> bool:
        """Tell whether there are so many questions that no further one can come along, and note it."""
        if self.asked < MOST_QUESTIONS:
            return False
        self.left_out("", "", "too_many_questions", most=MOST_QUESTIONS)
        return True

    def ask(self, sheet: Sheet, source: str, kind: str, title: Text, **shape: Any) -> Asked:  # noqa: ANN401 - JSON
        """Put a question on a page; an id that had to change is told, an empty title becomes the code."""
        self.asked += 1
        question_id = self.names.give(source, "q")
        if question_id not in {source, slug(source, "q")}:
            self.changed(source, title, "renamed", id=question_id)
        if not title:
            title = {self.default_language: texts.plain(source) or question_id}
            if kind != "hidden":
                self.changed(source, title, "title_empty")
        kept = {
            key: value
            for key, value in shape.items()
            if value is not None and value is not False and value != {}
        }
        asked = Asked(source, in_chinese(title), {"type": kind, "id": question_id, "title": title} | kept)
        sheet.asked.append(asked)
        return asked

    def each_text(self, change: Callable[[str, str, str], str]) -> None:
        """Rewrite every text by ``change(text, element, title)``: references of a file become pipes of ours."""
        for name in ("title", "intro", "thanks"):
            if name in self.head:
                self.head[name] = {code: change(said, "", "") for code, said in self.head[name].items()}
        for sheet in self.sheets:
            sheet.title = {code: change(said, sheet.source, said) for code, said in sheet.title.items()}
            for asked in sheet.asked:
                _rewrite(asked.shape, lambda said, asked=asked: change(said, asked.source, asked.name))  # type: ignore[misc]
        for ending in self.endings:
            _rewrite(ending, lambda said, ending=ending: change(said, ending["id"], said))  # type: ignore[misc]


_TEXTS = frozenset({"title", "hint", "text", "label", "low", "high", "unit", "other", "pattern_hint"})


def _rewrite(shape: Json, change: Callable[[str], str]) -> None:
    for key, value in shape.items():
        if key in _TEXTS and isinstance(value, dict):
            shape[key] = {code: change(said) for code, said in value.items()}
        elif isinstance(value, list):
            for part in value:
                if isinstance(part, dict):
                    _rewrite(part, change)


def _reason(error: ValidationError) -> str:
    first: list[Any] = error.errors(include_url=False, include_input=False, include_context=False)
    return "；".join(f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in first[:2])
