"""What languages are called: by those who read the pages of staff, and by those who speak them."""

from dataclasses import dataclass

from babel import Locale, UnknownLocaleError

from surveys.rules.sentences import Translate
from surveys.rules.texts import Language

_OURS = {
    "zh-Hans": ("简体中文", "Simplified Chinese"),
    "zh-Hant": ("繁體中文", "Traditional Chinese"),
    "en": ("英文", "English"),
}
"""Names under which the pages of staff have always called these three, in Chinese and in English."""


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
