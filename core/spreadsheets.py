"""Cells that any spreadsheet may open without running what a stranger wrote."""

# A cell that begins so is run as a formula by spreadsheets (OWASP, CSV injection); the full-width signs
# count in Chinese and Japanese editions.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.lstrip(" \u3000").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def plain_cell(text: str) -> str:
    """Return what :func:`safe_cell` was given; a text that it did not change stays as it is."""
    return text[1:] if text.startswith("'") and safe_cell(text[1:]) == text else text
