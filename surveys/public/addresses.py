"""Addresses that customers' pages share: arguments kept on the way, pictures, the next level of a cascade."""

import base64
import hmac
import re
from urllib.parse import urlencode, urlsplit

from flask import current_app, request, url_for

from core import crypto
from surveys.rules.questions import Branch, CascaderQuestion, Question

LARGE = "large"
"""The argument that asks for large letters; it is kept from page to page."""


def with_arguments(url: str, /, **arguments: str | None) -> str:
    """Return ``url`` with these arguments added; those that are None are left out."""
    said = urlencode({name: value for name, value in arguments.items() if value is not None})
    if not said:
        return url
    return f"{url}{'&' if '?' in url else '?'}{said}"


OTHER = "other"
"""The argument of a thank-you that is for another answer than the one just sent."""

NEW = "_new"
"""The argument of a page that names the questions which the answers just sent have called up on it."""

TAKEN_ALONG = "。，、；：！？）】》”’.,;:!?)]>\"'"
"""What chat and mail programs take for a part of an address that stands before it."""

_QUESTIONNAIRE = re.compile(r"/q/[^/]+/[^/]+|/q/[^/]+|/s/[^/]+", re.ASCII)


def questionnaire_of(path: str) -> str | None:
    """Return where the questionnaire is that an address belongs to, the sitting itself if it names one, or None."""
    found = _QUESTIONNAIRE.match(path)
    return None if found is None or found[0] == "/s/-" else found[0]


def size() -> dict[str, str]:
    """Return the argument that keeps the letters as large as they are, for the next address."""
    return {LARGE: "1"} if request.args.get(LARGE) == "1" else {}


def allowed(url: str | None) -> str | None:
    """Return the address if its host may be led on to; the settings say which are."""
    if url is None:
        return None
    host = urlsplit(url).netloc.lower()  # with a name or password in it, it is none of those in the list
    return url if host in current_app.config["SETTINGS"].redirect_hosts else None


def image_url(token: str) -> str:
    """Return the address of a logo or an option's picture."""
    return url_for("public.image", token=token)


def choices_url(version_id: int, question: Question) -> str:
    """Return where a script finds what follows a choice of a cascade; nothing if it must ask the page itself.

    An author's own tree is part of the questions, and those are shown to nobody without a link: its address
    bears a seal that only a page shown to somebody knows. Where a branch is offered to some people only, the
    page itself must be asked, for it knows the person.
    """
    if not isinstance(question, CascaderQuestion):
        return ""
    if question.source:
        return url_for("public.places_below", levels=question.levels)
    if _for_some_only(question.tree):
        return ""
    return url_for(
        "public.branches",
        version_id=version_id,
        question_id=question.id,
        seal=branches_seal(version_id, question.id),
    )


def _for_some_only(tree: tuple[Branch, ...]) -> bool:
    return any(branch.show is not None or _for_some_only(branch.children) for branch in tree)


def branches_seal(version_id: int, question_id: str) -> str:
    """Return what the address of one question's tree ends with."""
    mac = hmac.digest(crypto.ring().derive("cascade-tree"), f"{version_id}:{question_id}".encode(), "sha256")
    return base64.urlsafe_b64encode(mac[:12]).decode()
