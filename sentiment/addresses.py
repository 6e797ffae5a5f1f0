"""Finding street-level addresses: a road, estate or village with a number.

A city or a district alone is no personal data, nor is a road without a number. The number with its unit
(328号, 18幢703) is found first; from there the address is followed to the left up to the city it begins
with, and to the right over floors and rooms.
"""

from __future__ import annotations

import re
from typing import Final

from sentiment.lexicon import word_file, words_of

_NUMBER: Final = r"[\d一二三四五六七八九十百]{1,5}"
_WAYS: Final = (
    "路|街|大道|道|巷|弄|胡同|里|村|屯|庄|寨|镇|乡|小区|社区|区|苑|园|城|花园|新村|公寓|家园|大厦|广场|湾|坊|府|庭|院|坝|组|社|队|段|场"
    "|宿舍|楼|名都|华庭|豪庭|国际|中心|山庄|别墅|线|浜|埭|圩|塘|桥|站|口|家属院"
)
_UNITS: Final = "号楼|号院|号|弄|栋|幢|座|单元|室|楼|层|门|组|户|房|#|期|区"
_ANCHOR: Final = re.compile(
    rf"(?:{_WAYS})[东西南北中]?[ ,]?"
    rf"(?:{_NUMBER} ?(?:号|弄|栋|幢|座|单元|室|楼|组|巷|期|区|门|支路|队|户|#)|[a-z]座?\d{{2,4}}"
    rf"|\d{{1,4}}-\d{{1,4}}(?:-\d{{1,4}})*)"
)
_TAIL: Final = re.compile(
    rf"(?:[ ,]?(?:[\u4e00-\u9fa5]{{1,8}}?)?(?:[a-z]?{_NUMBER}|[a-z])(?:-[a-z\d]+)* ?(?:{_UNITS})|-\d+"
    r"|(?:[\u4e00-\u9fa5]{2,8}?)?\d{1,4}(?:-\d+)+(?:号|室|房)?"
    r"|\d{1,4}(?:号|室|房)?(?![\d年月日天元块万点个分次]))+"
)
_CUES: Final = re.compile(
    r".*(?:地址是|地址为|地址改成|地址改为|地址变更为|地址|住址|寄到|寄去|寄往|寄回|寄给|快递到|送到|邮寄到|邮到|住在|家住|搬到|搬去"
    r"|位于|改成|改为|更改为|变更为|变更到|收件|在|到|住|去|往|至|是|为|于|从|给|把|由|来|向|我家|店|房子"
    r"|的|了|[:,。;!?\n \"'(\[【])",
    re.DOTALL,
)
_FAR: Final = 30
_PLACES: Final = tuple(words_of(word_file("places")["provinces"]) + words_of(word_file("places")["cities"]))
_PLACE: Final = re.compile("|".join(sorted(_PLACES, key=len, reverse=True)))
_ADMIN: Final = re.compile(r"[\u4e00-\u9fa5]{1,7}?(?:省|自治区|市|县|区|州|旗|镇|乡|街道)")
_NOT_AN_ADDRESS: Final = re.compile(
    r"(?:小区|社区|区|城|园|站|口|桥|道|院|里|中心|线|楼|场|队|段|路|街)[ ,]?"
    r"[一二三四五六七八九十]{1,2}(?:号|楼|区|门|期|队|层|户)$"
)


def find_addresses(plain: str) -> list[tuple[int, int]]:
    """Give the spans of addresses in a text brought to plain characters."""
    found: list[tuple[int, int]] = []
    reached = 0
    for match in _ANCHOR.finditer(plain):
        if match.start() < reached:
            continue
        start = _beginning(plain, match.start(), reached)
        end = match.end()
        tail = _TAIL.match(plain, end)
        if tail:
            end = tail.end()
        if match.start() - start < 1 or (_NOT_AN_ADDRESS.search(match.group()) and end == match.end()):
            continue
        while end > start and plain[end - 1] in " ,":
            end -= 1
        found.append((start, end))
        reached = end
    return found


def _beginning(plain: str, anchor: int, least: int) -> int:
    """Follow an address to the left: to its province or city, else to the word that introduces it."""
    floor = max(least, anchor - _FAR)
    for mark in ",。;!?\n:":
        cut = plain.rfind(mark, floor, anchor)
        if cut >= 0:
            floor = max(floor, cut + 1)
    place = _PLACE.search(plain, floor, anchor)
    if place:
        return place.start()
    cue = _CUES.match(plain, floor, anchor)
    start = cue.end() if cue else floor
    if cue is None and anchor - start > 12:
        admin = _ADMIN.search(plain, floor, anchor)
        start = admin.start() if admin else anchor - 6
    return start
