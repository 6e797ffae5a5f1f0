"""Finding personal data in a text and masking it.

Numbers are recognised by their own proof (check digit of an identity card, Luhn for a bank card) or by the
word before them; names and addresses by their makeup and what stands around them (`sentiment.names`,
`sentiment.addresses`). All spans are places in the text as it came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from sentiment.addresses import find_addresses
from sentiment.names import find_names
from sentiment.normalise import plain_characters

Kind = Literal["mobile", "id_card", "bank_card", "email", "policy_no", "plate", "name", "address"]

MARKS: Final[dict[str, str]] = {
    "mobile": "●",
    "id_card": "■",
    "bank_card": "◆",
    "email": "▲",
    "policy_no": "▼",
    "plate": "★",
    "name": "◎",
    "address": "□",
}
"""What stands in a masked text for every character of a piece of personal data, by its kind."""

_EMAIL: Final = re.compile(r"[a-z0-9][a-z0-9._%+\-]*@[a-z0-9\-]+(?:\.[a-z0-9\-]+)+", re.ASCII)
_MOBILE: Final = re.compile(
    r"(?<![\da-z])(?:(?:\+ ?|00)?86[ \-]{0,2})?1[ \-.]?[3-9](?:[ \-.·]{0,2}\d){9}(?![\da-z]|[ \-]\d{5})"
)
_FIGURES: Final = "零〇一二三四五六七八九幺"
_SPOKEN_MOBILE: Final = re.compile(
    rf"(?<![{_FIGURES}])[一幺][三四五六七八九](?:[ ,]?[{_FIGURES}]){{9}}(?![{_FIGURES}])"
)
_LONG: Final = re.compile(r"(?<![\da-z.\-])\d(?:[ \-]?\d){13,21}(?:[ \-]?x)?(?![\da-z])")
_POLICY_CUED: Final = re.compile(
    r"(?:保单|保险单|合同|投保单|批单|单子|policy|(?<![工订运件诉案程递票账])单)(?:号码|编号|单号|号|no\.?|number)?(?:是|为|就是|叫)?"
    r"[ :#=\"'(《「]{0,3}"
    r"([a-z]{0,6}[\-/]?\d[a-z\d\-/]{4,29}|[a-z]{1,6}[a-z\d]{0,4}[\-/]?\d[a-z\d\-/]{3,29})"
)
_POLICY_SHAPED: Final = re.compile(
    r"(?<![a-z\d@.\-/_])(?:[a-z]{1,5}\d{0,2}-?\d{4}-\d{4,12}(?:-\d+)?|[a-z]{1,5}-?\d{8,16}|\d{4}-\d{4}-\d{1,4}"
    r"|\d{2,4}-\d{6,12})(?![a-z\d@\-])"
)
_NOT_A_POLICY: Final = re.compile(
    r"(?:报案|案件|理赔|赔案|工单|订单|快递|运单|件单|发票|流水|工号|批次|型号|编码|受理|投诉单|案|挂号|就诊|登记号|税号"
    r"|信用代码|车架|发动机|航班|热线|电话|传真|座机|尾号|版本)[^,。;!?\n]{0,6}$"
)
_PLATE: Final = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-z][ ·•.・\-]?"
    r"(?:[a-z\d]{5,6}(?![a-z\d])|[a-z\d]{3,4}[挂学警港澳])"
)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CUE: Final = ("身份证", "证件号", "身份号", "身份證", "身分证")
_CARD_CUE: Final = ("卡号", "账号", "账户", "帐号", "工行", "建行", "农行", "中行", "招行", "卡")
_DIGIT: Final = re.compile(r"\d")
_FIVE: Final = re.compile(r"\d(?:[ \-.·/a-z]{0,2}\d){4}")
"""Every number that is personal has five figures close together; most texts hold none such."""


@dataclass(frozen=True, slots=True)
class PersonalSpan:
    """A piece of personal data in the original text; `end` is exclusive."""

    start: int
    end: int
    kind: Kind


def find_personal(text: str, plain: str | None = None) -> tuple[PersonalSpan, ...]:
    """Find all personal data of a text, in order and without overlaps.

    `plain` is what `plain_characters` makes of it, where that is at hand.
    """
    if plain is None:
        plain = plain_characters(text)
    found: list[tuple[int, int, Kind]] = []
    if "@" in plain:
        for match in _EMAIL.finditer(plain):
            _add(found, *match.span(), "email")
    if _DIGIT.search(plain):
        _plates(plain, found)
        if _FIVE.search(plain):
            _numbers(plain, found)
        for start, end in find_addresses(plain):
            _add(found, start, end, "address")
    for match in _SPOKEN_MOBILE.finditer(plain):
        _add(found, *match.span(), "mobile")
    for start, end in find_names(plain, text):
        _add(found, start, end, "name")
    found.sort()
    return tuple(PersonalSpan(start, end, kind) for start, end, kind in found)


def mask(text: str) -> str:
    """Put a mark in the place of every character of personal data; a masked text stays as it is.

    The result is as long as the text. What was found hides what stands beside it ("张三李四"), therefore the
    masked text is read again until nothing is found.
    """
    masked = text
    for _round in range(8):
        spans = find_personal(masked)
        if not spans:
            return masked
        letters = list(masked)
        for span in spans:
            letters[span.start : span.end] = MARKS[span.kind] * (span.end - span.start)
        masked = "".join(letters)
    return masked


def _add(found: list[tuple[int, int, Kind]], start: int, end: int, kind: Kind) -> None:
    """Keep a span unless something found earlier already holds a part of it."""
    if all(end <= left or start >= right for left, right, _kind in found):
        found.append((start, end, kind))


def _plates(plain: str, found: list[tuple[int, int, Kind]]) -> None:
    for match in _PLATE.finditer(plain):
        if _DIGIT.search(match.group()):
            _add(found, *match.span(), "plate")


def _numbers(plain: str, found: list[tuple[int, int, Kind]]) -> None:
    """Find what is made of figures, the surest kinds first."""
    for match in _LONG.finditer(plain):
        kind = _kind_of_long_number(plain, match)
        if kind:
            _add(found, *match.span(), kind)
    for match in _POLICY_CUED.finditer(plain):
        number = match.group(1).rstrip("-/")
        if sum(letter.isdigit() for letter in number) >= 5 and not _MOBILE.fullmatch(number):
            _add(found, match.start(1), match.start(1) + len(number), "policy_no")
    for match in _MOBILE.finditer(plain):
        _add(found, *match.span(), "mobile")
    for match in _POLICY_SHAPED.finditer(plain):
        announced = _NOT_A_POLICY.search(plain, max(0, match.start() - 14), match.start())
        if not announced and not _looks_like_a_date(match.group()):
            _add(found, *match.span(), "policy_no")


def _kind_of_long_number(plain: str, match: re.Match[str]) -> Kind | None:
    """Tell an identity card from a bank card and both from any other long number."""
    compact = match.group().replace(" ", "").replace("-", "")
    before = plain[max(0, match.start() - 12) : match.start()]
    told = _cued(before, _IDENTITY_CUE)
    if len(compact) == 18 and (_identity(compact) or (told and _birth(compact[6:14]))):
        return "id_card"
    if len(compact) == 15 and told and _birth("19" + compact[6:12]):
        return "id_card"
    if not compact.isdigit() or not 15 <= len(compact) <= 19 or compact[0] not in "345689":
        return None
    if _cued(before, ("保单", "合同", "保险单")):
        return None
    if _luhn(compact) or compact.startswith("62") or (len(compact) > 15 and _cued(before, _CARD_CUE)):
        return "bank_card"
    return None


def _cued(before: str, cues: tuple[str, ...]) -> bool:
    return any(cue in before for cue in cues)


def _identity(number: str) -> bool:
    """Check the last character of an 18-character identity number (GB 11643-1999) and its date of birth."""
    if not number[:17].isdigit() or not _birth(number[6:14]):
        return False
    total = sum(int(figure) * weight for figure, weight in zip(number, _WEIGHTS, strict=False))
    return "10x98765432"[total % 11] == number[17]


def _birth(figures: str) -> bool:
    """Tell whether eight figures may be a date of birth."""
    return (
        figures.isdigit()
        and "1890" <= figures[:4] <= "2035"
        and "01" <= figures[4:6] <= "12"
        and "01" <= figures[6:] <= "31"
    )


def _luhn(number: str) -> bool:
    """Check the last figure of a card number (ISO/IEC 7812, the Luhn sum)."""
    total = 0
    for place, figure in enumerate(reversed(number)):
        value = int(figure) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _looks_like_a_date(piece: str) -> bool:
    """Tell dates and telephone numbers with an area code from policy numbers of the same shape."""
    parts = piece.split("-")
    if len(parts) == 3 and "1900" <= parts[0] <= "2100" and all(part.isdigit() for part in parts):
        return len(parts[1]) <= 2
    return len(parts) == 2 and parts[0].isdigit() and parts[0][0] == "0" and len(parts[1]) in (7, 8)
