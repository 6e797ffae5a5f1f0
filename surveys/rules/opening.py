"""What an open link is made of: its address, the key of one answer, parameters nobody can forge.

A slug is printed on posters and typed in by hand, so it has no letters that look alike. The key of an answer is
made when the first page is shown and stored nowhere until the first page comes back: it says when it was made,
belongs to one slug, and cannot be made up.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlencode

from core import crypto
from core.sentences import N_, said

# Without 0 o 1 i l: 31 signs, 17 of them are 84 bits.
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_SLUG_LENGTH = 17
_SLUG = re.compile(f"[{_SIGNS}]{{{_SLUG_LENGTH}}}")

_RANDOM_BYTES = 12
_TIME_BYTES = 4
_SEAL_BYTES = 8
_KEY = re.compile(r"[A-Za-z0-9_-]{32}")

# A page left open longer than this is shown anew; the sitting behind a key must be kept at least as long.
KEY_LIVES = timedelta(days=14)

MOST_PARAMETERS = 20
LONGEST_VALUE = 200
LONGEST_NAME = 60

# The hidden question that asks for it gets the code of the agent whose link it is.
AGENT = "agent"


class LinkKind(StrEnum):
    """Where an open link stands: it decides how the page behaves."""

    WEB = "web"
    QR = "qr"
    POSTER = "poster"
    KIOSK = "kiosk"
    EMBED = "embed"


def may_be_limited(kind: LinkKind) -> bool:
    """Say whether a link may allow a browser so many answers: not where many share one, nor in a frame."""
    return kind not in {LinkKind.KIOSK, LinkKind.EMBED}


def new_slug() -> str:
    """Return a new address of 84 random bits."""
    return "".join(secrets.choice(_SIGNS) for _ in range(_SLUG_LENGTH))


def looks_like_slug(text: str) -> bool:
    """Say whether ``text`` could be a slug at all, before the database is asked."""
    return _SLUG.fullmatch(text) is not None


def new_key(slug: str, now: datetime) -> str:
    """Return a new key for an answer to ``slug``: 96 random bits, the second it was made in, and a seal."""
    body = secrets.token_bytes(_RANDOM_BYTES) + int(now.timestamp()).to_bytes(_TIME_BYTES, "big")
    return base64.urlsafe_b64encode(body + _seal(slug, body)).decode()


def key_made_at(slug: str, key: str, now: datetime) -> datetime | None:
    """Return the instant a key was made; None for one that is not ours, another slug's, or too old."""
    if _KEY.fullmatch(key) is None:
        return None
    raw = base64.urlsafe_b64decode(key)
    body, seal = raw[: _RANDOM_BYTES + _TIME_BYTES], raw[_RANDOM_BYTES + _TIME_BYTES :]
    if not hmac.compare_digest(seal, _seal(slug, body)):
        return None
    made_at = datetime.fromtimestamp(int.from_bytes(body[_RANDOM_BYTES:], "big"), UTC)
    return made_at if now - made_at <= KEY_LIVES else None


def _seal(slug: str, body: bytes) -> bytes:
    key = crypto.ring().derive("open-link-key")
    return hmac.digest(key, slug.encode() + b"\0" + body, "sha256")[:_SEAL_BYTES]


def sign(slug: str, parameters: Mapping[str, str]) -> str:
    """Return the signature of the hidden questions' parameters in the address of one link."""
    text = f"{slug}?{urlencode(sorted(parameters.items()))}"
    mac = hmac.digest(crypto.ring().derive("open-link-parameters"), text.encode(), "sha256")
    return base64.urlsafe_b64encode(mac[:16]).rstrip(b"=").decode()


def signed_address(base_url: str, slug: str, parameters: Mapping[str, str]) -> str:
    """Return the address of a link that carries ``parameters`` and their signature."""
    address = f"{base_url}/q/{slug}"
    if not parameters:
        return address
    return f"{address}?{urlencode([*sorted(parameters.items()), ('sig', sign(slug, parameters))])}"


def believed(
    slug: str, asked: Sequence[str], fixed: Mapping[str, str], sent: Mapping[str, str]
) -> dict[str, str]:
    """Return the parameters of the hidden questions that may be believed.

    ``asked`` are the parameters that the questionnaire has hidden questions for, ``fixed`` those written down
    with the link, ``sent`` what the address says. What is fixed wins; of the rest either all of it bears one
    valid signature or none of it counts: whoever changes a shop's number in an address changes nothing.
    """
    names = set(asked)
    given = {name: value for name, value in sent.items() if name in names and 0 < len(value) <= LONGEST_VALUE}
    signed = hmac.compare_digest(sent.get("sig", "").encode(), sign(slug, given).encode())
    return (given if given and signed else {}) | {
        name: value for name, value in fixed.items() if name in names
    }


def parse_parameters(text: str) -> dict[str, str]:
    """Read one ``name=value`` a line; raise ValueError with a sentence naming the line that is wrong."""
    found: dict[str, str] = {}
    for line in filter(None, (raw.strip() for raw in text.splitlines())):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", name) is None:
            raise ValueError(
                said(N_("“%(line)s”看不懂，每行请写成 名称=值，名称用英文字母开头"), line=line[:40])
            )
        if name in found:
            raise ValueError(said(N_("“%(name)s”写了两次"), name=name))
        if not value or len(value) > LONGEST_VALUE:
            raise ValueError(said(N_("“%(name)s”的值要有 1 到 %(n)s 个字"), name=name, n=LONGEST_VALUE))
        found[name] = value
    if len(found) > MOST_PARAMETERS:
        raise ValueError(said(N_("最多 %(n)s 个参数"), n=MOST_PARAMETERS))
    return found


def parse_names(text: str) -> list[str]:
    """Read one name a line; raise ValueError for none, for one that is too long, and for one that stands twice."""
    names = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if not names:
        raise ValueError(N_("请每行写一个名称"))
    too_long = next((name for name in names if len(name) > LONGEST_NAME), None)
    if too_long:
        raise ValueError(said(N_("“%(name)s…”太长，名称最多 %(n)s 个字"), name=too_long[:20], n=LONGEST_NAME))
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(said(N_("“%(name)s”写了两次"), name=twice))
    return names


def parse_agents(text: str) -> list[tuple[str, str]]:
    """Read one member of the insurer's staff a line, ``code name`` or the code alone; return code and name.

    Separated by blanks, a tab or a comma, so that two columns of a spreadsheet can be pasted. Raises ValueError
    as :func:`parse_names` does, and for a code that is none.
    """
    agents = []
    for line in parse_names(re.sub(r"[,，\t]", " ", text)):
        code, _blank, name = line.partition(" ")
        if re.fullmatch(r"[A-Za-z0-9_-]{1,32}", code) is None:
            raise ValueError(said(N_("“%(code)s”不像工号，工号由字母、数字、横线组成"), code=code[:20]))
        agents.append((code, name))
    codes = [code for code, _name in agents]
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice:
        raise ValueError(said(N_("工号“%(code)s”写了两次"), code=twice))
    return agents


_ROBOTS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|prefetch|scan|monitor|curl/|wget|python-|java/|okhttp/"
    r"|headless|facebookexternalhit|whatsapp|safelinks|barracuda|proofpoint|mimecast",
    re.IGNORECASE,
)


class Headers(Protocol):
    """The headers of a request, found by name whatever the case."""

    def get(self, key: str, default: str, /) -> str:
        """Return a header, or ``default`` if there is none."""


def is_a_person_looking(method: str, headers: Headers) -> bool:
    """Say whether a request is worth counting as opening the page.

    Not counted: HEAD, what the browser or WeChat fetches ahead of a click, robots by their own name, and
    whoever gives no name. A robot that lies is counted; the figure is a hint and pages call it one.
    """
    if method != "GET":
        return False
    purpose = " ".join(
        headers.get(name, "")
        for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz", "X-WeChat-Prefetch")
    ).lower()
    if any(word in purpose for word in ("prefetch", "prerender", "preview")):
        return False
    agent = headers.get("User-Agent", "")
    return bool(agent) and _ROBOTS.search(agent) is None
