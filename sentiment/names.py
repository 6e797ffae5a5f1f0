"""Finding full personal names of customers and staff.

小李, 王女士 and 张经理 are no personal data; 罗晓曼 is. A candidate is a surname with one or two characters
that given names are made of. What speaks for it and against it (the words around it, how the
segmenter cuts it) is added up with weights that were fitted to the written corpus once; they stand in
`lexicon/names.toml`.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import rjieba

from sentiment.lexicon import word_file, words_of
from sentiment.segments import segments

_FILE: Final = word_file("names")
_SURNAMES: Final = frozenset("".join(words_of(_FILE["surnames"])))
_COMPOUND: Final = frozenset(words_of(_FILE["compound"]))
_HESITANT: Final = frozenset(_FILE["hesitant"])
_VERY_HESITANT: Final = frozenset(_FILE["very_hesitant"])
_GIVEN: Final = frozenset("".join(words_of(_FILE["given"])))
_BEFORE: Final = frozenset(words_of(_FILE["before"]))
_STRONG_BEFORE: Final = frozenset(words_of(_FILE["strong_before"]))
_TITLES: Final = tuple(words_of(_FILE["titles"]))
_AFTER: Final = tuple(words_of(_FILE["after"]))
_NOT_GIVEN: Final = tuple(words_of(_FILE["not_given"]))
_CUE_LENGTHS: Final = range(max(map(len, _BEFORE | _STRONG_BEFORE)), 0, -1)
_CUE_ENDS: Final = frozenset(cue[-1] for cue in _BEFORE | _STRONG_BEFORE)
_ANNOUNCING: Final = frozenset({"strong_before", "opens_text", "weak_before"})
_WEIGHTS: Final[dict[str, float]] = _FILE["weights"]
_BIAS: Final[float] = _WEIGHTS["bias"]
_LINE: Final[float] = _FILE["line"]
EDGE: Final = frozenset(" ,。!?;:\n、/()[]【】\"'|~…《》<>-—*#@+=")
_LINK: Final = frozenset('是叫为:, ("—-')
_CANDIDATE: Final = re.compile(
    f"{'|'.join(sorted(_COMPOUND))}|[{''.join(sorted(_SURNAMES))}](?=[\u3400-\u9fff])"
)
_PEOPLE: Final = f"[{_FILE['foreign']}]"
_FOREIGN: Final = re.compile(
    r"(?:(?<=我叫)|(?<=我是)|(?<=本人)|(?<=名叫)|(?<=姓名)|(?<=姓名:)|(?<=名字叫)|(?<=谢谢)|(?<=感谢)"
    r"|(?<=表扬)|(?<=客户)|(?<=人)|(?<=员)"
    r"|(?<=我爸)|(?<=我妈)|(?<=母亲)|(?<=父亲)|(?<=老伴叫)|(?<=不是)|^我?)"
    rf"(?P<one>{_PEOPLE}{{2,7}}(?:·{_PEOPLE}{{2,7}})?)"
    r"(?=[,。 的!:、这查定师理业身电大把家住说讲来]|$)"
    rf"|(?P<two>{_PEOPLE}{{2,7}}·{_PEOPLE}{{2,7}})"
)
_PEOPLE_RUN: Final = re.compile(rf"{_PEOPLE}{{3}}|·{_PEOPLE}")
_GIVEN_LATIN: Final = "|".join(words_of(_FILE["latin_given"]))
_FAMILY_LATIN: Final = "|".join(words_of(_FILE["latin_family"]))
_LATIN: Final = re.compile(
    rf"(?<![A-Za-z.@_])(?:(?:{_GIVEN_LATIN}) (?:[A-Z][a-z]+ )?[A-Z][a-z]+(?![A-Za-z@])"
    rf"|(?:{_FAMILY_LATIN}) [A-Z][a-z]+(?:[ -][A-Z]?[a-z]+)?(?![A-Za-z@])"
    rf"|(?:{_GIVEN_LATIN}) ?[{''.join(sorted(_SURNAMES))}]"
    rf"(?:[{''.join(sorted(_GIVEN))}]{{1,2}}(?![\u3400-\u9fff])|(?=[,。 的处]|$)))"
)
_NICKNAME: Final = re.compile(rf"(?<![A-Za-z])(?:{_GIVEN_LATIN}) ?$")
_NEVER: Final = frozenset(words_of(_FILE["never"]))
_CAPITAL: Final = re.compile(r"[A-Z][a-z]")
_NEVER_GIVEN: Final = frozenset(_FILE["never_given"])
_EVERYDAY: Final = frozenset(_FILE["everyday"])
_HAN: Final = re.compile(r"[\u3400-\u9fff]+")

Features = dict[str, float]


def find_names(plain: str, original: str) -> list[tuple[int, int]]:
    """Give the spans of full names, in order and without overlaps.

    `plain` is the text brought to plain characters, `original` the text as it came (its capitals tell Latin
    names from other words).
    """
    scored: list[tuple[float, int, int]] = []
    for start, end, features in candidates(plain):
        score = _BIAS + sum(_WEIGHTS.get(name, 0.0) * value for name, value in features.items())
        if score > _LINE:
            scored.append((score, start, end))
    scored.sort(key=lambda found: (-found[0], found[1], -found[2]))
    kept: list[tuple[int, int]] = (
        [match.span() for match in _LATIN.finditer(original)] if _CAPITAL.search(original) else []
    )
    if _PEOPLE_RUN.search(plain):
        for match in _FOREIGN.finditer(plain):
            part = "one" if match.group("one") else "two"
            if _is_foreign(match.group(part)):
                kept.append(match.span(part))
    for _score, start, end in scored:
        if plain[start:end] in _NEVER:
            continue
        nickname = _NICKNAME.search(original, max(0, start - 12), start) if start > 1 else None
        first = nickname.start() if nickname else start
        if all(end <= left or first >= right for left, right in kept):
            kept.append((first, end))
    kept.sort()
    return kept


def candidates(plain: str) -> list[tuple[int, int, Features]]:
    """Give every possible name with what speaks for and against it."""
    found: list[tuple[int, int, Features]] = []
    words: _Words | None = None
    for match in _CANDIDATE.finditer(plain):
        start, given_start = match.span()
        if plain.startswith(_NOT_GIVEN, given_start):
            continue
        before = _look_before(plain, start)
        announced = before in _ANNOUNCING
        if not announced and _ordinary(plain, start, given_start):
            continue
        for end in (given_start + 2, given_start + 1):
            given = plain[given_start:end]
            if end > len(plain) or not _HAN.fullmatch(given):
                continue
            odd = sum(letter not in _GIVEN for letter in given)
            if odd and (odd > 1 or not announced or not _NEVER_GIVEN.isdisjoint(given)):
                continue
            words = words or _cut(plain)
            features = _features(plain, start, given_start, end, words)
            features[before] = 1.0
            if start and plain[start - 1] in EDGE:
                features["edge_before"] = 1.0
            if odd:
                features["odd_given"] = 1.0
            found.append((start, end, features))
    return found


def _ordinary(plain: str, start: int, given: int) -> bool:
    """Tell at a glance that a surname is used as an ordinary character, as most are most of the time."""
    surname = plain[start]
    if given - start == 2:
        return False
    if surname in _VERY_HESITANT:
        return True
    return surname in _HESITANT and plain[given] in _EVERYDAY


def _is_foreign(piece: str) -> bool:
    """Tell a transliterated name from a short word that happens to be made of the same characters."""
    if len(set(piece)) < 2 or rjieba.has_word(piece):
        return False
    return "·" in piece or len(piece) >= 3


class _Words(NamedTuple):
    """A text cut into words: word and part of speech by where it begins, and where words end."""

    starts: dict[int, tuple[str, str]]
    ends: set[int]


def _cut(plain: str) -> _Words:
    words = segments(plain)
    return _Words({word[0]: word[2:] for word in words}, {word[1] for word in words})


def _features(plain: str, start: int, given: int, end: int, words: _Words) -> Features:
    """Collect what speaks for and against one candidate: its characters, its surroundings, its cut."""
    features: Features = {"short" if end - given == 1 else "long": 1.0}
    if given - start == 2:
        features["compound"] = 1.0
    elif plain[start] in _VERY_HESITANT:
        features["very_hesitant"] = 1.0
    elif plain[start] in _HESITANT:
        features["hesitant"] = 1.0
    everyday = sum(letter in _EVERYDAY for letter in plain[given:end])
    if everyday:
        features["everyday"] = everyday / (end - given)
    _look_behind(plain, end, features)
    _look_at_cut(start, given, end, words, features)
    if plain[start] not in _HESITANT and plain[start] not in _VERY_HESITANT and not everyday:
        features["clear"] = 1.0
        if "is_name_word" in features:
            features["clear_name_word"] = 1.0
        if "cut_behind" not in features and "cut_before" not in features:
            features["clear_cut"] = 1.0
    return features


def _look_at_cut(start: int, given: int, end: int, words: _Words, features: Features) -> None:
    word, tag = words.starts.get(start, ("", ""))
    named = tag.startswith("nr")
    if named and len(word) == end - start + 1:
        # The segmenter likes to draw the next character into a name: "麦志文点|赞", "孙浩帮|我".
        features["in_long_name" if end - given == 2 else "in_short_name"] = 1.0
        return
    if end not in words.ends:
        features["cut_behind"] = 1.0
    if not word:
        features["cut_before"] = 1.0
    elif len(word) == end - start:
        features["is_name_word" if named else "is_word"] = 1.0
    elif len(word) > end - start:
        features["in_word"] = 1.0
    elif len(word) > given - start:
        features["word_over_surname"] = 0.0 if named else 1.0
    elif len(word) == given - start:
        inner = words.starts.get(given, ("", ""))
        if len(inner[0]) == end - given == 2:
            features["given_is_name" if inner[1].startswith("nr") else "given_is_word"] = 1.0
        elif len(inner[0]) == 1:
            features["loose"] = 1.0


def _look_before(plain: str, start: int) -> str:
    """Tell what stands before a candidate: the name of a feature, or nothing worth a weight."""
    if start == 0 or plain[start - 1] == "\n":
        return "opens_text"
    if plain[start - 1] in _LINK and start > 1 and _cue(plain, start - 1) == "strong_before":
        return "strong_before"
    return _cue(plain, start)


def _cue(plain: str, at: int) -> str:
    """Find the longest announcing word that ends here."""
    if plain[at - 1] not in _CUE_ENDS:
        return "nothing_before"
    for length in _CUE_LENGTHS:
        if length <= at:
            piece = plain[at - length : at]
            if piece in _STRONG_BEFORE:
                return "strong_before"
            if piece in _BEFORE:
                return "weak_before" if length > 1 else "one_before"
    return "nothing_before"


def _look_behind(plain: str, end: int, features: Features) -> None:
    if end == len(plain):
        features["closes_text"] = 1.0
    elif plain[end] in EDGE:
        features["edge_behind"] = 1.0
    elif plain.startswith(_TITLES, end):
        features["title_behind"] = 1.0
    elif plain.startswith(_AFTER, end):
        features["word_behind"] = 1.0
