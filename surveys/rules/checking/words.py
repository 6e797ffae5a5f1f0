"""Words that a person must look at before a questionnaire goes out: rewards, marketing, sensitive data.

The words, what they mean in law and the expressions in which they are harmless are data
(``surveys/data/sensitive_words.toml``), so an insurer's compliance department can read and widen them.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from core.sentences import Named

FILE = Path(__file__).parents[2] / "data" / "sensitive_words.toml"


@dataclass(frozen=True, slots=True)
class Group:
    """One rule with its words.

    ``where`` is "texts" for whatever customers read or "asked" for what questions ask for; ``sensitive`` marks
    data that need a separate consent (PIPL art. 28 and 29); ``patterns`` are regular expressions, ``spare``
    longer expressions in which a word is harmless, ``always`` those that are a hit whatever is spared. With a
    word of ``unless`` in it a text judges a matter rather than asks for data, unless it says 请填写 or the like. A
    consent to such data names it by a word of ``consented``.
    """

    code: str
    name: str
    where: str
    reference: str
    advice: str
    name_in_english: str
    reference_in_english: str
    advice_in_english: str
    words: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    consented: tuple[str, ...] = ()
    sensitive: bool = False

    @property
    def named(self) -> Named:
        """What the matter is called."""
        return Named(self.name, self.name_in_english)

    @property
    def law(self) -> Named:
        """Which rule it follows."""
        return Named(self.reference, self.reference_in_english)

    @property
    def advised(self) -> Named:
        """What to do about it."""
        return Named(self.advice, self.advice_in_english)

    def hits(self, text: str) -> list[str]:
        """Return the group's words that stand in ``text`` outside spared expressions, each once, in order.

        Of two words that begin at one place the longer is told: 赠送 rather than 送.
        """
        spared = _covered(text, self.spare) - _covered(text, self.always)
        kept: list[str] = []
        end = 0
        for start, word in sorted(self._found(text), key=lambda hit: (hit[0], -len(hit[1]))):
            if start >= end and spared.isdisjoint(range(start, start + len(word))):
                kept.append(word)
                end = start + len(word)
        return list(dict.fromkeys(kept))

    def _found(self, text: str) -> Iterator[tuple[int, str]]:
        for word in (*self.words, *self.always):
            yield from ((start, word) for start in _places(text, word))
        for pattern in self.patterns:
            yield from ((match.start(), match[0]) for match in re.finditer(pattern, text))

    def is_named_in(self, consent: str) -> bool:
        """Say whether the words of a consent tell that it is about this kind of data."""
        return any(word.casefold() in consent.casefold() for word in (*_SENSITIVE, *self.consented))

    def only_judges(self, text: str) -> bool:
        """Say whether ``text`` judges a matter rather than asks for data."""
        return any(word in text for word in self.unless) and not demands(text)


_SENSITIVE = ("敏感个人信息", "敏感信息", "敏感個人信息", "sensitive personal information")
"""What the law calls all of these kinds together."""

_DEMAND = re.compile(
    r"(?:请|請|麻烦|需要|须|必须)(?:您|你)?(?:在此|如实|准确|务必|先|再)*"
    r"(?:填写|填入|填|输入|提供|告知|告诉|写下|写出|留下|上传|上傳|填寫|輸入|发送|发来)"
    r"|(?i:\b(?:please|kindly)\s+(?:enter|provide|give|tell|type|fill|upload|send|write))"
)


_REFUSAL = re.compile(
    r"[^，。；！？,;!?.]*"
    r"(?:不要|请勿|切勿|勿|不得|无需|无须|不必|不用|不需要|(?i:do not|don.t|never))"
    r"[^，。；！？,;!?.]*"
)


def without_refusals(text: str) -> str:
    """Return ``text`` without its clauses that tell the customer not to do something, such as 请勿填写密码."""
    return _REFUSAL.sub("", text)


def demands(text: str) -> bool:
    """Say whether ``text`` tells the customer to hand something over, whatever else it says."""
    return _DEMAND.search(text) is not None


_GROUP = TypeAdapter(Group)


@lru_cache(maxsize=1)
def groups() -> tuple[Group, ...]:
    """Return the groups of the data file, in its order."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(_GROUP.validate_python(entry) for entry in raw["group"])


def group(code: str) -> Group:
    """Return the group called ``code``; raise LookupError if the file has none."""
    for found in groups():
        if found.code == code:
            return found
    raise LookupError(f"no group of words {code!r}")


def _places(text: str, word: str) -> Iterator[int]:
    start = text.find(word)
    while start >= 0:
        yield start
        start = text.find(word, start + 1)


def _covered(text: str, expressions: tuple[str, ...]) -> set[int]:
    return {
        place
        for expression in expressions
        for start in _places(text, expression)
        for place in range(start, start + len(expression))
    }
