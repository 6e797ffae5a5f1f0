"""The staff's pages of what customers said: the inbox, one utterance, the export."""

import csv
import io
from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import clock, db
from core.errors import InvalidInputError
from core.sentences import N_
from core.telling import complaint
from customers import rules as customers
from feedback import exporting, forms, labels, queries, rules, services
from feedback.models import Feedback
from feedback.rules import Mark
from grid import access
from grid import queries as grid
from grid.rules import Permission, Viewer
from journeys import queries as journeys
from surveys.queries import retelling as surveys
from surveys.queries.again import SaidAgain, said_again
from surveys.rules.retelling import Retold
from surveys.services.retelling import reveal as reveal_answers
from surveys.services.retelling import reveal_again

bp = Blueprint("feedback", __name__, url_prefix="/feedback", template_folder="templates")

PAGE = 50


@bp.get("")
@access.needs(Permission.FEEDBACK_VIEW)
def inbox() -> str:
    """List what customers said, newest first, narrowed by the filters in the address."""
    filters, used, wrong = forms.read_filters(request.args)
    places = {}
    for name in ("after", "before"):
        try:
            places[name] = forms.read_place(request.args, name)
        except ValueError as error:
            wrong[name] = [error.args[0]]
    viewer, called = access.viewer(), labels.conditions()
    with db.reading() as session:
        page = queries.page(session, viewer, filters, size=PAGE, **places)
        total = queries.count(session, viewer, filters)
        choices = _choices(session, viewer)
        return render_template(
            "feedback/inbox.html",
            page=page,
            total=total,
            counted=queries.COUNTED,
            nothing_yet=not used and not total,
            used=used,
            wrong={
                called.get(name, name): [complaint(one) for one in sentences]
                for name, sentences in wrong.items()
            },
            choices=choices,
            chips=_chips(used, choices),
            newer_url=_here(".inbox", used | {"before": str(page.newer)}) if page.newer else None,
            older_url=_here(".inbox", used | {"after": str(page.older)}) if page.older else None,
            export_url=_here(".export", used) if viewer.may(Permission.EXPORT) and total else None,
            names=_names(),
        )


@bp.get("/<int:feedback_id>")
@access.needs(Permission.FEEDBACK_VIEW)
def detail(feedback_id: int) -> str:
    """Show one utterance: its words with what the engine saw in them, its answers, its score, its customer."""
    viewer = access.viewer()
    with db.reading() as session:
        found = queries.one(session, viewer, feedback_id)
        again = said_again(session, viewer, queries.invitation_of(session, found))
        return _detail(found, surveys.answers_of(session, viewer, found.response_id), again)


@bp.post("/<int:feedback_id>/reveal")
@access.needs(Permission.PERSONAL_REVEAL)
def reveal(feedback_id: int) -> Response:
    """Show words and answers as they were written, this once; the audit log remembers who looked."""
    viewer = access.viewer()
    with db.transaction() as session:
        found = queries.one(session, viewer, feedback_id)
        words = services.reveal(session, found, actor=access.actor())
        answers = reveal_answers(session, viewer, found.response_id)
        again = reveal_again(session, viewer, queries.invitation_of(session, found))
        page = Response(_detail(found, answers, again, revealed=words))
    page.headers["Cache-Control"] = "no-store"
    return page


@bp.post("/<int:feedback_id>/handled")
@access.needs(Permission.TICKET_WORK)
def mark_handled(feedback_id: int) -> ResponseReturnValue:
    """Note that somebody dealt with the utterance, or (``handled=no``) that it is open again."""
    handled = request.form.get("handled") != "no"
    with db.transaction() as session:
        found = queries.one(session, access.viewer(), feedback_id)
        services.mark_handled(session, found, handled=handled, actor=access.actor())
    flash(_("已标记为处理完毕。") if handled else _("已恢复为待处理。"), "success")
    return redirect(url_for(".detail", feedback_id=feedback_id))


@bp.get("/export.csv")
@access.needs(Permission.EXPORT)
def export() -> Response:
    """Download the rows of the list, masked as they are there; the audit log remembers who took what."""
    filters, used, wrong = forms.read_filters(request.args)
    if wrong:
        # A file goes on its own way: nobody reads in it that it holds all because a condition was a slip of the pen.
        raise InvalidInputError(N_("有筛选条件无法识别，所以没有导出。请回到列表改好条件再导出。"))
    viewer = access.viewer()
    with db.transaction() as session:
        rows = queries.count(session, viewer, filters)
        services.note_export(session, actor=access.actor(), filters=used, rows=rows)
    # The words for codes are read now: the page's language is gone when the body is written.
    head, names = exporting.header(), _names()

    def body() -> Iterator[bytes]:
        yield "\ufeff".encode() + _line(head)
        with db.reading() as session:
            for row in queries.all_rows(session, viewer, filters):
                yield _line(exporting.cells(row, names))

    day = clock.beijing_day(clock.now())
    disposition = f'attachment; filename="feedback-{day:%Y%m%d}.csv"'
    return Response(body(), mimetype="text/csv", headers={"Content-Disposition": disposition})


def _line(cells: list[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode()


def _detail(
    found: Feedback, answers: Sequence[Retold], again: Sequence[SaidAgain], revealed: str | None = None
) -> str:
    marks = [Mark(**mark) for mark in found.evidence]
    reasons: dict[tuple[str, str], list[str]] = {}
    for mark in marks:
        phrase = found.masked_words[mark.start : mark.end]
        phrases = reasons.setdefault((mark.kind, mark.code), [])
        if phrase not in phrases:
            phrases.append(phrase)
    return render_template(
        "feedback/detail.html",
        row=found,
        revealed=revealed,
        hidden=found.words != found.masked_words,
        pieces=rules.pieces(found.masked_words, marks),
        answers=answers,
        said_again=again,
        reasons=reasons,
        names=_names(),
        masked_name=customers.masked_name,
        masked_mobile=customers.masked_mobile,
        masked_email=customers.masked_email,
        may_reveal=access.may(Permission.PERSONAL_REVEAL),
        may_work=access.may(Permission.TICKET_WORK),
        may_tickets=access.may(Permission.TICKET_VIEW),
    )


def _names() -> dict[str, dict[str, str]]:
    return {
        "sentiment": labels.sentiments(),
        "topic": labels.topics(),
        "risk": labels.risks(),
        "channel": labels.channels(),
        "score": labels.score_groups(),
    }


def _choices(session: Session, viewer: Viewer) -> dict[str, list[tuple[str, str]]]:
    names = _names()
    regions = grid.regions_in_sight(session, viewer)
    level = min((region.path.count("/") for region in regions), default=0)
    return {
        "sentiment": list(names["sentiment"].items()),
        "topic": list(names["topic"].items()),
        "risk": list(names["risk"].items()),
        "score": list(names["score"].items()),
        "channel": [(code, names["channel"].get(code, code)) for code in queries.channels(session)],
        "touchpoint": [(point.code, point.name) for point in journeys.touchpoints(session)],
        "region": [
            (region.code, "　" * (region.path.count("/") - level) + region.name) for region in regions
        ],
        "spoken": [("yes", _("有留言")), ("no", _("只打分"))],
        "again": [("yes", _("客户又答了一次")), ("no", _("只答过一次"))],
        "handled": [("no", _("待处理")), ("yes", _("已处理"))],
    }


def _chips(used: dict[str, str], choices: dict[str, list[tuple[str, str]]]) -> list[dict[str, str]]:
    said = {
        "from": lambda value: _("自 %(day)s", day=value),
        "to": lambda value: _("至 %(day)s", day=value),
        "q": lambda value: _("含“%(words)s”", words=value),
    }
    chips = []
    for name, value in used.items():
        label = said[name](value) if name in said else dict(choices.get(name, ())).get(value, value)
        others = {key: kept for key, kept in used.items() if key != name}
        chips.append({"label": label.strip("　"), "url": _here(".inbox", others)})
    return chips


def _here(endpoint: str, arguments: dict[str, str]) -> str:
    return url_for(endpoint, **arguments)  # type: ignore[arg-type]  # no filter is called like url_for's own
