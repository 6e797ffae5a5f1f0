"""The survey templates that come with the product, and the rules that use them."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from surveys import services
from surveys.models import AskRule, PrivacyNotice, Survey
from surveys.rules.notice import starting_point
from surveys.rules.templates import template
from surveys.rules.texts import DEFAULT_LANGUAGE, say
from surveys.services import authoring

INSTALLED = ("transactional_nps", "service_csat")
"""The templates that are published at once, for the rules below ask with them."""

# name, touchpoint, survey, delay in minutes
RULES = (
    ("理赔结案后询问推荐意愿", "claim_closed", "transactional_nps", 30),
    ("续保完成后询问推荐意愿", "renewal_done", "transactional_nps", 60),
    ("承保后询问推荐意愿", "policy_issued", "transactional_nps", 24 * 60),
    ("热线服务后询问满意度", "hotline_call", "service_csat", 10),
    ("保全办结后询问满意度", "policy_change_done", "service_csat", 30),
    ("柜面办理后询问满意度", "branch_visit", "service_csat", 30),
    ("道路救援后询问满意度", "roadside_assistance", "service_csat", 60),
)


def install(session: Session, company: str, phone: str) -> None:
    """Publish the first privacy notice and the templates and add the rules that are missing.

    What was changed since stays as it is.
    """
    notice = _notice(session, company, phone)
    for code in INSTALLED:
        chosen = template(code)
        name = say(chosen.name, DEFAULT_LANGUAGE)
        session.execute(
            insert(Survey).values(code=code, name=name).on_conflict_do_nothing(index_elements=["code"])
        )
        survey = session.scalars(select(Survey).where(Survey.code == code)).one()
        if services.has_no_version(session, survey.id):
            services.publish_version(
                session, survey_id=survey.id, definition=chosen.definition(), notice_id=notice.id
            )
    session.flush()  # the rules below point at the surveys above
    ids = dict(session.execute(select(Survey.code, Survey.id)).all())
    for name, touchpoint, code, delay in RULES:
        session.execute(
            insert(AskRule)
            .values(
                name=name,
                touchpoint_code=touchpoint,
                survey_id=ids[code],
                channel="email",
                delay_minutes=delay,
            )
            .on_conflict_do_nothing(index_elements=["name"])
        )


def _notice(session: Session, company: str, phone: str) -> PrivacyNotice:
    latest = session.scalars(select(PrivacyNotice).order_by(PrivacyNotice.number.desc()).limit(1)).first()
    if latest is not None:
        return latest
    title, body = starting_point(company, phone)
    return authoring.publish_notice(session, title=title, body=body, staff_id=None)
