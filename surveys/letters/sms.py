"""The invitation as a short text: signature, what it is about, the link, how to refuse more.

Every character costs, so there is no greeting by name, and the way to refuse more is named instead of
linked: it stands at the foot of the page behind the link. A 拒收请回复R would promise that somebody reads the
replies; they end at the platform, and no rule wants them under a message that sells nothing (docs/sms.md).
"""

import re
import tomllib
from enum import StrEnum
from pathlib import Path

from core import settings
from delivery.letters import ShortText
from surveys.letters.occasion import Occasion, first_asked
from surveys.rules import phrases
from surveys.rules.definition import Definition
from surveys.rules.questions import CesQuestion, CsatQuestion, NpsQuestion, RatingQuestion
from surveys.rules.texts import DEFAULT_LANGUAGE, Language, say

MOST_POINTS = 5
"""So many links fit into a text that people still read; a longer scale has one link to the whole of it."""

_LONGEST_TITLE, _LONGEST_QUESTION = 30, 60
_ENDS = ("。", "？", "！", "…", ".", "?", "!")
_WORDS: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).resolve().parents[1] / "data" / "sms.toml").read_text(encoding="utf-8")
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BRACKETS = str.maketrans("【】", "[]")

Scale = NpsQuestion | CsatQuestion | CesQuestion | RatingQuestion


class Scores(StrEnum):
    """What comes of listing the points of the first question, each with its link."""

    LISTED = "listed"
    TOO_MANY = "too_many"
    NO_SCALE = "no_scale"


def scores_of(definition: Definition) -> Scores:
    """Say whether the points of a survey's first question can be listed in a text.

    Only a scale that fits as a whole is: offering some of its points would draw answers to those.
    """
    first = first_asked(definition)
    if not isinstance(first, Scale):
        return Scores.NO_SCALE
    return Scores.LISTED if _fits(first) else Scores.TOO_MANY


def write(occasion: Occasion, mobile: str, *, with_scores: bool) -> ShortText:
    """Return the short text for a number; ``with_scores`` lists the points of a scale that fits."""
    return ShortText(mobile, written(occasion, with_scores=with_scores))


def written(occasion: Occasion, *, with_scores: bool) -> str:
    """Return the words of the short text."""
    words = _WORDS.get(occasion.language, _WORDS[DEFAULT_LANGUAGE])
    kind, first, last = "again" if occasion.again else "invite", occasion.first, occasion.last_day
    if with_scores and isinstance(first, Scale) and _fits(first):
        ask = _plain(occasion.piped(say(first.title, occasion.language)), _LONGEST_QUESTION)
        lines = [f"{label} {occasion.url}?{first.id}={n}" for n, label in _points(first, occasion.language)]
        kind, links, end = f"{kind}_scores", "\n" + "\n".join(lines), "\n"
    else:
        ask, links, end = _plain(occasion.title, _LONGEST_TITLE), occasion.url, " "
    ask += words["space" if ask.endswith(_ENDS) else "pause"]
    foot = words["foot"].format(month=last.month, day=last.day, date=last.isoformat())
    return signature() + words[kind].format(ask=ask, links=links) + end + foot


def signature() -> str:
    """Return the name in 【】 with which every text of this insurer begins."""
    config = settings.current()
    return f"【{config.sms_signature or config.huisheng_company}】"


def _fits(scale: Scale) -> bool:
    return scale.highest - scale.lowest < MOST_POINTS


def _points(scale: Scale, language: Language) -> list[tuple[int, str]]:
    """Return the points in the order of the answer page, each as people read it."""
    numbers = range(scale.lowest, scale.highest + 1)
    if isinstance(scale, CsatQuestion) and not (scale.low or scale.high):
        words = phrases.words(language)["scale"]
        return [(score, f"{score} {words[f'csat_{score}']}") for score in reversed(numbers)]
    ends = {scale.lowest: scale.low, scale.highest: scale.high}
    said = {score: f" {_plain(say(end, language), _LONGEST_TITLE)}" for score, end in ends.items() if end}
    return [(score, f"{score}{said.get(score, '')}") for score in numbers]


def _plain(text: str, longest: int) -> str:
    """Return ``text`` on one line, cut if it is long, and without brackets that look like a second signature."""
    line = _CONTROLS.sub(" ", text).translate(_BRACKETS).strip()
    return line if len(line) <= longest else line[: longest - 1] + "…"
