"""Texts of Formbricks: an object with "default" and one string a language, in older files a plain string."""

import re

from surveys.rules.foreign import kinds, texts
from surveys.rules.foreign.sketch import Json, Sketch, Text


def languages(survey: Json) -> tuple[str, list[str], bool]:
    """Return the language of "default", the others, and whether the first was guessed from its characters."""
    default, others = "", []
    for one in map(kinds.record, kinds.listed(survey.get("languages"))):
        code = texts.language(
            kinds.string(kinds.record(one.get("language")).get("code")) or kinds.string(one.get("code"))
        )
        if code and one.get("default") is True:
            default = code
        elif code:
            others.append(code)
    if default:
        return default, others, False
    return texts.guessed(" ".join(_sample(survey))), others, True


def _sample(survey: Json) -> list[str]:
    elements = [kinds.record(one) for one in kinds.listed(survey.get("questions"))]
    for block in map(kinds.record, kinds.listed(survey.get("blocks"))):
        elements.extend(kinds.record(one) for one in kinds.listed(block.get("elements")))
    said = [kinds.string(survey.get("name"))]
    for element in elements[:20]:
        headline = element.get("headline")
        said.append(kinds.string(headline.get("default") if isinstance(headline, dict) else headline))
    return said


class Speaker:
    """Makes texts of ours of Formbricks's."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch

    def said(self, value: object, element: str = "") -> Text:
        """Return a text in all its languages, {} for none."""
        default = self.sketch.default_language
        if isinstance(value, dict):
            own = {default if code == "default" else str(code): said for code, said in value.items()}
            return self.sketch.spoken(own, element)
        return self.sketch.text({default: value}, element)


RECALL = re.compile(r"#recall:([A-Za-z0-9_-]{1,100})/fallback:([^#]{0,200})#")
"""How an earlier answer is put into a text: the id of what is recalled, and the words where it is missing."""
