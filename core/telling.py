"""Saying what rules found, and why they refused, in the language of whoever reads the page.

Only the edge knows who reads: views and forms tell; the API, the audit log and jobs keep the Chinese sentences.
"""

from flask_babel import get_locale, gettext

from core.errors import DomainError, InvalidInputError
from core.sentences import HOUSE_LANGUAGE, Language, Value, tell


def reading_language() -> Language:
    """Return the language in which the reader's screen speaks."""
    locale = get_locale()
    if locale is None or locale.language == "zh":
        return HOUSE_LANGUAGE
    return str(locale.language)


def told(found: Value) -> str:
    """Return a finding or anything else that rules say as the reader understands it."""
    return tell(found, gettext, reading_language())


def complaint(sentence: Value) -> str:
    """Return one sentence of a refusal; one without placeholders is its own key in the catalogues."""
    # Of nothing gettext would tell who wrote the catalogue.
    return gettext(sentence) if isinstance(sentence, str) and sentence else told(sentence)


def refusal(error: DomainError | ValueError) -> str:
    """Return why a rule said no as the reader understands it; what no catalogue knows stays as it is."""
    return complaint(error.args[0]) if error.args else ""


def complaints(error: InvalidInputError) -> dict[str, list[str]]:
    """Return the sentences of a refusal by field, as the reader understands them."""
    return {name: [complaint(one) for one in sentences] for name, sentences in error.sentences.items()}
