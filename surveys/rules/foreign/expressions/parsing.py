"""One reader for three expression languages; what differs between them stands in a Dialect.

Grammar, loosest first: or, and, comparison, + -, * / %, sign and not, SurveyJS's words after a value (empty,
notempty), values. The shape of SurveyJS's own grammar is in its ``grammar.pegjs``, that of ExpressionScript in
LimeSurvey's manual, that of XPath in the XLSForm documentation; none of their code was used.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from surveys.rules.foreign.expressions.trees import (
    Binary,
    Call,
    Literal,
    Many,
    Not,
    NotCarriedError,
    Ref,
    Tree,
)

MOST_CHARACTERS = 4_000
MOST_DEPTH = 30

_SIGNS = {
    "=": "equals", "==": "equals", "!=": "differs", "<>": "differs",
    "<": "below", "<=": "at_most", ">": "above", ">=": "at_least",
    "&&": "and", "||": "or", "!": "not", "+": "+", "-": "-", "*": "*", "/": "/", "%": "%", "*=": "contains", "^": "^",
}  # fmt: skip
_COMPARISONS = frozenset(
    {
        "equals",
        "differs",
        "below",
        "at_most",
        "above",
        "at_least",
        "contains",
        "notcontains",
        "anyof",
        "allof",
        "noneof",
    }
)


@dataclass(frozen=True)
class Dialect:
    """How one language writes references and operators; ``bare`` says what a word without signs is."""

    reference: re.Pattern[str]
    words: Mapping[str, str]
    bare: str
    word: re.Pattern[str]


EXPRESSION_SCRIPT = Dialect(
    reference=re.compile(r"(?!)"),
    words={"and": "and", "or": "or", "eq": "equals", "ne": "differs", "lt": "below", "le": "at_most", "gt": "above",
           "ge": "at_least"},
    bare="reference",
    word=re.compile(r"[A-Za-z_][A-Za-z0-9_.:#]*|\d+X\d+X\d+[A-Za-z0-9_.#]*"),
)  # fmt: skip
SURVEYJS = Dialect(
    reference=re.compile(r"\{([^{}]{1,300})\}"),
    words={
        "and": "and", "or": "or", "negate": "not", "empty": "empty", "notempty": "notempty",
        "contains": "contains", "contain": "contains", "notcontains": "notcontains", "notcontain": "notcontains",
        "anyof": "anyof", "allof": "allof", "noneof": "noneof", "equal": "equals", "notequal": "differs",
        "less": "below", "lessorequal": "at_most", "greater": "above", "greaterorequal": "at_least",
    },
    bare="text",
    word=re.compile(r"[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*"),
)  # fmt: skip
XPATH = Dialect(
    reference=re.compile(r"\$\{([^{}]{1,300})\}|(\.)(?![\w./])"),
    words={"and": "and", "or": "or", "div": "/", "mod": "%"},
    bare="nothing",
    word=re.compile(r"[A-Za-z_][A-Za-z0-9_:-]*"),
)

_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_SIGN = re.compile(r"&&|\|\||==|!=|<>|<=|>=|\*=|[=<>!+\-*/%^(),\[\]]")
_SPACE = re.compile(r"\s+")

Token = tuple[str, str]
"""What a token is (reference, number, text, operator, call, sign, word) and what it says."""


def parse(source: str, dialect: Dialect) -> Tree:
    """Return the tree of an expression; raise NotCarriedError for what the language does not allow."""
    if len(source) > MOST_CHARACTERS:
        raise NotCarriedError("too long")
    reader = _Reader(_tokens(source, dialect), dialect)
    tree = reader.expression(0)
    if reader.place < len(reader.tokens):
        raise NotCarriedError(f"unexpected {reader.tokens[reader.place][1]!r}")
    return tree


def _tokens(source: str, dialect: Dialect) -> list[Token]:
    tokens: list[Token] = []
    place = 0
    while place < len(source):
        if space := _SPACE.match(source, place):
            place = space.end()
        elif found := dialect.reference.match(source, place):
            tokens.append(("reference", (found[1] or found[0]).strip()))
            place = found.end()
        elif dialect is EXPRESSION_SCRIPT and (
            found := re.compile(r"\d+X\d+X\d+[A-Za-z0-9_.#]*").match(source, place)
        ):
            tokens.append(("word", found[0]))
            place = found.end()
        elif found := _NUMBER.match(source, place):
            tokens.append(("number", found[0]))
            place = found.end()
        elif found := _STRING.match(source, place):
            tokens.append(("text", re.sub(r"\\(.)", r"\1", found[1] if found[1] is not None else found[2])))
            place = found.end()
        elif found := dialect.word.match(source, place):
            place = found.end()
            tokens.append(_word(found[0], dialect, called=source[place:].lstrip().startswith("(")))
        elif found := _SIGN.match(source, place):
            sign = found[0]
            tokens.append(("operator", _SIGNS[sign]) if sign in _SIGNS else ("sign", sign))
            place = found.end()
        else:
            raise NotCarriedError(f"unexpected {source[place]!r}")
    return tokens


def _word(word: str, dialect: Dialect, *, called: bool) -> Token:
    # "and (" is an operator before a bracket, "not(" in XPath a function.
    if word.lower() in dialect.words:
        return "operator", dialect.words[word.lower()]
    return ("call" if called else "word"), word


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[Token], dialect: Dialect) -> None:
        self.tokens = tokens
        self.dialect = dialect
        self.place = 0

    def expression(self, depth: int) -> Tree:
        """Read an expression with its loosest operators."""
        if depth > MOST_DEPTH:
            raise NotCarriedError("nested too deep")
        return self._left_to_right(depth, ({"or"}, {"and"}, _COMPARISONS, {"+", "-"}, {"*", "/", "%", "^"}))

    def _left_to_right(self, depth: int, levels: tuple[set[str] | frozenset[str], ...]) -> Tree:
        if not levels:
            return self._signed(depth)
        tree = self._left_to_right(depth, levels[1:])
        while self._ahead()[0] == "operator" and self._ahead()[1] in levels[0]:
            operator = self._next()[1]
            tree = Binary(operator, tree, self._left_to_right(depth, levels[1:]))
        return tree

    def _signed(self, depth: int) -> Tree:
        if depth > MOST_DEPTH:
            raise NotCarriedError("nested too deep")
        if self._ahead() == ("operator", "not"):
            self._next()
            return Not(self._signed(depth + 1))
        if self._ahead() == ("operator", "-"):
            self._next()
            inner = self._signed(depth + 1)
            if isinstance(inner, Literal) and isinstance(inner.value, float):
                return Literal(-inner.value)
            return Binary("-", Literal(0.0), inner)
        tree = self._value(depth)
        while self._ahead() in {("operator", "empty"), ("operator", "notempty")}:
            tree = Call(self._next()[1], (tree,))
        return tree

    def _value(self, depth: int) -> Tree:
        kind, said = self._next()
        if kind == "reference":
            return Ref(said)
        if kind in {"text", "number"}:
            return Literal(float(said) if kind == "number" else said)
        if kind == "word":
            return self._bare(said)
        return self._bracketed(depth, kind, said)

    def _bracketed(self, depth: int, kind: str, said: str) -> Tree:
        if kind == "call":
            self._expect("(")
            return Call(said.lower(), self._list(depth, ")"))
        if (kind, said) == ("sign", "("):
            tree = self.expression(depth + 1)
            self._expect(")")
            return tree
        if (kind, said) == ("sign", "["):
            return Many(self._list(depth, "]"))
        raise NotCarriedError(f"unexpected {said!r}")

    def _bare(self, word: str) -> Tree:
        if word.lower() in {"true", "false"} and self.dialect is not XPATH:
            return Literal(word.lower() == "true")
        if word.lower() in {"null", "undefined"} and self.dialect is SURVEYJS:
            return Literal(None)
        if self.dialect.bare == "reference":
            return Ref(word)
        if self.dialect.bare == "text":
            return Literal(word)
        raise NotCarriedError(f"unexpected {word!r}")

    def _list(self, depth: int, closing: str) -> tuple[Tree, ...]:
        items: list[Tree] = []
        while self._ahead() != ("sign", closing):
            items.append(self.expression(depth + 1))
            if self._ahead() == ("sign", ","):
                self._next()
            elif self._ahead() != ("sign", closing):
                raise NotCarriedError("a list that is not closed")
        self._next()
        return tuple(items)

    def _expect(self, sign: str) -> None:
        if self._next() != ("sign", sign):
            raise NotCarriedError(f"{sign!r} is missing")

    def _ahead(self) -> Token:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("", "")

    def _next(self) -> Token:
        if self.place >= len(self.tokens):
            raise NotCarriedError("it ends too early")
        self.place += 1
        return self.tokens[self.place - 1]
