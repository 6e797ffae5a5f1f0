"""What languages are called: by those who read the pages of staff, and by those who speak them."""

import re
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError, localedata

from core.sentences import Translate
from surveys.rules.texts import DEFAULT_LANGUAGE, Language

_OURS = {
    "zh-Hans": ("简体中文", "Simplified Chinese"),
    "zh-Hant": ("繁體中文", "Traditional Chinese"),
    "en": ("英文", "English"),
}
"""Names under which the pages of staff have always called these three, in Chinese and in English."""

_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


@dataclass(frozen=True, slots=True)
class LanguageName:
    """A language, called as the reader of a sentence calls it."""

    code: Language

    def told(self, _translate: Translate, language: Language) -> str:
        """Return the name in the reader's language."""
        return name_of(self.code, language)


def name_of(code: Language, reader: Language) -> str:
    """Return what readers of Chinese or English call a language; its code where the locale data have no name."""
    english = reader.startswith("en")
    if code in _OURS:
        return _OURS[code][english]
    names = Locale("en" if english else "zh").languages
    found = names.get(code.replace("-", "_")) or names.get(code.partition("-")[0])
    return str(found) if found else code


def own_name(code: Language) -> str:
    """Return what a language calls itself; its code where the locale data do not tell."""
    if code.startswith("zh-") and code in _OURS:
        return _OURS[code][0]
    try:
        found = Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return code
    return found.get_display_name() or code


def code_of(written: str) -> Language | None:
    """Return the code of a language that somebody wrote by name, in Chinese, English or itself; None for no language.

    日语, 日文, 日本語 and Japanese are all ``ja``; a code is no name.
    """
    if _CODE.fullmatch(written.strip()):
        return None  # ga is Irish, although there is a language called Ga
    name = written.strip().casefold()
    known = _codes_by_name()
    return (
        known.get(name) or (known.get(f"{name[:-1]}语") if name.endswith("文") else None) or _by_itself(name)
    )


@lru_cache(maxsize=1)
def _codes_by_name() -> dict[str, Language]:
    found = {
        str(name).casefold(): code.replace("_", "-")
        for reader in ("en", "zh")
        for code, name in Locale(reader).languages.items()
    }
    # Chinese without more is the simplified one, in which every survey is written first.
    plain = {name: DEFAULT_LANGUAGE for name, code in found.items() if code == "zh"}
    return found | plain | {name.casefold(): code for code, names in _OURS.items() for name in names}


def _by_itself(name: str) -> Language | None:
    """Return the code of the language that calls itself so; all of them are looked through, so this comes last."""
    plain = (code for code in localedata.locale_identifiers() if "_" not in code)
    return next((code for code in plain if own_name(code).casefold() == name), None) if name else None
