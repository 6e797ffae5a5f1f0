"""What a survey asked through all its versions: which questions are one and the same, and which are not.

Questions of two versions are shown together when their authors say that they are comparable and they have
the same id, the same kind and the same options: then the same answer means the same in both. A question
whose options changed stands beside its successor and says of which versions it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from surveys.rules.definition import Definition
from surveys.rules.questions import MatrixQuestion, Question
from surveys.rules.readings import Column
from surveys.rules.scores import Metric
from surveys.rules.texts import Language, say


@dataclass(frozen=True, slots=True)
class Version:
    """A published version: its id, its number for people, and what it asks."""

    id: int
    number: int
    definition: Definition


@dataclass(frozen=True, slots=True)
class Asked:
    """One question over the versions that asked it alike; text and order are those of the newest of them.

    ``name`` is how addresses call it: the question's id, with ``@`` and a version's number where another
    question has taken the id over. ``current`` says that the newest version of all still asks it so.
    """

    name: str
    title: str
    question: Question
    columns: tuple[Column, ...]
    versions: frozenset[int]
    numbers: tuple[int, ...]
    page: str
    current: bool

    @property
    def metric(self) -> Metric | None:
        """The score that it gives, if any; never guessed from a scale."""
        return Metric(self.question.score) if self.question.score else None

    @property
    def main(self) -> tuple[Column, ...]:
        """The columns that are counted: one, or one per row of a matrix, without the words of "other"."""
        keys = set(self.question.keys())
        return tuple(column for column in self.columns if column.key in keys)

    @property
    def matrix(self) -> bool:
        """Whether it is answered row by row."""
        return isinstance(self.question, MatrixQuestion)

    @property
    def has_words(self) -> bool:
        """Whether a customer wrote words: an answer in words, or what stands beside "other"; no hidden field."""
        return self.question.shown and any(column.kind == "words" for column in self.columns)

    def stored(self, column: Column) -> str:
        """Return the key under which a column's answers are stored: words of "other" lie beside their option."""
        keys = self.question.keys()
        return column.key if column.key in keys else self.question.id


def asked(versions: Mapping[int, Version], language: Language) -> tuple[Asked, ...]:
    """Return the questions of these versions, the newest version's first and in its order."""
    newest_first = sorted(versions.values(), key=lambda version: -version.number)
    found: dict[object, Asked] = {}
    for version in newest_first:
        for page in version.definition.pages:
            for question in page.questions:
                columns = question.columns(language)
                if not columns:
                    continue
                mark = _mark(question, columns) if question.comparable else (version.id, question.id)
                known = found.get(mark)
                if known is not None:
                    found[mark] = replace(
                        known,
                        versions=known.versions | {version.id},
                        numbers=(version.number, *known.numbers),
                    )
                    continue
                taken = any(other.question.id == question.id for other in found.values())
                found[mark] = Asked(
                    name=f"{question.id}@{version.number}" if taken else question.id,
                    title=say(question.title, language),
                    question=question,
                    columns=columns,
                    versions=frozenset({version.id}),
                    numbers=(version.number,),
                    page=page.id,
                    current=version is newest_first[0],
                )
    return tuple(found.values())


def _mark(question: Question, columns: tuple[Column, ...]) -> object:
    """Return what two questions have in common whose answers mean the same."""
    shapes = tuple(
        (
            column.key,
            column.kind,
            frozenset(option for option, _label in column.options),
            column.lowest,
            column.highest,
        )
        for column in columns
    )
    return (question.id, question.type, shapes)
