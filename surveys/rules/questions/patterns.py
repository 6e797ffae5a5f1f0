"""Patterns that authors write for short answers: a safe part of regular expressions, matched in linear time.

An author's pattern meets whatever a customer types, and a backtracking engine can be held up for minutes by
one unlucky pair. Therefore a pattern is read into a small automaton whose states are walked all at once: a
text costs at most its length times the number of states, whatever the pattern looks like. Groups, alternatives,
classes and counted repetition exist; what would need backtracking (back references, looking around) is refused
with a reason for the author.
"""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

MOST_CHARACTERS = 300
MOST_STATES = 1_000
MOST_REPEATS = 100
MOST_DEPTH = 10

Test = Callable[[str], bool]

_ESCAPED_CHARACTERS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
_SPECIAL = set(".^$*+?()[]{}|\\")


class PatternError(ValueError):
    """The pattern is none of ours; the message tells the author why."""


@dataclass(slots=True)
class _State:
    """A state of the automaton: it either takes one character or goes on freely to others."""

    test: Test | None = None
    next: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the automaton: it begins at one state and ends at one that goes nowhere yet."""

    start: int
    end: int


Node = tuple["Build", int]
"""Something that can be built any number of times, and how many states that takes."""
Build = Callable[[list[_State]], _Piece]


class Pattern:
    """A pattern that texts are held against as a whole, as the HTML attribute ``pattern`` does."""

    def __init__(self, source: str) -> None:
        """Read ``source``; raise PatternError telling what it may not hold."""
        if len(source) > MOST_CHARACTERS:
            raise PatternError(f"a pattern has at most {MOST_CHARACTERS} characters")
        build, _size = _Reader(source).whole()
        self._states: list[_State] = []
        piece = build(self._states)
        self._start, self._end = piece.start, piece.end

    def fits(self, text: str) -> bool:
        """Tell whether the whole text fits the pattern."""
        now = self._reached([self._start])
        for character in text:
            now = self._reached(
                target
                for number in now
                if (test := self._states[number].test) is not None and test(character)
                for target in self._states[number].next
            )
            if not now:
                return False
        return self._end in now

    def _reached(self, numbers: Iterable[int]) -> set[int]:
        """Return the states that can be had from these without taking a character."""
        found: set[int] = set()
        waiting = list(numbers)
        while waiting:
            number = waiting.pop()
            if number in found:
                continue
            found.add(number)
            if self._states[number].test is None:
                waiting.extend(self._states[number].next)
        return found


@functools.lru_cache(maxsize=256)
def compiled(source: str) -> Pattern:
    """Return the pattern of ``source``, built once; raise PatternError telling what it may not hold."""
    return Pattern(source)


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, source: str) -> None:
        self.source = source.removeprefix("^")
        if self.source.endswith("$") and not self.source.endswith("\\$"):
            self.source = self.source[:-1]
        self.place = 0
        self.depth = 0

    def whole(self) -> Node:
        """Read everything."""
        node = self.alternatives()
        if self.place < len(self.source):
            raise PatternError(f"“{self.source[self.place]}” at {self.place + 1} closes nothing")
        return node

    def alternatives(self) -> Node:
        """Read ``a|b|c``."""
        branches = [self.sequence()]
        while self._take("|"):
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else _any_of(branches)

    def sequence(self) -> Node:
        """Read pieces that follow each other."""
        parts: list[Node] = []
        while self.place < len(self.source) and self.source[self.place] not in "|)":
            parts.append(self.repeated())
        return _one_after_another(parts)

    def repeated(self) -> Node:
        """Read one piece and how often it may come."""
        node = self.atom()
        least, most = 1, 1
        if self._take("?"):
            least, most = 0, 1
        elif self._take("*"):
            least, most = 0, -1
        elif self._take("+"):
            least, most = 1, -1
        elif self._take("{"):
            least, most = self.counts()
        else:
            return node
        self._take("?")  # a lazy repetition accepts the same texts
        if self._ahead() in {"*", "+", "{", "?"}:
            raise PatternError("a repetition cannot be repeated")
        return _repeat(node, least, most)

    def counts(self) -> tuple[int, int]:
        """Read ``3}``, ``3,}`` or ``3,5}``; -1 stands for no upper bound."""
        inside, brace, _rest = self.source[self.place :].partition("}")
        low, comma, high = inside.partition(",")
        if not brace or not _is_count(low) or (high and not _is_count(high)):
            raise PatternError("a brace needs {3}, {3,} or {3,5}")
        self.place += len(inside) + 1
        least = int(low)
        most = int(high) if high else (-1 if comma else least)
        if max(least, most) > MOST_REPEATS or (most >= 0 and least > most):
            raise PatternError(f"a piece comes at most {MOST_REPEATS} times, the smaller number first")
        return least, most

    def atom(self) -> Node:
        """Read a character, a class or a group."""
        character = self._next()
        if character == "(":
            return self.group()
        if character == "[":
            return _taking(self.character_class())
        if character == ".":
            return _taking(lambda got: got not in "\r\n")
        if character == "\\":
            return _taking(self.escape())
        if character in _SPECIAL - {"]", "}"}:
            raise PatternError(f"“{character}” at {self.place} needs a \\ before it")
        return _taking(character.__eq__)

    def group(self) -> Node:
        """Read what stands in round brackets; only plain groups are known."""
        if self._take("?") and not self._take(":"):
            raise PatternError("looking around and named groups are not known; use (…) or (?:…)")
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise PatternError(f"groups stand at most {MOST_DEPTH} deep")
        node = self.alternatives()
        if not self._take(")"):
            raise PatternError("a bracket is not closed")
        self.depth -= 1
        return node

    def escape(self) -> Test:
        """Read what follows a backslash."""
        character = self._next()
        if character in "dwsDWS":
            return _set_of(character)
        if character in "xu":
            return self._code(2 if character == "x" else 4).__eq__
        if character in _ESCAPED_CHARACTERS:
            return _ESCAPED_CHARACTERS[character].__eq__
        if character.isalnum():
            raise PatternError(f"“\\{character}” is not known")
        return character.__eq__

    def character_class(self) -> Test:
        """Read what stands in square brackets."""
        negated = self._take("^")
        tests: list[Test] = []
        first = True
        while first or self._ahead() != "]":
            tests.append(self._class_part())
            first = False
        self.place += 1
        return (lambda got: not any(test(got) for test in tests)) if negated else _any_test(tests)

    def _class_part(self) -> Test:
        """Read a character, a range or a set inside square brackets."""
        character = self._next()
        if character == "\\":
            if self._ahead() in set("dwsDWS"):
                return _set_of(self._next())
            character = self._escaped_character()
        if self._ahead() != "-" or self.source[self.place + 1 : self.place + 2] in {"]", ""}:
            return character.__eq__
        self.place += 1
        last = self._next()
        if last == "\\":
            last = self._escaped_character()
        if character > last:
            raise PatternError(f"the range {character}-{last} runs backwards")
        return lambda got: character <= got <= last

    def _escaped_character(self) -> str:
        character = self._next()
        if character in "xu":
            return self._code(2 if character == "x" else 4)
        if character.isalnum() and character not in _ESCAPED_CHARACTERS:
            raise PatternError(f"“\\{character}” is not known")
        return _ESCAPED_CHARACTERS.get(character, character)

    def _code(self, length: int) -> str:
        digits = self.source[self.place : self.place + length]
        self.place += length
        if len(digits) != length or not set(digits) <= set("0123456789abcdefABCDEF"):
            raise PatternError(f"a character's code has {length} hexadecimal digits")
        return chr(int(digits, 16))

    def _next(self) -> str:
        if self.place >= len(self.source):
            raise PatternError("the pattern ends too early")
        self.place += 1
        return self.source[self.place - 1]

    def _ahead(self) -> str:
        return self.source[self.place : self.place + 1]

    def _take(self, character: str) -> bool:
        if self._ahead() != character:
            return False
        self.place += 1
        return True


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


def _set_of(letter: str) -> Test:
    """Return the set of figures (d), word characters (w) or spaces (s), in capitals the opposite."""
    kind = letter.lower()
    if kind == "d":
        plain: Test = lambda got: "0" <= got <= "9"  # noqa: E731 - one of three of a kind
    elif kind == "w":
        plain = lambda got: got.isascii() and (got.isalnum() or got == "_")  # noqa: E731
    else:
        plain = str.isspace
    return plain if letter == kind else (lambda got: not plain(got))


def _any_test(tests: list[Test]) -> Test:
    return lambda got: any(test(got) for test in tests)


def _checked(size: int) -> int:
    if size > MOST_STATES:
        raise PatternError("the pattern is too large; use fewer or smaller repetitions")
    return size


def _taking(test: Test) -> Node:
    """Return a piece that takes one character."""

    def build(states: list[_State]) -> _Piece:
        start = len(states)
        states.extend([_State(test, [start + 1]), _State()])
        return _Piece(start, start + 1)

    return build, 2


def _one_after_another(parts: list[Node]) -> Node:
    """Return the pieces in a row; no piece at all fits the empty text."""

    def build(states: list[_State]) -> _Piece:
        start = end = len(states)
        states.append(_State())
        for make, _size in parts:
            piece = make(states)
            states[end].next.append(piece.start)
            end = piece.end
        return _Piece(start, end)

    return build, _checked(1 + sum(size for _make, size in parts))


def _any_of(branches: list[Node]) -> Node:
    """Return a choice between pieces."""

    def build(states: list[_State]) -> _Piece:
        start = len(states)
        states.extend([_State(), _State()])
        for make, _size in branches:
            piece = make(states)
            states[start].next.append(piece.start)
            states[piece.end].next.append(start + 1)
        return _Piece(start, start + 1)

    return build, _checked(2 + sum(size for _make, size in branches))


def _repeat(node: Node, least: int, most: int) -> Node:
    """Return a piece that comes at least and at most so often; -1 stands for no upper bound."""
    make, size = node
    copies = max(least, most, 1)

    def build(states: list[_State]) -> _Piece:
        start = end = len(states)
        states.append(_State())
        skipping: list[int] = [] if least else [start]
        for number in range(1, copies + 1):
            if most == 0:
                break
            piece = make(states)
            states[end].next.append(piece.start)
            end = piece.end
            if least <= number < copies:
                skipping.append(end)
        if most < 0:
            states[end].next.append(piece.start)
        last = len(states)
        states.append(_State())
        for number in [*skipping, end]:
            states[number].next.append(last)
        return _Piece(start, last)

    return build, _checked(2 + size * copies)
