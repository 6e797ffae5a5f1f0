"""Sentences of rules and use cases, put into the reader's language where they are shown.

A rule knows what to say, not who reads it. So it returns the Chinese sentence with its placeholders, which is the
key of the catalogues, beside what fills them; what fills them may be sentences as well.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

Language = str

HOUSE_LANGUAGE: Language = "zh-Hans"
"""What rules speak, and whatever is kept of them."""

Translate = Callable[[str], str]
"""Returns the sentence of a catalogue for a Chinese one, with the same placeholders."""


def N_(sentence: str) -> str:  # noqa: N802 - gettext's name for a sentence that is translated where it is shown
    """Mark a sentence for the catalogues and return it as it stands."""
    return sentence


class Tellable(Protocol):
    """Something that is said differently in different languages."""

    def told(self, translate: Translate, language: Language) -> str:
        """Return it in ``language``, in which ``translate`` knows the sentences."""


Value = str | int | Tellable


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the catalogues with what fills its placeholders."""

    template: str
    values: tuple[tuple[str, Value], ...] = ()

    def told(self, translate: Translate, language: Language) -> str:
        """Return the whole sentence in a language; translations come from ``translate``."""
        return translate(self.template) % {
            name: tell(value, translate, language) for name, value in self.values
        }

    def __str__(self) -> str:
        """Return the sentence in Chinese: as it is compared, kept in the audit log and shown in tests."""
        return in_chinese(self)


@dataclass(frozen=True, slots=True)
class Row:
    """Things told one after the other, with a sentence of the catalogues between them, such as 、."""

    parts: tuple[Value, ...]
    between: str = ""

    def told(self, translate: Translate, language: Language) -> str:
        """Return all of them in a language."""
        joint = translate(self.between) if self.between else ""
        return joint.join(tell(part, translate, language) for part in self.parts)

    def __str__(self) -> str:
        """Return all of them in Chinese."""
        return in_chinese(self)


@dataclass(frozen=True, slots=True)
class Named:
    """What a data file calls something, in Chinese and in English."""

    chinese: str
    english: str

    def told(self, _translate: Translate, language: Language) -> str:
        """Return the English words to readers of English, to all others the Chinese ones."""
        return self.english if language.startswith("en") else self.chinese


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words that are made anew for each language, such as the titles and conditions of a questionnaire."""

    speak: Callable[[Language], str]

    def told(self, _translate: Translate, language: Language) -> str:
        """Return them in a language."""
        return self.speak(language)


def said(template: str, **values: Value) -> Sentence:
    """Return a sentence; write ``template`` inside ``N_()``, so that the catalogues know it."""
    return Sentence(template, tuple(values.items()))


def row(parts: Iterable[Value], between: str = "") -> Row:
    """Return things to be told one after the other."""
    return Row(tuple(parts), between)


def tell(value: Value, translate: Translate, language: Language) -> str:
    """Return what fills a placeholder as people read it."""
    return str(value) if isinstance(value, str | int) else value.told(translate, language)


def in_chinese(value: Value) -> str:
    """Return what rules say as it is kept, and as machines read it."""
    return tell(value, _as_it_stands, HOUSE_LANGUAGE)


def _as_it_stands(sentence: str) -> str:
    return sentence
