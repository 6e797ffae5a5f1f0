"""Saying what rules found, and what languages are called, in the language of whoever reads the page."""

from flask_babel import get_locale, gettext

from core.errors import DomainError
from surveys.rules.sentences import Sentence, Value, tell
from surveys.rules.texts import DEFAULT_LANGUAGE, Language
from surveys.rules.tongues import name_of, own_name
from surveys.views.base import bp


def reading_language() -> Language:
    """Return the language in which titles and options are read: that of the reader's screen."""
    locale = get_locale()
    if locale is None or locale.language == "zh":
        return DEFAULT_LANGUAGE
    return str(locale.language)


@bp.app_template_filter("told")
def told(found: Value) -> str:
    """Return a finding or anything else that rules say as the reader understands it."""
    return tell(found, gettext, reading_language())


def refusal(error: DomainError) -> str:
    """Return why a rule said no as the reader understands it; some rules know it in Chinese only."""
    why = error.args[0] if error.args else ""
    return told(why) if isinstance(why, Sentence) else str(error)


@bp.app_template_filter("language_name")
def language_name(code: Language) -> str:
    """Return what the reader calls a language."""
    return name_of(code, reading_language())


@bp.app_template_filter("language_itself")
def language_itself(code: Language) -> str:
    """Return a language as a list of languages shows it: its own name, and what the reader calls it if that differs."""
    own, called = own_name(code), language_name(code)
    return called if own.casefold() in {called.casefold(), code.casefold()} else f"{own} · {called}"
