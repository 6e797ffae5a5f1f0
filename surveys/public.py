"""The customer's pages: answer by personal link, say thank you, stop being asked.

No cookie and no JavaScript is needed. A GET records no answer, whatever the address says; the token in
the address is the permission, and what is unknown, spent or over gets a friendly page that says nothing
about anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from core import db, metrics
from core.errors import DomainError
from customers import services as customers
from customers.rules import ALL_CHANNELS
from surveys import queries, services
from surveys.queries import OpenLink
from surveys.rules.asking import looks_like_token
from surveys.rules.definition import Definition, RefusedAnswersError
from surveys.rules.questions import DEFAULT_LANGUAGE

bp = Blueprint("public", __name__, template_folder="templates")

LOCALES = {"zh-Hans": "zh_Hans", "en": "en"}


@dataclass
class Field:
    """What a template needs to show one question again: its name, what was sent, what was wrong."""

    name: str
    data: str = ""
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The questionnaire as a customer sees it: one version in one language."""

    version_id: int
    definition: Definition
    language: str


@bp.get("/s/<token>")
def show(token: str) -> ResponseReturnValue:
    """Show the questionnaire, with a score from the address already chosen but not recorded."""
    try:
        with db.single_statements() as connection:
            link = services.open_link(connection, token)
            services.note_opened(connection, link)
            sheet = _sheet_of(connection, link)
    except (services.UnknownLinkError, services.LinkSpentError, services.LinkExpiredError) as closed:
        return _closed(closed)
    sent = {question.id: request.args.get(question.id, "") for question in sheet.definition.questions}
    return page(token, sheet, sent, {})


@bp.post("/s/<token>")
def submit(token: str) -> ResponseReturnValue:
    """Store the answers once; sending them again leads to the same thank-you."""
    try:
        with db.single_statements() as connection:
            sheet = _sheet_sent(connection) or _sheet_of(connection, services.open_link(connection, token))
            try:
                _store(connection, token, sheet)
            except services.OtherVersionError:
                sheet = _sheet_of(connection, services.open_link(connection, token))
                _store(connection, token, sheet)
            except RefusedAnswersError as refused:
                services.open_link(connection, token)  # whose link is not open is not shown the questions
                return page(token, sheet, request.form, refused.mistakes), 422
    except services.LinkSpentError:
        return _to_thanks(token)
    except (services.UnknownLinkError, services.LinkExpiredError) as closed:
        return _closed(closed)
    metrics.answers.labels(sheet.definition.questions[0].type).inc()
    return _to_thanks(token)


def _store(connection: Connection, token: str, sheet: Sheet) -> None:
    services.submit(
        connection,
        token=token,
        version_id=sheet.version_id,
        definition=sheet.definition,
        sent=request.form,
        language=sheet.language,
    )


@bp.get("/s/<token>/thanks")
def thanks(token: str) -> ResponseReturnValue:
    """Say thank you to who has answered; whoever has not yet is shown the questionnaire."""
    with db.single_statements() as connection:
        link = _link(connection, token)
        if link is None:
            return message("unknown", 404)
        answered = queries.is_answered(connection, link)
    if not answered:
        return redirect(url_for("public.show", token=token))
    return message("thanks")


@bp.get("/o/<token>")
def ask_opt_out(token: str) -> ResponseReturnValue:
    """Ask whether the customer wants no more questionnaires; following the link alone changes nothing."""
    with db.single_statements() as connection:
        link = _link(connection, token)
    if link is None:
        return message("unknown", 404)
    _speak(link.language)
    return render_template("surveys/opt_out.html", insurer=_insurer(), token=token)


@bp.post("/o/<token>")
def opt_out(token: str) -> ResponseReturnValue:
    """Note the refusal; also what List-Unsubscribe-Post sends (RFC 8058)."""
    with db.transaction() as session:
        link = _link(session.connection(), token)
        if link is None:
            return message("unknown", 404)
        customer_id = queries.customer_of(session.connection(), link)
        customers.opt_out(session, customer_id=customer_id, channel=ALL_CHANNELS, source="link")
    return message("opted_out")


def page(token: str, sheet: Sheet, sent: Mapping[str, str], mistakes: Mapping[str, str]) -> str:
    """Return the questionnaire as it was sent, with each mistake beside its question."""
    definition, language = sheet.definition, sheet.language
    _speak(language)
    fields = {
        question.id: Field(
            question.id, sent.get(question.id, ""), [mistakes[question.id]] if question.id in mistakes else []
        )
        for question in definition.questions
    }
    large = request.args.get("large") == "1"
    return render_template(
        "surveys/answer.html",
        definition=definition,
        version_id=sheet.version_id,
        language=language,
        fields=fields,
        insurer=_insurer(),
        large_type=large,
        large_type_url=url_for("public.show", token=token, large=None if large else 1),
        action=url_for("public.submit", token=token, large=1 if large else None),
        opt_out_url=url_for("public.ask_opt_out", token=token),
    )


def _to_thanks(token: str) -> Response:
    # Written by hand: looking the address up and explaining the redirect in HTML costs more than the rest.
    return Response(status=303, headers={"Location": f"/s/{token}/thanks"})


def message(kind: str, status: int = 200) -> tuple[str, int]:
    """Return one of the friendly pages, the same whoever asks."""
    return render_template("answer/message.html", kind=kind, insurer=_insurer()), status


def _link(connection: Connection, token: str) -> OpenLink | None:
    return queries.link(connection, token) if looks_like_token(token) else None


def _sheet_of(connection: Connection, link: OpenLink) -> Sheet:
    definition = queries.definition(connection, link.version_id)
    return Sheet(link.version_id, definition, _language(definition, link))


def _sheet_sent(connection: Connection) -> Sheet | None:
    """Return the sheet that the page says it showed; whether the link leads to it is asked when storing.

    It spares the submission a question to the database. A page without these fields, or with others' in
    them, costs that question and nothing else.
    """
    version, language = request.form.get("version", ""), request.form.get("language", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        return None
    try:
        definition = queries.definition(connection, int(version))
    except LookupError:
        return None
    return Sheet(int(version), definition, language) if language in definition.languages() else None


def _closed(reason: DomainError) -> tuple[str, int]:
    if isinstance(reason, services.LinkSpentError):
        return message("used")
    if isinstance(reason, services.LinkExpiredError):
        return message("expired", 410)
    return message("unknown", 404)


def _language(definition: Definition, link: OpenLink) -> str:
    languages = definition.languages()
    wanted = request.args.get("lang") or link.language
    if wanted in languages:
        return str(wanted)
    return request.accept_languages.best_match(languages) or DEFAULT_LANGUAGE


def _speak(language: str | None) -> None:
    g.language = LOCALES.get(language or DEFAULT_LANGUAGE, "zh_Hans")


def _insurer() -> str:
    return str(current_app.config["SETTINGS"].huisheng_company)
