"""Use cases of quotas: take a place in the transaction that stores the response, count who was turned away.

A place is taken by one conditional UPDATE of a row, so parallel submissions queue at that row and not one too
many passes; the CHECK of the table is the last word. Rows are taken in the order of their ids, so two submissions
that need the same quotas never wait for each other in a circle.
"""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, exists, select, update
from sqlalchemy.orm import Session

from core.errors import DomainError, InvalidInputError, NotFoundError
from core.sentences import N_, said
from surveys.models import SurveyQuota
from surveys.rules.conditions import Condition, Look, holds

_CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)


class QuotaFullError(DomainError):
    """Enough people like this one have answered; ``quota_id`` says which quota is full."""

    def __init__(self, quota_id: int) -> None:
        super().__init__(N_("这份问卷的名额已满，谢谢您"))
        self.quota_id = quota_id


def take(session: Session, survey_id: int, look: Look) -> None:
    """Take a place in every quota of the survey whose condition is true of the accepted answers.

    Raises QuotaFullError at the first one that is full; the caller's transaction must then be rolled back,
    for places taken before it must be free again.
    """
    quotas = session.execute(
        select(SurveyQuota.id, SurveyQuota.condition)
        .where(SurveyQuota.survey_id == survey_id)
        .order_by(SurveyQuota.id)
    ).all()
    for quota in quotas:
        if quota.condition is not None and not holds(_CONDITION.validate_python(quota.condition), look):
            continue
        taken = session.execute(
            update(SurveyQuota)
            .where(SurveyQuota.id == quota.id, SurveyQuota.taken < SurveyQuota.most)
            .values(taken=SurveyQuota.taken + 1)
            .returning(SurveyQuota.id)
        ).scalar()
        if taken is None:
            raise QuotaFullError(quota.id)


def condition_of(quota: SurveyQuota) -> Condition | None:
    """Return whom a quota counts; None counts everybody."""
    return None if quota.condition is None else _CONDITION.validate_python(quota.condition)


def turn_away(session: Session, quota_id: int) -> None:
    """Count somebody whose answers came when the quota was full."""
    session.execute(
        update(SurveyQuota).where(SurveyQuota.id == quota_id).values(turned_away=SurveyQuota.turned_away + 1)
    )


def is_over(connection: Connection, survey_id: int) -> bool:
    """Say whether the limit of the whole survey is reached, so that nobody begins in vain."""
    full = exists().where(
        SurveyQuota.survey_id == survey_id,
        SurveyQuota.condition.is_(None),
        SurveyQuota.taken >= SurveyQuota.most,
    )
    return bool(connection.scalar(select(full)))


def put_quota(
    session: Session,
    *,
    survey_id: int,
    quota_id: int | None,
    name: str,
    most: int,
    condition: dict[str, Any] | None,
) -> SurveyQuota:
    """Make a quota, or change one; it counts the responses that come from now on.

    Raises InvalidInputError for a name that is taken and for fewer places than are taken already, NotFoundError.
    """
    found = session.get(SurveyQuota, quota_id, with_for_update=True) if quota_id is not None else None
    if quota_id is not None and (found is None or found.survey_id != survey_id):
        raise NotFoundError(N_("没有这个配额"))
    same = select(SurveyQuota.id).where(SurveyQuota.survey_id == survey_id, SurveyQuota.name == name.strip())
    if session.scalar(same.where(SurveyQuota.id != (quota_id or 0))) is not None:
        raise InvalidInputError(N_("已有同名配额"), {"name": [N_("已有同名配额，请换一个名称")]})
    if found is not None and most < found.taken:
        raise InvalidInputError(
            N_("名额太少"), {"most": [said(N_("已经收到 %(n)s 份，名额不能更少"), n=found.taken)]}
        )
    quota = found or SurveyQuota(survey_id=survey_id)
    quota.name, quota.most, quota.condition = name.strip(), most, condition
    session.add(quota)
    session.flush()  # the audit line names its id
    return quota


def remove_quota(session: Session, *, survey_id: int, quota_id: int) -> SurveyQuota:
    """Remove a quota: whoever it held off may answer again. Raises NotFoundError."""
    found = session.get(SurveyQuota, quota_id)
    if found is None or found.survey_id != survey_id:
        raise NotFoundError(N_("没有这个配额"))
    session.delete(found)
    return found
