"""Texts in several languages: Chinese first, any other added beside it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from core import sentences

Language = sentences.Language
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")]
Localised = Annotated[
    dict[LanguageCode, Annotated[str, StringConstraints(min_length=1, max_length=4000)]], Field(min_length=1)
]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
OptionId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,63}$")]

DEFAULT_LANGUAGE = sentences.HOUSE_LANGUAGE

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
"""The languages that come first wherever languages are listed; any other follows by its code."""

# What a reader of a language understands best after it: the two ways of writing Chinese are close.
_NEXT_BEST = {"zh-Hant": ("zh-Hans",), "zh-Hans": ("zh-Hant",)}


def say(text: Localised, language: Language) -> str:
    """Return ``text`` in ``language``, in a language close to it, in Chinese, in any language as a last resort."""
    for code in (language, *_NEXT_BEST.get(language, ()), DEFAULT_LANGUAGE):
        if code in text:
            return text[code]
    return next(iter(text.values()))
