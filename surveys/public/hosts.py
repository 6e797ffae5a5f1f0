"""What the one way through a questionnaire asks of each kind of link, and how it reads a page that was sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from core import clock
from surveys.public import pages
from surveys.public.pages import Check
from surveys.queries.answering import Kept
from surveys.rules import turning
from surveys.rules.definition import Definition
from surveys.rules.questions import FileQuestion
from surveys.rules.seats import Attempt, Seat
from surveys.rules.stamps import seconds_since, shown_at
from surveys.rules.texts import Language

ASK: Literal["ask"] = "ask"

CLOCKS_APART = timedelta(seconds=2)
"""How far the clocks of two web servers may be apart before a page looks older than it is."""

# What a form needs beside its files: fields, boundaries, headers of parts.
_ROOM = 1024 * 1024
_MOST_BODY = 52 * 1024 * 1024


class Host(Protocol):
    """The pages around a seat: their addresses, what they carry, and the last look before storing.

    ``trap`` names the field that people do not see, ``check`` is the small sum of somebody in doubt; ``frame`` are
    more variables for the frame of the page (embedding, kiosk).
    """

    @property
    def seat(self) -> Seat:
        """Where the person sits."""

    @property
    def late(self) -> bool:
        """Whether the link takes no answers any more: what is complete goes aside, the rest is shown for copying."""

    @property
    def carried(self) -> Mapping[str, str]:
        """More hidden fields of the form; their names begin with an underscore."""

    @property
    def opt_out_url(self) -> str | None:
        """Where the person can say no more questionnaires, if there is a person known to us."""

    @property
    def trap(self) -> str | None:
        """The name of the field that people do not see."""

    @property
    def check(self) -> Check | None:
        """The small sum to ask, if the person is in doubt."""

    @property
    def frame(self) -> Mapping[str, Any]:
        """More variables for the frame of the page."""

    def url(self, page_id: str | None = None) -> str:
        """Return the address of a page: GET shows it, POST takes it; without a page, where the person was."""

    def thanks_url(self, ending: str | None) -> str:
        """Return where a finished answer leads."""

    def upload_url(self) -> str:
        """Return where a script sends a single file."""

    def guard(
        self, session: Session, kept: Kept, attempt: Attempt
    ) -> ResponseReturnValue | Literal["ask"] | None:
        """Look at accepted answers before they are stored, in the same transaction.

        None stores them; ASK shows the page again, with ``check``; a response is sent instead of storing, and
        an unfinished sitting is ended.
        """


@dataclass(frozen=True, slots=True)
class Posted:
    """One page as it came: the page's own fields apart from the answers."""

    page_id: str
    language: Language
    go: str
    asked: frozenset[str] | None
    sent: Mapping[str, list[str]]
    shown_at: datetime | None
    seconds: float | None

    def is_older_than(self, saved_at: datetime) -> bool:
        """Say whether this page was shown before another one was kept, as in a tab that was left open."""
        return self.shown_at is not None and self.shown_at + CLOCKS_APART < saved_at


def posted(definition: Definition, seat_language: str | None, key_hash: bytes) -> Posted:
    """Read the form of this request; what names no page is taken as the first one."""
    form = request.form
    ids = turning.step_ids(definition)
    page_id = form.get("_page", "")
    shown = shown_at(form.get("_shown", ""), key_hash, page_id)
    return Posted(
        page_id=page_id if page_id in ids else ids[0],
        language=pages.choose_language(definition, *pages.chosen(), seat_language),
        go=form.get("_go", "send"),
        asked=frozenset(form["_asked"].split()) if "_asked" in form else None,
        sent={name: form.getlist(name) for name in form if not name.startswith("_")},
        shown_at=shown,
        seconds=seconds_since(shown, clock.now()),
    )


def only_looks(seat: Seat) -> bool:
    """Say whether this form asks for nothing but the page in another language or size: no answer is in it."""
    if request.form.get("_go") != turning.STAY:
        return False
    said = (name for name, value in request.form.items(multi=True) if value and not name.startswith("_"))
    return all(name in seat.given for name in said) and not any(
        file.filename for _name, file in request.files.items(multi=True)
    )


def was_shown(key_hash: bytes) -> bool:
    """Say whether the form just sent was shown to this seat, which no page is once the link is over.

    Only where nothing was sent that is too large to be read.
    """
    try:
        form = request.form
    except RequestEntityTooLarge:
        return False
    return shown_at(form.get("_shown", ""), key_hash, form.get("_page", "")) is not None


def widen(kept: Kept) -> None:
    """Let this request carry files, if the survey asks for some; call it before the form is looked at."""
    allowed = sum(
        question.most_bytes * question.most_files
        for question in kept.definition.questions
        if isinstance(question, FileQuestion)
    )
    if allowed:
        request.max_content_length = min(allowed, _MOST_BODY) + _ROOM
