"""Use cases of review: submit a draft, send it back, publish it, stop asking with it."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInputError, NotFoundError
from core.sentences import N_, said
from surveys.models import PrivacyNotice, SurveyVersion
from surveys.rules.checking import NEEDS_A_NAME, Fault, faults, warnings
from surveys.rules.definition import Definition
from surveys.services.authoring.drafts import ROW, STATE_NAMES, locked_survey, writable
from surveys.services.authoring.errors import FaultyDefinitionError, UnacknowledgedError, WrongStateError


def submit_for_review(
    session: Session,
    *,
    version_id: int,
    staff_id: int | None,
    notice_id: int | None = None,
    hosts: Collection[str] = (),
) -> SurveyVersion:
    """Hand a draft to whoever may publish, with a privacy notice (the latest by default).

    Raises FaultyDefinitionError with every fault, NotEditableError if it is no draft.
    """
    version = writable(session, version_id)
    notice = _notice(session, notice_id)
    _refuse_faults(version, hosts, has_notice=notice is not None)
    version.notice_id = notice.id if notice else None
    version.state, version.submitted_by, version.submitted_at = "review", staff_id, clock.now()
    session.flush()  # the constraints speak here
    return version


def send_back(session: Session, *, version_id: int, reason: str) -> SurveyVersion:
    """Return a version in review to its author; raise InvalidInputError without a reason, WrongStateError."""
    if not reason.strip():
        raise InvalidInputError(N_("请写明退回原因"), {"reason": [N_("请写明退回原因，方便作者修改")]})
    version = _in_state(session, version_id, "review")
    version.state, version.submitted_by, version.submitted_at = "draft", None, None
    session.flush()  # the constraints speak here
    return version


def publish(
    session: Session,
    *,
    version_id: int,
    staff_id: int | None,
    acknowledged: Collection[str] = (),
    hosts: Collection[str] = (),
) -> SurveyVersion:
    """Ask with a reviewed version from now on; the one before is retired, its invitations stay valid.

    ``acknowledged`` are the sentences of the compliance warnings to which the publisher has put their name.
    Raises UnacknowledgedError with those that are missing, FaultyDefinitionError, WrongStateError.
    """
    version = _in_state(session, version_id, "review")
    definition = _refuse_faults(version, hosts, has_notice=version.notice_id is not None)
    missing = [warning for warning in to_acknowledge(definition) if warning.sentence not in acknowledged]
    if missing:
        raise UnacknowledgedError(missing)
    before = session.scalars(
        select(SurveyVersion)
        .where(SurveyVersion.survey_id == version.survey_id, SurveyVersion.state == "published")
        .execution_options(populate_existing=True)
    ).one_or_none()
    if before is not None:
        before.state = "retired"
        session.flush()  # one published version at a time: the old one must be gone before the new one comes
    version.state, version.published_by, version.published_at = "published", staff_id, clock.now()
    session.flush()  # the constraints speak here
    return version


def retire(session: Session, *, version_id: int) -> SurveyVersion:
    """Stop asking with a published version; links already sent still work. Raises WrongStateError."""
    version = _in_state(session, version_id, "published")
    version.state = "retired"
    session.flush()  # the constraints speak here
    return version


def to_acknowledge(definition: Definition) -> tuple[Fault, ...]:
    """Return the warnings that somebody must put their name to before the definition is published."""
    return tuple(warning for warning in warnings(definition) if warning.code in NEEDS_A_NAME)


def _in_state(session: Session, version_id: int, state: str) -> SurveyVersion:
    survey_id = session.scalar(select(SurveyVersion.survey_id).where(SurveyVersion.id == version_id))
    if survey_id is None:
        raise NotFoundError(N_("没有这个问卷版本"))
    locked_survey(session, survey_id)
    version = session.get_one(SurveyVersion, version_id, with_for_update=ROW, populate_existing=True)
    if version.state != state:
        raise WrongStateError(
            said(
                N_("第 %(n)s 版现在是“%(now)s”，不是“%(wanted)s”；可能有人先处理了，请刷新后再看"),
                n=version.number,
                now=said(STATE_NAMES[version.state]),
                wanted=said(STATE_NAMES[state]),
            )
        )
    return version


def _notice(session: Session, notice_id: int | None) -> PrivacyNotice | None:
    if notice_id is not None:
        return session.get(PrivacyNotice, notice_id)
    return session.scalars(select(PrivacyNotice).order_by(PrivacyNotice.number.desc()).limit(1)).first()


def _refuse_faults(version: SurveyVersion, hosts: Collection[str], *, has_notice: bool) -> Definition:
    definition = Definition.model_validate(version.definition)
    found = faults(definition, hosts=hosts, has_notice=has_notice)
    if found:
        raise FaultyDefinitionError(found)
    return definition
