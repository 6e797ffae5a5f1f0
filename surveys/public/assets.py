"""What customers' pages load beside themselves: a survey's colours, pictures, places, and the privacy notice.

All of it comes from this server, is the same for everybody, and can be kept by the browser.
"""

import hmac
import json

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import db
from surveys.public import pages
from surveys.public.addresses import branches_seal
from surveys.public.base import bp
from surveys.public.pages import message
from surveys.queries import answering as queries
from surveys.rules import phrases
from surveys.rules.checking.contrast import contrast
from surveys.rules.questions import CascaderQuestion, places
from surveys.rules.texts import DEFAULT_LANGUAGE, say

FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"


@bp.get("/s/-/theme/<int:version_id>.css")
def theme(version_id: int) -> ResponseReturnValue:
    """Return how one version of a survey looks; a draft's colours may change, those of others do not."""
    with db.single_statements() as connection:
        try:
            kept = queries.kept(connection, version_id)
        except LookupError:
            return message("unknown", 404)
    chosen = kept.definition.theme
    white = contrast(chosen.accent, "#ffffff") >= contrast(chosen.accent, "#12262f")
    sheet = render_template("surveys/answer/theme.css", theme=chosen, ink="#ffffff" if white else "#12262f")
    return Response(
        sheet, mimetype="text/css", headers={"Cache-Control": FOR_EVER if kept.final else "no-store"}
    )


@bp.get("/s/-/image/<token>")
def image(token: str) -> ResponseReturnValue:
    """Return a logo or an option's picture; its token is its address, so it never changes."""
    with db.single_statements() as connection:
        found = queries.image(connection, token)
    if found is None:
        return message("unknown", 404)
    return Response(
        found.data,
        mimetype=found.media_type,
        headers={
            "Cache-Control": FOR_EVER,
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )


@bp.get("/s/-/places/<int(min=1, max=3):levels>")
def places_below(levels: int) -> ResponseReturnValue:
    """Return what lies directly inside a place (``?of=``), or the provinces: pairs of code and name."""
    above = request.args.get("of", "") or None
    pairs = [[code, places.name(code)] for code in places.children(above, levels)]
    return _pairs(pairs)


@bp.get("/s/-/branches/<int:version_id>/<question_id>/<seal>")
def branches(version_id: int, question_id: str, seal: str) -> ResponseReturnValue:
    """Return what follows a choice in an author's own tree, to whom a page was shown that knows the seal."""
    if not hmac.compare_digest(seal.encode(), branches_seal(version_id, question_id).encode()):
        return message("unknown", 404)
    with db.single_statements() as connection:
        definition = queries.kept(connection, version_id).definition
    question = definition.by_id.get(question_id)
    if not isinstance(question, CascaderQuestion):
        return message("unknown", 404)
    language = request.args.get("language", DEFAULT_LANGUAGE)
    ids = question.below(request.args.get("of", "") or None)
    return _pairs([[one, question.label(one, language)] for one in ids])


def _pairs(pairs: list[list[str]]) -> Response:
    answer = Response(json.dumps(pairs, ensure_ascii=False), mimetype="application/json")
    answer.headers["Cache-Control"] = A_DAY
    return answer


@bp.get("/s/-/notice/<int:number>")
def notice(number: int) -> ResponseReturnValue:
    """Show one version of the privacy notice, in the reader's language where it was written in it."""
    with db.single_statements() as connection:
        found = queries.notice(connection, number)
    if found is None:
        return message("unknown", 404)
    language = pages.choose_among(list(found.title), request.args.get("lang"))
    return render_template(
        "surveys/answer/notice.html",
        title=say(found.title, language),
        paragraphs=pages.paragraphs(say(found.body, language)),
        number=found.number,
        published_at=found.published_at,
        words=phrases.words(language),
        languages=pages.switches(list(found.title), language, url_for("public.notice", number=number)),
        **pages.frame(language),
    )
