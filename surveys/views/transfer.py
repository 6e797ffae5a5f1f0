"""The staff's pages of bringing surveys in and taking them out: import with a report, own JSON, paper."""

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import CombinedMultiDict

from core import db
from core.errors import InvalidInputError, NotFoundError
from core.sentences import N_
from core.telling import reading_language, refusal
from grid import access
from grid.rules import Permission
from surveys.forms.transfer import ImportedForm, ImportForm
from surveys.queries import authoring as reads
from surveys.rules import checking
from surveys.rules.definition import Definition
from surveys.rules.foreign import MOST_BYTES, Carried, UnreadableFileError, carry, own, packing
from surveys.rules.paper import language_of, paper
from surveys.rules.texts import say
from surveys.rules.tongues import name_of
from surveys.services import authoring
from surveys.views.base import bp
from surveys.views.downloads import attachment, safe_name
from surveys.views.review import note
from surveys.views.versions import reading

LONGEST_NAME = 60
_ROOM = 64 * 1024
"""Bytes of an upload that are not the file: the form around it."""

FORMATS: Mapping[str, Any] = {
    "huisheng": _l("回声"),
    "lss": "LimeSurvey",
    "formbricks": "Formbricks",
    "surveyjs": "SurveyJS",
    "xlsform": "XLSForm",
}


@bp.url_value_preprocessor
def _make_room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a file, and what became of it, be larger than other requests.

    The CSRF check reads the body before any view runs, so this must come before both.
    """
    if endpoint == "surveys.import_survey":
        request.max_content_length = MOST_BYTES + _ROOM
    elif endpoint == "surveys.create_imported":
        request.max_content_length = request.max_form_memory_size = packing.MOST_PACKED + _ROOM


@bp.route("/import", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def import_survey() -> ResponseReturnValue:
    """Take a file and show what would come along and what not; nothing is stored."""
    form = ImportForm(CombinedMultiDict([request.files, request.form]))
    if request.method == "POST" and form.validate():
        file = request.files["file"]
        with file.stream as stream:
            data = stream.read(MOST_BYTES + 1)
        try:
            carried = carry(file.filename or "", data)
        except UnreadableFileError as error:
            form.blame(refusal(error))
        else:
            return _report(carried, packing.pack(carried))
    page = render_template("surveys/transfer/import.html", form=form, formats=FORMATS, most=MOST_BYTES)
    return page, 422 if request.method == "POST" else 200


@bp.post("/import/create")
@access.needs(Permission.SURVEY_EDIT)
def create_imported() -> ResponseReturnValue:
    """Make a new survey with a first draft of what the report showed, and open it in the editor."""
    form = ImportedForm(request.form)
    packed = str(form.packed.data or "")
    carried = packing.unpack(packed)
    if form.validate():
        try:
            with db.transaction() as session:
                made = authoring.create_survey(
                    session,
                    name=str(form.name.data),
                    code=form.code.data or None,
                    definition=carried.definition,
                    staff_id=access.viewer().staff_id,
                )
                counts = carried.counts()
                note(
                    session,
                    made,
                    "survey.import",
                    {"format": carried.format, "questions": carried.questions, **counts},
                )
        except InvalidInputError as error:
            form.take(error)
        else:
            return redirect(url_for("surveys.edit", survey_id=made.survey_id))
    return _report(carried, packed, form)


def _report(carried: Carried, packed: str, form: ImportedForm | None = None) -> ResponseReturnValue:
    if form is None:
        form = ImportedForm(data={"name": carried.name[:LONGEST_NAME], "packed": packed})
    lost = [one for one in carried.notes if one.what == "left_out"]
    changed = [one for one in carried.notes if one.what == "changed"]
    page = render_template(
        "surveys/transfer/report.html",
        form=form,
        carried=carried,
        format=FORMATS.get(carried.format, carried.format),
        lost=lost,
        changed=changed,
        faults=_faults(carried.definition),
        told_note=_told,
        **reading(carried.definition, carried.definition.languages()[0]),
    )
    return page, 422 if form.errors else 200


def _faults(definition: Definition) -> tuple[checking.Fault, ...]:
    """Return what the file itself would keep from being published; whether there is a privacy notice is ours."""
    return checking.faults(definition, hosts=current_app.config["SETTINGS"].redirect_hosts)


def _told(template: str, values: Mapping[str, str]) -> str:
    """Return the sentence of a note in the language of the page; languages are called by their names."""
    said = {key: _languages(value) if key in _CODES else value for key, value in values.items()}
    return str(_(template, **said)) if said else str(_(template))


_CODES = frozenset({"language", "languages"})
"""What notes say in codes of ours."""


def _languages(codes: str) -> str:
    return str(_("、")).join(name_of(code, reading_language()) for code in codes.split("、"))


@bp.get("/versions/<int:version_id>/survey.json")
@access.needs(Permission.SURVEY_VIEW)
def export_version(version_id: int) -> ResponseReturnValue:
    """Hand out a version as a file of our own format, which the import takes back unchanged."""
    with db.reading() as session:
        found = reads.version(session, version_id)
        if found is None:
            raise NotFoundError(N_("没有这个问卷版本"))
        data = own.dump(
            Definition.model_validate(found.definition), name=found.survey.name, code=found.survey.code
        )
        plain = f"survey-{version_id}"
        name = f"{safe_name(found.survey.name, plain)}-{found.number}.json"
    return Response(
        data,
        mimetype="application/json",
        headers={"Content-Disposition": attachment(name, f"{plain}.json")},
    )


@bp.get("/versions/<int:version_id>/paper")
@access.needs(Permission.SURVEY_VIEW)
def paper_version(version_id: int) -> str:
    """Show a version as a questionnaire on A4 paper, for branches where customers write by hand."""
    with db.reading() as session:
        found = reads.version(session, version_id)
        if found is None:
            raise NotFoundError(N_("没有这个问卷版本"))
        definition = Definition.model_validate(found.definition)
        language = language_of(definition, request.args.get("language", ""))
        return render_template(
            "surveys/transfer/paper.html",
            version=found,
            definition=definition,
            sheet=paper(definition, language),
            notice=reads.notice_of(session, found),
            say=say,
            language=language,
            languages=definition.languages(),
            insurer=current_app.config["SETTINGS"].huisheng_company,
            phone=current_app.config["SETTINGS"].huisheng_phone,
        )
