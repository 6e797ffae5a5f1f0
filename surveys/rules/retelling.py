"""One person's answers in words, question by question, for staff who are about to call that person back.

Labels stand for ids, rows of a matrix below their question, files by name and size; what a title quotes stands in it
as the customer read it. What is personal is masked unless the reader asked to see it; each line says whether it
holds such a thing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sentiment
from customers import rules as customers
from surveys.rules import piping
from surveys.rules.conditions import Value
from surveys.rules.definition import Definition
from surveys.rules.formats import written
from surveys.rules.logic import Facts, Walk
from surveys.rules.questions import CascaderQuestion, MatrixQuestion, Question, SliderQuestion, WordsQuestion
from surveys.rules.questions.base import OTHER
from surveys.rules.quoting import quoting
from surveys.rules.readings import Column, Reading
from surveys.rules.texts import Language, say

COVERED = "***"
"""What stands for an identity card or a policy number: nobody needs a part of them to call somebody."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is stored of one answer; ``secret`` is personal data, in clear."""

    number: float | None = None
    options: tuple[str, ...] = ()
    words: str | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file that came with an answer: its id, its name, and how many bytes it has."""

    id: int
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Known:
    """What texts may quote beside answers: variables by name, and what is known of the event and the customer."""

    variables: Mapping[str, Value]
    facts: Facts


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer: the row of a matrix (empty elsewhere) and what was answered.

    ``kind`` is that of the column: a ``consent`` has no text, for agreeing is all there is to say; ``mobile`` is a
    number to call. ``file`` is what the name in ``text`` leads to. ``personal`` says that something of the text is
    shown only to those who ask for it.
    """

    row: str
    kind: str
    text: str
    personal: bool = False
    file: GivenFile | None = None


@dataclass(frozen=True, slots=True)
class Retold:
    """One question that was asked and answered; ``scored`` where the answer is the NPS, CSAT or CES."""

    question_id: str
    title: str
    lines: tuple[Line, ...]
    scored: bool = False

    @property
    def personal(self) -> bool:
        """Whether something of the answer is shown only to those who ask for it."""
        return any(line.personal for line in self.lines)


def retell(
    definition: Definition,
    given: Mapping[str, Given],
    files: Mapping[str, Sequence[GivenFile]],
    known: Known,
    *,
    language: Language,
    revealed: bool,
) -> tuple[Retold, ...]:
    """Return the answered questions in the order of the survey.

    ``given`` is by the key of the answers table, ``files`` by the question. What a link brought along is no answer
    and is left out. ``revealed`` leaves everything as the customer wrote it.
    """
    filled = _filling(definition, given, known, language, revealed=revealed)
    found = []
    for question in definition.questions:
        if question.asks and question.shown:
            lines = tuple(_lines(question, given, files.get(question.id, ()), language, revealed=revealed))
            if lines:
                lines = tuple(replace(line, row=filled(line.row)) for line in lines)
                found.append(
                    Retold(
                        question.id, filled(say(question.title, language)), lines, question.score is not None
                    )
                )
    return tuple(found)


def _filling(
    definition: Definition, given: Mapping[str, Given], known: Known, language: Language, *, revealed: bool
) -> Callable[[str], str]:
    """Return how the author's texts are filled with what they quote; what is personal of it is masked too."""
    readings = {
        key: Reading(answer.number, answer.options or None, answer.words) for key, answer in given.items()
    }
    quoted = quoting(definition, Walk((), (), readings, known.variables, None), known.facts, language)

    def look(ref: str) -> str | None:
        found = quoted(ref)
        return found if revealed or found is None else sentiment.mask(found)

    return lambda text: piping.pipe(text, look)


def _lines(
    question: Question,
    given: Mapping[str, Given],
    files: Sequence[GivenFile],
    language: Language,
    *,
    revealed: bool,
) -> Iterator[Line]:
    columns = {column.key: column for column in question.columns(language)}
    rows = _rows(question, language)
    for key in question.keys():
        answer = given.get(key)
        if answer is None or key not in columns:
            continue
        if columns[key].kind == "file":
            for file in files:
                text, personal = _worded(file.name, revealed=revealed)
                yield Line("", "file", text, personal, file)
        elif answer.secret is not None:
            yield _secret(question, answer.secret, revealed=revealed)
        else:
            text, personal = _said(question, columns[key], answer, language, revealed=revealed)
            yield Line(rows.get(key, ""), columns[key].kind, text, personal)


def _rows(question: Question, language: Language) -> dict[str, str]:
    if not isinstance(question, MatrixQuestion):
        return {}
    return {key: say(row.label, language) for key, row in zip(question.keys(), question.rows, strict=True)}


def _secret(question: Question, secret: str, *, revealed: bool) -> Line:
    form = question.format if isinstance(question, WordsQuestion) else ""
    kind = "mobile" if form == "mobile" else "secret"
    if revealed:
        return Line("", kind, secret, personal=True)
    masks = {"mobile": customers.masked_mobile, "email": customers.masked_email}
    covered = masks[form](secret) if form in masks else ""
    return Line("", kind, covered or COVERED, personal=True)


def _said(
    question: Question, column: Column, answer: Given, language: Language, *, revealed: bool
) -> tuple[str, bool]:
    """Return an answer in words, and whether something of it is personal."""
    if answer.options:
        text = _chosen(question, column, answer.options, language)
        if answer.words is None:
            return text, False
        words, personal = _worded(answer.words, revealed=revealed)
        return f"{text}{_marks(language)[1]}{words}", personal
    if column.kind == "consent":
        return "", False
    if answer.number is not None:
        return _number(question, column, answer.number, language), False
    if column.kind == "day":
        return answer.words or "", False
    return _worded(answer.words or "", revealed=revealed)


def _chosen(question: Question, column: Column, options: Sequence[str], language: Language) -> str:
    if isinstance(question, CascaderQuestion):
        return " / ".join(question.label(step, language) for step in options)
    labels = dict(column.options)
    # The words of 其他 follow at the end, so it has to be the last of what was chosen.
    in_order = options if column.kind == "rank" else sorted(options, key=lambda one: one == OTHER)
    said = [labels.get(one, one) for one in in_order]
    if column.kind == "rank":
        said = [f"{place}. {label}" for place, label in enumerate(said, 1)]
    return _marks(language)[0].join(said)


def _number(question: Question, column: Column, number: float, language: Language) -> str:
    text = written(number)
    if isinstance(question, SliderQuestion):
        return f"{text} {say(question.unit, language)}" if question.unit else text
    if isinstance(question, WordsQuestion) or column.highest is None:
        return text
    return f"{text} / {written(column.highest)}"


def _marks(language: Language) -> tuple[str, str]:
    """Return what stands between two things and after the name of one."""
    return (", ", ": ") if language == "en" else ("、", "：")


def _worded(words: str, *, revealed: bool) -> tuple[str, bool]:
    masked = sentiment.mask(words)
    return words if revealed else masked, masked != words
