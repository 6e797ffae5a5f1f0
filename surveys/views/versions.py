"""The staff's pages of one survey: its versions with who did what, one version to read, two to compare."""

from functools import partial
from typing import Any

from flask import current_app, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import db
from core.errors import NotFoundError
from core.sentences import N_
from core.telling import reading_language
from grid import access
from grid.rules import Permission
from surveys.models import Survey, SurveyVersion
from surveys.queries import asking as queries
from surveys.queries import authoring as reads
from surveys.queries.editing import writer
from surveys.rules import checking
from surveys.rules.definition import Definition
from surveys.rules.describe import change_in_words, in_words, jump_in_words, page_in_words, when_in_words
from surveys.rules.difference import difference
from surveys.rules.texts import DEFAULT_LANGUAGE
from surveys.rules.wording import settings_in_words, value_in_words
from surveys.services import authoring
from surveys.views.base import bp
from surveys.views.editor.kinds import KINDS


def states() -> dict[str, tuple[str, str]]:
    """Return the states of a version as people read them, each with the tone of its badge."""
    return {
        "draft": (_("草稿"), "mid"),
        "review": (_("待审核"), "info"),
        "published": (_("已发布"), "good"),
        "retired": (_("已停用"), "plain"),
    }


def _actions() -> dict[str, tuple[str, str]]:
    """Return what the history calls an action, each with its icon."""
    return {
        "survey.create": (_("新建问卷"), "plus"),
        "survey.copy": (_("复制为新问卷"), "copy"),
        "survey.import": (_("导入问卷"), "upload"),
        "survey.rename": (_("改名"), "edit"),
        "survey.draft": (_("开始修订"), "edit"),
        "survey.discard": (_("放弃草稿"), "trash"),
        "survey.submit": (_("提交审核"), "flag"),
        "survey.send_back": (_("退回修改"), "left"),
        "survey.publish": (_("发布"), "check"),
        "survey.retire": (_("停用"), "close"),
        "survey.take_over": (_("接管编辑"), "lock"),
        "survey.export": (_("导出结果"), "download"),
        "quota.put": (_("保存配额"), "chart"),
        "quota.remove": (_("删除配额"), "trash"),
        "link.create": (_("新建开放链接"), "link"),
        "link.edit": (_("修改开放链接"), "edit"),
        "link.deactivate": (_("停用开放链接"), "close"),
        "link.activate": (_("重新启用开放链接"), "check"),
    }


@bp.get("/<int:survey_id>")
@access.needs(Permission.SURVEY_VIEW)
def survey(survey_id: int) -> str:
    """Show a survey: what is being written, what is being asked, every version, and who did what."""
    with db.reading() as session:
        found = _survey(session, survey_id)
        rows = reads.versions(session, survey_id)
        history = reads.history(session, survey_id, access.viewer())
        writing = next((row for row in rows if row.version.state in {"draft", "review"}), None)
        asking = next((row for row in rows if row.version.state == "published"), None)
        shown = writing or asking or (rows[0] if rows else None)
        definition = Definition.model_validate(shown.version.definition) if shown else None
        return render_template(
            "surveys/versions/survey.html",
            survey=found,
            rows=rows,
            writing=writing,
            asking=asking,
            definition=definition,
            faults=_faults(session, definition) if definition and writing else (),
            warnings=checking.warnings(definition) if definition and writing else (),
            to_acknowledge=authoring.to_acknowledge(definition) if definition and writing else (),
            completeness=checking.completeness(definition) if definition else {},
            writer=writer(session, survey_id, but=access.viewer().staff_id, silence=authoring.SILENCE),
            sent_back=_sent_back(history) if writing and writing.version.state == "draft" else None,
            history=history,
            states=states(),
            actions=_actions(),
            ways=queries.ways_in(session, survey_id, access.viewer()),
            own=writing is not None and writing.version.is_by(access.viewer().staff_id),
            may_edit=access.may(Permission.SURVEY_EDIT),
            may_publish=access.at_headquarters(Permission.SURVEY_PUBLISH),
            may_change_rules=access.at_headquarters(Permission.SURVEY_EDIT),
            of_a_region=not access.viewer().everywhere,
        )


@bp.get("/versions/<int:version_id>")
@access.needs(Permission.SURVEY_VIEW)
def version(version_id: int) -> str:
    """Show all that a version asks, with its logic in words, in any of its languages."""
    with db.reading() as session:
        found = _version(session, version_id)
        definition = Definition.model_validate(found.definition)
        before, after = reads.neighbours(session, found)
        return render_template(
            "surveys/versions/version.html",
            version=found,
            before=before,
            after=after,
            states=states(),
            **reading(definition, request.args.get("language", "")),
        )


@bp.get("/<int:survey_id>/diff")
@access.needs(Permission.SURVEY_VIEW)
def diff(survey_id: int) -> str:
    """Show what changed between two versions of a survey, by default the last two."""
    with db.reading() as session:
        found = _survey(session, survey_id)
        versions = [row.version for row in reads.versions(session, survey_id)]
        if not versions:
            raise NotFoundError(N_("这份问卷还没有任何版本"))
        by_number = {one.number: one for one in versions}
        after = by_number.get(request.args.get("to", 0, int), versions[0])
        older = next((one for one in versions if one.number < after.number), versions[-1])
        before = by_number.get(request.args.get("from", 0, int), older)
        parts = difference(
            Definition.model_validate(before.definition), Definition.model_validate(after.definition)
        )
        parts = tuple(part.told(_, reading_language()) for part in parts)
        return render_template(
            "surveys/versions/diff.html",
            survey=found,
            versions=versions,
            before=before,
            after=after,
            parts=parts,
            states=states(),
        )


def reading(definition: Definition, wanted: str) -> dict[str, object]:
    """Return what the template needs to show a definition in one of its languages.

    Its titles and options are shown in that language, all words around them in the language of the screen.
    """
    languages = checking.completeness(definition)
    language = wanted if wanted in languages else DEFAULT_LANGUAGE
    tongues: dict[str, Any] = {"definition": definition, "language": language, "reader": reading_language()}
    return {
        "definition": definition,
        "language": language,
        "languages": languages,
        "kinds": KINDS,
        "if_said": partial(when_in_words, **tongues),
        "value_said": value_in_words,
        "when": partial(in_words, **tongues),
        "jump_said": partial(jump_in_words, **tongues),
        "change_said": partial(change_in_words, **tongues),
        "page_name": partial(page_in_words, **tongues),
        "settings_of": settings_in_words,
    }


def _faults(session: Session, definition: Definition) -> tuple[checking.Fault, ...]:
    return checking.faults(
        definition,
        hosts=current_app.config["SETTINGS"].redirect_hosts,
        has_notice=reads.latest_notice(session) is not None,
    )


def _sent_back(history: list[reads.Happening]) -> reads.Happening | None:
    """Return why the draft came back, unless it went on since."""
    steps = {"survey.submit", "survey.send_back", "survey.publish", "survey.draft"}
    last = next((happening for happening in history if happening.action in steps), None)
    return last if last is not None and last.action == "survey.send_back" else None


def _survey(session: Session, survey_id: int) -> Survey:
    found = reads.survey(session, survey_id)
    if found is None:
        raise NotFoundError(N_("没有这份问卷"))
    return found


def _version(session: Session, version_id: int) -> SurveyVersion:
    found = reads.version(session, version_id)
    if found is None:
        raise NotFoundError(N_("没有这个问卷版本"))
    return found
