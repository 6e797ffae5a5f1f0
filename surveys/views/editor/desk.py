"""The author's desk: the draft of one request, how it is saved, and how a page of the editor answers.

A page answers twice: whole, for browsers without scripts and for the first look, or in the parts that htmx puts
into the page that is already there. Both come from the same templates.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import ValidationError
from sqlalchemy.orm import Session

from core import clock
from core.errors import DomainError, NotFoundError
from core.telling import refusal
from grid import access
from surveys.models import SurveyVersion
from surveys.queries import editing as reads
from surveys.rules import checking
from surveys.rules.definition import Definition
from surveys.rules.editing.places import Document, Edit, Place, copy_of, main_language
from surveys.services import authoring
from surveys.views.editor.wording import complaints, losses_in_words


@dataclass
class Desk:
    """One survey's draft on the desk of whoever asks."""

    session: Session
    survey_id: int
    name: str
    version: SurveyVersion
    document: Document

    @property
    def staff_id(self) -> int:
        """Who sits at the desk."""
        return access.viewer().staff_id or 0

    @property
    def language(self) -> str:
        """The language the survey is written in."""
        return main_language(self.document)

    @cached_property
    def definition(self) -> Definition:
        """The draft, parsed."""
        return Definition.model_validate(self.version.definition)

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The hosts to which an ending may lead."""
        found: tuple[str, ...] = current_app.config["SETTINGS"].redirect_hosts
        return found

    @cached_property
    def taken(self) -> frozenset[str]:
        """Every name that was ever given in this survey."""
        return reads.names_ever(self.session, self.survey_id)

    def save(self, edit: Edit | Document) -> None:
        """Save the draft as it is after an edit and tell what the edit cost; raise ValidationError, DomainError."""
        document = edit.document if isinstance(edit, Edit) else edit
        definition = Definition.model_validate(document)
        self.version = authoring.save_draft(
            self.session,
            version_id=self.version.id,
            definition=definition,
            revision=sent_revision(),
            staff_id=self.staff_id,
        )
        self.document = copy_of(self.version.definition)
        self.__dict__.pop("definition", None)
        if isinstance(edit, Edit) and edit.losses:
            flash(losses_in_words(edit.losses, definition), "warning")


def sent_revision() -> int:
    """Return the revision of the draft that the sent page showed; -1 fits none."""
    words = request.form.get("revision", "")
    return int(words) if words.isascii() and words.isdigit() and len(words) < 10 else -1


def take(session: Session, survey_id: int) -> Desk:
    """Return the desk of a survey; raise NotFoundError if there is none, lead away if nothing can be written."""
    survey = reads.survey(session, survey_id)
    if survey is None:
        raise NotFoundError(_("没有这份问卷"))
    version = reads.draft(session, survey_id)
    if version is None:
        flash(_("这份问卷现在没有可以编辑的草稿：可能已提交审核，或已发布。"), "warning")
        home = url_for("surveys.survey", survey_id=survey_id)
        abort(make_response("", 200, {"HX-Redirect": home}) if by_script() else redirect(home))
    return Desk(session, survey_id, survey.name, version, copy_of(version.definition))


def by_script() -> bool:
    """Say whether htmx asks, so that parts of the page are enough."""
    return request.headers.get("HX-Request") == "true"


def autosaved() -> bool:
    """Say whether a form was sent by itself while somebody is writing in it: it must stay as it is."""
    return by_script() and "autosave" in request.form


def address(desk: Desk, place: Place) -> str:
    """Return where an element is edited."""
    if place.kind == "question":
        return url_for("surveys.edit_question", survey_id=desk.survey_id, question_id=place.id)
    if place.kind == "option":
        return url_for("surveys.edit_question", survey_id=desk.survey_id, question_id=place.inside)
    if place.kind == "page":
        return url_for("surveys.edit_page", survey_id=desk.survey_id, page_id=place.id)
    if place.kind == "ending":
        return url_for("surveys.edit_ending", survey_id=desk.survey_id, ending_id=place.id)
    if place.kind == "variable":
        return url_for("surveys.edit_variables", survey_id=desk.survey_id)
    return url_for("surveys.edit", survey_id=desk.survey_id)


def show(
    desk: Desk, panel: str, *, at: str, status: int = 200, alert: str | None = None,
    **context: Any,  # noqa: ANN401 - whatever the panel's template reads
) -> ResponseReturnValue:  # fmt: skip
    """Answer with one panel of the editor; ``at`` names the element that is selected in the outline."""
    values = _frame(desk, at) | {"panel": f"surveys/editor/{panel}.html", "alert_text": alert} | context
    # Whoever was too late sees the draft as it is now, but must load it before anything is saved over it.
    values["revision"] = sent_revision() if alert and request.method == "POST" else desk.version.revision
    if not by_script():
        return render_template("surveys/editor/page.html", **values), status
    keep = autosaved() and request.method == "POST"
    headers = {"X-Draft-Revision": str(values["revision"]), "Vary": "HX-Request"}
    if keep:
        headers["HX-Reswap"] = "none"
    headers["HX-Push-Url"] = "false" if request.method == "POST" else request.path
    body = render_template("surveys/editor/parts.html", keep=keep, **values)
    return body, status, headers


def _frame(desk: Desk, at: str) -> dict[str, Any]:
    definition = desk.definition
    faults = checking.faults(definition, hosts=desk.hosts, has_notice=reads.has_notice(desk.session))
    warnings = checking.warnings(definition)
    return {
        "desk": desk,
        "definition": definition,
        "language": desk.language,
        "at": at,
        "faults": faults,
        "warnings": warnings,
        "faulty": {fault.question or fault.page or fault.part for fault in faults},
        "steps": reads.steps(desk.session, desk.version.id),
        "writer": reads.writer(
            desk.session, desk.survey_id, but=access.viewer().staff_id, silence=authoring.SILENCE
        ),
        "now": clock.now(),
        "fault_url": lambda fault: _fault_url(desk, fault),
        "errors": {},
    }


def _fault_url(desk: Desk, fault: checking.Fault) -> str | None:
    if fault.question:
        return address(desk, Place("question", fault.question))
    if fault.page:
        return address(desk, Place("page", fault.page))
    endings = {ending.id for ending in desk.definition.endings}
    if fault.part:
        return address(desk, Place("ending" if fault.part in endings else "variable", fault.part))
    if fault.code in {"language", "chinese", "outdated"}:
        return url_for("surveys.edit_languages", survey_id=desk.survey_id)
    return None


Panel = Callable[..., ResponseReturnValue]


def saved(
    desk: Desk,
    edit: Edit | Document,
    panel: Panel,
    *,
    there: str | None = None,
    form: Any = None,  # noqa: ANN401 - any form whose fields can take the complaints
) -> ResponseReturnValue:
    """Save an edit and answer: with the parts that changed after an autosave, else by going ``there``.

    ``panel`` shows the form again, with whatever stands against saving it.
    """
    try:
        desk.save(edit)
    except ValidationError as error:
        desk.session.expire_all()
        return panel(status=422, alert=complaints(error, form))
    except DomainError as error:
        desk.session.expire_all()
        return panel(status=422 if by_script() else error.status, alert=refusal(error))
    if autosaved():
        return panel()
    if there is None and by_script():
        return panel()
    return redirect(there or request.path, 303)


def refused(desk: Desk, panel: Panel, error: DomainError) -> ResponseReturnValue:
    """Show a panel again with the sentence why nothing was changed."""
    desk.session.expire_all()
    return panel(status=422 if by_script() else error.status, alert=refusal(error))


def fields() -> Mapping[str, list[str]]:
    """Return the fields of the form that was sent, each with all its values."""
    found: Mapping[str, list[str]] = request.form.to_dict(flat=False)
    return found
