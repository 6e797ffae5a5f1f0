"""Cells of a file as values: times in many spellings, ratings, plain names."""

import math
import re
from datetime import UTC, date, datetime, timedelta

from core import clock
from feedback import rules

_STARS = re.compile(r"★+☆*|⭐+")
_NUMBER = re.compile(
    r"([+-]?\d{1,6}(?:\.\d{1,6})?)\s*(?:分|星|星级|颗星|stars?|/\s*(?:5|10|100))?", re.IGNORECASE | re.ASCII
)
_CHINESE = re.compile(
    r"(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?"
    r"(?:[\sT]*(\d{1,2})\s*[:时点：]\s*(\d{1,2})(?:\s*[:分：]\s*(\d{1,2})(?:\.\d+)?)?\s*[秒分]?)?",
    re.ASCII,
)
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\s*(\d{2})(\d{2})(\d{2})?)?", re.ASCII)
_COUNTED = re.compile(r"\d{10}|\d{13}|\d{5}(\.\d+)?", re.ASCII)
_EXCEL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's serial day 0, on a wall clock


class UnreadableValueError(ValueError):
    """A cell cannot be what its column says; the message is the reason for the reject file."""


def instant(cell: object) -> datetime | None:
    """Return the instant (UTC) that a cell names, None for an empty one; times without a zone are Beijing's.

    A day alone is its beginning. Raises UnreadableValueError for what is no time, lies ahead, or lies before
    1990.
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    try:
        found = _time(cell)
        found = (found if found.tzinfo else found.replace(tzinfo=clock.BEIJING)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise UnreadableValueError(f"时间读不懂：{str(cell)[:40]}") from None
    if found > clock.now() + rules.AHEAD:
        raise UnreadableValueError(f"时间在将来：{str(cell)[:40]}")
    if found < rules.EARLIEST:
        raise UnreadableValueError(f"时间早于 1990 年：{str(cell)[:40]}")
    return found


def _time(cell: object) -> datetime:
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=clock.BEIJING)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _counted(float(cell))
    text = str(cell).strip()[:64]
    if found := _DIGITS.fullmatch(text) or _CHINESE.fullmatch(text):
        return _wall(*found.groups())
    if _COUNTED.fullmatch(text):
        return _counted(float(text))
    return datetime.fromisoformat(text)


def _counted(number: float) -> datetime:
    """Return what a bare number counts: days of a spreadsheet, seconds or milliseconds since 1970."""
    if not math.isfinite(number):
        raise ValueError("not a number")
    if number < 100_000:
        return _EXCEL_ZERO + timedelta(seconds=round(number * 86_400))
    if number < 100_000_000_000 and number >= 100_000_000:
        return datetime.fromtimestamp(number, UTC)
    if number >= 100_000_000_000:
        return datetime.fromtimestamp(number / 1000, UTC)
    raise ValueError("neither days nor seconds")


def _wall(*parts: str | None) -> datetime:
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    return datetime(year, month, day, hour, minute, second, tzinfo=clock.BEIJING)


def rating(cell: object, highest: int = 100) -> float | None:
    """Return the rating (0 to ``highest``, on the file's own scale) that a cell names, None for an empty one."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    number = math.nan
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        number = float(cell) if abs(cell) < 1e9 else math.nan
    elif isinstance(cell, str):
        text = cell.strip()[:32]
        if _STARS.fullmatch(text):
            number = float(text.count("★") + text.count("⭐"))
        elif found := _NUMBER.fullmatch(text):
            number = float(found[1])
    if not 0 <= number <= highest:
        raise UnreadableValueError(f"评分不是 0 到 {highest} 的数：{str(cell)[:40]}")
    return number


def text(cell: object) -> str:
    """Return a cell as text: whole numbers without a fraction, nothing for an empty cell."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def name(cell: object, what: str, longest: int = 128) -> str:
    """Return a cell as a short name; raise UnreadableValueError if it is too long or not printable."""
    found = text(cell).strip()
    if len(found) > longest or not found.isprintable():
        raise UnreadableValueError(f"{what}太长或含有无法识别的字符")
    return found
