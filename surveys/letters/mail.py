"""The invitation as an e-mail, with the score in it."""

import tomllib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core import settings
from customers.models import Customer
from delivery.letters import Letter
from surveys.letters.occasion import Occasion
from surveys.rules.questions import CesQuestion, CsatQuestion, NpsQuestion
from surveys.rules.texts import DEFAULT_LANGUAGE, say

_HERE = Path(__file__).resolve().parents[1]
_WORDS: dict[str, dict[str, str]] = tomllib.loads(
    (_HERE / "data" / "letter.toml").read_text(encoding="utf-8")
)
_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates" / "surveys"), autoescape=True, undefined=StrictUndefined
)


def write(occasion: Occasion, customer: Customer) -> Letter:
    """Return the letter for a customer.

    If the first thing the survey asks is a score, its numbers stand in the letter.
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
        "scale_note": "",
        "url": occasion.url,
        "button": words["button"],
        "until": words["until"].format(until=occasion.last_day.isoformat()),
        "opt_out": words["opt_out"],
        "opt_out_url": occasion.opt_out_url,
        "sign": words["sign"].format(company=company),
    }
    if isinstance(first, NpsQuestion | CsatQuestion | CesQuestion):
        scale = range(first.lowest, first.highest + 1)
        parts["score_links"] = [
            {"label": str(score), "url": f"{occasion.url}?{first.id}={score}"} for score in scale
        ]
    if isinstance(first, NpsQuestion):
        parts["scale_note"] = f"0 {say(first.low, language)} · 10 {say(first.high, language)}"
    return Letter(
        to=customer.email or "",
        subject=words["subject_again" if occasion.again else "subject"].format(company=company, title=title),
        text=_text(parts),
        html=_templates.get_template("letter.html").render(parts),
        opt_out_url=parts["opt_out_url"],
    )


def _text(parts: dict[str, Any]) -> str:
    lines = [parts["greeting"], "", parts["lead"], "", parts["question"], parts["url"], "", parts["until"], "",
             parts["sign"], f"{parts['opt_out']}: {parts['opt_out_url']}"]  # fmt: skip
    return "\n".join(lines) + "\n"
