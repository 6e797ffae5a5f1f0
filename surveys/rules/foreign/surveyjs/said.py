"""Texts of SurveyJS: a string in the survey's own language, or an object with one string a language."""

from collections.abc import Iterable

from surveys.rules.foreign import texts
from surveys.rules.foreign.sketch import Json, Sketch, Text


def default_language(survey: Json) -> tuple[str, bool]:
    """Return the language of strings without one, and whether it was guessed from their characters.

    A survey that says nothing is English by the format; characters say otherwise only where no translation
    into the guessed language stands beside the text: then the text itself is in another.
    """
    locale = survey.get("locale")
    if isinstance(locale, str) and (code := texts.language(locale)):
        return code, False
    guess = texts.guessed(" ".join(_strings(survey)))
    if guess in _translated(survey):
        return "en", False
    return guess, guess != "en"


def _translated(value: object, left: int = 2000) -> set[str]:
    """Return the languages into which texts with a default are translated, looking at some thousand of them."""
    found: set[str] = set()
    stack = [value]
    while stack and left:
        one = stack.pop()
        left -= 1
        if isinstance(one, dict):
            if isinstance(one.get("default"), str):
                found |= {code for key in one if key != "default" and (code := texts.language(str(key)))}
            stack.extend(inner for inner in one.values() if isinstance(inner, dict | list))
        elif isinstance(one, list):
            stack.extend(one)
    return found


def _strings(value: object, left: int = 200) -> Iterable[str]:
    stack = [value]
    while stack and left:
        one = stack.pop()
        if isinstance(one, dict):
            for key, inner in one.items():
                if key in {"title", "text", "description", "html"} and isinstance(inner, str | dict):
                    said = inner.get("default") if isinstance(inner, dict) else inner
                    if isinstance(said, str):
                        left -= 1
                        yield said[:500]
                        if not left:
                            return
            stack.extend(inner for inner in one.values() if isinstance(inner, dict | list))
        elif isinstance(one, list):
            stack.extend(one)


class Speaker:
    """Makes texts of ours of SurveyJS's."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch

    def said(self, value: object, element: str = "") -> Text:
        """Return a text in all its languages, {} for none."""
        if isinstance(value, dict):
            default = self.sketch.default_language
            return self.sketch.spoken(
                {default if code == "default" else str(code): said for code, said in value.items()}, element
            )
        return self.sketch.text({self.sketch.default_language: value}, element)

    def own(self, known: Text) -> Text:
        """Return words of SurveyJS's own in the languages of the survey that we know them in."""
        found = {code: said for code, said in known.items() if code in self.sketch.languages}
        return found or {self.sketch.default_language: known["en"]}
