"""The customer's pages behind an open link: a QR code, a poster, a kiosk, a frame.

Opening the page stores nothing but one more on the day's counter. Every page carries a fresh key; from the first page
that is sent the key stands in the address, so reloading, going back and another device find the same sitting, and
sending the same page again stores nothing twice. Whoever looks machine-made is asked a small sum or thanked and put
aside (``surveys.rules.suspicion``).
"""

from datetime import datetime
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from core import clock, crypto, db
from surveys.public import embed, kiosk, pages, seats, uploads
from surveys.public.addresses import LARGE, OTHER, TAKEN_ALONG, with_arguments
from surveys.public.base import bp
from surveys.public.devices import device_at, remembering
from surveys.public.flood import is_flooding
from surveys.public.open_host import PREFILLED, OpenHost
from surveys.queries import answering
from surveys.queries import opening as queries
from surveys.queries.answering import Kept
from surveys.queries.opening import Door, Standing
from surveys.rules import opening, phrases, suspicion
from surveys.rules.definition import Definition
from surveys.rules.judging import judge
from surveys.rules.questions import HiddenQuestion
from surveys.rules.seats import Seat
from surveys.services import opening as services
from surveys.services import sightings, sittings

KEY = "_key"
LEAVE = "leave"


@bp.get("/q/<slug>", strict_slashes=False)
def open_show(slug: str) -> ResponseReturnValue:
    """Show the first page of an open link; nothing is recorded but that somebody opened it."""
    whole = slug.rstrip(TAKEN_ALONG)
    if whole != slug and opening.looks_like_slug(whole):
        return _anew(whole)
    now = clock.now()
    with db.single_statements() as connection:
        door = _door(connection, slug)
        if door is None or not door.is_open(now):
            return closed(door)
        kept = answering.kept(connection, door.version_id)
        device = device_at(door, kept)
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
    return remembering(door, device, seats.show(host))


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
        return _nowhere(found)
    host, standing = found
    if standing.finished and not standing.answered and kiosk.is_kiosk(host.door):
        return seats.see(f"/q/{slug}")
    if standing.answered or standing.suspected or standing.finished:
        return seats.see(with_arguments(host.thanks_url(None), lang=request.args.get("lang")))
    if standing.begun:
        return remembering(host.door, host.device, seats.show(host, page_id))
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
    return uploads.upload(found[0])


@bp.get("/q/<slug>/<key>/thanks")
def open_thanks(slug: str, key: str) -> ResponseReturnValue:
    """Say thank you to whoever has answered, also after the link was closed."""
    found = _found(slug, key, late=True)
    if isinstance(found, Door | None):
        return _nowhere(found)
    host, standing = found
    definition = _kept(standing.version_id or host.door.version_id).definition
    language = pages.choose_language(definition, *pages.chosen())
    if standing.answered and OTHER in request.args:
        return pages.message("answered_before", language=language, **host.frame)
    if standing.suspected and not standing.answered:
        return _thank_for_aside(host, definition)
    # Of an anonymous survey nobody can say which: thanked for an answer is the likely one.
    if standing.answered or (standing.finished and definition.anonymous):
        return seats.thank(host, standing.ending or request.args.get("ending"))
    if standing.finished:
        return pages.message("full", language=language, **host.frame)
    return _anew(slug)


def _thank_for_aside(host: OpenHost, definition: Definition) -> ResponseReturnValue:
    """Say what was said when an answer was put aside: of one in doubt, the same words as of one that was stored."""
    with db.single_statements() as connection:
        aside = queries.aside(connection, host.seat.key_hash)
    if aside is not None and suspicion.AFTER_CLOSING in aside.reasons:
        language = pages.choose_language(definition, *pages.chosen())
        return pages.message("after_closing", language=language, **host.frame)
    reached = judge(definition, aside.sent).walk.ending if aside is not None and aside.sent else None
    return seats.thank(host, reached.id if reached else request.args.get("ending"))


def _nowhere(door: Door | None) -> ResponseReturnValue:
    """Lead to the start of an open link where only the rest of the address leads nowhere; otherwise say why not."""
    if door is not None and door.is_open(clock.now()):
        return _anew(door.slug)
    return closed(door)


def _anew(slug: str) -> Response:
    """Lead to the first page with everything that the address says."""
    return seats.see(with_arguments(f"/q/{slug}", **{n: v for n, v in request.args.items() if n != LARGE}))


def closed(door: Door | None) -> ResponseReturnValue:
    """Return the page for an address that takes no answers: nobody made the link, or it is switched off or over."""
    if door is None:
        return pages.message("incomplete", 404)
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
                return _unclear(door) if door.is_open(now) else closed(door)
            # Nobody loses what they wrote because the page lay open for weeks; that it took no time is a sign.
            sent_key, made_at = opening.new_key(slug, now), now
        late = not door.may_finish(now, made_at)
        if late and not seats.was_shown(crypto.token_hash(sent_key)):
            return closed(door)
        kept = _version_of_page(connection, door, kept, crypto.token_hash(sent_key))
    host = _host(door, kept, sent_key, made_at, keyed=True, device=device_at(door, kept))
    host.late = late
    answer = remembering(host.door, host.device, seats.take(host))
    if answer.status_code < 500 and not late and not seats.only_looks(host.seat):
        _note_started(host, anonymous=kept.definition.anonymous)
    return answer


def _unclear(door: Door) -> ResponseReturnValue:
    """Lead back whoever sent a page to an address whose end is cut off or too old."""
    language = pages.choose_among(list(phrases.languages()), *pages.chosen())
    start = f"/q/{door.slug}"
    return pages.message("unclear", 404, language=language, back_url=start, **_frame(door, start))


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
    host = _host(door, kept, key, made_at, keyed=True, device=device_at(door, kept))
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
