"""Personal links: answer, say thank you, stop being asked.

No cookie and no JavaScript is needed. A GET records no answer, whatever the address says; the token in
the address is the permission, and what is unknown, spent or over gets a friendly page that says nothing
about anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from flask import Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import crypto, db, metrics
from core.errors import DomainError
from customers import queries as customer_queries
from customers import services as customers
from customers.rules import ALL_CHANNELS
from surveys.public import again, pages, seats, uploads
from surveys.public.addresses import OTHER, TAKEN_ALONG, size, with_arguments
from surveys.public.base import bp
from surveys.public.pages import Check, message
from surveys.queries import answering as queries
from surveys.queries.answering import Kept, PersonalLink
from surveys.rules import phrases, suspicion, turning
from surveys.rules.asking import looks_like_token
from surveys.rules.judging import judge
from surveys.rules.seats import Attempt, Seat
from surveys.rules.texts import DEFAULT_LANGUAGE
from surveys.services import storing, suspects
from surveys.services.answering import (
    LinkExpiredError,
    LinkSpentError,
    UnknownLinkError,
    note_opened,
    open_link,
)


@dataclass(frozen=True, slots=True)
class PersonalHost:
    """The pages of one personal link."""

    token: str
    seat: Seat
    carried: Mapping[str, str] = field(default_factory=dict)
    trap: str | None = None
    check: Check | None = None
    late: bool = False
    frame: Mapping[str, object] = field(default_factory=dict)

    @property
    def opt_out_url(self) -> str | None:
        """Where the customer says no more questionnaires."""
        return f"/o/{self.token}"

    def url(self, page_id: str | None = None) -> str:
        """Return the address of a page."""
        # Addresses on this path are written by hand: looking them up costs more than the rest of a redirect.
        return f"/s/{self.token}/p/{page_id}" if page_id else f"/s/{self.token}"

    def thanks_url(self, ending: str | None) -> str:
        """Return where the finished answer leads."""
        return with_arguments(f"/s/{self.token}/thanks", ending=ending)

    def upload_url(self) -> str:
        """Return where a script sends a single file."""
        return f"/s/{self.token}/files"

    def guard(
        self, session: Session, kept: Kept, attempt: Attempt
    ) -> ResponseReturnValue | Literal["ask"] | None:
        """Store whatever was accepted, for a personal link is nobody's but the customer's; what is kept aside, once."""
        if self.late:
            new = suspects.put_aside(
                session,
                seat=self.seat,
                attempt=attempt,
                reasons=[suspicion.AFTER_CLOSING],
                seconds=attempt.seconds,
                anonymous=kept.definition.anonymous,
            )
            return self._kept_aside(session, kept, attempt, "after_closing", new=new)
        # Of several pages the sitting says that it has ended.
        if not kept.several and suspects.is_put_aside(session.connection(), self.seat.key_hash):
            return self._kept_aside(session, kept, attempt, "full_late", new=False)
        return None

    def _kept_aside(
        self, session: Session, kept: Kept, attempt: Attempt, kind: str, *, new: bool
    ) -> ResponseReturnValue:
        """Say that answers are kept aside: these, the same before, or these beside others of the same link."""
        whole = (
            new
            or kept.definition.anonymous
            or again.keep_another(session, self.seat, kept.definition, attempt)
        )
        return pages.message(kind if whole else "answered_before", language=attempt.language)


@bp.get("/s/<token>", strict_slashes=False)
@bp.get("/s/<token>/p/<page_id>")
def show(token: str, page_id: str | None = None) -> ResponseReturnValue:
    """Show the questionnaire, with a score from the address already chosen but not recorded."""
    whole = token.rstrip(TAKEN_ALONG)
    if whole != token:
        return redirect(with_arguments(f"/s/{whole}", **request.args.to_dict()))
    try:
        with db.single_statements() as connection:
            link = open_link(connection, token)
            anonymous = queries.kept(connection, link.seat.version_id).definition.anonymous
            note_opened(connection, link, anonymous=anonymous)
    except (UnknownLinkError, LinkSpentError, LinkExpiredError) as closed:
        return _closed(closed, token)
    return seats.show(PersonalHost(token, link.seat), page_id)


@bp.post("/s/<token>")
@bp.post("/s/<token>/p/<page_id>")
def submit(token: str, page_id: str | None = None) -> ResponseReturnValue:
    """Take a page; answers are stored once, and sending them again leads to the same thank-you.

    Other answers than those stored are kept aside for staff, and whoever sent them is told so.
    """
    del page_id  # the form says which page it is
    try:
        return _at_once(token) or _page_by_page(token)
    except LinkSpentError as spent:
        return _once_more(token, spent.link)
    except (UnknownLinkError, LinkExpiredError) as closed:
        return _closed(closed, token)


def _at_once(token: str) -> Response | None:
    """Store a whole simple survey by one statement; None if it cannot be done so, for whatever reason.

    The page says which version it showed, which spares a question to the database. It is a claim: the statement
    stores only if the link leads there.
    """
    version = "" if request.mimetype == "multipart/form-data" else request.form.get("_version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10 and looks_like_token(token)):
        return None
    with db.single_statements() as connection:
        try:
            kept = queries.kept(connection, int(version))
        except LookupError:
            return None
        if not (kept.simple and kept.final):
            return None
        page = seats.posted(kept.definition, DEFAULT_LANGUAGE, crypto.token_hash(token))
        verdict = judge(kept.definition, page.sent)
        if not turning.turn(kept.definition, verdict, page.page_id, page.go, page.asked).complete:
            return None
        attempt = Attempt(
            sent=page.sent,
            verdict=verdict,
            language=page.language,
            seconds=page.seconds,
            started_at=page.shown_at,
            page_seconds={} if page.seconds is None else {page.page_id: page.seconds},
        )
        if storing.store_at_once(connection, token=token, kept=kept, attempt=attempt) is None:
            return None
    metrics.answers.labels(kept.definition.questions[0].type).inc()
    ending = verdict.walk.ending
    unasked = pages.choose_language(kept.definition)
    return _to_thanks(
        token, ending.id if ending else None, None if page.language == unasked else page.language
    )


def _page_by_page(token: str) -> ResponseReturnValue:
    """Take a page; of a link that is over, only one that was shown before: its answers are not to be lost."""
    closed: LinkExpiredError | None = None
    with db.single_statements() as connection:
        try:
            link = open_link(connection, token)
        except LinkExpiredError as expired:
            over = queries.personal_link(connection, token)
            if over is None:
                raise
            link, closed = over, expired
        kept = queries.kept(connection, link.seat.version_id)
    seats.widen(kept)
    if closed is not None and not seats.was_shown(link.seat.key_hash):
        raise closed
    return seats.take(PersonalHost(token, link.seat, late=closed is not None))


def _once_more(token: str, link: PersonalLink) -> Response:
    """Answer a page sent by a link that was answered; what it says otherwise is kept."""
    seat = link.seat
    with db.single_statements() as connection:
        kept = queries.kept(connection, seat.version_id)
        seats.widen(kept)
        page = seats.posted(kept.definition, seat.language, seat.key_hash)
        other = again.looked_at(connection, seat, kept.definition, page)
    if other == again.KEPT:
        with db.transaction() as session:
            other = again.keep(session, seat, kept.definition, page)
    return _to_thanks(token, link.ending, _language_sent(), other)


@bp.post("/s/<token>/files")
def upload(token: str) -> ResponseReturnValue:
    """Keep one file that a script sends ahead of its page."""
    try:
        with db.single_statements() as connection:
            link = open_link(connection, token)
    except (UnknownLinkError, LinkSpentError, LinkExpiredError) as closed:
        return _closed(closed, token)
    return uploads.upload(PersonalHost(token, link.seat))


@bp.get("/s/<token>/thanks")
def thanks(token: str) -> ResponseReturnValue:
    """Say thank you to who has answered; whoever has not yet is shown the questionnaire."""
    link = _link(token)
    if link is None:
        return message("unknown", 404)
    host = PersonalHost(token, link.seat)
    if not link.answered:
        return redirect(with_arguments(host.url(), lang=request.args.get("lang"), **size()))
    if request.args.get(OTHER) in {again.NOT_ADDED, again.KEPT}:
        return _tell_other(link)
    return seats.thank(host, link.ending or request.args.get("ending"))


def _tell_other(link: PersonalLink) -> ResponseReturnValue:
    """Tell whoever sent another answer that the first one counts, and what became of this one."""
    with db.single_statements() as connection:
        kept = queries.kept(connection, link.seat.version_id)
    language = pages.choose_language(kept.definition, *pages.chosen(), link.seat.language)
    kind = "answered_kept" if request.args[OTHER] == again.KEPT else "answered_before"
    has_files = any(question.type == "file" for question in kept.definition.questions)
    return message(
        kind, language=language, files_left_out=has_files and kind == "answered_kept", **pages.look_of(kept)
    )


@bp.get("/o/<token>", strict_slashes=False)
def ask_opt_out(token: str) -> ResponseReturnValue:
    """Ask whether the customer wants no more questionnaires, once; following the link alone changes nothing."""
    link = _link(token)
    if link is None:
        return message("unknown", 404)
    with db.reading() as session:
        customer_id = link.seat.customer_id
        refused = customer_id is not None and customer_queries.has_opted_out(
            session, customer_id, ALL_CHANNELS
        )
    here, speaks = f"/o/{token}", list(phrases.languages())
    language = pages.choose_among(speaks, *pages.chosen(), link.seat.language)
    if refused:
        switches = pages.switches(speaks, language, here)
        return message("opted_out_before", language=language, languages=switches)
    return render_template(
        "surveys/opt_out.html",
        action=with_arguments(here, lang=language, **size()),
        survey_url=with_arguments(f"/s/{token}", lang=language, **size()),
        said=phrases.words(language),
        languages=pages.switches(speaks, language, here),
        **pages.frame(language),
    )


@bp.post("/o/<token>")
def opt_out(token: str) -> ResponseReturnValue:
    """Note the refusal; also what List-Unsubscribe-Post sends (RFC 8058)."""
    with db.transaction() as session:
        connection = session.connection()
        link = queries.personal_link(connection, token) if looks_like_token(token) else None
        if link is None or link.seat.customer_id is None:
            return message("unknown", 404)
        customers.opt_out(session, customer_id=link.seat.customer_id, channel=ALL_CHANNELS, source="link")
    speaks = list(phrases.languages())
    return message("opted_out", language=pages.choose_among(speaks, *pages.chosen(), link.seat.language))


def _link(token: str) -> PersonalLink | None:
    if not looks_like_token(token):
        return None
    with db.single_statements() as connection:
        return queries.personal_link(connection, token)


def _to_thanks(
    token: str, ending: str | None, language: str | None = None, other: str | None = None
) -> Response:
    url = with_arguments(f"/s/{token}/thanks", ending=ending, lang=language, other=other, **size())
    return Response(status=303, headers={"Location": url})


def _language_sent() -> str | None:
    """Return the language of the page just sent, if it is another one than the thank-you would be in by itself."""
    speaks, sent = list(phrases.languages()), request.form.get("_language")
    return sent if sent in speaks and sent != pages.choose_among(speaks) else None


def _closed(reason: DomainError, token: str) -> tuple[str, int]:
    link = _link(token)
    if link is None or isinstance(reason, UnknownLinkError):
        return message("unknown", 404)
    language = pages.choose_among(list(phrases.languages()), *pages.chosen(), link.seat.language)
    if isinstance(reason, LinkSpentError):
        return message("used", language=language)
    return message("expired", 410, language=language)
