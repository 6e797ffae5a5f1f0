"""The editor's panels for everything but questions: the survey, its looks, pages, endings, variables."""

from contextlib import closing
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import db
from core.errors import DomainError
from core.telling import reading_language
from grid import access
from grid.rules import Permission
from surveys.forms.editor.parts import (
    EndingForm,
    LogoForm,
    LookForm,
    NewVariableForm,
    PageForm,
    SurveyForm,
    VariablesForm,
)
from surveys.rules.checking import contrast
from surveys.rules.describe import change_in_words, in_words
from surveys.rules.editing import structure
from surveys.rules.editing.places import (
    Document,
    Edit,
    ImpossibleEditError,
    Place,
    copy_of,
    ending_of,
    page_of,
    position,
)
from surveys.rules.texts import say
from surveys.services import images
from surveys.views.base import bp
from surveys.views.editor.desk import Desk, address, autosaved, refused, saved, show, take
from surveys.views.editor.wording import page_name, unsaved


@bp.route("/<int:survey_id>/edit", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def edit(survey_id: int) -> ResponseReturnValue:
    """Edit what the survey says of itself and how it is answered."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        form = SurveyForm.of(desk.document, desk.language)

        def panel(status: int = 200, alert: str | None = None) -> ResponseReturnValue:
            return show(desk, "survey", at="survey", status=status, alert=alert, form=form)

        if request.method == "GET":
            return panel()
        if not form.validate():
            return panel(422, unsaved())
        return saved(desk, form.carried(desk.document, desk.language), panel, form=form)


@bp.route("/<int:survey_id>/edit/look", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def edit_look(survey_id: int) -> ResponseReturnValue:
    """Edit colour and corners; a colour on which white cannot be read is refused."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        theme = desk.document.get("theme") or {}
        form = LookForm.of(theme, desk.language)

        def panel(status: int = 200, alert: str | None = None) -> ResponseReturnValue:
            return _look(desk, form, status, alert)

        if request.method == "GET":
            return panel()
        document = copy_of(desk.document)
        if request.form.get("do") == "drop-logo":
            document["theme"] = {name: value for name, value in theme.items() if name != "logo"}
            return saved(desk, document, panel)
        if not form.validate():
            return panel(422, unsaved())
        document["theme"] = form.carried(theme, desk.language)
        return saved(desk, document, panel, form=form)


@bp.post("/<int:survey_id>/edit/logo")
@access.needs(Permission.SURVEY_EDIT)
def upload_logo(survey_id: int) -> ResponseReturnValue:
    """Keep a picture and show it on top of every page of the survey."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        theme = desk.document.get("theme") or {}
        logo = LogoForm()

        def panel(status: int = 200, alert: str | None = None) -> ResponseReturnValue:
            return _look(desk, LookForm(formdata=None, data=theme), status, alert)

        try:
            image = images.keep(session, survey_id=survey_id, data=_sent_picture())
        except DomainError as error:
            return refused(desk, panel, error)
        document = copy_of(desk.document)
        document["theme"] = theme | {"logo": image.token}
        return saved(desk, document, panel, there=address_of_look(desk), form=logo)


def _sent_picture() -> bytes:
    file = request.files.get("picture")
    if file is None:
        return b""
    with closing(file):
        return file.stream.read()


def address_of_look(desk: Desk) -> str:
    """Return where the looks of a survey are edited."""
    return address(desk, Place("survey")) + "/look"


def _look(desk: Desk, form: LookForm, status: int, alert: str | None) -> ResponseReturnValue:
    theme = desk.definition.theme
    return show(
        desk, "look", at="look", status=status, alert=alert, form=form, logo_form=LogoForm(formdata=None),
        theme=theme, ratio=f"{int(contrast(theme.accent) * 10) / 10:.1f}",
    )  # fmt: skip


@bp.route("/<int:survey_id>/edit/pages/<page_id>", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def edit_page(survey_id: int, page_id: str) -> ResponseReturnValue:
    """Edit a page: its heading, where it leads, what it counts."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        form = PageForm.of(page_of(desk.document, page_id), desk.language)
        _offer(desk, form, page_id)

        def panel(status: int = 200, alert: str | None = None) -> ResponseReturnValue:
            return show(
                desk, "survey_page", at=page_id, status=status, alert=alert, form=form, preview_page=page_id,
                **_of_page(desk, page_id),
            )  # fmt: skip

        if request.method == "GET":
            return panel()
        if not form.validate():
            return panel(422, unsaved())
        document = copy_of(desk.document)
        number = position(document["pages"], page_id)
        document["pages"][number] = form.carried(document["pages"][number], desk.language)
        try:
            _after(request.form.get("do", ""), document["pages"][number], desk)
        except DomainError as error:
            return refused(desk, panel, error)
        there = None if autosaved() else address(desk, Place("page", page_id))
        return saved(desk, document, panel, there=there, form=form)


def _offer(desk: Desk, form: PageForm, page_id: str) -> None:
    pages = desk.definition.pages
    here = position(desk.document["pages"], page_id)
    later = [
        (page.id, page_name(number, page, desk.language))
        for number, page in enumerate(pages, 1)
        if number > here + 1
    ]
    endings = [(ending.id, say(ending.title, desk.language)) for ending in desk.definition.endings]
    form.offer(
        pages=[*later, ("end", _("结束问卷"))],
        endings=endings,
        variables=[(variable.id, variable.id) for variable in desk.definition.variables],
    )


def _of_page(desk: Desk, page_id: str) -> dict[str, Any]:
    number = position(desk.document["pages"], page_id)
    page = desk.definition.pages[number]
    said, reader = (desk.definition, desk.language), reading_language()
    return {
        "page": page,
        "number": number + 1,
        "total": len(desk.definition.pages),
        "show_words": in_words(page.show, *said, reader=reader) if page.show is not None else None,
        "jump_words": [in_words(jump.when, *said, reader=reader) for jump in page.jumps],
        "set_words": [in_words(change.when, *said, reader=reader) for change in page.sets],
        "change_words": [change_in_words(change, *said, reader=reader) for change in page.sets],
    }


def _after(action: str, page: Document, desk: Desk) -> None:
    """Do what the pressed button says to the page's jumps and computed variables, in place."""
    name, _colon, rest = action.partition(":")
    if name == "add" and rest == "jumps":
        page["jumps"].append({"to": "end"})
    elif name == "add" and rest == "sets":
        variables = desk.document.get("variables") or []
        if not variables:
            raise ImpossibleEditError(_("请先在“变量”里添加一个变量"))
        page["sets"].append({"variable": variables[0]["id"], "op": "add", "value": 1})
    elif name in {"remove", "up", "down"}:
        part, _colon, index = rest.partition(":")
        items = page.get(part) if part in {"jumps", "sets"} else None
        if items is not None and index.isdecimal() and int(index) < len(items):
            item = items.pop(int(index))
            if name != "remove":
                items.insert(max(0, int(index) + (-1 if name == "up" else 1)), item)


@bp.route("/<int:survey_id>/edit/endings/<ending_id>", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def edit_ending(survey_id: int, ending_id: str) -> ResponseReturnValue:
    """Edit one thank-you page and where it may lead on."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        form = EndingForm.of(ending_of(desk.document, ending_id), desk.language)
        form.hosts = desk.hosts

        def panel(status: int = 200, alert: str | None = None) -> ResponseReturnValue:
            endings = desk.definition.endings
            number = position(desk.document.get("endings") or [], ending_id)
            when = endings[number].when
            return show(
                desk, "ending", at=ending_id, status=status, alert=alert, form=form, ending=endings[number],
                number=number + 1, total=len(endings), preview_ending=ending_id,
                when_words=in_words(when, desk.definition, desk.language, reader=reading_language())
                if when is not None
                else None,
            )  # fmt: skip

        if request.method == "GET":
            return panel()
        if not form.validate():
            return panel(422, unsaved())
        document = copy_of(desk.document)
        number = position(document["endings"], ending_id)
        document["endings"][number] = form.carried(document["endings"][number], desk.language)
        return saved(desk, document, panel, form=form)


@bp.route("/<int:survey_id>/edit/variables", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def edit_variables(survey_id: int) -> ResponseReturnValue:
    """Edit the values that the logic keeps while somebody answers."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        variables = desk.document.get("variables") or []
        action = request.form.get("do", "")
        adding = NewVariableForm() if action == "add" else NewVariableForm(formdata=None)
        form = VariablesForm.of(variables)

        def panel(status: int = 200, alert: str | None = None) -> ResponseReturnValue:
            return show(
                desk, "variables", at="variables", status=status, alert=alert, form=form, adding=adding,
                variables=desk.definition.variables,
            )  # fmt: skip

        if request.method == "GET":
            return panel()
        if not (adding.validate() if action == "add" else form.validate()):
            return panel(422, unsaved())
        document: Document = copy_of(desk.document)
        change: Edit | Document = document
        try:
            if action == "add":
                change = structure.add_variable(
                    document,
                    variable_id=adding.name.data or "",
                    kind=adding.kind.data or "number",
                    taken=desk.taken,
                )
            else:
                document["variables"] = form.carried(variables)
                if action.startswith("remove:"):
                    change = structure.remove_variable(document, variable_id=action.partition(":")[2])
        except DomainError as error:
            return refused(desk, panel, error)
        there = None if autosaved() else request.path
        return saved(desk, change, panel, there=there)
