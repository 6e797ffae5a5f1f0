"""Whether white words on the theme's colour, and words of that colour on white, can be read.

Relative luminance and contrast ratio as WCAG 2.2 defines them (W3C, success criterion 1.4.3).
"""

import re

ENOUGH = 4.5
"""The ratio that level AA asks of text below 18 pt."""

_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_WEIGHTS = (0.2126, 0.7152, 0.0722)


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rgb`` or ``#rrggbb``, 0 for black to 1 for white; raise ValueError."""
    found = _HEX.fullmatch(colour.strip())
    if found is None:
        raise ValueError(f"{colour!r} is not a colour such as #1657a0")
    digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
    parts = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return sum(weight * part for weight, part in zip(_WEIGHTS, linear, strict=True))


def contrast(colour: str, ground: str = "#ffffff") -> float:
    """Return the contrast ratio of two colours, 1 to 21; raise ValueError if one is none."""
    lighter, darker = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def is_readable(colour: str) -> bool:
    """Say whether ``colour`` and white stand far enough apart for words of any size."""
    return contrast(colour) >= ENOUGH
