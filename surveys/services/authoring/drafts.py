"""Use cases of drafts: begin, save, undo, redo, copy, throw away.

Whoever changes the set of a survey's versions first locks the survey's row, so two people at one moment are
served one after the other, and the second reads what the first did. The partial unique indexes of
``survey_versions`` would stop them anyway.
"""

import secrets
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock
from core.errors import DomainError, InvalidInputError, NotFoundError
from core.sentences import N_, said
from grid.models import Staff
from surveys.models import DraftStep, Survey, SurveyVersion
from surveys.rules.definition import Definition
from surveys.rules.editing.translations import with_outdated
from surveys.services.authoring.errors import DraftExistsError, NotEditableError, StaleDraftError
from surveys.services.authoring.locks import take_lock

KEPT_STEPS = 100
"""How many saves of a draft can be taken back."""

ROW = {"key_share": True}
"""Locks a row against other authors, but not against customers whose answers point at it."""

STATE_NAMES = {
    "draft": N_("草稿"),
    "review": N_("待审核"),
    "published": N_("已发布"),
    "retired": N_("已停用"),
}


def create_survey(
    session: Session, *, name: str, definition: Definition, staff_id: int | None, code: str | None = None
) -> SurveyVersion:
    """Make a survey with its first draft and return the draft; raise InvalidInputError if the code is taken."""
    survey_id = session.scalar(
        insert(Survey)
        .values(code=code or f"s{secrets.token_hex(5)}", name=name, created_at=clock.now())
        .on_conflict_do_nothing(index_elements=["code"])
        .returning(Survey.id)
    )
    if survey_id is None:
        raise InvalidInputError(N_("这个编码已经用过"), {"code": [N_("这个编码已经用过，请换一个")]})
    return _begin(session, survey_id, 1, as_data(definition), staff_id)


def rename_survey(session: Session, *, survey_id: int, name: str) -> str:
    """Give a survey another name among staff and return the one before; raise NotFoundError.

    Customers never see it: what they read is the title of a version.
    """
    survey = locked_survey(session, survey_id)
    before, survey.name = survey.name, name
    return before


def start_draft(session: Session, *, survey_id: int, staff_id: int | None) -> SurveyVersion:
    """Begin the next version from the published one, or the last there was; raise DraftExistsError."""
    locked_survey(session, survey_id)
    versions = session.scalars(
        select(SurveyVersion)
        .where(SurveyVersion.survey_id == survey_id)
        .order_by(SurveyVersion.number.desc())
        .execution_options(populate_existing=True)
    ).all()
    for version in versions:
        if version.state in {"draft", "review"}:
            why = said(
                N_("这份问卷已有第 %(n)s 版%(state)s，请在其上修改"),
                n=version.number,
                state=said(STATE_NAMES[version.state]),
            )
            raise DraftExistsError(why, version.id)
    if not versions:
        raise NotFoundError(N_("这份问卷还没有任何版本"))
    base = next((version for version in versions if version.state == "published"), versions[0])
    return _begin(session, survey_id, versions[0].number + 1, base.definition, staff_id, base.notice_id)


def copy_survey(session: Session, *, version_id: int, name: str, staff_id: int | None) -> SurveyVersion:
    """Make a survey of its own from one version of another; return its first draft."""
    version = session.get(SurveyVersion, version_id)
    if version is None:
        raise NotFoundError(N_("没有这个问卷版本"))
    return create_survey(
        session, name=name, definition=Definition.model_validate(version.definition), staff_id=staff_id
    )


def discard_draft(session: Session, *, version_id: int) -> None:
    """Throw a draft away; a survey that has no other version goes with it."""
    survey_id = session.scalar(select(SurveyVersion.survey_id).where(SurveyVersion.id == version_id))
    if survey_id is None:
        raise NotFoundError(N_("没有这个问卷版本"))
    locked_survey(session, survey_id)
    session.delete(writable(session, version_id))
    session.flush()  # the count below must not see the draft
    left = session.scalar(
        select(func.count()).select_from(SurveyVersion).where(SurveyVersion.survey_id == survey_id)
    )
    if not left:
        session.execute(delete(Survey).where(Survey.id == survey_id))


def save_draft(
    session: Session, *, version_id: int, definition: Definition, revision: int, staff_id: int
) -> SurveyVersion:
    """Save a draft that was read at ``revision``; return the version with its new revision.

    Raises NotEditableError if it is no draft any more, LockedError if somebody else is writing, and
    StaleDraftError naming who saved meanwhile; then nothing is stored. What was undone before can no longer
    be redone after a save. Translations whose original is changed by this save are noted as out of date.
    """
    version = writable(session, version_id)
    take_lock(session, survey_id=version.survey_id, staff_id=staff_id)
    _at_revision(session, version, revision, staff_id)
    data = with_outdated(version.definition, as_data(definition))
    if data == version.definition:
        return version
    current = _current_number(session, version_id)
    session.execute(delete(DraftStep).where(DraftStep.version_id == version_id, DraftStep.number > current))
    session.execute(
        update(DraftStep).where(DraftStep.version_id == version_id, DraftStep.current).values(current=False)
    )
    _note(session, version_id, current + 1, data, staff_id)
    session.execute(
        delete(DraftStep).where(
            DraftStep.version_id == version_id, DraftStep.number <= current + 1 - KEPT_STEPS
        )
    )
    return _now_is(session, version, data)


def undo(session: Session, *, version_id: int, revision: int, staff_id: int) -> SurveyVersion:
    """Go back to what the draft was before the last save; raise as save_draft, DomainError at the first step."""
    return _walk(session, version_id, revision, staff_id, back=True)


def redo(session: Session, *, version_id: int, revision: int, staff_id: int) -> SurveyVersion:
    """Take the last undo back; raise as save_draft, DomainError if nothing was undone."""
    return _walk(session, version_id, revision, staff_id, back=False)


def locked_survey(session: Session, survey_id: int) -> Survey:
    """Return the survey with its row locked until the transaction ends; raise NotFoundError."""
    survey = session.get(Survey, survey_id, with_for_update=ROW)
    if survey is None:
        raise NotFoundError(N_("没有这份问卷"))
    return survey


def writable(session: Session, version_id: int) -> SurveyVersion:
    """Return the draft with its row locked until the transaction ends; raise NotFoundError, NotEditableError."""
    version = session.get(SurveyVersion, version_id, with_for_update=ROW, populate_existing=True)
    if version is None:
        raise NotFoundError(N_("没有这个问卷版本"))
    if version.state != "draft":
        raise NotEditableError(
            said(
                N_("第 %(n)s 版%(state)s，不能再改"), n=version.number, state=said(STATE_NAMES[version.state])
            )
        )
    return version


def as_data(definition: Definition) -> dict[str, Any]:
    """Return a definition as it is stored."""
    return definition.model_dump(mode="json", exclude_none=True)


def _begin(
    session: Session,
    survey_id: int,
    number: int,
    data: dict[str, Any],
    staff_id: int | None,
    notice_id: int | None = None,
) -> SurveyVersion:
    version = SurveyVersion(
        survey_id=survey_id,
        number=number,
        state="draft",
        definition=data,
        revision=0,
        notice_id=notice_id,
        created_by=staff_id,
        created_at=clock.now(),
    )
    session.add(version)
    session.flush()  # the first step below points at it
    _note(session, version.id, 1, data, staff_id)
    return version


def _note(session: Session, version_id: int, number: int, data: dict[str, Any], staff_id: int | None) -> None:
    session.execute(
        insert(DraftStep).values(
            version_id=version_id,
            number=number,
            definition=data,
            staff_id=staff_id,
            at=clock.now(),
            current=True,
        )
    )


def _current_number(session: Session, version_id: int) -> int:
    query = select(DraftStep.number).where(DraftStep.version_id == version_id, DraftStep.current)
    return session.scalar(query) or 0


def _at_revision(session: Session, version: SurveyVersion, revision: int, staff_id: int) -> None:
    if version.revision == revision:
        return
    row = session.execute(
        select(Staff.id, Staff.name, DraftStep.at)
        .join(Staff, Staff.id == DraftStep.staff_id)
        .where(DraftStep.version_id == version.id, DraftStep.current)
    ).one_or_none()
    if row is None:
        raise StaleDraftError(said(N_("这份草稿已经改动过，请先载入最新内容")))
    raise StaleDraftError(
        said(
            N_("%(name)s已于 %(at)s 保存过这份草稿，请先载入最新内容，再作修改"),
            name=said(N_("您在另一个窗口")) if row.id == staff_id else row.name,
            at=f"{clock.beijing(row.at):%H:%M}",
        )
    )


def _walk(session: Session, version_id: int, revision: int, staff_id: int, *, back: bool) -> SurveyVersion:
    version = writable(session, version_id)
    take_lock(session, survey_id=version.survey_id, staff_id=staff_id)
    _at_revision(session, version, revision, staff_id)
    current = _current_number(session, version_id)
    step = session.scalars(
        select(DraftStep)
        .where(
            DraftStep.version_id == version_id,
            DraftStep.number < current if back else DraftStep.number > current,
        )
        .order_by(DraftStep.number.desc() if back else DraftStep.number)
        .limit(1)
    ).one_or_none()
    if step is None:
        raise DomainError(said(N_("没有可以撤销的改动了") if back else N_("没有可以重做的改动了")))
    steps = update(DraftStep).where(DraftStep.version_id == version_id)
    session.execute(steps.where(DraftStep.current).values(current=False))
    session.execute(steps.where(DraftStep.number == step.number).values(current=True))
    return _now_is(session, version, step.definition)


def _now_is(session: Session, version: SurveyVersion, data: dict[str, Any]) -> SurveyVersion:
    version.definition = data
    version.revision += 1
    session.flush()  # the caller reads the new revision, and the constraints speak here
    return version
