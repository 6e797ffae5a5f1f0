"""The customer's pages behind an open link: a QR code, a poster, a kiosk, a frame.

Opening the page stores nothing but one more on the day's counter. Every page carries a fresh key; from the first page
that is sent the key stands in the address, so reloading, going back and another device find the same sitting, and
sending the same page again stores nothing twice. Whoever looks machine-made is asked a small sum or thanked and put
aside (``surveys.rules.suspicion``).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from flask import Response, current_app, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import clock, crypto, db
from surveys.public import embed, kiosk, pages, seats
from surveys.public.addresses import LARGE, with_arguments
from surveys.public.base import bp
from surveys.public.flood import is_flooding, told_apart
from surveys.public.pages import Check
from surveys.queries import answering
from surveys.queries import opening as queries
from surveys.queries.answering import Kept
from surveys.queries.opening import Door, Standing
from surveys.rules import opening, phrases, sums, suspicion
from surveys.rules.questions import HiddenQuestion
from surveys.rules.readings import Mistake
from surveys.rules.seats import Attempt, Seat
from surveys.rules.suspicion import Suspicion
from surveys.services import doubts, sightings, sittings, suspects
from surveys.services import opening as services
from surveys.services.doubts import Visit

DEVICE = "hs_turn"
DEVICE_LIVES = timedelta(days=180)

KEY = "_key"
PREFILLED = "_prefilled"
LEAVE = "leave"


@dataclass
class OpenHost:
    """The pages around one sitting at an open link; ``keyed`` once its key stands in the address.

    ``arguments`` are the signed parameters, which every address of the sitting carries on; ``device`` is the
    random number of a browser where the link asks for a limit.
    """

    door: Door
    key: str
    made_at: datetime
    seat: Seat
    keyed: bool
    carried: Mapping[str, str]
    arguments: Mapping[str, str]
    frame: Mapping[str, Any]
    device: str | None = None
    opt_out_url: str | None = None
    trap: str | None = suspicion.TRAP
    check: Check | None = None

    def url(self, page_id: str | None = None) -> str:
        """Return where a page is shown and sent."""
        path = f"/q/{self.door.slug}"
        if self.keyed:
            path += f"/{self.key}/at/{page_id}" if page_id else f"/{self.key}"
        return with_arguments(path, **self.arguments)

    def thanks_url(self, ending: str | None) -> str:
        """Return where whoever has finished is led."""
        return with_arguments(f"/q/{self.door.slug}/{self.key}/thanks", ending=ending)

    def upload_url(self) -> str:
        """Return where a script sends one file."""
        return with_arguments(f"/q/{self.door.slug}/{self.key}/files", **self.arguments)

    def guard(
        self, session: Session, kept: Kept, attempt: Attempt
    ) -> ResponseReturnValue | Literal["ask"] | None:
        """Look whether an answer is in doubt before it is stored, and hold the limit of a browser."""
        connection = session.connection()
        services.hold(connection, self.seat.key_hash)
        standing = queries.standing(connection, self.seat.key_hash)
        if standing.answered:
            return None  # the unique key stores nothing again and says thank you
        ending = attempt.verdict.walk.ending
        # The same few bytes as after an answer that was stored: nobody can tell by them that theirs was not.
        thanks = seats.thanked(self, kept.definition, attempt.language, ending.id if ending else None)
        if standing.suspected:
            return thanks
        visit = self._visit()
        doubt = doubts.weigh(connection, visit, kept.definition, attempt)
        if doubt.suspicion is Suspicion.ASK:
            wrong = phrases.mistake(attempt.language, Mistake("sum")) if visit.sum_sent else None
            self.check = Check(sums.FIELD, sums.spoken(self.key, attempt.language), wrong)
            return seats.ASK
        if doubt.suspicion is Suspicion.PUT_ASIDE:
            suspects.put_aside(
                session,
                seat=self.seat,
                attempt=attempt,
                reasons=doubt.reasons,
                seconds=visit.seconds,
                anonymous=kept.definition.anonymous,
            )
            return thanks
        if self._has_a_turn(connection):
            return None
        return pages.message("limit", 409, language=attempt.language, **self.frame)

    def _visit(self) -> Visit:
        sent = request.form.get(sums.FIELD)
        return Visit(
            link_id=self.door.link_id,
            key_hash=self.seat.key_hash,
            seconds=(clock.now() - self.made_at).total_seconds(),
            trap=request.form.get(suspicion.TRAP, ""),
            prefilled=1 if request.form.get(PREFILLED) else 0,
            # Everybody at a shared device comes from the same address.
            address=None if kiosk.is_kiosk(self.door) else told_apart(request.remote_addr),
            sum_sent=sent is not None,
            sum_right=sums.solves(self.key, sent or ""),
        )

    def _has_a_turn(self, connection: Connection) -> bool:
        if self.device is None or self.door.per_device is None:
            return True
        return services.take_turn(
            connection, link_id=self.door.link_id, device=self.device, most=self.door.per_device
        )


@bp.get("/q/<slug>")
def open_show(slug: str) -> ResponseReturnValue:
    """Show the first page of an open link; nothing is recorded but that somebody opened it."""
    now = clock.now()
    with db.single_statements() as connection:
        door = _door(connection, slug)
        if door is None or not door.is_open(now):
            return closed(door)
        kept = answering.kept(connection, door.version_id)
        device = _device(door, kept)
        if device is not None and door.per_device is not None:
            taken = services.turns_taken(connection, link_id=door.link_id, device=device)
            if taken >= door.per_device:
                language = pages.choose_language(kept.definition, *pages.chosen())
                return pages.message("limit", language=language, **_frame(door, f"/q/{slug}"))
        if opening.is_a_person_looking(request.method, request.headers):
            services.note_opened(connection, door.link_id)
    if LEAVE in request.args:
        _leave(door, request.args[LEAVE])
    host = _host(door, kept, opening.new_key(slug, now), now, keyed=False, device=device)
    return _remembering(host, seats.show(host))


@bp.post("/q/<slug>")
def open_take(slug: str) -> ResponseReturnValue:
    """Take the first page; the key that it carries stands in every address from here on."""
    return _take(slug, None)


@bp.get("/q/<slug>/<key>")
@bp.get("/q/<slug>/<key>/at/<page_id>")
def open_go_on(slug: str, key: str, page_id: str | None = None) -> ResponseReturnValue:
    """Show where somebody was; whoever comes with a key that never sent anything begins anew."""
    found = _found(slug, key)
    if isinstance(found, Door | None):
        return closed(found)
    host, standing = found
    if standing.finished and not standing.answered and kiosk.is_kiosk(host.door):
        return seats.see(f"/q/{slug}")
    if standing.answered or standing.suspected or standing.finished:
        return seats.see(with_arguments(host.thanks_url(None), lang=request.args.get("lang")))
    if standing.begun:
        return _remembering(host, seats.show(host, page_id))
    return _anew(slug)


@bp.post("/q/<slug>/<key>")
@bp.post("/q/<slug>/<key>/at/<page_id>")
def open_take_next(slug: str, key: str, page_id: str | None = None) -> ResponseReturnValue:  # noqa: ARG001
    """Take one more page; which one it is the form itself says."""
    return _take(slug, key)


@bp.post("/q/<slug>/<key>/files")
def open_upload(slug: str, key: str) -> ResponseReturnValue:
    """Take one file for a question of the page."""
    if is_flooding(request.remote_addr):
        return pages.message("busy", 429)
    found = _found(slug, key)
    if isinstance(found, Door | None):
        return closed(found)
    return seats.upload(found[0])


@bp.get("/q/<slug>/<key>/thanks")
def open_thanks(slug: str, key: str) -> ResponseReturnValue:
    """Say thank you to whoever has answered, also after the link was closed."""
    found = _found(slug, key, late=True)
    if isinstance(found, Door | None):
        return closed(found)
    host, standing = found
    if standing.answered or standing.suspected:
        return seats.thank(host, request.args.get("ending"))
    if standing.finished:
        # Of an anonymous survey nobody can say which: thanked for an answer is the likely one.
        definition = _kept(standing.version_id or host.door.version_id).definition
        if definition.anonymous:
            return seats.thank(host, request.args.get("ending"))
        language = pages.choose_language(definition, *pages.chosen())
        return pages.message("full", language=language, **host.frame)
    return _anew(slug)


def _anew(slug: str) -> Response:
    """Lead to the first page with everything that the address says."""
    return seats.see(with_arguments(f"/q/{slug}", **{n: v for n, v in request.args.items() if n != LARGE}))


def closed(door: Door | None) -> ResponseReturnValue:
    """Return the page for every address that takes no answers: unknown, switched off, over, or made up."""
    if door is None:
        return pages.message("closed", 404)
    language = pages.choose_among(list(phrases.languages()), *pages.chosen())
    return pages.message("closed", 404, language=language, **_frame(door, f"/q/{door.slug}"))


def _take(slug: str, key: str | None) -> ResponseReturnValue:
    """Take a page; ``key`` is None where it stands in the form and not yet in the address."""
    if is_flooding(request.remote_addr):
        return pages.message("busy", 429)
    now = clock.now()
    with db.single_statements() as connection:
        door = _door(connection, slug)
        if door is None:
            return closed(None)
        kept = answering.kept(connection, door.version_id)
        seats.widen(kept)
        sent_key = request.form.get(KEY, "") if key is None else key
        made_at = opening.key_made_at(slug, sent_key, now)
        if made_at is None:
            if key is not None:
                return closed(door)
            # Nobody loses what they wrote because the page lay open for weeks; that it took no time is a sign.
            sent_key, made_at = opening.new_key(slug, now), now
        if not door.may_finish(now, made_at):
            return closed(door)
        kept = _version_of_page(connection, door, kept, crypto.token_hash(sent_key))
    host = _host(door, kept, sent_key, made_at, keyed=True, device=_device(door, kept))
    answer = _remembering(host, seats.take(host))
    if answer.status_code < 500 and not seats.only_looks(host.seat):
        _note_started(host, anonymous=kept.definition.anonymous)
    return answer


def _note_started(host: OpenHost, *, anonymous: bool) -> None:
    with db.single_statements() as connection:
        link_id = host.door.link_id
        first = sightings.see(
            connection, kind="started", link_id=link_id, thing=host.seat.key_hash, written=not anonymous
        )
        if first == 1:
            services.note_started(connection, link_id)


def _found(slug: str, key: str, *, late: bool = False) -> tuple[OpenHost, Standing] | Door | None:
    """Return the sitting behind a key; only the door, or nothing, where the address takes no answers.

    ``late`` lets those in whose link was closed meanwhile.
    """
    now = clock.now()
    made_at = opening.key_made_at(slug, key, now) if opening.looks_like_slug(slug) else None
    with db.single_statements() as connection:
        door = _door(connection, slug)
        if door is None or made_at is None or not (late or door.may_finish(now, made_at)):
            return door
        standing = queries.standing(connection, crypto.token_hash(key))
        kept = answering.kept(connection, standing.version_id or door.version_id)
    seats.widen(kept)
    host = _host(door, kept, key, made_at, keyed=True, device=_device(door, kept))
    return host, standing


def _door(connection: Connection, slug: str) -> Door | None:
    return queries.door(connection, slug) if opening.looks_like_slug(slug) else None


def _kept(version_id: int) -> Kept:
    with db.single_statements() as connection:
        return answering.kept(connection, version_id)


def _version_of_page(connection: Connection, door: Door, kept: Kept, key_hash: bytes) -> Kept:
    """Return the version that the page was shown in: that of the sitting, or the one that the page names.

    What a page names counts only if it is or was published for this survey.
    """
    begun = queries.standing(connection, key_hash).version_id
    if begun is not None:
        return answering.kept(connection, begun)
    named = request.form.get("_version", "")
    is_number = named.isascii() and named.isdigit() and len(named) < 10
    if is_number and queries.was_asked(connection, door.survey_id, int(named)):
        return answering.kept(connection, int(named))
    return kept


def _host(
    door: Door, kept: Kept, key: str, made_at: datetime, *, keyed: bool, device: str | None
) -> OpenHost:
    hidden = [question for question in kept.definition.questions if isinstance(question, HiddenQuestion)]
    names = [question.parameter for question in hidden]
    sent = request.args.to_dict()
    values = opening.believed(door.slug, names, door.parameters, sent)
    signed = any(name in values and name not in door.parameters for name in names)
    arguments = {name: sent[name] for name in (*names, "sig") if name in sent} if signed else {}
    carried = {} if keyed else {KEY: key}
    if pages.sent_along(PREFILLED) or any(one.id in request.args for one in kept.definition.questions):
        carried[PREFILLED] = "1"
    return OpenHost(
        door=door,
        key=key,
        made_at=made_at,
        seat=Seat(
            key_hash=crypto.token_hash(key),
            version_id=kept.version_id,
            touchpoint_code=door.touchpoint_code,
            region_id=door.region_id,
            channel=door.kind,
            link_id=door.link_id,
            # Every hidden question is named: what the link does not vouch for is no answer, whatever the form says.
            given={question.id: values.get(question.parameter, "") for question in hidden},
        ),
        keyed=keyed,
        carried=carried,
        arguments=arguments,
        frame=_frame(
            door, with_arguments(f"/q/{door.slug}", **arguments, **_leaving(door, key, keyed=keyed))
        ),
        device=device,
    )


def _leaving(door: Door, key: str, *, keyed: bool) -> dict[str, str]:
    """Return what a shared device says when it begins anew: the sitting of the one before is over."""
    return {LEAVE: key} if keyed and kiosk.is_kiosk(door) else {}


def _leave(door: Door, key: str) -> None:
    """End the sitting that somebody left at a shared device, so that Back shows nothing of it."""
    if kiosk.is_kiosk(door) and opening.key_made_at(door.slug, key, clock.now()) is not None:
        with db.transaction() as session:
            sittings.leave(session, crypto.token_hash(key))


def _frame(door: Door, start_url: str) -> dict[str, Any]:
    return kiosk.frame(door, start_url) | embed.allow_frame(door)


def _device(door: Door, kept: Kept) -> str | None:
    """Return the random number of this browser where its answers are counted; a new one on its first visit."""
    if door.per_device is None or kept.definition.anonymous:
        return None
    known = request.cookies.get(DEVICE, "")
    return known if 20 <= len(known) <= 64 else secrets.token_urlsafe(24)


def _remembering(host: OpenHost, answer: ResponseReturnValue) -> Response:
    """Let the browser keep its random number, for the pages of this link only."""
    response: Response = make_response(answer)
    if host.device is not None and request.cookies.get(DEVICE) != host.device:
        response.set_cookie(
            DEVICE,
            host.device,
            max_age=DEVICE_LIVES,
            path=f"/q/{host.door.slug}",
            secure=current_app.config["SETTINGS"].secure_cookies,
            httponly=True,
            samesite="Lax",
        )
    return response
