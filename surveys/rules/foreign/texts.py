"""Foreign texts made ours: HTML becomes plain text, language codes become ours.

LimeSurvey and Formbricks store what their editors produce, which is HTML. Here every text is text: tags go,
paragraphs stay. What a file says can therefore never become markup of a page of ours.
"""

import html
import re

MOST_CHARACTERS = 4000
"""The longest text that a definition takes."""
_MOST_SOURCE = 8 * MOST_CHARACTERS
"""Characters of a source text that are looked at; markup included."""

_MARKUP = re.compile(r"</?[A-Za-z]|<!--|&[#A-Za-z]")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,30})(?:[\s/][^<>]*)?>|<[!?][^<>]*>")
_BLOCKS = frozenset({
    "address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul",
})  # fmt: skip
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol", "pre"})
_UNSAID = frozenset({"script", "style", "head", "template", "noscript", "iframe", "object", "svg", "math"})
# Control characters and surrogates cannot be stored; direction marks can make a page say the opposite.
_UNWANTED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200b\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)


def _words(markup: str) -> str:
    """Return what a reader of a page would read, a blank line between paragraphs.

    It looks at every character a bounded number of times: Python's own HTML parser takes seconds for a text of
    endless comments, and a file can hold hundreds of them.
    """
    said: list[str] = []
    place, closed = 0, True
    while (start := markup.find("<", place)) >= 0:
        said.append(_spoken(markup[place:start]))
        place = start
        if closed and markup.startswith("<!--", start):
            end = markup.find("-->", start + 4)
            closed = end >= 0  # where one comment has no end, no later one has
            place = end + 3 if closed else start
        tag = _TAG.match(markup, place) if place == start else None
        if place == start and tag is None:
            said.append("<")
            place += 1
        elif tag is not None:
            place = tag.end()
            name = (tag[2] or "").lower()
            said.append(_break(name, opening=not tag[1]))
            if name in _UNSAID and not tag[1]:
                end_tag = re.compile(f"</{name}", re.IGNORECASE).search(markup, place)
                place = end_tag.start() if end_tag else len(markup)
    said.append(_spoken(markup[place:]))
    return "".join(said)


def _spoken(text: str) -> str:
    return html.unescape(re.sub(r"[ \t\r\n\f]+", " ", text))


def _break(name: str, *, opening: bool) -> str:
    if name in _PARAGRAPHS:
        return "\n\n"
    if name == "li":
        return "\n- " if opening else ""
    if name in _BLOCKS:
        return "\n"
    return " " if name in {"td", "th"} else ""


def plain(value: object) -> str:
    """Return the words of a foreign text: no markup, no control characters, paragraphs kept; "" for none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = str(value)[:_MOST_SOURCE]
    if text.isalnum():
        return text
    if _MARKUP.search(text):
        text = _words(text)
    text = _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " "))
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


_SCRIPTS = {
    "zh": "zh-Hans", "cn": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-my": "zh-Hans",
    "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh-mo": "zh-Hant", "tw": "zh-Hant",
}  # fmt: skip
_NAMES = {
    "english": "en", "chinese": "zh-Hans", "chinese simplified": "zh-Hans", "simplified chinese": "zh-Hans",
    "chinese traditional": "zh-Hant", "traditional chinese": "zh-Hant", "中文": "zh-Hans", "简体中文": "zh-Hans",
    "简体": "zh-Hans", "繁體中文": "zh-Hant", "繁体中文": "zh-Hant", "繁體": "zh-Hant", "英文": "en", "英语": "en",
    "french": "fr", "français": "fr", "francais": "fr", "spanish": "es", "español": "es", "espanol": "es",
    "portuguese": "pt", "português": "pt", "german": "de", "deutsch": "de", "italian": "it", "italiano": "it",
    "arabic": "ar", "russian": "ru", "русский": "ru", "japanese": "ja", "日本語": "ja", "korean": "ko",
    "한국어": "ko", "vietnamese": "vi", "thai": "th", "indonesian": "id", "malay": "ms", "hindi": "hi",
    "swahili": "sw", "kiswahili": "sw", "dutch": "nl", "nederlands": "nl", "polish": "pl", "nepali": "ne",
    "bengali": "bn", "burmese": "my", "khmer": "km", "lao": "lo", "urdu": "ur", "persian": "fa", "turkish": "tr",
}  # fmt: skip
_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}")


def language(code: str) -> str | None:
    """Return our code of a foreign language code or name: zh-CN → zh-Hans, zh-Hant-TW → zh-Hant, en-US → en-US.

    Regions of Chinese become the way of writing; elsewhere a region stays. None for what names no language.
    """
    name = code.strip().lower()
    inside = re.fullmatch(r"(.*)\(([a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,2})\)", name)
    if inside:
        name = inside[2]
    if name.strip() in _NAMES:
        return _NAMES[name.strip()]
    name = name.replace("_", "-").removesuffix("-informal").removesuffix("-formal").removesuffix("-easy")
    if name in _SCRIPTS:
        return _SCRIPTS[name]
    if name.startswith("zh-hans"):
        return "zh-Hans"
    if name.startswith("zh-hant"):
        return "zh-Hant"
    if not _CODE.fullmatch(name):
        return None
    first, *rest = name.split("-")
    return "-".join([first, *(part.upper() if len(part) == 2 else part.title() for part in rest)])


# Kana tell Japanese from Chinese, therefore they come first and count for the characters beside them.
_LETTERS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "zh-Hans": re.compile(r"[\u4e00-\u9fff]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
}


def guessed(sample: str) -> str:
    """Return the language of a text whose file names none, by its letters; English where they tell nothing."""
    counts = {code: len(letters.findall(sample)) for code, letters in _LETTERS.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] * 5 > len(sample.replace(" ", "")) else "en"
