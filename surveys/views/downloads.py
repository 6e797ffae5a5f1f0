"""Names of downloaded files: what the survey is called and the day, as any computer can store it."""

import re
from urllib.parse import quote

LONGEST_NAME = 80

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def safe_name(text: str, otherwise: str) -> str:
    """Return ``text`` as part of a file's name on Windows, Linux and macOS; ``otherwise`` if nothing is left."""
    cleaned = " ".join(_FORBIDDEN.sub(" ", text).split())[:LONGEST_NAME].strip(". ")
    if not cleaned:
        return otherwise
    return f"{cleaned}_" if _RESERVED.fullmatch(cleaned) else cleaned


def attachment(name: str, plain: str) -> str:
    """Return the header that names a download (RFC 6266, RFC 8187); ``plain`` is for clients that know ASCII only."""
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
