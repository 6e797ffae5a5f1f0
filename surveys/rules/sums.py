"""The small sum that is asked when an answer looks machine-made: in words, read aloud by any screen reader.

It needs no picture, no JavaScript and nobody else's server. Which sum it is follows from the key of the answer, so
nothing is stored and nobody can choose an easy one; how often it went wrong is counted elsewhere.
"""

import hmac
import unicodedata

from core import crypto
from surveys.rules.texts import Language

FIELD = "_sum"

_CHINESE = "零一二三四五六七八九"
_ENGLISH = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
)  # fmt: skip


def terms(key: str) -> tuple[int, int]:
    """Return the two numbers, 2 to 9, that belong to the key of an answer."""
    digest = hmac.digest(crypto.ring().derive("local-sum"), key.encode(), "sha256")
    return 2 + digest[0] % 8, 2 + digest[1] % 8


def spoken(key: str, language: Language) -> str:
    """Return the sum as a sentence in a language; in digits where we have no words for numbers."""
    first, second = terms(key)
    if language.startswith("zh"):
        traditional = language in {"zh-Hant", "zh-TW", "zh-HK"}
        return f"{_CHINESE[first]}加{_CHINESE[second]}{'等於' if traditional else '等于'}多少？"
    if language.startswith("en"):
        return f"How much is {_ENGLISH[first]} plus {_ENGLISH[second]}?"
    return f"{first} + {second} = ?"


def solves(key: str, sent: str) -> bool:
    """Say whether ``sent`` is the result, in digits of any width or in words."""
    text = unicodedata.normalize("NFKC", sent).strip().strip("。.！!").casefold()
    return text in _ways_to_write(sum(terms(key)))


def _ways_to_write(number: int) -> set[str]:
    ways = {str(number), _ENGLISH[number]}
    if number < 10:
        return ways | {_CHINESE[number]}
    units = _CHINESE[number - 10] if number > 10 else ""
    return ways | {f"十{units}", f"一十{units}"}
