"""The invitation as an e-mail, with the score in it."""

import tomllib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core import settings
from customers.models import Customer
from delivery.letters import Letter
from surveys.letters.occasion import Occasion
from surveys.rules import phrases
from surveys.rules.questions import CesQuestion, CsatQuestion, NpsQuestion
from surveys.rules.texts import DEFAULT_LANGUAGE, Language, say

_HERE = Path(__file__).resolve().parents[1]
_WORDS: dict[str, dict[str, str]] = tomllib.loads(
    (_HERE / "data" / "letter.toml").read_text(encoding="utf-8")
)
_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates" / "surveys"), autoescape=True, undefined=StrictUndefined
)

Scale = NpsQuestion | CsatQuestion | CesQuestion


def write(occasion: Occasion, customer: Customer) -> Letter:
    """Return the letter for a customer.

    If the first thing the survey asks is a score, its numbers stand in the letter, and what they mean with them.
    """
    language, first, title = occasion.language, occasion.first, occasion.title
    words = _WORDS.get(language, _WORDS[DEFAULT_LANGUAGE])
    company = settings.current().huisheng_company
    parts: dict[str, Any] = {
        "language": language,
        "company": company,
        "title": title,
        "greeting": words["greeting"].format(name=customer.name) if customer.name else words["nobody"],
        "lead": words["lead_again" if occasion.again else "lead"].format(company=company),
        "question": occasion.piped(say(first.title, language)) if first else title,
        "choose": words["choose"],
        "score_links": [],
        "worded": False,
        "scale_note": "",
        "url": occasion.url,
        "button": words["button"],
        "until": words["until"].format(until=occasion.last_day.isoformat()),
        "opt_out": words["opt_out"],
        "colon": words["colon"],
        "opt_out_url": occasion.opt_out_url,
        "sign": words["sign"].format(company=company),
    }
    if isinstance(first, Scale):
        # As on the page: five faces in words with the best on top, longer scales as a row of numbers.
        worded = isinstance(first, CsatQuestion) and not (first.low or first.high)
        scale = range(first.lowest, first.highest + 1)
        meaning = _meaning(first, language)
        parts["worded"] = worded
        parts["score_links"] = [
            {
                "label": f"{score} {meaning[score]}" if worded else str(score),
                "url": f"{occasion.url}?{first.id}={score}",
            }
            for score in (reversed(scale) if worded else scale)
        ]
        ends = (score for score in (first.lowest, first.highest) if score in meaning)
        parts["scale_note"] = " · ".join(f"{score} {meaning[score]}" for score in ends)
    return Letter(
        to=customer.email or "",
        subject=words["subject_again" if occasion.again else "subject"].format(company=company, title=title),
        text=_text(parts),
        html=_templates.get_template("letter.html").render(parts),
        opt_out_url=parts["opt_out_url"],
    )


def _meaning(scale: Scale, language: Language) -> dict[int, str]:
    """Return what the points of a scale mean: the author's words at its ends, or the page's own for every point."""
    if scale.low or scale.high:
        ends = {scale.lowest: scale.low, scale.highest: scale.high}
        return {score: say(end, language) for score, end in ends.items() if end}
    said = phrases.words(language)["scale"]
    return {score: said[f"{scale.type}_{score}"] for score in range(scale.lowest, scale.highest + 1)}


def _text(parts: dict[str, Any]) -> str:
    note = [parts["scale_note"]] if parts["scale_note"] else []
    lines = [parts["greeting"], "", parts["lead"], "", parts["question"], *note, parts["url"], "", parts["until"], "",
             parts["sign"], f"{parts['opt_out']}{parts['colon']}{parts['opt_out_url']}"]  # fmt: skip
    return "\n".join(lines) + "\n"
