"""The editor's panels for languages: which there are, how complete each is, and translating side by side."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import db
from core.errors import DomainError, NotFoundError
from core.telling import told
from grid import access
from grid.rules import Permission
from surveys.forms.editor.parts import NewLanguageForm
from surveys.rules import phrases
from surveys.rules.checking import Names, completeness
from surveys.rules.definition import Definition
from surveys.rules.editing import translations, wording
from surveys.rules.editing.places import Place
from surveys.rules.texts import say
from surveys.views.base import bp
from surveys.views.editor.desk import Desk, autosaved, refused, saved, show, take
from surveys.views.telling import language_itself

LONGEST = 4000

OFFERED = ("ug", "bo", "mn", "kk", "ko", "ii", "za", "ja")
"""Languages of China and its neighbours that authors need not know by code; any other can be written."""


@bp.route("/<int:survey_id>/edit/languages", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def edit_languages(survey_id: int) -> ResponseReturnValue:
    """Show how complete each language is; add one, or remove one with all its texts."""
    with db.transaction() as session:
        desk = take(session, survey_id)
        action = request.form.get("do", "")
        form = NewLanguageForm() if action == "add" else NewLanguageForm(formdata=None)

        def panel(status: int = 200, alert: str | None = None) -> ResponseReturnValue:
            known = dict.fromkeys((*phrases.languages(), *OFFERED))
            return show(
                desk, "languages", at="languages", status=status, alert=alert, form=form,
                complete=completeness(desk.definition),
                offered={code: language_itself(code) for code in known if code not in desk.definition.title},
            )  # fmt: skip

        if request.method == "GET":
            return panel()
        if action == "add" and not form.validate():
            return panel(422, _("请改正标出的地方。"))
        try:
            if action == "add":
                language = form.language.data or ""
                edit = wording.add_language(desk.document, language, form.title.data or "")
                there = url_for("surveys.translate", survey_id=survey_id, language=language)
            elif action.startswith("remove:"):
                edit = wording.remove_language(desk.document, action.partition(":")[2])
                there = request.path
            else:
                raise NotFoundError(_("没有这个操作"))
        except DomainError as error:
            return refused(desk, panel, error)
        return saved(desk, edit, panel, there=there)


@dataclass(frozen=True, slots=True)
class Line:
    """One text of the survey beside its translation; ``heading`` begins a new element.

    ``former`` is the original that the translation was made from, where that was changed since.
    """

    path: str
    heading: str | None
    original: str
    translation: str
    former: str | None = None
    error: str | None = None


@bp.route("/<int:survey_id>/edit/languages/<language>", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def translate(survey_id: int, language: str) -> ResponseReturnValue:
    """Translate every text of the survey into one language, side by side with the original.

    A translation whose original was changed is current again when it is written anew, or said to fit still.
    """
    with db.transaction() as session:
        desk = take(session, survey_id)
        if language not in desk.definition.title or language == desk.language:
            raise NotFoundError(_("问卷没有这种语言"))
        sent = {
            name.removeprefix("text."): words.strip()
            for name, words in request.form.items()
            if name.startswith("text.")
        }
        too_long = {path for path, words in sent.items() if len(words) > LONGEST}

        def panel(status: int = 200, alert: str | None = None) -> ResponseReturnValue:
            return show(
                desk, "translate", at="languages", status=status, alert=alert, other=language,
                lines=list(_lines(desk, language, sent if alert else {}, too_long)),
                name=phrases.languages().get(language) or language_itself(language),
                complete=completeness(desk.definition)[language], preview_language=language,
            )  # fmt: skip

        if request.method == "GET":
            return panel()
        if too_long or sent.get("survey.title") == "":
            return panel(422, _("标题不能为空，每段文字最多 %(n)s 个字；这次改动还没有保存。", n=LONGEST))
        edit = wording.translated(desk.document, language, sent)
        action, _colon, path = request.form.get("do", "").partition(":")
        if action == "fits":
            edit = translations.confirmed(edit.document, language, [path])
        return saved(desk, edit, panel, there=None if autosaved() else request.path)


def _lines(desk: Desk, language: str, sent: dict[str, str], too_long: set[str]) -> Iterator[Line]:
    definition, above = desk.definition, None
    names = Names(definition)
    made_from = (definition.outdated or {}).get(language, {})
    for path, place, holder, key in wording.texts(desk.document):
        text = holder[key]
        yield Line(
            path=path,
            heading=_called(place, definition, names, desk.language) if place != above else None,
            original=say(text, desk.language),
            translation=sent.get(path, text.get(language, "")),
            former=made_from.get(path) if text.get(language) else None,
            error=_("最多 %(n)s 个字", n=LONGEST) if path in too_long else None,
        )
        above = place


def _called(place: Place, definition: Definition, names: Names, language: str) -> str:
    if place.kind == "question":
        return told(names.question(place.id))
    if place.kind == "page":
        return told(names.page(next(page for page in definition.pages if page.id == place.id)))
    if place.kind == "ending":
        found = next(ending for ending in definition.endings if ending.id == place.id)
        return str(_("结束页“%(title)s”", title=say(found.title, language)))
    return str(_("问卷"))
