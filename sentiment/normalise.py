"""Bringing a text to one spelling before anything judges it.

Full-width letters become half-width, capitals small, traditional characters simplified, typing errors of
the trade are put right, emoji become words, and a letter drawn out ("啊啊啊啊") is shortened. All consumers
speak about spans of the original text, so a map of offsets is kept; in the common case, where nothing
changed its length, there is no map at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import ahocorasick

from sentiment.lexicon import word_file


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text in the one spelling, with the way back.

    `plain` is the original rewritten character for character only (`plain_characters`).
    `offsets[i]` is the place in the original at which the i-th character of `text` begins, with one more
    entry for the end; None says that both texts run in step.
    """

    original: str
    plain: str
    text: str
    offsets: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give the span of the original text for a span of the normalised one (end exclusive)."""
        if self.offsets is None:
            return start, end
        first = self.offsets[start]
        while end < len(self.text) and self.offsets[end] <= first:
            end += 1
        return first, max(self.offsets[end], first)


def _character_table() -> dict[int, str]:
    table: dict[int, str] = {}
    traditional = word_file("traditional")
    old, new = "".join(traditional["traditional"]), "".join(traditional["simplified"])
    table.update({ord(a): b for a, b in zip(old, new, strict=True)})
    variants = word_file("rewrites")["characters"]
    table.update({ord(a): b for a, b in zip(variants["from"], variants["to"], strict=True)})
    table.update({code: chr(code - 0xFEE0).lower() for code in range(0xFF01, 0xFF5F)})
    table.update({ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"})
    table.update({0x3000: " ", 0xA0: " ", 0x2003: " ", ord("\t"): " ", ord("\r"): " "})
    table.update({ord("“"): '"', ord("”"): '"', ord("「"): '"', ord("」"): '"', ord("～"): "~"})
    return table


class _Table(dict[int, str]):
    """`str.translate` asks for every character: plain ones answer with themselves and are remembered."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if len(self) < 70_000:
            self[code] = letter
        return letter


def _automaton() -> ahocorasick.Automaton:
    found = ahocorasick.Automaton()
    rewrites = word_file("rewrites")
    for section in ("typos", "words", "emoji"):
        for wrong, right in rewrites[section].items():
            found.add_word(wrong, (len(wrong), right, wrong.isascii() and wrong[0] != "["))
    for letter in ("\ufe0f", "\u200d", "\u200b", "\u200c", "\ufeff", "🏻", "🏼", "🏽", "🏾", "🏿"):
        found.add_word(letter, (1, "", False))
    found.make_automaton()
    return found


_TABLE: Final = _Table(_character_table())
_REWRITES: Final = _automaton()
_COMMON: Final = tuple((letter, _TABLE[ord(letter)]) for letter in "，！？：；（）～“”您\t\r\u3000")
"""What nearly every text holds; replaced one by one, which costs far less than a look-up per character."""
_RARE: Final = re.compile(
    "["
    + "".join(
        re.escape(chr(code))
        for code in sorted(_character_table())
        if code > 127 and chr(code) not in dict(_COMMON)
    )
    + "\u00c0-\u1fff\u2100-\u218f\u24b6-\u24cf\u2c00-\u2dff\ua640-\uabbf\ufb00-\ufb17\U00010400-\U0001efff]"
)
"""What asks for the whole table: traditional and variant characters, and letters whose small form is odd."""
_DRAWN_OUT: Final = re.compile(r"([^\d\sa-z.*])\1{2,}")


def normalise(text: str) -> Normalised:
    """Bring `text` to the one spelling; see the module's head for what that means."""
    plain = plain_characters(text)
    edits = _edits(plain)
    if not edits:
        return Normalised(text, plain, plain, None)
    pieces: list[str] = []
    offsets: list[int] = []
    at = 0
    same_length = True
    for start, end, right in edits:
        pieces.append(plain[at:start])
        offsets.extend(range(at, start))
        pieces.append(right)
        if len(right) == end - start:
            offsets.extend(range(start, end))
        else:
            same_length = False
            offsets.extend([start] * len(right))
        at = end
    pieces.append(plain[at:])
    if same_length:
        return Normalised(text, plain, "".join(pieces), None)
    offsets.extend(range(at, len(plain) + 1))
    return Normalised(text, plain, "".join(pieces), tuple(offsets))


def _edits(plain: str) -> list[tuple[int, int, str]]:
    """Give what is to be replaced, in order and without overlaps: (start, end, replacement)."""
    found: list[tuple[int, int, str]] = []
    last = 0
    for final, (length, right, latin) in _REWRITES.iter_long(plain):
        start = final + 1 - length
        if start < last or (latin and _inside_a_word(plain, start, final + 1)):
            continue
        found.append((start, final + 1, right))
        last = final + 1
    for match in _DRAWN_OUT.finditer(plain):
        start, end = match.span()
        if all(end <= a or start >= b for a, b, _ in found):
            found.append((start, end, match.group(1) * 2))
    found.sort()
    return found


def _inside_a_word(plain: str, start: int, end: int) -> bool:
    """Tell whether the letters around a Latin word or number make it part of a longer one."""
    before = plain[start - 1] if start else " "
    after = plain[end] if end < len(plain) else " "
    return (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum())


def plain_characters(text: str) -> str:
    """Rewrite character for character only (simplified, half-width, small letters): every offset stays."""
    if _RARE.search(text):
        return text.translate(_TABLE)
    for letter, plain in _COMMON:
        if letter in text:
            text = text.replace(letter, plain)
    return text.lower()
