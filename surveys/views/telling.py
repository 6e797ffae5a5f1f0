"""Saying what languages are called in the language of whoever reads the page."""

from core import telling
from surveys.rules.texts import Language
from surveys.rules.tongues import name_of, own_name
from surveys.views.base import bp


@bp.app_template_filter("language_name")
def language_name(code: Language) -> str:
    """Return what the reader calls a language."""
    return name_of(code, telling.reading_language())


@bp.app_template_filter("language_itself")
def language_itself(code: Language) -> str:
    """Return a language as a list of languages shows it: its own name, and what the reader calls it if that differs."""
    own, called = own_name(code), language_name(code)
    return called if own.casefold() in {called.casefold(), code.casefold()} else f"{own} · {called}"
