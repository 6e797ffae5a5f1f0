"""The one way through a questionnaire, for personal and for open links: show a page, take a page, say thank you.

A GET writes no answer; the first page that is sent begins a sitting. Every page is kept before anything is said
about it, then the next one is shown by a redirect, so that reload and back never send anything twice. The last page
is judged together with all others, and what is accepted is stored once.
"""

from collections.abc import Callable, Mapping, Sequence

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import clock, db, metrics
from surveys.public import again, pages
from surveys.public.addresses import NEW, OTHER, allowed, size, with_arguments
from surveys.public.hosts import ASK, Host, Posted, only_looks, posted, was_shown, widen
from surveys.public.pages import Around, message, render_page
from surveys.public.prefilling import chosen_again, prefilled
from surveys.queries import answering as queries
from surveys.queries.answering import Kept
from surveys.rules import piping, turning
from surveys.rules.definition import Definition
from surveys.rules.judging import judge
from surveys.rules.logic import NO_FACTS, Facts, View, Walk
from surveys.rules.questions import FileQuestion
from surveys.rules.quoting import quoting
from surveys.rules.readings import Mistake, Sent, UnreadableAnswerError
from surveys.rules.seats import Attempt, Seat
from surveys.rules.stamps import seconds_since
from surveys.rules.suspicion import OVER_QUOTA
from surveys.rules.texts import Language, say
from surveys.rules.turning import DROP, Turn
from surveys.services import files, quotas, sittings, storing, suspects
from surveys.services.files import Upload

__all__ = [
    "ASK",
    "Host",
    "Posted",
    "only_looks",
    "posted",
    "see",
    "show",
    "take",
    "thank",
    "thanked",
    "was_shown",
    "widen",
]

Say = Callable[[], ResponseReturnValue]


def show(host: Host, page_id: str | None = None) -> ResponseReturnValue:
    """Show a page: the one asked for if it is on the way, or where the person was, or the first one."""
    seat = host.seat
    with db.single_statements() as connection:
        kept = queries.kept(connection, seat.version_id)
        definition = kept.definition
        progress = queries.progress(connection, seat) if kept.several else None
        # Whoever is in the middle of it may end it: what they say is kept for staff, though nothing counts it.
        begun = progress is not None and progress.sent and not progress.finished
        if not begun and quotas.is_over(connection, kept.survey_id):
            return message(_full(connection, seat), language=language_of(definition, host), **host.frame)
        facts = _facts(connection, kept, seat)
        sent: dict[str, Sequence[str]] = dict(progress.sent) if progress else {}
        uploads = files.of_seat(connection, seat, _tokens(definition, sent))
    if progress is not None and progress.finished:
        return _over(host, definition)
    language = pages.choose_language(
        definition, request.args.get("lang"), progress.language if progress else None, seat.language
    )
    chosen = prefilled(definition)
    tapped = {} if page_id else chosen_again(definition, chosen, sent)
    saved = "restored_score" if tapped else "restored"
    sent = chosen | sent | tapped | _given(seat)
    walked = judge(definition, sent, facts).walk
    view = next((step for step in walked.steps if any(q.id in tapped for q in step.questions)), None)
    view = view or walked.step(page_id or "") or walked.step(progress.page_id if progress else "")
    view = view or next(iter(walked.steps), None)
    if view is None:
        return message("closed", language=language, **host.frame)
    return render_page(
        kept, walked, view, language=language, sent=sent, around=_around(host), facts=facts, uploads=uploads,
        saved=saved if begun and not page_id else None, new=_still_new(view, walked),
    )  # fmt: skip


def take(host: Host) -> ResponseReturnValue:
    """Take in a page that was sent; go on, show it again with its mistakes, or store everything."""
    try:
        with db.transaction() as session:
            answer = _Taking(session, host).outcome()
    except quotas.QuotaFullError as full:
        # Once more from the beginning: of the first time nothing is left, and no file may be.
        with db.transaction() as session:
            answer = _Taking(session, host, full).outcome()
    return answer()  # pages are written after the transaction: nobody waits for a template


class _Taking:
    """One page being taken in, inside its transaction; ``full`` is the quota that had no place for these answers."""

    def __init__(self, session: Session, host: Host, full: quotas.QuotaFullError | None = None) -> None:
        self.session, self.host, self.seat, self.full = session, host, host.seat, full
        connection = session.connection()
        self.kept = queries.kept(connection, self.seat.version_id)
        self.definition = self.kept.definition
        self.facts = _facts(connection, self.kept, self.seat)
        widen(self.kept)
        self.posted = posted(self.definition, self.seat.language, self.seat.key_hash)
        self.before: Sent = {}
        self.started_at = self.posted.shown_at
        self.stale = False
        self.page_seconds: dict[str, float] = {}

    def outcome(self) -> Say:
        """Take the page in and return what is said to that."""
        answered = self._only_look() or (self._sit_down() if self.kept.several else None)
        if answered is not None:
            return answered
        page = self.posted
        if page.seconds is not None:
            self.page_seconds[page.page_id] = self.page_seconds.get(page.page_id, 0.0) + page.seconds
        sent = turning.merged(
            self.definition, self.before, page.page_id, page.sent, page.asked, stale=self.stale
        )
        wrong = self._receive_files(sent)
        uploads = files.of_seat(self.session.connection(), self.seat, _tokens(self.definition, sent))
        for question_id, kept in uploads.items():
            sent[question_id] = [upload.token for upload in kept]
        verdict = judge(self.definition, sent | _given(self.seat), self.facts)
        turned = turning.turn(self.definition, verdict, page.page_id, page.go, page.asked)
        step = verdict.walk.step(page.page_id)
        if wrong and step is not None:
            turned = Turn(step, verdict.mistakes_on(step.id) | wrong)
        if turned.view is not None:
            return self._go_on(sent, verdict.walk, turned.view, turned.mistakes, uploads, new=turned.new)
        attempt = Attempt(
            sent=sent | _given(self.seat),
            verdict=verdict,
            language=page.language,
            seconds=seconds_since(self.started_at, clock.now()),
            started_at=self.started_at,
            page_seconds=self.page_seconds,
            facts=self.facts,
        )
        guarded = self.host.guard(self.session, self.kept, attempt)
        if guarded == ASK:
            view = step or verdict.walk.steps[-1]
            return self._go_on(sent, verdict.walk, view, {}, uploads, again=True)
        if guarded is None:
            return self._store(attempt) if self.full is None else self._keep_aside(attempt, self.full)
        if self.kept.several:
            self._finish_aside()
        return lambda: guarded

    def _finish_aside(self) -> None:
        """End the sitting of answers that were put aside, with the seconds of its pages: they may be counted later."""
        sittings.finish(
            self.session, self.seat, anonymous=self.definition.anonymous, page_seconds=self.page_seconds
        )

    def _only_look(self) -> Say | None:
        """Show the page again to somebody who has not begun and wants another language or size: that begins nothing."""
        if self.host.late or not only_looks(self.seat):
            return None
        if self.kept.several and queries.progress(self.session.connection(), self.seat) is not None:
            return None
        shown = with_arguments(self.host.url(self.posted.page_id), lang=self.posted.language)
        return lambda: see(shown)

    def _sit_down(self) -> Say | None:
        """Take the seat, and hold it; return what is said to somebody who has finished already."""
        progress = sittings.take_seat(
            self.session,
            self.seat,
            language=self.posted.language,
            page_id=self.posted.page_id,
            since=self.posted.shown_at,
        )
        # The sitting of an anonymous survey is gone once it is finished, and another may just have begun in its place.
        looked_at = progress.finished or self.definition.anonymous
        if looked_at and queries.is_answered(self.session.connection(), self.seat):
            sittings.finish(self.session, self.seat, anonymous=self.definition.anonymous)
            return self._thank_again(None)
        if progress.finished:
            return self._over_again()
        self.before, self.started_at = progress.sent, progress.started_at
        self.page_seconds = dict(progress.page_seconds)
        self.stale = self.posted.is_older_than(progress.saved_at)
        return None

    def _receive_files(self, sent: dict[str, list[str]]) -> dict[str, Mistake]:
        """Keep the files of this form, drop the one that is to be dropped; return what was wrong by question."""
        if self.posted.go.startswith(DROP):
            token = self.posted.go.removeprefix(DROP)
            files.drop(self.session, self.seat, token)
            for question in self.definition.questions:
                if question.type == "file" and token in sent.get(question.id, ()):
                    sent[question.id] = [other for other in sent[question.id] if other != token]
        wrong: dict[str, Mistake] = {}
        for question in turning.questions_of(self.definition, self.posted.page_id):
            if not isinstance(question, FileQuestion):
                continue
            for coming in request.files.getlist(question.id):
                if not coming.filename:
                    continue
                coming.stream.seek(0)
                try:
                    upload = files.keep(
                        self.session, self.seat, question, name=coming.filename, data=coming.read(),
                        held=sent.get(question.id, ()),
                    )  # fmt: skip
                except UnreadableAnswerError as error:
                    wrong[question.id] = error.mistake
                else:
                    sent.setdefault(question.id, []).append(upload.token)
        return wrong

    def _go_on(
        self,
        sent: Mapping[str, Sequence[str]],
        walked: Walk,
        view: View,
        mistakes: Mapping[str, Mistake],
        uploads: Mapping[str, Sequence[Upload]],
        *,
        again: bool = False,
        new: Sequence[str] = (),
    ) -> Say:
        """Keep what was sent and lead to a page; it is written at once if there is something to say about it."""
        page = self.posted
        here = walked.step(page.page_id) if self.host.late else None
        if here is not None and here.id != view.id:
            view, mistakes = here, {}  # nothing leads on from here, and these are the words to keep
        if self.kept.several:
            sittings.save(
                self.session,
                self.seat,
                sent=sent,
                language=page.language,
                page_id=view.id,
                page_seconds=self.page_seconds,
            )
            if not mistakes and not again and not self.host.late:
                told = {NEW: " ".join(new)} if new else {}
                return lambda: see(with_arguments(self.host.url(view.id), **told))

        def written() -> ResponseReturnValue:
            text = render_page(
                self.kept, walked, view, language=page.language, sent=dict(sent) | _given(self.seat),
                around=_around(self.host), facts=self.facts, mistakes=mistakes, uploads=uploads,
                new=() if self.host.late else new,
            )  # fmt: skip
            return text, 410 if self.host.late else 422 if mistakes or again else 200

        return written

    def _store(self, attempt: Attempt) -> Say:
        response_id = storing.store(self.session, self.seat, self.kept, attempt)
        if self.kept.several:
            sittings.finish(self.session, self.seat, anonymous=self.definition.anonymous)
        ending = attempt.verdict.walk.ending
        ending_id = ending.id if ending else None
        if response_id is None:
            return self._thank_again(ending_id)
        metrics.answers.labels(self.definition.questions[0].type).inc()
        return lambda: thanked(self.host, self.definition, attempt.language, ending_id)

    def _thank_again(self, ending: str | None) -> Say:
        """Thank whoever sends the same once more, and say to another answer what became of it."""
        other = again.another(self.session, self.seat, self.definition, self.posted)
        return lambda: thanked(self.host, self.definition, self.posted.language, ending, other=other)

    def _over_again(self) -> Say:
        """Say once more to whose answers were put aside that they are kept; so is what this page says otherwise."""
        other = again.another(self.session, self.seat, self.definition, self.posted)
        return lambda: _over(self.host, self.definition, other)

    def _keep_aside(self, attempt: Attempt, full: quotas.QuotaFullError) -> Say:
        """Keep what came too late where staff see it, and count it among those turned away, once."""
        kept = suspects.put_aside(
            self.session,
            seat=self.seat,
            attempt=attempt,
            reasons=[OVER_QUOTA],
            seconds=attempt.seconds,
            anonymous=self.definition.anonymous,
        )
        if kept:
            quotas.turn_away(self.session, full.quota_id)
        if self.kept.several:
            self._finish_aside()
        return lambda: message("full_late", language=attempt.language, **self.host.frame)


def thank(host: Host, ending_id: str | None) -> ResponseReturnValue:
    """Say thank you in the words of the survey's ending, and lead on only to hosts that are allowed."""
    seat = host.seat
    with db.single_statements() as connection:
        kept = queries.kept(connection, seat.version_id)
        definition = kept.definition
        ending = next((one for one in definition.endings if one.id == ending_id), None)
        language = pages.choose_language(definition, request.args.get("lang"), seat.language)
        heading = ending.title if ending else None
        paragraph = ending.text if ending else definition.thanks
        said = [say(text, language) if text else None for text in (heading, paragraph)]
        if any("{{" in text for text in said if text):
            readings, variables = queries.stored(connection, seat)
            facts = _facts(connection, kept, seat)
            quote = quoting(definition, Walk((), (), readings, variables, None), facts, language)
            said = [piping.pipe(text, quote) if text else None for text in said]
    return message(
        "thanks",
        language=language,
        heading=said[0],
        paragraph=said[1],
        anonymous=definition.anonymous or seat.customer_id is None,
        first_counts=request.args.get(OTHER) == again.FIRST_COUNTS,
        continue_url=allowed(ending.redirect if ending else None),
        **pages.look_of(kept),
        **host.frame,
    )


def _over(host: Host, definition: Definition, other: str | None = None) -> ResponseReturnValue:
    """Answer somebody whose sitting has ended without a response of theirs: there was no place left."""
    if host.seat.invitation_id is None:
        return thanked(host, definition, language_of(definition, host), None)
    with db.single_statements() as connection:
        kind = "after_closing" if host.late else _full(connection, host.seat)
    kind = "answered_before" if other == again.NOT_ADDED else kind
    return message(kind, language=language_of(definition, host), **host.frame)


def _full(connection: Connection, seat: Seat) -> str:
    """Return what is said when no more answers are wanted: whose own were kept is told so."""
    return "full_late" if suspects.is_put_aside(connection, seat.key_hash) else "full"


def language_of(definition: Definition, host: Host) -> Language:
    """Return the language in which somebody is spoken to: the one just chosen, or that of the page just sent."""
    return pages.choose_language(definition, *pages.chosen(), host.seat.language)


def thanked(
    host: Host, definition: Definition, language: Language, ending: str | None, *, other: str | None = None
) -> Response:
    """Lead whoever has finished to the thank-you, in the language of the answer; ``other`` is said of another one."""
    unasked = pages.choose_language(definition, host.seat.language)
    lang = None if language == unasked else language
    return see(with_arguments(host.thanks_url(ending), lang=lang, other=other))


def see(url: str) -> Response:
    """Lead on to another page, in letters as large as those of this one."""
    # Written by hand: explaining the redirect in HTML costs more than the rest.
    return Response(status=303, headers={"Location": with_arguments(url, **size())})


def _around(host: Host) -> Around:
    return Around(
        key_hash=host.seat.key_hash,
        url=host.url,
        carried=host.carried,
        upload_url=host.upload_url(),
        opt_out_url=host.opt_out_url,
        trap=host.trap,
        check=host.check,
        late=host.late,
        frame=host.frame,
    )


def _facts(connection: Connection, kept: Kept, seat: Seat) -> Facts:
    definition = kept.definition
    if not definition.looks_beyond:
        return NO_FACTS
    return queries.facts(connection, seat, anonymous=definition.anonymous)


def _still_new(view: View, walked: Walk) -> set[str]:
    """Return the questions that the address says were just called up, as long as they have no answer."""
    return set(request.args.get(NEW, "").split()) & set(turning.called_up(view, walked))


def _given(seat: Seat) -> dict[str, list[str]]:
    return {name: [value] for name, value in seat.given.items()}


def _tokens(definition: Definition, sent: Sent) -> dict[str, Sequence[str]]:
    return {
        question.id: sent[question.id]
        for question in definition.questions
        if question.type == "file" and sent.get(question.id)
    }
